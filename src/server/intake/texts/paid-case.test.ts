/** Paid work from its need to its outcome by SMS alone, and what a text may not do there. */
import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { system, write, type StaffActor, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { reactions } from '../../platform/reactions.ts'
import { Refusal } from '../../platform/refusal.ts'
import type { FactJob } from '../../platform/relay.ts'
import { useDatabase } from '../../platform/testing.ts'
import { say } from '../../platform/words.ts'
import { prepare } from '../../desks/index.ts'
import { aStaff } from '../../desks/testing.ts'
import { aPerson } from '../../people/testing.ts'
import {
  contactCode,
  endAgreement,
  expireNeeds,
  nameOf,
  openNeed,
  recordAgreement,
  remindPaid,
  tellPaid,
  withdrawNeed,
} from '../../referrals/index.ts'
import { aProvider } from '../../referrals/testing.ts'
import { triage } from '../../tickets/index.ts'
import { foldToGsm, segment } from '../../channels/index.ts'
import { answersTo, itemOf, saidOn, takeInTexts, takeInWhatsapp } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)

/** What the relay and the worker would do about paid work. */
async function work(app: App = database.app()): Promise<void> {
  const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
    select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id order by f.id`.execute(
    app.worker,
  )
  await tellPaid(
    app,
    rows.filter(({ kind }) => (reactions[kind] as readonly string[]).includes('referrals.tell_paid')),
  )
  if (rows.length > 0) await work(app)
}
/** The five minutes of BATAL are over: those who were chosen by a text are told. */
async function fiveMinutesLater(): Promise<void> {
  const app = database.app()
  await sql`update text_commands set undo_until = now() - interval '1 second' where word = 'ask_providers'`.execute(
    app.worker,
  )
  await remindPaid(app)
  await work()
}
async function texts(from: string, text: string) {
  const [id] = await takeInTexts(database.app(), { from, text })
  await work()
  return itemOf(database.app(), id!)
}
const lastTo = async (number: string) => (await answersTo(database.app(), number)).at(-1)!
const partsOf = (text: string) => segment(foldToGsm(text)).parts.length

let secretary: StaffActor
const contacts = new Map<string, string>()
let last = 0
const aNumber = (prefix = '+62812') => `${prefix}${String(77_000_000 + ++last)}`

beforeAll(async () => {
  const app = database.app()
  await prepare(app)
  await asSystem(async (ctx) => {
    for (const name of ['Koperasi Contoh', 'CV Jaringan Contoh', 'Yayasan Perangkat Lunak Bebas Contoh Nusantara']) {
      const provider = await aProvider(ctx, { regions: ['33.74'], name, kinds: ['paid'] })
      const phone = aNumber('+62813')
      const contact = await aPerson(ctx, { name: `Petugas ${name}`, email: null, phone })
      await sql`update contact_points set verified_at = now() where person_id = ${contact.id}::uuid`.execute(ctx.tx)
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
        select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, 'sms', 1, now() from contact_points where person_id = ${contact.id}::uuid`.execute(
        ctx.tx,
      )
      contacts.set(name, phone)
    }
    secretary = { ...(await aStaff(ctx, { role: 'administrator' })), sees_all: true }
  })
})

const SCOPE = 'Pasang jaringan dan 20 komputer dengan sistem operasi bebas di ruang pelayanan'

