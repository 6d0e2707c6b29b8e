/** A provider's number that changed hands: after months of silence it gets no offers and commands nothing until its contact has proven it anew. */
import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import type { FactJob } from '../../platform/relay.ts'
import { say } from '../../platform/words.ts'
import { askDutyContacts, tellSecretariat } from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { aDesk, aStaff } from '../../desks/testing.ts'
import { aPerson } from '../../people/testing.ts'
import { refer, sendOffers } from '../../referrals/index.ts'
import { aProvider, aRequest, liveOffer } from '../../referrals/testing.ts'
import { answersTo, itemOf, takeInTexts } from './testing.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)

let last = 0
/** An offer to a provider whose only contact was proven so many days ago, and has written nothing since. */
async function anOffer(days_ago: number) {
  const app = database.app()
  const phone = `+62811${String(8_000_000 + ++last)}`
  const made = await asSystem(async (ctx) => {
    const requester = await aPerson(ctx, { name: 'Sari', email: null, phone: `${phone}9` })
    const { ticket, agent } = await aRequest(ctx, { channel: 'sms', requester })
    const provider = await aProvider(ctx, { name: `Komunitas ${newId().slice(-6)} (contoh)` })
    const contact = await aPerson(ctx, { name: 'Petugas Jaga', email: null, phone })
    await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, asked_at, proven_at)
      select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, 'sms', 1, now() - make_interval(days => ${days_ago}::int),
        now() - make_interval(days => ${days_ago}::int)
      from contact_points where person_id = ${contact.id}::uuid`.execute(ctx.tx)
    await sql`update desks set accepting = (id = ${provider.desk.id}::uuid) where kind = 'provider'`.execute(ctx.tx)
    return { ticket, agent, provider }
  })
  await write(app, made.agent, (ctx) => refer(ctx, { ticket_id: made.ticket.id }))
  const offer = (await asSystem((ctx) => liveOffer(ctx, made.ticket.id)))!
  return { ...made, offer, phone }
}
const jobs = async (kind: string, desk_id: string) =>
  (
    await sql<FactJob>`select id as fact_id, kind, ticket_id, about from facts
      where kind = ${kind} and about->>'desk_id' = ${desk_id}`.execute(database.app().worker)
  ).rows
const offered = async ({ offer }: { offer: { id: string } }) =>
  sendOffers(database.app(), [
    {
      fact_id: newId(),
      kind: 'referral.offered',
      ticket_id: null,
      about: { offer_id: offer.id },
    } as unknown as FactJob,
  ])
const says = async (from: string, text: string) =>
  itemOf(database.app(), (await takeInTexts(database.app(), { from, text }))[0]!)
const textsTo = (to: string) => answersTo(database.app(), to)
const stateOf = async (id: string) =>
  (await sql<{ state: string }>`select state from offers where id = ${id}::uuid`.execute(database.app().worker))
    .rows[0]!.state

test('a number that was silent for half a year gets no offer and accepts nothing until SETUJU comes back from it', async () => {
  const app = database.app()
  const made = await anOffer(181)
  const { phone, offer, provider } = made
  await offered(made)
  expect(await textsTo(phone)).toEqual([])
  const lapsed = await jobs('duty.lapsed', provider.desk.id)
  expect(lapsed).toHaveLength(1)
  for (const _ of [1, 2]) await askDutyContacts(app, lapsed)
  const [ask, ...more] = await textsTo(phone)
  expect(more).toEqual([])
  const code = /SETUJU (\w{5})/.exec(ask!)![1]!
  // Whoever has the number now knows the code of an offer, and is still nobody: also when they write a second time.
  for (const _ of [1, 2]) expect(await says(phone, `TERIMA ${offer.code}`)).toMatchObject({ reason: 'not_contact' })
  expect(await stateOf(offer.id)).toBe('open')
  await says(phone, `SETUJU ${code}`)
  await says(phone, `TERIMA ${offer.code}`)
  expect(await stateOf(offer.id)).toBe('accepted')
})

test('the first text after the silence commands nothing either, and a number that spoke within it goes on', async () => {
  const silent = await anOffer(181)
  expect(await says(silent.phone, `TERIMA ${silent.offer.code}`)).toMatchObject({ reason: 'not_contact' })
  expect(await jobs('duty.lapsed', silent.provider.desk.id)).toHaveLength(1)
  const fresh = await anOffer(300)
  await sql`insert into conversations (channel, address, last_in_at) values ('sms', ${fresh.phone}, now() - interval '179 days')`.execute(
    database.app().worker,
  )
  await says(fresh.phone, `TERIMA ${fresh.offer.code}`)
  expect(await stateOf(fresh.offer.id)).toBe('accepted')
  expect(await jobs('duty.lapsed', fresh.provider.desk.id)).toEqual([])
})

test('SALAH from such a number ends the contact, and its coordinator and the secretariat are told', async () => {
  const app = database.app()
  const made = await anOffer(181)
  const { phone, provider } = made
  const readers = await asSystem(async (ctx) => {
    const { rows } = await sql<{ id: string }>`select id from desks where kind = 'secretariat'`.execute(ctx.tx)
    const staff = []
    for (const id of [rows[0]!.id, provider.desk.id]) {
      const one = await aStaff(ctx, { desk: { ...(await aDesk(ctx)), id }, role: 'coordinator' })
      await sql`insert into accounts (person_id, auth_user_id) values (${one.person_id}::uuid, gen_random_uuid())`.execute(
        ctx.tx,
      )
      await sql`update contact_points set verified_at = now() where person_id = ${one.person_id}::uuid`.execute(ctx.tx)
      staff.push(one.person_id)
    }
    return staff
  })
  await offered(made)
  await says(phone, 'SALAH')
  expect((await textsTo(phone)).at(-1)).toBe(say('id', 'sms.duty_disowned'))
  const { rows } = await sql<{ ended: boolean }>`select ended_at is not null as ended from duty_contacts
    where desk_id = ${provider.desk.id}::uuid`.execute(app.worker)
  expect(rows).toEqual([{ ended: true }])
  const facts = await jobs('duty.disowned', provider.desk.id)
  expect(facts).toHaveLength(1)
  for (const _ of [1, 2]) await tellSecretariat(app, facts)
  const told = await sql<{
    recipient_id: string
  }>`select recipient_id from outbox where recipient_id = any (${readers}::uuid[])
    and subject like 'Nomor kontak jaga%'`.execute(app.worker)
  expect(told.rows.map(({ recipient_id }) => recipient_id).sort()).toEqual([...readers].sort())
})
