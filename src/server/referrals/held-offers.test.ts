/** Somebody has had as many mails as one address gets in an hour: the offer goes by another, or waits with its time not begun. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { hits } from '../platform/limits.ts'
import { useDatabase } from '../platform/testing.ts'
import { aPerson } from '../people/testing.ts'
import { expireOffers } from './expire-offers.ts'
import { refer } from './index.ts'
import { remindOffers, sendHeldOffers, sendOffers } from './send-offer.ts'
import { aProvider, aRequest, liveOffer } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)

async function anOffer() {
  const made = await asSystem(async (ctx) => {
    const { ticket, agent } = await aRequest(ctx, {})
    const provider = await aProvider(ctx)
    await sql`update desks set accepting = (id = ${provider.desk.id}::uuid) where kind = 'provider'`.execute(ctx.tx)
    const contacts: string[] = []
    for (const position of [1, 2]) {
      const email = `jaga${position}-${newId()}@mitra.contoh.test`
      const person = await aPerson(ctx, { email })
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
        select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, 'email', ${position}::int, now()
        from contact_points where person_id = ${person.id}::uuid`.execute(ctx.tx)
      contacts.push(email)
    }
    return { ticket, agent, contacts }
  })
  await write(database.app(), made.agent, (ctx) => refer(ctx, { ticket_id: made.ticket.id }))
  return { ...made, offer: (await asSystem((ctx) => liveOffer(ctx, made.ticket.id)))! }
}
const bucket = (whom: string) => ({ name: 'offer_mail', whom: whom.toLowerCase(), window_seconds: 3600 })
const job = (offer_id: string, fact_id = newId()) => ({
  fact_id,
  kind: 'referral.offered' as const,
  ticket_id: null,
  about: { offer_id },
})
const rowOf = async (offer_id: string) =>
  (
    await sql<{ state: string; held: boolean; due_at: Date; shown: boolean; told: number }>`select o.state,
        o.held_since is not null as held, o.due_at, r.shown_at is not null as shown,
        (select count(*)::int from offer_notices n where n.offer_id = o.id and n.kind = 'offered') as told
      from offers o join referrals r on r.id = o.referral_id where o.id = ${offer_id}::uuid`.execute(
      database.app().worker,
    )
  ).rows[0]!
const toldTo = async (address: string) =>
  (await sql`select from outbox where address = ${address}`.execute(database.app().worker)).rows.length

test('one address has had enough: a colleague is told', async () => {
  const { offer, contacts } = await anOffer()
  await asSystem((ctx) => hits(ctx, bucket(contacts[0]!), 60))
  const once = job(offer.id)
  await sendOffers(database.app(), [once])
  await sendOffers(database.app(), [once])
  expect(await rowOf(offer.id)).toMatchObject({ held: false, shown: false, told: 1 })
  expect([await toldTo(contacts[0]!), await toldTo(contacts[1]!)]).toEqual([0, 1])
})

test('everybody has: it does not expire, the secretariat sees it, and its time begins when it is sent', async () => {
  const { ticket, offer, contacts } = await anOffer()
  for (const one of contacts) await asSystem((ctx) => hits(ctx, bucket(one), 60))
  await sendOffers(database.app(), [job(offer.id)])
  expect(await rowOf(offer.id)).toMatchObject({ held: true, shown: true, told: 0, state: 'open' })
  await asSystem((ctx) =>
    sql`update offers set offered_at = now() - interval '3 days', due_at = now() - interval '1 day', remind_at = now() - interval '2 days'
      where id = ${offer.id}::uuid`.execute(ctx.tx),
  )
  await expireOffers(database.app())
  await remindOffers(database.app())
  await sendHeldOffers(database.app())
  expect(await rowOf(offer.id)).toMatchObject({ held: true, state: 'open', told: 0 })

  // The next hour.
  await asSystem((ctx) => sql`delete from limit_hits`.execute(ctx.tx))
  await sendHeldOffers(database.app())
  await sendHeldOffers(database.app())
  const sent = await rowOf(offer.id)
  expect(sent).toMatchObject({ held: false, state: 'open', told: 1 })
  expect(sent.due_at.getTime()).toBeGreaterThan(Date.now() + 3_600_000)
  await expireOffers(database.app())
  expect((await rowOf(offer.id)).state).toBe('open')
  const { rows } = await sql<{ kind: string }>`select kind from facts where ticket_id = ${ticket.id}::uuid
    and kind in ('offer.held', 'offer.sent_late', 'referral.shown') order by id`.execute(database.app().worker)
  expect(rows.map(({ kind }) => kind)).toEqual(['offer.held', 'referral.shown', 'offer.sent_late'])
})

test('whoever cannot be told for a working day of theirs is waited for no longer: the next one is asked', async () => {
  const { ticket, offer, contacts } = await anOffer()
  for (const one of contacts) await asSystem((ctx) => hits(ctx, bucket(one), 60))
  await sendOffers(database.app(), [job(offer.id)])
  await sendHeldOffers(database.app())
  expect((await rowOf(offer.id)).state).toBe('open')
  const next = await asSystem(async (ctx) => {
    await sql`update offers set held_since = now() - interval '30 days' where id = ${offer.id}::uuid`.execute(ctx.tx)
    return aProvider(ctx)
  })
  await sendHeldOffers(database.app())
  await sendHeldOffers(database.app())
  expect(await rowOf(offer.id)).toMatchObject({ state: 'expired', held: true, told: 0 })
  expect(await asSystem((ctx) => liveOffer(ctx, ticket.id))).toMatchObject({ desk_id: next.desk.id, state: 'open' })
  const { rows } = await sql`select from facts where ticket_id = ${ticket.id}::uuid and kind = 'offer.expired'`.execute(
    database.app().worker,
  )
  expect(rows).toHaveLength(1)
})
