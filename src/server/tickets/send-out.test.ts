/** Whoever came by SMS, WhatsApp or Telegram is told there what a mail would have told them. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { segment } from '../channels/index.ts'
import { system, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { addContactPoints } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { chooseAddress } from './choose-address.ts'
import { close } from './close.ts'
import { listMessages } from './list-messages.ts'
import { closeQuiet, remindQuiet, resolveQuiet } from './quiet.ts'
import { receiveMessages } from './receive-messages.ts'
import { reply } from './reply.ts'
import { resolve } from './resolve.ts'
import { smsForm } from './sms-form.ts'
import { takeBack } from './take-back.ts'
import { aTicket, aTicketWithAgent, takesPart, theRequester } from './testing.ts'

const database = useDatabase()

const outboxOf = (ctx: Writing, ticket_id: string) =>
  ctx.db.selectFrom('outbox').selectAll().where('about_id', '=', ticket_id).orderBy('id').execute()
const someoneBySms = (ctx: Writing) => aPerson(ctx, { email: null, phone: '+628110000001' })

describe('A reply by SMS', () => {
  test(
    'is the words themselves with the number, no link that would cost a part; it can be taken back for 15 seconds, and the page tells the channel',
    database.story(async ({ as, facts }) => {
      const setting = await as(system)
      const { ticket, agent } = await aTicketWithAgent(setting, {
        requester: await someoneBySms(setting),
        channel: 'sms',
      })
      const ctx = await as(agent)
      const words = `Coba matikan pencetak “Epson”, tunggu satu menit – lalu nyalakan lagi. ${'Kabelnya diperiksa juga. '.repeat(3)}`
      const sent = await reply(ctx, { ticket_id: ticket.id, text: words })
      expect(sent).toMatchObject({ mails: 0, texts: 1, unreached: [] })
      const [text, ...others] = await outboxOf(ctx, ticket.id)
      expect(others).toEqual([])
      expect(text).toMatchObject({
        channel: 'sms',
        kind: 'reply',
        address: '+628110000001',
        recipient_id: ticket.requester.id,
        automatic: false,
        mail_id: null,
        message_id: sent.message_id,
      })
      expect(text!.text).toBe(
        `Coba matikan pencetak "Epson", tunggu satu menit - lalu nyalakan lagi. ${'Kabelnya diperiksa juga. '.repeat(3).trim()}\n#${ticket.number}`,
      )
      expect(segment(text!.text).parts).toHaveLength(1)
      expect(text!.not_before.getTime() - ctx.now.getTime()).toBe(15_000)
      expect((await listMessages(ctx, ticket.id)).at(-1)).toMatchObject({
        channel: 'sms',
        deliveries: [{ state: 'waiting' }],
      })
      await takeBack(ctx, { ticket_id: ticket.id, message_id: sent.message_id })
      expect(await outboxOf(ctx, ticket.id)).toMatchObject([{ state: 'cancelled' }])
      expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.sent', 'message.taken_back'])
    }),
  )

  test(
    'that is short carries the link, too; beside it, whoever writes by WhatsApp is answered there',
    database.story(async ({ as }) => {
      const setting = await as(system)
      const { ticket, agent } = await aTicketWithAgent(setting, {
        requester: await someoneBySms(setting),
        channel: 'sms',
      })
      const colleague = await aPerson(setting, { email: null, phone: '+628110000002' })
      await takesPart(setting, { ticket_id: ticket.id, person_id: colleague.id, part: 'participant' })
      await sql`update participants p set channel = 'whatsapp', contact_point_id = c.id from contact_points c
        where p.person_id = ${colleague.id}::uuid and c.person_id = p.person_id`.execute(setting.tx)
      const ctx = await as(agent)
      await reply(ctx, { ticket_id: ticket.id, text: 'Sudah kami perbaiki.' })
      const [short, chat] = await outboxOf(ctx, ticket.id)
      expect(short!.text).toMatch(/^Sudah kami perbaiki\.\n#\d+\nhttp\S+\/follow\/[a-z2-7]{32}$/)
      expect(chat).toMatchObject({ channel: 'whatsapp', address: '+628110000002', options: {} })
      expect(chat!.text).toContain(`Permintaan #${ticket.number}: http`)
    }),
  )

  test(
    'that solves asks whether it helped: as words by SMS, as buttons where the channel has them, and each participant by their own way',
    database.story(async ({ as }) => {
      const setting = await as(system)
      const { ticket, agent } = await aTicketWithAgent(setting, {
        requester: await someoneBySms(setting),
        channel: 'sms',
      })
      const [mailed, chats, fixed] = [
        await aPerson(setting),
        await aPerson(setting, { email: null }),
        await aPerson(setting, { email: null, phone: '+62215551234' }),
      ]
      await addContactPoints(setting, [{ person_id: chats.id, channel: 'telegram', address: '40001' }])
      for (const { id } of [mailed, chats, fixed])
        await sql`insert into participants (ticket_id, person_id, part, contact_point_id)
          select ${ticket.id}::uuid, ${id}::uuid, 'participant', (select id from contact_points where person_id = ${id}::uuid limit 1)`.execute(
          setting.tx,
        )
      const ctx = await as(agent)
      const sent = await resolve(ctx, {
        ticket_id: ticket.id,
        problem: 'Pencetak tidak mencetak',
        cause: 'Antrean macet',
        steps: 'Hapus antrean, lalu cetak lagi.',
      })
      // Somebody with a fixed line has to be called: the desk is told, nobody is skipped in silence.
      expect(sent).toMatchObject({ mails: 1, texts: 2, unreached: [fixed.id] })
      const rows = await outboxOf(ctx, ticket.id)
      const by = (channel: string) => rows.find((row) => row.channel === channel)!
      expect(rows).toHaveLength(3)
      expect(by('sms').text.split('\n').slice(0, 3)).toEqual([
        'Hapus antrean, lalu cetak lagi.',
        'Penyebab: Antrean macet',
        `#${ticket.number}. Sudah teratasi? Balas SUDAH atau BELUM.`,
      ])
      expect(by('telegram')).toMatchObject({
        address: '40001',
        options: {
          buttons: [
            { says: 'Sudah teratasi', means: `SUDAH ${ticket.number}` },
            { says: 'Belum teratasi', means: `BELUM ${ticket.number}` },
          ],
        },
      })
      expect(by('telegram').text).toContain('Masalah:\nPencetak tidak mencetak')
      expect(by('email')).toMatchObject({ address: mailed.email!.toLowerCase(), options: {} })
      const { rows: told } = await sql<{ about: object }>`select about from facts
        where ticket_id = ${ticket.id}::uuid and kind = 'message.sent'`.execute(setting.db)
      expect(told).toMatchObject([{ about: { mails: 1, texts: 2, unreached: 1 } }])
    }),
  )
})

test(
  'what came by mail and is too long for one SMS goes as far as it fits, with the link to the rest; on the page it is refused',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting, {
      requester: await someoneBySms(setting),
      channel: 'sms',
    })
    const ctx = await as(agent)
    const text = 'Buka pengaturan, lalu pilih pencetak. '.repeat(40)
    await expect(reply(ctx, { ticket_id: ticket.id, text })).rejects.toMatchObject({ kind: 'invalid' })
    await reply(ctx, { ticket_id: ticket.id, text, at_once: true, may_be_cut: true })
    const [sent] = await outboxOf(ctx, ticket.id)
    expect(segment(sent!.text).parts).toHaveLength(4)
    expect(sent!.text).toMatch(/\.\.\.\n#\d+\nhttp\S+\/follow\/[a-z2-7]{32}$/)
  }),
)

test(
  'whoever writes by another channel is answered there from then on; a page changes nothing, and an agent can choose another address',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting, {
      requester: await someoneBySms(setting),
      channel: 'sms',
    })
    const { id: author_id } = ticket.requester
    const lastWay = async () => {
      await reply(await as(agent), { ticket_id: ticket.id, text: 'Baik.' })
      return (await outboxOf(await as(system), ticket.id)).at(-1)!.channel
    }
    const hear = async (channel: 'whatsapp' | 'web' | 'email') =>
      receiveMessages(await as(system), [
        { ticket_id: ticket.id, author_id, channel, text: 'Belum bisa.', reopen_within_days: 60 },
      ])
    expect(await lastWay()).toBe('sms')
    await hear('whatsapp')
    expect(await lastWay()).toBe('whatsapp')
    await hear('web')
    // A mail that was put to this ticket by hand does not come from this contact point, which is a number.
    await hear('email')
    expect(await lastWay()).toBe('whatsapp')
    const [added] = await addContactPoints(await as(system), [
      { person_id: author_id, channel: 'email', address: 'siti@contoh.example' },
    ])
    await chooseAddress(await as(agent), { ticket_id: ticket.id, person_id: author_id, contact_point_id: added!.id })
    expect(await lastWay()).toBe('email')
  }),
)

describe('What Pandu says by itself', () => {
  test(
    'costs one segment: waiting, taken as solved, closed; in both languages',
    database.story(async ({ as }) => {
      for (const language of ['id', 'en'] as const) {
        const setting = await as(system)
        const desk = await aDesk(setting)
        const agent = await aStaff(setting, { desk })
        const requester = await aPerson(setting, {
          email: null,
          phone: `+6281100001${language === 'id' ? 11 : 22}`,
          language,
        })
        const [one, other] = [
          await aTicket(setting, { desk, requester, channel: 'sms', language }),
          await aTicket(setting, { desk, requester, channel: 'sms', language }),
        ]
        await reply(await as(agent), { ticket_id: one.id, text: 'Bagaimana?', at_once: true })
        const next = new Map([[one.id, { at: new Date('2026-12-30T03:00:00Z'), zone: 'Asia/Jakarta' }]])
        const ctx = await as(system)
        expect(await remindQuiet(ctx, [one.id], next)).toEqual([one.id])
        expect(await resolveQuiet(ctx, [one.id], next)).toEqual([one.id])
        expect(await closeQuiet(ctx, [one.id])).toEqual([one.id])
        await close(await as(agent), { ticket_id: other.id, reason: 'duplicate', duplicate_of: one.number })
        const texts = [...(await outboxOf(ctx, one.id)).slice(1), ...(await outboxOf(ctx, other.id))].map(
          ({ text }) => text,
        )
        expect(texts).toHaveLength(4)
        for (const text of texts) {
          expect([text, segment(text)]).toEqual([text, { coding: 'gsm', parts: [text], left: expect.any(Number) }])
          expect(text).toMatch(/#\d{4,}/)
        }
      }
    }),
  )

  test(
    'and what a colleague wrote into it is not cut: where somebody out of scope is better served',
    database.story(async ({ as }) => {
      const setting = await as(system)
      const { ticket, agent } = await aTicketWithAgent(setting, {
        requester: await someoneBySms(setting),
        channel: 'sms',
      })
      const pointer = `Dinas Kependudukan Kota Contoh, ${'loket pelayanan di lantai satu, '.repeat(6)}setiap hari kerja`
      await close(await as(agent), { ticket_id: ticket.id, reason: 'out_of_scope', pointer })
      const [text] = await outboxOf(await as(system), ticket.id)
      expect(text!.text).toContain('setiap hari kerja')
      expect(segment(text!.text).parts).toHaveLength(3)
    }),
  )
})

test(
  'whoever has no address at all reads it on their page, and the answer says that nothing was sent',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const requester = await aPerson(setting, { email: null })
    const { ticket, agent } = await aTicketWithAgent(setting, { requester, channel: 'walk_in' })
    const ctx = await as(agent)
    const sent = await reply(ctx, { ticket_id: ticket.id, text: 'Silakan datang.' })
    expect(sent).toMatchObject({ mails: 0, texts: 0, unreached: [requester.id] })
    const page = await listMessages(await as(theRequester(ticket), new Date(ctx.now.getTime() + 16_000)), ticket.id)
    expect(page.at(-1)).toMatchObject({ text: 'Silakan datang.', channel: 'walk_in', deliveries: [] })
  }),
)

describe('smsForm', () => {
  const link = 'https://bantuan.contoh.go.id/follow/abcdefghijklmnopqrstuvwxyz234567'

  test('The link comes along where it costs nothing', () => {
    expect(smsForm({ words: 'Baik.', tail: '#100057', link, parts_max: 4 })).toBe(`Baik.\n#100057\n${link}`)
    const words = 'a'.repeat(140)
    expect(smsForm({ words, tail: '#100057', link, parts_max: 4 })).toBe(`${words}\n#100057`)
  })

  test('Words that do not fit end behind a word, and the tail and the link stay, in every length', () => {
    for (let length = 1; length < 900; length += 23) {
      const words = 'kata yang panjang sekali '.repeat(40).slice(0, length)
      for (const parts_max of [1, 2, 4]) {
        const text = smsForm({ words, tail: '#100057', link, parts_max })
        expect(segment(text).parts.length).toBeLessThanOrEqual(parts_max)
        expect(text).toContain('#100057')
        if (parts_max > 1 && !text.includes(words.trim())) expect(text).toContain(link)
      }
    }
  })

  test('A long address leaves room for words rather than for itself', () => {
    const long = `https://${'sangat-'.repeat(14)}panjang.contoh.go.id/follow/abcdefghijklmnopqrstuvwxyz234567`
    const text = smsForm({ words: 'kata '.repeat(50), tail: '#100057', link: long, parts_max: 1 })
    expect(text).toMatch(/^kata .*kata\.\.\.\n#100057$/)
    expect(segment(text).parts).toHaveLength(1)
  })
})