/** Somebody who asked by SMS; the desk has written down what paid work they need, and they were told. */
async function aNeed(from = aNumber(), write_in = (text: string) => texts(from, text)) {
  const app = database.app()
  const { ticket_id } = await write_in('kantor kami perlu jaringan baru dan 20 komputer, berbayar tidak apa')
  await sql`update tickets set kind = 'paid', region_code = '33.74' where id = ${ticket_id}::uuid`.execute(app.worker)
  await write(app, secretary, (ctx) =>
    triage(ctx, { ticket_id: ticket_id!, topic_code: 'perkantoran', region_code: '33.74' }),
  )
  await write(app, secretary, (ctx) =>
    openNeed(ctx, {
      ticket_id: ticket_id!,
      scope: SCOPE,
      work_place: 'Jalan Contoh 1, Semarang',
      wanted_by: '2099-01-31',
      wait_days: 7,
    }),
  )
  await work()
  const { rows } = await sql<{
    number: string
  }>`select number::text as number from tickets where id = ${ticket_id}::uuid`.execute(app.worker)
  const { rows: answers } = await sql<{ id: string; position: number; name: string }>`select a.id, a.position, o.name
    from paid_answers a join organisations o on o.id = a.organisation_id where a.ticket_id = ${ticket_id}::uuid order by a.position`.execute(
    app.worker,
  )
  const phoneOf = (place: number) => contacts.get(answers[place - 1]!.name)!
  return { from, ticket_id: ticket_id!, number: rows[0]!.number, answers, phoneOf }
}
const needOf = async (ticket_id: string) =>
  (
    await sql<{
      state: string
      outcome: string | null
      asked: number
      shown: number
      agreed: boolean
    }>`select n.state, n.outcome,
      n.agreed_at is not null as agreed, count(a.id) filter (where a.invited_at is not null)::int as asked,
      count(a.id) filter (where a.contacts_shown_at is not null)::int as shown
      from paid_needs n join paid_answers a on a.need_id = n.id where n.ticket_id = ${ticket_id}::uuid group by n.id`.execute(
      database.app().worker,
    )
  ).rows[0]!
const codeOf = async (answer_id: string) =>
  (
    await sql<{ code: string }>`select code from paid_answers where id = ${answer_id}::uuid`.execute(
      database.app().worker,
    )
  ).rows[0]!.code
const codeIn = (text: string) => /PERJANJIAN \d+ (?:\d+ )?[A-Z]+ ([A-Z]\d[0-9A-Z]{3})/.exec(text)![1]!
const contactCodeIn = (text: string) => /KONTAK \d+ (?:\d+ )?([A-Z]\d[0-9A-Z]{3})/.exec(text)![1]!
/** The whole line that they are to send back. */
const lineIn = (text: string) => /PERJANJIAN \d+ \d+: .* [A-Z]\d[0-9A-Z]{3}$/.exec(text)![0]
const agreementsOf = async (ticket_id: string) =>
  (
    await sql<{
      state: string
      starts_on: string
      coverage: string
    }>`select g.state, g.starts_on::text, g.coverage from agreements g
        join paid_answers a on a.id = g.answer_id where a.ticket_id = ${ticket_id}::uuid order by g.recorded_at, g.id`.execute(
      database.app().worker,
    )
  ).rows
/** Whoever works for the organisation that was asked. */
async function providerOf(answer_id: string): Promise<StaffActor> {
  const { rows } = await sql<{ id: string; organisation_id: string }>`select desk_id as id, organisation_id
    from paid_answers where id = ${answer_id}::uuid`.execute(database.app().worker)
  const desk = { ...rows[0]!, name: '', role: 'agent' as const, time_zone: 'Asia/Jakarta' as const }
  return { ...secretary, sees_all: false, providers: [desk] }
}
/** A need of which number 1 is interested and both have seen each other's contacts. */
async function shown(from = aNumber()) {
  const one = await aNeed(from)
  await texts(from, `pilih 1 ${one.number}`)
  await fiveMinutesLater()
  await texts(one.phoneOf(1), `BERMINAT ${await codeOf(one.answers[0]!.id)}`)
  await texts(from, `kontak 1 ${one.number}`)
  await texts(from, `kontak 1 ${one.number} ${contactCodeIn(await lastTo(from))}`)
  return one
}

