/** Two at once, in real transactions of their own: one effect, the other is told, and there is one holder at every end. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type Actor, type Writing } from '../platform/context.ts'
import { Refusal } from '../platform/refusal.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { close } from '../tickets/index.ts'
import { acceptOffer } from './accept-offer.ts'
import { declineOffer } from './decline-offer.ts'
import { expireOffer } from './expire-offers.ts'
import { nextCandidate } from './next-candidate.ts'
import { refer } from './refer.ts'
import { aProvider, aRequest, drainJobs, holderOf, liveOffer, type TestProvider } from './testing.ts'
import { withdrawReferral } from './withdraw-referral.ts'

const database = useDatabase()
const app = () => database.app()
const as = <T>(actor: Actor, work: (ctx: Writing) => Promise<T>, later_ms = 0) =>
  write(app(), actor, (ctx) => work({ ...ctx, now: new Date(ctx.now.getTime() + later_ms) }))

const many = { capacity_per_week: 1000 }
let providers: TestProvider[]
beforeAll(async () => {
  await prepare(app())
  providers = await as(system, async (ctx) => [
    await aProvider(ctx, many),
    await aProvider(ctx, many),
    await aProvider(ctx, many),
  ])
})

let scene: Awaited<ReturnType<typeof offered>>

/** A request that is offered to one of three; somebody else of the same provider is at hand, too. */
async function offered() {
  const { ticket, agent } = await as(system, (ctx) => aRequest(ctx))
  await as(agent, (ctx) => refer(ctx, { ticket_id: ticket.id }))
  const offer = (await as(system, (ctx) => liveOffer(ctx, ticket.id)))!
  const asked = providers.find(({ desk }) => desk.id === offer.desk_id) as TestProvider
  return { ticket, agent, offer, asked }
}

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: unknown) => {
      if (thrown instanceof Refusal) return `${thrown.kind} ${thrown.key}`
      throw thrown
    },
  )

type Move = (of: typeof scene) => Promise<unknown>
const HOURS = 30 * 24 * 3_600_000
const moves = {
  accept: ({ asked, offer }) => as(asked.staff, (ctx) => acceptOffer(ctx, { offer_id: offer.id, via: 'web' })),
  accept_by_sms: ({ asked, offer }) =>
    as(system, (ctx) => acceptOffer(ctx, { offer_id: offer.id, via: 'sms', by: asked.staff.person_id })),
  decline: ({ asked, offer }) =>
    as(asked.staff, (ctx) => declineOffer(ctx, { offer_id: offer.id, via: 'web', reason_code: 'capacity' })),
  expire: async ({ ticket, offer }) => {
    if (!(await as(system, (ctx) => expireOffer(ctx, { id: offer.id, ticket_id: ticket.id }), HOURS)))
      throw new Refusal('conflict', 'nothing expired')
  },
  withdraw: ({ agent, ticket }) => as(agent, (ctx) => withdrawReferral(ctx, { ticket_id: ticket.id })),
  next: ({ ticket }) => as(system, (ctx) => nextCandidate(ctx, ticket.id)),
  refer: ({ agent, ticket }) => as(agent, (ctx) => refer(ctx, { ticket_id: ticket.id })),
  close: ({ agent, ticket }) =>
    as(agent, (ctx) => close(ctx, { ticket_id: ticket.id, reason: 'out_of_scope', pointer: 'Kantor lain' })),
} satisfies Record<string, Move>

