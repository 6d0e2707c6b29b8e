/** For tests only: members and partners who can be asked. Not exported by index.ts. */
import { sql } from 'kysely'
import type { DeskRole, StaffActor, Writing } from '../platform/context.ts'
import type { App } from '../platform/app.ts'
import { newId } from '../platform/ids.ts'
import { reactions } from '../platform/reactions.ts'
import type { FactJob } from '../platform/relay.ts'
import { aDesk, JUST_NOW, type TestDesk } from '../desks/testing.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { loadRegions } from '../regions/index.ts'
import { aTicketWithAgent } from '../tickets/testing.ts'
import { followTickets } from './follow-tickets.ts'
import { askNextCandidates } from './next-candidate.ts'
import { tellRequesters } from './tell-requesters.ts'

export interface TestProvider {
  desk: TestDesk
  organisation_id: string
  /** Somebody who works there. */
  staff: StaffActor
}

/** A member (or partner) that serves Jawa Tengah and can do what the topics ask for, with one person at its desk. Call as `system`. */
export async function aProvider(
  ctx: Writing,
  given: {
    name?: string
    kind?: 'member' | 'partner'
    regions?: string[]
    competences?: string[]
    level?: 1 | 2 | 3
    capacity_per_week?: number
    kinds?: ('free' | 'paid')[]
    serves_neighbours?: boolean
    role?: DeskRole
  } = {},
): Promise<TestProvider> {
  await loadRegions(ctx)
  const organisation = await anOrganisation(ctx, given.name === undefined ? {} : { name: given.name })
  const desk = await aDesk(ctx, {
    kind: 'provider',
    organisation_id: organisation.id,
    regions: given.regions ?? ['33'],
    competences: given.competences ?? ['libreoffice'],
    ...(given.name === undefined ? {} : { name: given.name }),
  })
  await sql`update desks set capacity_per_week = ${given.capacity_per_week ?? 20}::int, kinds = ${given.kinds ?? ['free']}::text[],
    serves_neighbours = ${given.serves_neighbours ?? false}::boolean where id = ${desk.id}::uuid`.execute(ctx.tx)
  await sql`update desk_competences set level = ${given.level ?? 3}::int where desk_id = ${desk.id}::uuid`.execute(
    ctx.tx,
  )
  await sql`insert into affiliations (id, organisation_id, desk_id, kind, starts_at)
    values (${newId()}::uuid, ${organisation.id}::uuid, ${desk.id}::uuid, ${given.kind ?? 'member'}, '2020-01-01')`.execute(
    ctx.tx,
  )
  const person = await aPerson(ctx)
  const role = given.role ?? 'agent'
  await sql`insert into desk_members (desk_id, person_id, role) values (${desk.id}::uuid, ${person.id}::uuid, ${role})`.execute(
    ctx.tx,
  )
  const staff: StaffActor = {
    kind: 'staff',
    person_id: person.id,
    name: person.name,
    language: 'id',
    roles: [],
    desks: [],
    providers: [{ id: desk.id, organisation_id: organisation.id, name: desk.name, role, time_zone: desk.time_zone }],
    sees_all: false,
    signed_in_at: JUST_NOW,
  }
  return { desk, organisation_id: organisation.id, staff }
}

/** A request from Kota Semarang about office software, and an agent of the desk that has it. Call as `system`. */
export async function aRequest(ctx: Writing, given: Parameters<typeof aTicketWithAgent>[1] = {}) {
  await loadRegions(ctx)
  const desk = given.desk ?? (await aDesk(ctx))
  return aTicketWithAgent(ctx, { region_code: '33.74', topic_code: 'perkantoran', ...given, desk })
}

/** The offer of a ticket that is open or accepted. Call as `system`. */
export async function liveOffer(ctx: Writing, ticket_id: string) {
  const { rows } = await sql<{
    id: string
    desk_id: string
    referral_id: string
    state: string
    code: string
    due_at: Date
    number: number
  }>`
    select id, desk_id, referral_id, state, code, due_at, number from offers
    where ticket_id = ${ticket_id}::uuid and state in ('open', 'accepted')`.execute(ctx.db)
  return rows[0]
}

/** The one holder, and that nothing contradicts it. Call as `system`. */
export async function holderOf(ctx: Writing, ticket_id: string) {
  const { rows } = await sql<{
    desk_id: string
    state: string
    live: number
    grants: number
    referral: string | null
  }>`select t.holder_desk_id as desk_id, t.state,
      (select count(*)::int from offers where ticket_id = t.id and state in ('open', 'accepted')) as live,
      (select count(*)::int from grants where ticket_id = t.id and source = 'referral' and revoked_at is null) as grants,
      (select r.state from referrals r where r.ticket_id = t.id order by r.id desc limit 1) as referral
    from tickets t where t.id = ${ticket_id}::uuid`.execute(ctx.db)
  await sql`set constraints all immediate`.execute(ctx.tx)
  await sql`set constraints all deferred`.execute(ctx.tx)
  return rows[0]!
}

/** Does what the relay and the worker would: everything that follows for referrals from the facts that wait. */
export async function drainJobs(app: App): Promise<void> {
  const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
    select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id order by f.id`.execute(
    app.worker,
  )
  for (const job of rows) {
    const tasks: readonly string[] = reactions[job.kind]
    if (tasks.includes('referrals.next')) await askNextCandidates(app, [job])
    if (tasks.includes('referrals.follow')) await followTickets(app, [job])
    if (tasks.includes('referrals.tell_requester')) await tellRequesters(app, [job])
  }
  if (rows.length > 0) await drainJobs(app)
}