test('written down, chosen, asked, answered, contacts exchanged and agreed by SMS alone, each text within its segments', async () => {
  const { from, ticket_id, number, answers, phoneOf } = await aNeed()
  const opened = await lastTo(from)
  expect(opened).toContain(SCOPE)
  for (const { position, name } of answers) expect(opened).toContain(`${position} ${name.slice(0, 12)}`)
  expect(opened).toContain('PILIH 1')
  expect(partsOf(opened)).toBeLessThanOrEqual(4)

  await texts(from, 'LIHAT PEKERJAAN')
  expect(await lastTo(from)).toContain('Jalan Contoh 1, Semarang')
  expect(await texts(from, 'pilih 1, 2')).toMatchObject({ outcome: 'command', ticket_id })
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_asked', { number, count: 2 }))
  expect(await needOf(ticket_id)).toMatchObject({ asked: 2, agreed: true })
  expect((await answersTo(database.app(), phoneOf(1))).join()).not.toContain('BERMINAT')
  await fiveMinutesLater()
  for (const place of [1, 2]) {
    expect(await lastTo(phoneOf(place))).toContain(`BERMINAT ${await codeOf(answers[place - 1]!.id)}`)
    expect(await lastTo(phoneOf(place))).not.toContain(from)
  }

  // A question, whose answer names nobody.
  const [first, second] = [answers[0]!, answers[1]!]
  await texts(phoneOf(1), `TANYA ${await codeOf(first.id)} berapa titik jaringan?`)
  expect(await lastTo(from)).toContain('berapa titik jaringan?')
  expect(await lastTo(from)).toContain('JAWAB 1:')
  expect(await texts(from, `JAWAB 1: dua puluh titik, telepon saya ${from}`)).toMatchObject({
    outcome: 'command',
    ticket_id,
  })
  const { rows: replies } = await sql<{
    reply: string
  }>`select reply from paid_answers where id = ${first.id}::uuid`.execute(database.app().worker)
  expect(replies[0]!.reply).toContain('dua puluh titik')
  expect(replies[0]!.reply).not.toContain(from.slice(-8))

  await texts(phoneOf(1), `BERMINAT ${await codeOf(first.id)}`)
  expect(await lastTo(from)).toContain('KONTAK 1')
  await texts(phoneOf(2), `TIDAK ${await codeOf(second.id)}`)
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_told_not_interested', { number, name: nameOf(second) }))
  await texts(from, 'lihat')
  expect(await lastTo(from)).toContain('(berminat)')
  expect(await lastTo(from)).not.toContain(phoneOf(1))
  await texts(from, 'lihat 1')
  expect(await lastTo(from)).toContain('dua puluh titik')
  expect(await lastTo(from)).not.toContain(phoneOf(1))

  // What will be shown to whom is said before, and nothing is done before that comes back.
  await texts(from, 'KONTAK 2')
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_contact_wait', { number, place: 2 }))
  await texts(from, 'KONTAK 1')
  const agreeing = await lastTo(from)
  expect(agreeing).toContain(`${first.name.slice(0, 12)}`)
  expect(agreeing).toContain(from)
  expect(partsOf(agreeing)).toBeLessThanOrEqual(2)
  expect(await needOf(ticket_id)).toMatchObject({ shown: 0 })
  await texts(from, `kontak 1 ${contactCodeIn(agreeing).toLowerCase()}`)
  expect(await needOf(ticket_id)).toMatchObject({ shown: 1 })
  expect(await lastTo(from)).toContain(phoneOf(1))
  expect(await lastTo(from)).toContain('SEPAKAT 1')
  await texts(from, 'batal')
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_contact_final', { number }))
  expect(await needOf(ticket_id)).toMatchObject({ shown: 1 })

  expect(await texts(from, 'SEPAKAT 1')).toMatchObject({ outcome: 'command', ticket_id })
  expect(await needOf(ticket_id)).toMatchObject({ state: 'closed', outcome: 'agreed' })
  await texts(from, 'lihat')
  expect(await lastTo(from)).toContain('(sepakat)')
  // It is over: their words are for people again, but for what only looks.
  await texts(from, 'lihat 1')
  expect(await lastTo(from)).toContain(phoneOf(1))
  expect(await saidOn(database.app(), ticket_id)).toHaveLength(1)
  expect(await texts(from, 'kontak 1')).toMatchObject({ outcome: 'message', ticket_id })

  const one_segment = (await answersTo(database.app(), from)).filter(
    (text) =>
      !/pekerjaan berbayar( di|:| \()|Siapa yang ditanya|Bertukar kontak dengan|: kontak |Pertanyaan:|bertanya:/.test(
        text,
      ),
  )
  expect(one_segment.length).toBeGreaterThan(5)
  expect(one_segment.map((text) => [text, partsOf(text)])).toEqual(one_segment.map((text) => [text, 1]))
  for (const text of await answersTo(database.app(), from)) expect(partsOf(text), text).toBeLessThanOrEqual(4)
})

test('an agreement is recorded, read, confirmed and ended by SMS; what the other side is told takes the code that came with the terms', async () => {
  const app = database.app()
  const { from, ticket_id, number, answers, phoneOf } = await aNeed()
  await texts(from, 'pilih 1')
  await fiveMinutesLater()
  await texts(phoneOf(1), `BERMINAT ${await codeOf(answers[0]!.id)}`)
  await texts(from, 'perjanjian 1')
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_no_contacts', { number, place: 1 }))
  await texts(from, 'kontak 1')
  await texts(from, `kontak 1 ${contactCodeIn(await lastTo(from))}`)
  await texts(from, 'perjanjian 1')
  expect(await lastTo(from)).toContain('PERJANJIAN 1: DUKUNGAN 1-1-2027')
  expect(partsOf(await lastTo(from))).toBe(2)
  const states = () => agreementsOf(ticket_id)
  await texts(from, 'perjanjian 1: dukungan 31-2-2027 31-12-2027 jam kerja 60 480')
  expect(await states()).toEqual([])
  await texts(from, 'perjanjian 1: dukungan 1-1-2027 s.d. 31-12-2027, jam kerja diperpanjang, 60, 480')
  const read = await lastTo(from)
  expect(partsOf(read)).toBeLessThanOrEqual(2)
  // The code is of these terms alone.
  await texts(from, lineIn(read).replace(' 60 ', ' 600 '))
  expect(await lastTo(from)).toBe(say('id', 'sms.agreement_terms_code', { number }))
  expect(await states()).toEqual([])
  await texts(from, lineIn(read))
  expect(await states()).toEqual([{ state: 'recorded', starts_on: '2027-01-01', coverage: 'extended' }])
  // Only the other side confirms it.
  await texts(from, 'perjanjian 1')
  const own = codeIn(await lastTo(from))
  await texts(from, `perjanjian 1 benar ${own}`)
  expect(await lastTo(from)).toBe(say('id', 'sms.agreement_nothing', { number, place: 1 }))
  await texts(from, 'batal')
  expect(await lastTo(from)).toBe(say('id', 'sms.agreement_undone', { number }))
  expect((await states()).map(({ state }) => state)).toEqual(['withdrawn'])

  const provider = await providerOf(answers[0]!.id)
  await write(app, provider, (ctx) =>
    recordAgreement(ctx, {
      answer_id: answers[0]!.id,
      kind: 'maintenance',
      starts_on: '2027-01-01',
      ends_on: '2027-12-31',
      coverage: 'office_hours',
      response_minutes: 60,
      resolution_minutes: 480,
    }),
  )
  await work()
  expect(await lastTo(from)).toContain('balas PERJANJIAN 1')
  await texts(from, 'perjanjian 1 benar')
  const terms = await lastTo(from)
  expect(terms).toContain('pemeliharaan, 1 Jan 2027 s.d. 31 Des 2027, jam kerja')
  expect(partsOf(terms)).toBeLessThanOrEqual(2)
  expect((await states()).at(-1)).toMatchObject({ state: 'recorded' })
  await texts(from, `perjanjian 1 benar ${own}`)
  expect(await lastTo(from)).toBe(say('id', 'sms.agreement_code', { number, place: 1 }))
  await texts(from, `perjanjian 1 benar ${codeIn(terms)}`)
  expect((await states()).at(-1)).toMatchObject({ state: 'confirmed' })
  // The other side has been told.
  await texts(from, 'batal')
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_not_undone', { number }))
  await texts(from, 'perjanjian 1')
  await texts(from, `perjanjian 1 berakhir ${codeIn(await lastTo(from))}`)
  expect((await states()).at(-1)).toMatchObject({ state: 'ended' })
})

test('BATAL takes back whom they asked, what they answered and the outcome, while nobody has acted on it', async () => {
  const { from, ticket_id, number, answers, phoneOf } = await aNeed()
  // Nobody is told before it can be taken back no more, so that no loop of both costs a text.
  const told = async () =>
    (await Promise.all(answers.map(({ position }) => answersTo(database.app(), phoneOf(position))))).flat().length
  const before = await told()
  for (const count of [3, 3]) {
    await texts(from, 'PILIH SEMUA')
    expect(await needOf(ticket_id)).toMatchObject({ asked: 3 })
    await texts(from, 'batal')
    expect(await lastTo(from)).toBe(say('id', 'sms.paid_undone_asked', { number, count }))
    expect(await needOf(ticket_id)).toMatchObject({ asked: 0, agreed: false })
  }
  await fiveMinutesLater()
  expect(await told()).toBe(before)
  await texts(from, 'pilih 1 2')
  await fiveMinutesLater()
  expect(await told()).toBe(before + 2)
  await fiveMinutesLater()
  expect(await told()).toBe(before + 2)
  await texts(from, 'batal')
  expect(await needOf(ticket_id)).toMatchObject({ asked: 2, agreed: true })
  const code = await codeOf(answers[0]!.id)
  await texts(phoneOf(1), `TANYA ${code} berapa titik?`)

  await texts(from, 'jawab 1: tiga puluh')
  await texts(from, 'BATAL')
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_undone_replied', { number, place: 1 }))
  await texts(from, 'jawab 1: dua puluh')
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_replied_ok', { number }))
  await texts(phoneOf(1), `BERMINAT ${code}`)
  await texts(from, 'batal')
  // They have answered because of it.
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_not_undone', { number }))

  for (const [text, state] of [
    ['sepakat 0', 'closed'],
    ['tarik pekerjaan', 'withdrawn'],
  ] as const) {
    await texts(from, text)
    expect(await needOf(ticket_id)).toMatchObject({ state })
    await texts(from, 'batal')
    expect(await lastTo(from)).toBe(say('id', 'sms.paid_undone_ended', { number }))
    expect(await needOf(ticket_id)).toMatchObject({ state: 'open', outcome: null })
  }
  await texts(from, 'sepakat 0')
  await sql`update paid_needs set due_at = now() - interval '2 minutes', ends_at = now() - interval '1 minute' where ticket_id = ${ticket_id}::uuid`.execute(
    database.app().worker,
  )
  await texts(from, 'batal')
  expect(await needOf(ticket_id)).toMatchObject({ state: 'closed' })
})

test('a wrong or old code shows nobody’s contact, nor does another number, somebody else who takes part, or a number that was silent for months', async () => {
  const { from, ticket_id, number, answers, phoneOf } = await aNeed()
  await texts(from, 'pilih 1')
  await fiveMinutesLater()
  await texts(phoneOf(1), `BERMINAT ${await codeOf(answers[0]!.id)}`)
  await texts(from, 'kontak 1')
  const code = contactCodeIn(await lastTo(from))
  const wrong = code === 'A2222' ? 'B2222' : 'A2222'
  await texts(from, `kontak 1 ${wrong}`)
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_contact_code', { number, place: 1 }))

  // Half an hour old.
  const asker = await sql<{ id: string }>`select requester_id as id from tickets where id = ${ticket_id}::uuid`.execute(
    database.app().worker,
  )
  const showing = { answer_id: answers[0]!.id, person_id: asker.rows[0]!.id, address: from }
  const ago = (minutes: number) =>
    asSystem(async (ctx) => contactCode({ ...ctx, now: new Date(ctx.now.getTime() - minutes * 60_000) }, showing))
  expect([await ago(0), await ago(15)]).toContain(code)
  await texts(from, `kontak 1 ${await ago(31)}`)
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_contact_code', { number, place: 1 }))

  // Another number, with the right code: of somebody else's request nothing is told.
  const stranger = aNumber()
  await texts(stranger, `KONTAK 1 ${number} ${code}`)
  await texts(stranger, `PILIH SEMUA ${number}`)
  expect(await needOf(ticket_id)).toMatchObject({ shown: 0, asked: 1 })
  expect((await answersTo(database.app(), stranger)).join()).not.toContain('Contoh')

  // Whoever takes part and did not ask for the work.
  const colleague = aNumber()
  await asSystem(async (ctx) => {
    const { id } = await aPerson(ctx, { name: 'Rekan Contoh', email: null, phone: colleague })
    await sql`insert into participants (ticket_id, person_id, part, contact_point_id, channel, since)
      select ${ticket_id}::uuid, person_id, 'participant', id, 'sms', now() from contact_points where person_id = ${id}::uuid`.execute(
      ctx.tx,
    )
  })
  for (const text of [`LIHAT ${number}`, `LIHAT 1 ${number}`, `KONTAK 1 ${number} ${code}`, `SEPAKAT 0 ${number}`])
    await texts(colleague, text)
  expect(await needOf(ticket_id)).toMatchObject({ shown: 0, state: 'open' })
  expect((await answersTo(database.app(), colleague)).join()).not.toMatch(/Koperasi|Yayasan|CV Jaringan/)

  // Silent for half a year, the number may be somebody else's.
  await sql`update messages set at = now() - interval '181 days' where ticket_id = ${ticket_id}::uuid`.execute(
    database.app().worker,
  )
  await sql`update participants set since = now() - interval '181 days' where ticket_id = ${ticket_id}::uuid`.execute(
    database.app().worker,
  )
  await sql`update contact_points set verified_at = null where normalised = ${from}`.execute(database.app().worker)
  for (const text of [`kontak 1 ${code}`, 'sepakat 0', 'tarik pekerjaan']) {
    await texts(from, text)
    expect(await lastTo(from)).toBe(say('id', 'sms.barred_silence', { number }))
  }
  expect(await needOf(ticket_id)).toMatchObject({ shown: 0, state: 'open' })
})

test('who needs no paid work says "pilih 1" to the desk; who needs it twice is asked which; nothing runs by a slip', async () => {
  const other = aNumber()
  const { ticket_id } = await texts(other, 'printer tidak mau mencetak')
  for (const text of ['pilih 1', 'lihat', 'kontak 1', 'sepakat 0', 'tidak sepakat'])
    expect(await texts(other, text)).toMatchObject({ outcome: 'message', ticket_id })

  const { from, number, ticket_id: needed } = await aNeed()
  for (const [text, means] of [
    ['pilih satu', 'PILIH 1'],
    ['tidak sepakat', 'SEPAKAT 0'],
    ['pilih 1 👍', 'PILIH 1'],
  ] as const) {
    await texts(from, text)
    expect(await lastTo(from)).toBe(say('id', 'sms.ask_back', { means }))
  }
  for (const [text, key] of [
    ['pilih 9', 'sms.paid_nobody_new'],
    ['pilih 1 9', 'sms.paid_nobody_new'],
    ['jawab 1: ya', 'sms.paid_no_question'],
    ['sepakat 0', 'sms.paid_nobody_asked'],
  ] as const) {
    await texts(from, text)
    expect(await lastTo(from)).toBe(say('id', key, { number, place: 1 }))
  }
  await texts(from, 'bantuan')
  expect(await lastTo(from)).toBe(say('id', 'sms.help_paid', { number }))
  expect(await needOf(needed)).toMatchObject({ asked: 0, state: 'open', agreed: false })

  const again = await aNeed()
  const twice = again.from
  const person = (
    await sql<{ id: string }>`select requester_id as id from tickets where id = ${again.ticket_id}::uuid`.execute(
      database.app().worker,
    )
  ).rows[0]!
  await sql`update tickets set requester_id = ${person.id}::uuid where id = ${needed}::uuid`.execute(
    database.app().worker,
  )
  await sql`update participants set person_id = ${person.id}::uuid, contact_point_id = (select id from contact_points where normalised = ${twice})
    where ticket_id = ${needed}::uuid`.execute(database.app().worker)
  await texts(twice, 'pilih 1')
  expect(await lastTo(twice)).toContain('PILIH 1')
  expect(await lastTo(twice)).toContain(number)
  await texts(twice, `pilih 1 ${number}`)
  expect(await needOf(needed)).toMatchObject({ asked: 1 })
  expect(await needOf(again.ticket_id)).toMatchObject({ asked: 0 })
})

test('the same words by WhatsApp; an SMS in the name of whoever asked there asks nobody and shows nothing', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id, number, answers } = await aNeed(from, (text) => takeInWhatsapp(app, { from, body: text }))
  // A chat is not counted by its parts, and gets the link to the page, too.
  expect(await lastTo(from)).toMatch(/PILIH 1[^]*\/follow\//)
  for (const text of [
    'PILIH SEMUA',
    `PILIH 1 ${number}`,
    'TARIK PEKERJAAN',
    'SEPAKAT 0',
    'LIHAT',
    'LIHAT 1',
    'KONTAK 1',
  ]) {
    expect(await texts(from, text)).toMatchObject({ outcome: 'command', reason: 'asked' })
    expect(await lastTo(from)).toBe(say('id', 'sms.barred_channel', { number }))
  }
  expect(await needOf(ticket_id)).toMatchObject({ asked: 0, state: 'open' })
  expect(await takeInWhatsapp(app, { from, body: 'pilih 1 dan 2' })).toMatchObject({ outcome: 'command', ticket_id })
  expect(await needOf(ticket_id)).toMatchObject({ asked: 2 })
  expect(answers).toHaveLength(3)
})