// Where the first has no effect that the second sees, both are done: closing a ticket and accepting it, for one, when the closing came last.
test.each<[keyof typeof moves, keyof typeof moves, RegExp]>([
  ['accept', 'accept', /^conflict offer\.was_accepted\|done$/],
  ['accept', 'accept_by_sms', /^conflict offer\.was_accepted\|done$/],
  ['accept', 'decline', /^conflict offer\.was_(accepted|declined)\|done$/],
  ['accept', 'expire', /^conflict (offer\.was_expired|nothing expired)\|done$/],
  // Taking back what was accepted a moment before is the desk's right; accepting what was taken back is not.
  ['withdraw', 'accept', /^(conflict offer\.was_cancelled\|done|done\|done)$/],
  ['expire', 'expire', /^conflict nothing expired\|done$/],
  ['refer', 'refer', /^conflict referral\.live_offered\|conflict referral\.live_offered$/],
  ['close', 'accept', /^(conflict offer\.was_cancelled\|done|done\|forbidden ticket\.forbidden)$/],
])('%s against %s: one effect, the other is told, one holder', async (first, second, expected) => {
  for (let round = 0; round < 2; round++) {
    scene = await offered()
    const both: Promise<unknown>[] =
      round % 2 ? [moves[second](scene), moves[first](scene)] : [moves[first](scene), moves[second](scene)]
    expect((await Promise.all(both.map(outcome))).sort().join('|')).toMatch(expected)
    await drainJobs(app())
    const { ticket } = scene
    const now = await as(system, (ctx) => holderOf(ctx, ticket.id))
    expect(now.live).toBeLessThanOrEqual(1)
    const live = await as(system, (ctx) => liveOffer(ctx, ticket.id))
    expect(now.desk_id).toBe(live?.state === 'accepted' ? live.desk_id : ticket.desk.id)
    expect(now.grants > 0).toBe(live?.state === 'accepted')
    const { rows } = await sql<{
      kinds: string[]
    }>`select array_agg(kind order by id) as kinds from facts where ticket_id = ${ticket.id}::uuid
      and kind in ('offer.accepted', 'offer.expired', 'offer.declined') and about->>'offer_id' = ${scene.offer.id}`.execute(
      app().worker,
    )
    expect(rows[0]!.kinds?.length ?? 0).toBeLessThanOrEqual(1)
  }
})

test('a member’s desk holds nothing without an offer that it accepted, and keeps nothing behind one: the database refuses', async () => {
  const { ticket, asked, offer } = await offered()
  const refused = { code: '23514' }
  const hold = as(system, (ctx) =>
    sql`update tickets set holder_desk_id = ${asked.desk.id}::uuid where id = ${ticket.id}::uuid`.execute(ctx.tx),
  )
  await expect(hold).rejects.toMatchObject(refused)
  await moves.accept({ ticket, asked, offer, agent: asked.staff })
  const leave = as(system, (ctx) =>
    sql`update offers set state = 'returned', ended_at = now() where id = ${offer.id}::uuid`.execute(ctx.tx),
  )
  await expect(leave).rejects.toMatchObject(refused)
  const second = as(system, (ctx) =>
    sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, state, summary, offered_at, due_at)
      select gen_random_uuid(), referral_id, ticket_id, 9, '2222', desk_id, organisation_id, kind, province_code, 'open', summary, now(), now() + interval '1 hour'
      from offers where id = ${offer.id}::uuid`.execute(ctx.tx),
  )
  await expect(second).rejects.toMatchObject({ code: '23505' })
})

test('of two who decide at once only one takes the last free place of a desk’s week; the other goes to the next', async () => {
  const only = { regions: ['91'], competences: ['libreoffice'] }
  const [last, next] = await as(system, async (ctx) => [
    await aProvider(ctx, { ...only, capacity_per_week: 1 }),
    await aProvider(ctx, { ...only, kind: 'partner' as const, capacity_per_week: 50 }),
  ])
  for (let round = 0; round < 3; round++) {
    const requests = await as(system, async (ctx) => [
      await aRequest(ctx, { region_code: '91.71' }),
      await aRequest(ctx, { region_code: '91.71' }),
    ])
    await Promise.all(requests.map(({ ticket, agent }) => as(agent, (ctx) => refer(ctx, { ticket_id: ticket.id }))))
    const asked = await as(system, async (ctx) => [
      (await liveOffer(ctx, requests[0]!.ticket.id))!.desk_id,
      (await liveOffer(ctx, requests[1]!.ticket.id))!.desk_id,
    ])
    expect([...asked].sort()).toEqual([last!.desk.id, next!.desk.id].sort())
    // The place is free again for the next round.
    for (const { ticket, agent } of requests) await as(agent, (ctx) => withdrawReferral(ctx, { ticket_id: ticket.id }))
  }
})
