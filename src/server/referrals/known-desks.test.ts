import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { read, system, write, type Reading, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk } from '../desks/testing.ts'
import { anOrganisation } from '../people/testing.ts'
import { findCandidates } from './find-candidates.ts'
import { rememberedDesks, sweepDeskChanges } from './known-desks.ts'
import { aProvider, aRequest, type TestProvider } from './testing.ts'

const database = useDatabase()

let one: TestProvider
let other: TestProvider
let ticket_id: string
let office: string
beforeAll(async () => {
  await write(database.app(), system, async (ctx) => {
    one = await aProvider(ctx)
    other = await aProvider(ctx, { regions: ['34'] })
    ticket_id = (await aRequest(ctx)).ticket.id
    office = (await anOrganisation(ctx)).id
  })
})

/** What is looked at for a decision about a request of Kota Semarang, by one of its offices. */
const look = async (ctx: Reading) => {
  const { candidates } = await findCandidates(ctx, {
    ticket_id,
    referral_id: newId(),
    at: ctx.now,
    region_code: '33.74',
    competence_code: 'libreoffice',
    organisation_id: office,
    also: null,
  })
  return candidates
}
const of = (candidates: Awaited<ReturnType<typeof look>>, desk_id: string) =>
  candidates.find((candidate) => candidate.desk_id === desk_id)

/** Each table of which a decision reads something, with a change of it. */
const changes: [string, (ctx: Writing) => Promise<unknown>, (found: Awaited<ReturnType<typeof look>>) => unknown][] = [
  [
    'desks',
    (ctx) => sql`update desks set paused_until = '2099-01-01' where id = ${one.desk.id}::uuid`.execute(ctx.tx),
    (found) => of(found, one.desk.id)?.paused_until,
  ],
  [
    'desk_regions',
    (ctx) => sql`insert into desk_regions (desk_id, region_code) values (${other.desk.id}::uuid, '33')`.execute(ctx.tx),
    (found) => of(found, other.desk.id)?.regions.join(),
  ],
  [
    'desk_competences',
    (ctx) => sql`delete from desk_competences where desk_id = ${one.desk.id}::uuid`.execute(ctx.tx),
    (found) => of(found, one.desk.id)?.competences.length,
  ],
  [
    'desk_conflicts',
    (ctx) =>
      sql`insert into desk_conflicts (desk_id, organisation_id) values (${one.desk.id}::uuid, ${office}::uuid)`.execute(
        ctx.tx,
      ),
    (found) => of(found, one.desk.id)?.conflicts.length,
  ],
  [
    'desk_offices',
    async (ctx) => {
      const unit = await aDesk(ctx, { kind: 'own_unit', organisation_id: (await anOrganisation(ctx)).id })
      await sql`insert into desk_offices (desk_id, organisation_id) values (${unit.id}::uuid, ${office}::uuid)`.execute(
        ctx.tx,
      )
    },
    (found) => found.filter(({ standing }) => standing.kind === 'own_unit').length,
  ],
  [
    'affiliations',
    (ctx) => sql`update affiliations set suspended_at = now() where desk_id = ${one.desk.id}::uuid`.execute(ctx.tx),
    (found) => JSON.stringify(of(found, one.desk.id)?.standing),
  ],
]

test.each(changes)(
  'a change of %s counts in its own transaction, for nobody else before its commit, and for everybody after',
  async (_table, change, seen) => {
    const app = database.app()
    const before = seen(await read(app, system, look))
    const remembered = rememberedDesks(app)
    expect(seen(await read(app, system, look))).toEqual(before)
    expect(rememberedDesks(app)).toBe(remembered)

    const gone = write(app, system, async (ctx) => {
      await change(ctx)
      expect(seen(await look(ctx))).not.toEqual(before)
      expect(seen(await read(app, system, look))).toEqual(before)
      throw new Error('not wanted')
    })
    await expect(gone).rejects.toThrow('not wanted')
    expect(seen(await read(app, system, look))).toEqual(before)

    await write(app, system, change)
    expect(seen(await read(app, system, look))).not.toEqual(before)
  },
)

test('what a crash has made the database forget is not taken for unchanged; old marks are swept, and one is always there', async () => {
  const app = database.app()
  const forget = (ctx: Writing) => sql`delete from desk_changes`.execute(ctx.tx)
  const capacity = async () => of(await read(app, system, look), one.desk.id)?.capacity_per_week
  await write(app, system, forget)
  const before = await capacity()
  await write(app, system, async (ctx) => {
    await sql`update desks set capacity_per_week = capacity_per_week + 1 where id = ${one.desk.id}::uuid`.execute(
      ctx.tx,
    )
    await forget(ctx)
  })
  expect(await capacity()).toBe(before! + 1)
  const marks = async () => (await sql`select from desk_changes`.execute(app.worker)).rows.length
  await sweepDeskChanges(app)
  expect(await marks()).toBe(1)
  await sql`insert into desk_changes (at) select now() - interval '1 day' from generate_series(1, 5)`.execute(
    app.worker,
  )
  await sweepDeskChanges(app)
  expect(await marks(), 'what is new, and one that says that the old ones went').toBe(2)
  expect(await capacity()).toBe(before! + 1)
})

test('a sweep does not bring back the state of before a change that began earlier and was committed later', async () => {
  const app = database.app()
  const capacity = async () => of(await read(app, system, look), one.desk.id)?.capacity_per_week
  await sql`delete from desk_changes`.execute(app.worker)
  await sql`insert into desk_changes (at) select now() - interval '20 minutes'`.execute(app.worker)
  const before = await capacity()
  await write(app, system, async (ctx) => {
    await sql`update desks set capacity_per_week = capacity_per_week + 1 where id = ${one.desk.id}::uuid`.execute(
      ctx.tx,
    )
    await sql`delete from desk_changes where at = now()`.execute(ctx.tx)
    await sql`insert into desk_changes (at) select now() - interval '21 minutes'`.execute(ctx.tx)
  })
  await sweepDeskChanges(app)
  expect(await capacity()).toBe(before! + 1)
})