test('whoever forges the sender records no agreement: it takes the code of these terms, and after STOP nothing is done at all', async () => {
  const { from, ticket_id } = await shown()
  const terms = 'perjanjian 1: dukungan 1-1-2027 31-12-2027 jam kerja 60 480'
  await texts(from, terms)
  expect(await agreementsOf(ticket_id)).toEqual([])
  const line = lineIn(await lastTo(from))
  await texts(from, 'stop')
  for (const text of [terms, line, 'sepakat 1', 'tarik pekerjaan', 'lihat'])
    expect(await texts(from, text)).toMatchObject({ outcome: 'message', ticket_id })
  expect(await lastTo(from)).toBe(say('id', 'sms.stopped'))
  expect(await agreementsOf(ticket_id)).toEqual([])
  expect(await needOf(ticket_id)).toMatchObject({ state: 'open' })
  await texts(from, 'mulai')
  await texts(from, line)
  expect(await agreementsOf(ticket_id)).toMatchObject([{ state: 'recorded' }])
})

test('with two needs each text that we propose is done when it is sent back as it stands', async () => {
  const one = await aNeed()
  const { from, ticket_id, number } = one
  const { number: other } = await aNeed(from, (text) => texts(from, `baru: ${text}`))
  await texts(from, `pilih 1 ${number}`)
  await fiveMinutesLater()
  await texts(one.phoneOf(1), `BERMINAT ${await codeOf(one.answers[0]!.id)}`)
  await texts(from, 'kontak 1')
  await texts(from, /KONTAK 1 \d+/.exec(await lastTo(from))![0].replace(other, number))
  await texts(from, /KONTAK 1 \d+ \w+/.exec(await lastTo(from))![0])
  expect(await needOf(ticket_id)).toMatchObject({ shown: 1 })
  // Only one of them can have an agreement.
  await texts(from, 'perjanjian 1: dukungan 1-1-2027 31-12-2027 jam kerja 60 480')
  await texts(from, lineIn(await lastTo(from)))
  expect(await agreementsOf(ticket_id)).toMatchObject([{ state: 'recorded' }])
  await texts(from, 'jawab 1: dua puluh')
  expect(await lastTo(from)).toMatch(/misalnya: JAWAB 1 \d+: isi\./)
})

