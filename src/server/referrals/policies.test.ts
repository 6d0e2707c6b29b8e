import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type StaffActor } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff, type TestDesk } from '../desks/testing.ts'
import { activePolicy, listPolicies } from './policies.ts'
import { firstPolicy } from './policy.ts'
import { refer } from './refer.ts'
import { replay } from './replay.ts'
import { activatePolicy, savePolicy } from './save-policy.ts'
import { aProvider, aRequest } from './testing.ts'

const database = useDatabase()
const { version: _, ...numbers } = firstPolicy
const DAY = 86_400_000
const dayOf = (at: Date) => new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 10)

test(
  'new rules are run dry on what was decided, then count from a day that somebody names; what was decided by the old ones stays so',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent, desk } = await aRequest(setting).then((one) => ({ ...one, desk: one.ticket.desk }))
    // Thirty offers that came to nothing weigh the less, the more trust everybody begins with.
    const [tried, fresh] = [await aProvider(setting), await aProvider(setting)]
    await ofOld(setting, tried.desk.id, 'expired', 30)
    await ofOld(setting, fresh.desk.id, 'completed', 60)
    const referred = await refer(await as(agent), { ticket_id: ticket.id })
    if (referred.outcome !== 'referred') throw new Error('not referred')
    const other = await aRequest(await as(system), { desk })
    await refer(await as(other.agent), {
      ticket_id: other.ticket.id,
      organisation_id: tried.organisation_id,
      reason: 'Sudah kenal',
    })

    const secretary = await aHead(await as(system))
    const ctx = await as(secretary)
    const { version, trial } = await savePolicy(ctx, {
      ...numbers,
      starting_allowance: 1_000,
      reason: 'Beri kesempatan lagi',
    })
    expect(trial).toMatchObject({ decided: 1, by_people: 1, other_window: 0, more: false })
    expect(trial.provinces).toMatchObject([{ code: '33', decided: 1, moved: trial.moved }])
    expect(trial.moved).toBe(1)
    expect(trial.listed).toMatchObject([{ number: ticket.number, before: fresh.desk.name, after: tried.desk.name }])
    expect(trial.providers.map((one) => [one.organisation_id, one.before, one.after]).sort()).toEqual(
      [
        [tried.organisation_id, 0, 1],
        [fresh.organisation_id, 1, 0],
      ].sort(),
    )
    // Saved is not active.
    expect((await activePolicy(ctx)).version).toBe('1')

    const tomorrow = new Date(ctx.now.getTime() + DAY)
    await activatePolicy(ctx, { version, from_day: dayOf(tomorrow) })
    expect((await listPolicies(ctx)).map((one) => [one.policy.version, one.state])).toEqual([
      [version, 'scheduled'],
      ['1', 'active'],
    ])
    const later = await as(secretary, new Date(tomorrow.getTime() + DAY))
    expect((await activePolicy(later)).version).toBe(version)
    await activatePolicy(await as(secretary), { version, from_day: dayOf(ctx.now) })
    expect((await activePolicy(await as(secretary))).starting_allowance).toBe(1_000)
    const again = activatePolicy(await as(secretary), { version, from_day: dayOf(ctx.now) })
    await expect(again).rejects.toMatchObject({ kind: 'conflict', key: 'referral_policy.counts' })
    expect(await replay(await as(system), { referral_id: referred.referral_id })).toMatchObject([
      { policy: '1', same: true },
    ])
    const { rows } = await sql<{
      kind: string
    }>`select kind from facts where kind like 'referral_policy.%' order by id`.execute((await as(system)).db)
    expect(rows.map(({ kind }) => kind)).toEqual([
      'referral_policy.saved',
      'referral_policy.activated',
      'referral_policy.activated',
    ])
    // Another span of days cannot be asked again: the counts that were kept are of ninety.
    const { trial: other_span } = await savePolicy(await as(secretary), {
      ...numbers,
      window_days: 30,
      reason: 'Lebih pendek',
    })
    expect(other_span).toMatchObject({ decided: 0, moved: 0, by_people: 1, other_window: 1, listed: [] })
  }),
)

test(
  'rules are made by a coordinator of the secretariat who signed in just now, are other ones than today’s, and never begin in the past',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const head = await aHead(setting)
    const agent = await aStaff(setting, { desk: head.desks[0]! as TestDesk })
    const input = { ...numbers, offer_minutes: 240, reason: 'Lebih lama' }
    const { signed_in_at: _at, ...stale } = head
    const tries: [StaffActor, object, string, string][] = [
      [agent, input, 'forbidden', 'coordinate_all'],
      [{ ...stale, signed_in_at: new Date(0) }, input, 'unauthenticated', 'sign_in_again'],
      [head, { ...numbers, reason: 'Sama saja' }, 'conflict', 'referral_policy.same'],
    ]
    for (const [actor, given, kind, key] of tries)
      await expect(savePolicy(await as(actor), given as typeof input)).rejects.toMatchObject({ kind, key })
    const { version } = await savePolicy(await as(head), input)
    const from_day = dayOf(new Date(Date.now() - 2 * DAY))
    await expect(activatePolicy(await as(head), { version, from_day })).rejects.toMatchObject({ kind: 'invalid' })
    await expect(activatePolicy(await as(head), { version: '99', from_day })).rejects.toMatchObject({
      kind: 'not_found',
    })
    // What the database says by itself: nobody changes the numbers of rules, and those of a desk neither save nor activate.
    const ctx = await as(head)
    await expect(sql`update referral_policies set policy = '{}'`.execute(ctx.tx)).rejects.toThrow(/permission denied/)
  }),
)

test(
  'whoever does not coordinate changes no day of rules, whatever they send',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { agent } = await aRequest(setting)
    const ctx = await as(agent)
    const { numAffectedRows } = await sql`update referral_policies set active_from = now()`.execute(ctx.tx)
    expect(numAffectedRows).toBe(0n)
  }),
)

/** A coordinator of the secretariat. */
const aHead = async (ctx: Setting) =>
  aStaff(ctx, { desk: await aDesk(ctx, { kind: 'secretariat' }), role: 'coordinator' })

type Setting = Parameters<typeof aStaff>[0]

/** So many offers of eight days ago, all of which ended like that. */
async function ofOld(ctx: Setting, desk_id: string, state: 'expired' | 'completed', count: number): Promise<void> {
  const { ticket } = await aRequest(ctx)
  await sql`insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, urgency, summary, ended_at, opened_at)
    values (${ticket.id}::uuid, ${ticket.id}::uuid, 'free', 'withdrawn', ${ticket.desk.id}::uuid, '33', '33', 'normal', 'contoh', now(), now() - interval '9 days')`.execute(
    ctx.tx,
  )
  await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, state, summary, offered_at, due_at,
      answered_at, ended_at)
    select gen_random_uuid(), ${ticket.id}::uuid, ${ticket.id}::uuid, n, '2222', d.id, d.organisation_id, 'free', '33', ${state}, 'contoh',
      now() - interval '8 days', now() - interval '7 days 1 hour', now() - interval '7 days 1 hour', now() - interval '7 days 1 hour'
    from desks d, generate_series(1, ${count}::int) n where d.id = ${desk_id}::uuid`.execute(ctx.tx)
}
