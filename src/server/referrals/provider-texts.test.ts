/** A provider that works wholly by SMS: it is offered a request, accepts, is told what the requester writes, answers, and finishes. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { foldToGsm, segment } from '../channels/index.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { reactions } from '../platform/reactions.ts'
import type { FactJob } from '../platform/relay.ts'
import { say } from '../platform/words.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aPerson } from '../people/testing.ts'
import { receiveMessages } from '../tickets/index.ts'
import { doCommand } from './do-command.ts'
import { dutyNow } from './duty-now.ts'
import { findProviderTexts } from './find-provider-texts.ts'
import { readCommand } from './read-command.ts'
import { refer } from './refer.ts'
import { remindOffers, sendOffers } from './send-offer.ts'
import { tellContacts, tellProvider } from './tell-contacts.ts'
import { tellRequesters } from './tell-requesters.ts'
import { aProvider, aRequest, liveOffer } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
beforeAll(async () => {
  await prepare(database.app())
})

/** What the relay and the worker would do; each twice, as it may happen. */
async function tellAll() {
  const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
    select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id order by f.id`.execute(
    database.app().worker,
  )
  for (const job of rows) {
    const tasks: readonly string[] = reactions[job.kind]
    for (const _ of [1, 2]) {
      if (tasks.includes('referrals.send_offer')) await sendOffers(database.app(), [job])
      if (tasks.includes('referrals.tell_contacts')) await tellContacts(database.app(), [job])
      if (tasks.includes('referrals.tell_provider')) await tellProvider(database.app(), [job])
      if (tasks.includes('referrals.tell_requester')) await tellRequesters(database.app(), [job])
    }
  }
}

let numbers = 0
const aNumber = () => `+62811${String(++numbers).padStart(7, '0')}`

/** A request by SMS, full of personal data, offered to a provider whose contacts have telephones. */
async function anOffer(channels: readonly ('sms' | 'whatsapp')[]) {
  const made = await asSystem(async (ctx) => {
    const requester = await aPerson(ctx, { name: 'Sitti Nurhaliza', email: null, phone: aNumber() })
    const { ticket, agent } = await aRequest(ctx, {
      requester,
      channel: 'sms',
      subject: 'Writer macet, tanya Sitti',
      text: 'Saya Sitti Nurhaliza, WA 0812-3456-7890, NIK 3201010203900001. Writer macet saat membuka berkas lama, sudah dicoba dua kali di komputer lain.',
    })
    const provider = await aProvider(ctx, { name: `Komunitas ${newId().slice(-6)} (contoh)` })
    const contacts = []
    for (const [index, channel] of channels.entries()) {
      const phone = aNumber()
      const person = await aPerson(ctx, { name: `Petugas Jaga ${index + 1}`, email: null, phone })
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
        select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, ${channel}, ${index + 1}::int, now() from contact_points
        where person_id = ${person.id}::uuid`.execute(ctx.tx)
      contacts.push({ ...person, phone })
    }
    await sql`update desks set accepting = (id = ${provider.desk.id}::uuid) where kind = 'provider'`.execute(ctx.tx)
    return { ticket, agent, provider, contacts, requester: { ...requester, phone: requester.phone! } }
  })
  await write(database.app(), made.agent, (ctx) => refer(ctx, { ticket_id: made.ticket.id }))
  await tellAll()
  return { ...made, offer: (await asSystem((ctx) => liveOffer(ctx, made.ticket.id)))! }
}

const textsTo = async (address: string) => {
  const { rows } = await sql<{ channel: string; kind: string; text: string; automatic: boolean }>`
    select channel, kind, text, automatic from outbox where address = ${address} order by id`.execute(
    database.app().worker,
  )
  return rows
}

/** As intake/texts does it: a registered contact, a whole message. */
async function commands(from: string, text: string, channel: 'sms' | 'whatsapp' = 'sms') {
  const said = await asSystem(async (ctx) => {
    const [entry] = await findProviderTexts(ctx, [{ channel, address: from, text, answers_ticket_id: null }])
    const heard = readCommand(text)
    if (!entry || heard.kind !== 'command') throw new Error(`no command of a contact: ${text}`)
    return doCommand(ctx, heard.command, {
      person_id: entry.person_id,
      desk_id: entry.desk_id,
      language: 'id',
      via: channel,
    })
  })
  await tellAll()
  return said
}

const PLANTED = /sitti|nurhaliza|0812-3456|3201010203/i

