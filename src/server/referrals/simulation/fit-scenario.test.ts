import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { system } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { aTicket } from '../../tickets/testing.ts'
import { loadRegions } from '../../regions/index.ts'
import { firstPolicy } from '../policy.ts'
import { aProvider } from '../testing.ts'
import { fitScenario } from './fit-scenario.ts'
import { Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

const database = useDatabase()
// A Monday, in the working hours of Jakarta.
const now = new Date('2026-11-23T03:00:00Z')

test(
  'a year that was is a scenario: how much, where, who helps, and how long they take as a rule',
  database.story(async ({ as }) => {
    const ctx = await as(system, now)
    await loadRegions(ctx)
    expect(await fitScenario(ctx)).toBeNull()
    const quick = await aProvider(ctx, { name: 'Lembaga Cepat (contoh)', capacity_per_week: 7 })
    const seldom = await aProvider(ctx, { name: 'Lembaga Jarang (contoh)', kind: 'partner' })
    for (let n = 0; n < 12; n++)
      await aTicket(ctx, { region_code: n < 9 ? '33.74' : '33', kind: n < 3 ? 'paid' : 'free_help' })
    await aTicket(ctx)
    // Ten offers, each answered after 30 working minutes; eight done four hours later, of which one is the lunch break; one returned, one declined.
    for (let n = 0; n < 10; n++) await anOffer(ctx, quick, n === 9 ? 'declined' : n === 8 ? 'returned' : 'completed')
    await anOffer(ctx, seldom, 'declined')

    const fitted = Scenario.parse(await fitScenario(ctx))
    expect(fitted.requests).toMatchObject({
      total: 24,
      regions: { '33.74': 9, '33': 14 },
      organisations: { '-': 24 },
    })
    const [fast, rare] = [quick, seldom].map(({ desk }) => fitted.providers.find(({ name }) => name === desk.name)!)
    expect(fast).toMatchObject({
      standing: 'member',
      regions: ['33'],
      competences: { libreoffice: 3 },
      capacity_per_week: 7,
      answers: { minutes: { median: 30, spread: 0 }, accepts: 0.9, silent: 0 },
      works: { hours: { median: 3, spread: 0 }, returns: 0.111 },
    })
    // One offer says nothing of a desk; it does what everybody does.
    expect(rare!.answers).toMatchObject({ minutes: { median: 30 }, silent: 0 })
    expect(simulate({ ...fitted, days: 14 }, firstPolicy).requests).toBeGreaterThan(0)
  }),
)

type Ctx = Parameters<typeof fitScenario>[0]

async function anOffer(ctx: Ctx, provider: Awaited<ReturnType<typeof aProvider>>, state: string) {
  const ticket = await aTicket(ctx as never, { region_code: '33' })
  const referral_id = newId()
  const offered = new Date('2026-11-16T03:00:00Z')
  const later = (minutes: number) => new Date(offered.getTime() + minutes * 60_000)
  await sql`insert into referrals (id, ticket_id, kind, state, urgency, province_code, region_code, referring_desk_id, summary, opened_at, ended_at)
    values (${referral_id}::uuid, ${ticket.id}::uuid, 'free', 'completed', 'normal', '33', '33', ${ticket.desk.id}::uuid, 'x',
      ${offered}::timestamptz, ${later(300)}::timestamptz)`.execute(ctx.db)
  await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, state, summary,
      offered_at, due_at, answered_at, ended_at)
    values (${newId()}::uuid, ${referral_id}::uuid, ${ticket.id}::uuid, 1, '7K3', ${provider.desk.id}::uuid,
      ${provider.organisation_id}::uuid, 'free', '33', ${state}, 'x', ${offered}::timestamptz, ${later(120)}::timestamptz,
      ${later(30)}::timestamptz, ${later(270)}::timestamptz)`.execute(ctx.db)
}
