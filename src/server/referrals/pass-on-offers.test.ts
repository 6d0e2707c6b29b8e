import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type Writing } from '../platform/context.ts'
import { reactions } from '../platform/reactions.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { acceptOffer } from './accept-offer.ts'
import { passOnOffers } from './pass-on-offers.ts'
import { refer } from './refer.ts'
import { aProvider, aRequest, holderOf, liveOffer } from './testing.ts'

const database = useDatabase()
const app = () => database.app()
const act = <T>(work: (ctx: Writing) => Promise<T>) => write(app(), system, work)
beforeAll(() => prepare(app()))

test('whoever is suspended is not waited for: the next one is asked, what was accepted stays, and nobody else is touched', async () => {
  const { one, open, accepted } = await act(async (ctx) => ({
    one: await aProvider(ctx),
    open: await aRequest(ctx),
    accepted: await aRequest(ctx),
  }))
  for (const { ticket, agent } of [open, accepted])
    await write(app(), agent, (ctx) => refer(ctx, { ticket_id: ticket.id }))
  const taken = (await act((ctx) => liveOffer(ctx, accepted.ticket.id)))!
  await write(app(), one.staff, (ctx) => acceptOffer(ctx, { offer_id: taken.id, via: 'web' }))
  const next = await act((ctx) => aProvider(ctx, { kind: 'partner' }))
  // Nothing is wrong with anybody yet.
  expect(await passOnOffers(app())).toBe(0)

  await act((ctx) =>
    sql`update affiliations set suspended_at = now() where desk_id = ${one.desk.id}::uuid`.execute(ctx.tx),
  )
  expect(await passOnOffers(app())).toBe(1)
  expect(await passOnOffers(app())).toBe(0)
  expect(await act((ctx) => liveOffer(ctx, open.ticket.id))).toMatchObject({
    desk_id: next.desk.id,
    state: 'open',
    number: 2,
  })
  expect(await act((ctx) => holderOf(ctx, accepted.ticket.id))).toMatchObject({
    desk_id: one.desk.id,
    live: 1,
    grants: 1,
  })
  const { rows } = await sql<{ kind: string }>`select kind from facts where ticket_id = ${open.ticket.id}::uuid
    and kind like 'offer.%' order by id`.execute(app().worker)
  expect(rows.map(({ kind }) => kind)).toEqual(['offer.cancelled'])
  for (const kind of ['affiliation.suspended', 'affiliation.ended'] as const)
    expect(reactions[kind]).toContain('referrals.pass_on')
})

test('a term that ends while its renewal has begun leaves its offers; without one nobody is left, and the secretariat sees it', async () => {
  const { one, request } = await act(async (ctx) => ({
    one: await aProvider(ctx, { competences: ['linux-server'] }),
    request: await aRequest(ctx, { topic_code: 'server-jaringan' }),
  }))
  await write(app(), request.agent, (ctx) => refer(ctx, { ticket_id: request.ticket.id }))
  await act((ctx) =>
    sql`with old as (update affiliations set ends_at = now() - interval '1 second', ended_at = now() where desk_id = ${one.desk.id}::uuid returning *)
      insert into affiliations (id, organisation_id, desk_id, kind, starts_at, renewed_from)
      select gen_random_uuid(), organisation_id, desk_id, kind, ends_at, id from old`.execute(ctx.tx),
  )
  expect(await passOnOffers(app())).toBe(0)
  await act((ctx) => sql`update affiliations set ended_at = now() where desk_id = ${one.desk.id}::uuid`.execute(ctx.tx))
  expect(await passOnOffers(app())).toBe(1)
  expect(await act((ctx) => holderOf(ctx, request.ticket.id))).toMatchObject({ live: 0, referral: 'unmet' })
})