test('a provider accepts, answers and closes a case by SMS, and hears what the requester writes; before accepting it reads nobody’s name', async () => {
  const { ticket, offer, contacts, requester } = await anOffer(['sms'])
  const [contact] = contacts
  const [offered, ...more] = await textsTo(contact!.phone)
  expect(more).toEqual([])
  expect(offered).toMatchObject({ channel: 'sms', kind: 'offer', automatic: true })
  expect(offered!.text).toContain(`Tawaran ${offer.code}, jawab sblm`)
  expect(offered!.text).toContain('Kota Semarang')
  expect(offered!.text).toContain(`TERIMA ${offer.code} / TOLAK ${offer.code} alasan`)
  expect(offered!.text).not.toMatch(PLANTED)
  expect(segment(offered!.text)).toMatchObject({ coding: 'gsm', parts: [offered!.text] })

  await sql`update offers set remind_at = now() where id = ${offer.id}::uuid`.execute(database.app().worker)
  await remindOffers(database.app())
  await remindOffers(database.app())
  const reminders = (await textsTo(contact!.phone)).slice(1)
  expect(reminders).toHaveLength(1)
  expect(reminders[0]!.text).toContain(`Pengingat tawaran ${offer.code}`)
  expect(segment(reminders[0]!.text).parts).toHaveLength(1)
  expect(reminders[0]!.text).not.toMatch(PLANTED)

  expect(await commands(contact!.phone, `terima ${offer.code.toLowerCase()}`)).toBeNull()
  const [the_case] = (await textsTo(contact!.phone)).slice(2)
  expect(the_case!.text).toContain(`Kasus ${offer.code} (#${ticket.number})`)
  expect(the_case!.text).toContain(`Pemohon: Sitti Nurhaliza, ${requester.phone}`)
  expect(the_case!.text).toContain('Writer macet saat membuka berkas lama')
  expect(the_case!.text).toContain(`BALAS ${offer.code}`)
  // Identity numbers are nobody's business.
  expect(the_case!.text).not.toContain('3201010203900001')
  expect(segment(the_case!.text).parts.length).toBeLessThanOrEqual(4)
  expect((await textsTo(requester.phone)).at(-1)!.text).toContain(`#${ticket.number} kini ditangani`)

  await asSystem((ctx) =>
    receiveMessages(ctx, [
      {
        ticket_id: ticket.id,
        author_id: requester.id,
        channel: 'sms',
        text: 'Berkasnya dari Word 2003.',
        reopen_within_days: 60,
      },
    ]),
  )
  await tellAll()
  expect((await textsTo(contact!.phone)).at(-1)!.text).toContain('pesan baru: Berkasnya dari Word 2003.')

  expect(await commands(contact!.phone, `BALAS ${offer.code} Buka dengan LibreOffice versi baru. Sudah dicoba?`)).toBe(
    say('id', 'sms.offer_echo_reply', { code: offer.code }),
  )
  const answer = (await textsTo(requester.phone)).at(-1)!
  expect(answer).toMatchObject({ channel: 'sms', kind: 'reply', automatic: false })
  expect(answer.text).toContain('Buka dengan LibreOffice versi baru. Sudah dicoba?')

  await commands(contact!.phone, `SELESAI ${offer.code} diperbarui, berkas terbuka`)
  expect((await textsTo(requester.phone)).at(-1)!.text).toContain(
    `diperbarui, berkas terbuka\n#${ticket.number}. Sudah teratasi? Balas SUDAH atau BELUM.`,
  )
})

test('only a case that is held is answered, and only by its contact; colleagues are told what became of the offer, by WhatsApp in full', async () => {
  const { offer, contacts } = await anOffer(['sms', 'whatsapp'])
  const [first, second] = contacts
  await expect(commands(first!.phone, `BALAS ${offer.code} Halo, ini kami`)).rejects.toMatchObject({
    key: 'offer.was_open',
  })
  // The number is registered for WhatsApp, not for SMS.
  await expect(commands(second!.phone, `TERIMA ${offer.code}`)).rejects.toThrow('no command of a contact')
  // Their order changes, and the next is told by the other channel.
  await sql`update duty_contacts set position = 9 where person_id = ${first!.id}::uuid`.execute(database.app().worker)
  await sql`update offers set remind_at = now() where id = ${offer.id}::uuid`.execute(database.app().worker)
  await asSystem(async (ctx) => expect((await dutyNow(ctx, offer.desk_id))?.person_id).toBe(second!.id))
  await remindOffers(database.app())
  const [reminded] = await textsTo(second!.phone)
  expect(reminded!.channel).toBe('whatsapp')
  expect(reminded!.text).toMatch(new RegExp(`TERIMA ${offer.code}, atau TOLAK ${offer.code} alasan.\\nTerima: http`))
  expect(reminded!.text).toContain('Writer macet saat membuka berkas lama')
  expect(reminded!.text).not.toMatch(PLANTED)

  await commands(second!.phone, `TOLAK ${offer.code} sedang penuh`, 'whatsapp')
  expect((await textsTo(first!.phone)).at(-1)!.text).toBe(
    say('id', 'sms.offer_told_declined', { code: offer.code, who: 'Petugas Jaga 2' }),
  )
})

test('what a contact is told of an offer is one segment, in both languages, with long names', () => {
  const values = {
    code: '7K3M9',
    number: '1234567890',
    who: 'Drs. Muhammad Abdurrahman Wahyudi',
    due: '22 November 2026 14.05 WITA',
    word: 'SELESAI',
  }
  for (const language of ['id', 'en'] as const) {
    const kinds = ['accepted', 'declined', 'expired', 'cancelled', 'reopened', 'returned', 'moved'] as const
    const texts = [
      ...kinds.map((kind) => say(language, `sms.offer_told_${kind}`, values)),
      say(language, 'sms.offer_echo_reply', values),
      say(language, 'sms.provider_accepted', values),
      say(language, 'sms.provider_noted_case', values),
    ]
    expect(texts.map((text) => [text, segment(foldToGsm(text)).parts.length])).toEqual(texts.map((text) => [text, 1]))
  }
})
