/** What a provider commands by SMS in a name that anybody can forge: it counts with a code that only the real number got, and codes cannot be tried out. */
import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { say } from '../../platform/words.ts'
import { tellSecretariat } from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { aDesk, aStaff } from '../../desks/testing.ts'
import { aPerson } from '../../people/testing.ts'
import { refer, sendOffers } from '../../referrals/index.ts'
import { aProvider, aRequest, liveOffer } from '../../referrals/testing.ts'
import { answersTo, itemOf, saidOn, takeInTexts } from './testing.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)

let last = 0
/** A case that a provider accepted by SMS, with its contact's number. */
async function aCase() {
  const app = database.app()
  const phone = `+62811${String(7_000_000 + ++last)}`
  const made = await asSystem(async (ctx) => {
    const requester = await aPerson(ctx, { name: 'Sari', email: null, phone: `${phone}9` })
    const { ticket, agent } = await aRequest(ctx, { channel: 'sms', requester })
    const provider = await aProvider(ctx, { name: `Komunitas ${newId().slice(-6)} (contoh)` })
    const contact = await aPerson(ctx, { name: 'Petugas Jaga', email: null, phone })
    await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
      select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, 'sms', 1, now() from contact_points
      where person_id = ${contact.id}::uuid`.execute(ctx.tx)
    await sql`update desks set accepting = (id = ${provider.desk.id}::uuid) where kind = 'provider'`.execute(ctx.tx)
    return { ticket, agent, provider, contact }
  })
  await write(app, made.agent, (ctx) => refer(ctx, { ticket_id: made.ticket.id }))
  const offer = (await asSystem((ctx) => liveOffer(ctx, made.ticket.id)))!
  await sendOffers(app, [])
  return { ...made, offer, phone }
}
const says = async (from: string, text: string) =>
  itemOf(database.app(), (await takeInTexts(database.app(), { from, text }))[0]!)
const lastAnswer = async (to: string) => (await answersTo(database.app(), to)).at(-1)!

test('LIBUR by SMS does nothing until the code comes back that went to the real number', async () => {
  const { phone, provider } = await aCase()
  const paused = async () =>
    (
      await sql<{
        is_paused: boolean
      }>`select coalesce(paused_until > now(), false) as is_paused from desks where id = ${provider.desk.id}::uuid`.execute(
        database.app().worker,
      )
    ).rows[0]!.is_paused
  await says(phone, 'LIBUR 5 hari')
  expect(await paused()).toBe(false)
  const code = /LIBUR 5 hari (\w{5})/.exec(await lastAnswer(phone))![1]!
  // Of another number of days it is none.
  await says(phone, `LIBUR 60 hari ${code}`)
  expect(await lastAnswer(phone)).toBe(say('id', 'refusal.offer.code'))
  expect(await paused()).toBe(false)
  await says(phone, `libur 5 hari ${code.toLowerCase()}`)
  expect(await paused()).toBe(true)
  await says(phone, 'BATAL')
  expect(await paused()).toBe(false)
})

test('BALAS is taken back for five minutes like everything else', async () => {
  const { phone, offer, ticket } = await aCase()
  await says(phone, `TERIMA ${offer.code}`)
  await says(phone, `BALAS ${offer.code} Salah kirim, maaf`)
  const waits = await sql<{
    state: string
    waits: boolean
  }>`select state, not_before > now() + interval '4 minutes' as waits from outbox
    where about_id = ${ticket.id}::uuid and kind = 'reply'`.execute(database.app().worker)
  expect(waits.rows.every((row) => row.waits)).toBe(true)
  await says(phone, 'batal')
  expect(await lastAnswer(phone)).toBe(say('id', 'sms.offer_echo_undo_reply', { code: offer.code }))
  const { rows } = await sql<{ taken_back: boolean }>`select taken_back_at is not null as taken_back from messages
    where ticket_id = ${ticket.id}::uuid and direction = 'out' and text like 'Salah kirim%'`.execute(
    database.app().worker,
  )
  expect(rows).toEqual([{ taken_back: true }])
  expect(await saidOn(database.app(), ticket.id)).toContain('Salah kirim, maaf')
})

test('who forges wrong codes keeps no provider from its own offer, is stopped for good when there are many, and the secretariat is told once', async () => {
  const app = database.app()
  const reader = await asSystem(async (ctx) => {
    const { rows } = await sql<{ id: string }>`select id from desks where kind = 'secretariat'`.execute(ctx.tx)
    const secretary = await aStaff(ctx, { desk: { ...(await aDesk(ctx)), id: rows[0]!.id } })
    await sql`insert into accounts (person_id, auth_user_id) values (${secretary.person_id}::uuid, gen_random_uuid())`.execute(
      ctx.tx,
    )
    await sql`update contact_points set verified_at = now() where person_id = ${secretary.person_id}::uuid`.execute(
      ctx.tx,
    )
    return secretary
  })
  const { phone, offer } = await aCase()
  for (let code = 2; code <= 5; code++) {
    await says(phone, `TERIMA 7K${code}WQ`)
    expect(await lastAnswer(phone)).toBe(say('id', 'refusal.offer.code'))
  }
  await says(phone, 'TERIMA 7K7WQ')
  expect(await lastAnswer(phone)).toBe(say('id', 'sms.codes_locked'))
  // What is not a living code of this number is told to be neither wrong nor right.
  expect(await says(phone, 'TERIMA 7K8WQ')).toMatchObject({ outcome: 'command', reason: 'codes_locked' })
  const state = async () =>
    (await sql<{ state: string }>`select state from offers where id = ${offer.id}::uuid`.execute(app.worker)).rows[0]!
      .state
  await says(phone, `TERIMA ${offer.code}`)
  expect(await state()).toBe('accepted')
  await says(phone, 'BATAL')
  // Fifty an hour from one number: a right one rests, too.
  await sql`update limit_hits set hits = 50 where hits = 6`.execute(app.worker)
  expect(await says(phone, `TERIMA ${offer.code}`)).toMatchObject({ outcome: 'command', reason: 'codes_locked' })
  expect(await state()).toBe('open')
  const facts = await sql<{
    fact_id: string
    kind: string
    about: Record<string, unknown>
  }>`select id as fact_id, kind, about from facts where kind = 'codes.locked'`.execute(app.worker)
  expect(facts.rows).toHaveLength(1)
  const jobs = facts.rows.map((row) => ({ ...row, ticket_id: null })) as Parameters<typeof tellSecretariat>[1]
  for (const _ of [1, 2]) await tellSecretariat(app, jobs)
  const mails = await sql<{
    subject: string
  }>`select subject from outbox where recipient_id = ${reader.person_id}::uuid`.execute(app.worker)
  expect(mails.rows).toHaveLength(1)
  expect(mails.rows[0]!.subject).toContain('Kode keliru dari nomor Komunitas')
})

test('a requester objects by SMS to whom their request went; the secretariat sees it until it is taken back or settled', async () => {
  const { phone, ticket } = await aCase()
  const open = async () =>
    (
      await sql<{
        words: string
      }>`select words from referral_objections where ticket_id = ${ticket.id}::uuid and settled_at is null`.execute(
        database.app().worker,
      )
    ).rows.map(({ words }) => words)
  await says(`${phone}9`, 'KEBERATAN: itu kantor tetangga kami')
  expect(await lastAnswer(`${phone}9`)).toBe(say('id', 'sms.objected', { number: ticket.number }))
  expect(await open()).toEqual(['itu kantor tetangga kami'])
  // Said twice: nothing is done, and no BATAL is offered for it.
  await says(`${phone}9`, 'KEBERATAN: sungguh, tetangga kami')
  expect(await lastAnswer(`${phone}9`)).toBe(say('id', 'sms.objected_already', { number: ticket.number }))
  expect(await lastAnswer(`${phone}9`)).not.toContain('BATAL')
  expect(await open()).toEqual(['itu kantor tetangga kami'])
  await says(`${phone}9`, 'BATAL')
  expect(await open()).toEqual([])
})