test('a need that has ended takes no words from people any more', async () => {
  const { from, ticket_id, number } = await aNeed()
  await texts(from, 'tarik pekerjaan')
  for (const text of ['pilih 2', 'setuju 1', 'daftar', 'kontak 112', 'perjanjian 3: tolong kirim salinannya'])
    expect(await texts(from, text)).toMatchObject({ outcome: 'message', ticket_id })
  await texts(from, `pilih 2 ${number}`)
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_none', { number }))
})

test('an agreement is read by its word long after the request was closed, and by its link where the word shows another', async () => {
  const app = database.app()
  const { from, ticket_id, number, answers } = await shown()
  await texts(from, 'sepakat 1')
  await sql`update tickets set state = 'closed', waiting_since = null, state_since = now() - interval '40 days' where id = ${ticket_id}::uuid`.execute(
    app.worker,
  )
  const provider = await providerOf(answers[0]!.id)
  const agreement_id = await write(app, provider, (ctx) =>
    recordAgreement(ctx, {
      answer_id: answers[0]!.id,
      kind: 'support',
      starts_on: '2027-01-01',
      ends_on: '2027-12-31',
      coverage: 'always',
      response_minutes: 60,
      resolution_minutes: 480,
    }),
  )
  await work()
  expect(await lastTo(from)).toMatch(/PERJANJIAN 1\n.*\/agreements\//)
  expect(await texts(from, 'perjanjian 1')).toMatchObject({ outcome: 'command', ticket_id })
  expect(await lastTo(from)).toContain(`#${number}, perjanjian dengan`)
  expect(await lastTo(from)).toContain('480 menit;')
  await texts(from, `perjanjian 1 benar ${codeIn(await lastTo(from))}`)

  await sql`update tickets set state = 'open' where id = ${ticket_id}::uuid`.execute(app.worker)
  await write(app, secretary, (ctx) =>
    openNeed(ctx, { ticket_id, scope: SCOPE, work_place: 'Jalan Contoh 2', wanted_by: '2099-01-31', wait_days: 7 }),
  )
  await work()
  await write(app, provider, (ctx) => endAgreement(ctx, { agreement_id }))
  await work()
  expect(await lastTo(from)).toContain('/agreements/')
  expect(await lastTo(from)).not.toContain('PERJANJIAN')
})

test('a question and an answer that come together are both told; a contact that was erased meanwhile ends nothing', async () => {
  const app = database.app()
  const { from, ticket_id, answers, phoneOf, number } = await aNeed()
  await texts(from, 'pilih 1')
  await fiveMinutesLater()
  const code = await codeOf(answers[0]!.id)
  const before = (await answersTo(app, from)).length
  await takeInTexts(app, { from: phoneOf(1), text: `TANYA ${code} berapa titik?` })
  await takeInTexts(app, { from: phoneOf(1), text: `BERMINAT ${code}` })
  await work()
  const told = (await answersTo(app, from)).slice(before)
  expect(told).toHaveLength(2)
  expect(told[0]).toContain('berapa titik?')
  expect(told[1]).toContain(' berminat. ')

  await sql`delete from paid_contacts where answer_id = ${answers[0]!.id}::uuid`.execute(app.worker)
  await texts(from, 'kontak 1')
  expect(await texts(from, `kontak 1 ${contactCodeIn(await lastTo(from))}`)).toMatchObject({
    outcome: 'command',
    ticket_id,
  })
  const name = nameOf(answers[0]!)
  expect(await lastTo(from)).toBe(say('id', 'sms.paid_contact_gone', { number, place: 1, name }))
})

test('paid work of a request that was closed by a text is there again when that is taken back, and ends when it is not', async () => {
  const app = database.app()
  const { from, ticket_id, number } = await aNeed()
  await texts(from, `tarik ${number}`)
  await expireNeeds(app)
  await texts(from, 'batal')
  expect(await needOf(ticket_id)).toMatchObject({ state: 'open' })
  await texts(from, `tarik ${number}`)
  await sql`update tickets set state_since = state_since - interval '5 minutes' where id = ${ticket_id}::uuid`.execute(
    app.worker,
  )
  await expireNeeds(app)
  expect(await needOf(ticket_id)).toMatchObject({ state: 'withdrawn' })
})

test('a text and the page at once: one of them counts, and the other is told that nothing runs any more', async () => {
  const app = database.app()
  const { from, ticket_id, number } = await aNeed()
  const { rows } = await sql<{
    id: string
  }>`select requester_id as id from tickets where id = ${ticket_id}::uuid`.execute(app.worker)
  const asker = { kind: 'requester' as const, ticket_id, person_id: rows[0]!.id }
  const byPage = () =>
    write(app, asker, (ctx) => withdrawNeed(ctx, { ticket_id })).then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof Refusal && thrown.key === 'paid.none') return false
        throw thrown
      },
    )
  const [page_counts, item] = await Promise.all([byPage(), texts(from, 'tarik pekerjaan')])
  // Read when the page has been faster, it is a message like any other.
  if (item.outcome === 'message') expect(page_counts).toBe(true)
  else expect(await lastTo(from)).toBe(say('id', page_counts ? 'sms.paid_none' : 'sms.paid_withdrawn_ok', { number }))
  const { rows: facts } =
    await sql`select from facts where ticket_id = ${ticket_id}::uuid and kind = 'paid_need.withdrawn'`.execute(
      app.worker,
    )
  expect(facts).toHaveLength(1)
})
