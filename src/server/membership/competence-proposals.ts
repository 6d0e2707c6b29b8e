import { sql } from 'kysely'
import { z } from 'zod'
import { nameBlobs } from '../platform/blobs.ts'
import type { Reading, Writing } from '../platform/context.ts'
import { isId, newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { raiseCompetence } from '../desks/index.ts'
import { ApplicationFiles, named } from './application-files.ts'
import { Competence } from './application-form.ts'
import { endOfDay } from './term-days.ts'

export const ProposeCompetence = z.strictObject({
  desk_id: z.uuid(),
  competence: Competence,
  /** Documents, whose bytes are kept. */
  files: ApplicationFiles,
})

/** Of one desk; whoever has more waiting telephones. */
const WAITING_MAX = 20

/**
 * A member or partner says what else it can do, with what shows it until when. It counts once the secretariat confirms it. For its coordinators.
 * Refuses not_found, forbidden, `invalid` for a competence that there is not and evidence that has ended, `conflict` (competence.many) when
 * twenty wait already. Records `competence.proposed`.
 */
export async function proposeCompetence(ctx: Writing, input: z.output<typeof ProposeCompetence>): Promise<string> {
  const { desk_id, competence, files } = input
  const { rows } = await sql<{ known: boolean; waiting: number }>`select exists (select from competences
        where code = ${competence.code} and switched_off_at is null) as known,
      (select count(*)::int from competence_proposals p where p.desk_id = d.id and p.state = 'waiting') as waiting
    from desks d where d.id = ${desk_id}::uuid and d.kind = 'provider' and d.closed_at is null`.execute(ctx.db)
  const desk = rows[0] ?? refuse('not_found', 'desk')
  must(ctx.actor, 'desk.change_profile', { id: desk_id })
  if (!desk.known) refuse('invalid', 'form', [{ path: 'competence.code', key: 'apply.fault_competence' }])
  const valid_until = endOfDay(competence.valid_until)
  if (valid_until <= ctx.now)
    refuse('invalid', 'form', [{ path: 'competence.valid_until', key: 'apply.fault_evidence_ended' }])
  if (desk.waiting >= WAITING_MAX) refuse('conflict', 'competence.many')
  const id = newId()
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into competence_proposals (id, desk_id, competence_code, level, kind, title, url, valid_until, proposed_at, proposed_by)
    values (${id}::uuid, ${desk_id}::uuid, ${competence.code}, ${competence.level}::int, ${competence.kind}, ${competence.title},
      ${competence.url}::text, ${valid_until}::timestamptz, ${ctx.now}::timestamptz, ${by}::uuid)`.execute(ctx.tx)
  await keepFiles(ctx, id, files)
  await record(ctx, 'competence.proposed', { about: { desk_id, proposal_id: id } })
  return id
}

async function keepFiles(ctx: Writing, proposal_id: string, files: z.output<typeof ApplicationFiles>): Promise<void> {
  if (files.length === 0) return
  const rows = files.map(({ name, ...file }) => ({ id: newId(), name: named(name), ...file }))
  const given = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (id uuid, name text, type text, size bigint, sha256 text)`
  await nameBlobs(sql`select sha256, size, type from ${given}`).execute(ctx.tx)
  await sql`insert into competence_files (proposal_id, id, name, type, size, sha256, at)
    select ${proposal_id}::uuid, id, name, type, size, sha256, ${ctx.now}::timestamptz from ${given}`.execute(ctx.tx)
}

export const WithdrawProposal = z.strictObject({ proposal_id: z.uuid() })

/** Takes it back before it was decided. For the same coordinators; refuses not_found, `conflict` (competence.decided). */
export async function withdrawProposal(
  ctx: Writing,
  { proposal_id }: z.output<typeof WithdrawProposal>,
): Promise<void> {
  const { desk_id } = await takeProposal(ctx, proposal_id)
  must(ctx.actor, 'desk.change_profile', { id: desk_id })
  await decide(ctx, { proposal_id, state: 'withdrawn', reason: null })
  await record(ctx, 'competence.withdrawn', { about: { desk_id, proposal_id } })
}

export const DecideProposal = z
  .strictObject({
    proposal_id: z.uuid(),
    confirmed: z.boolean(),
    /** Told to whoever proposed it; a refusal needs one. */
    reason: z
      .string()
      .trim()
      .max(2000, 'fault.too_long')
      .transform((text) => (text === '' ? null : text))
      .nullable()
      .default(null),
  })
  .refine(({ confirmed, reason }) => confirmed || reason !== null, { path: ['reason'], error: 'fault.required' })

/**
 * Confirms: from now on it counts, at the highest level that something shows, until the last of what shows it ends. Or refuses, with a reason that
 * is told. For the secretariat's coordinators and administrators. Refuses not_found, forbidden, `conflict` (competence.decided). Records
 * `competence.confirmed`, `competence.refused`.
 */
export async function decideProposal(
  ctx: Writing,
  { proposal_id, confirmed, reason }: z.output<typeof DecideProposal>,
): Promise<void> {
  const { desk_id } = await takeProposal(ctx, proposal_id)
  mustCoordinateAll(ctx.actor)
  await decide(ctx, { proposal_id, state: confirmed ? 'confirmed' : 'refused', reason })
  if (confirmed) await count(ctx, proposal_id)
  await record(ctx, confirmed ? 'competence.confirmed' : 'competence.refused', {
    about: { desk_id, proposal_id },
    ...(reason ? { details: { reason } } : {}),
  })
}

async function takeProposal(ctx: Writing, proposal_id: string): Promise<{ desk_id: string }> {
  const { rows } = await sql<{
    desk_id: string
  }>`select desk_id from competence_proposals where id = ${proposal_id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'competence')
}

async function decide(
  ctx: Writing,
  given: { proposal_id: string; state: 'confirmed' | 'refused' | 'withdrawn'; reason: string | null },
): Promise<void> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { numAffectedRows } =
    await sql`update competence_proposals set state = ${given.state}, reason = ${given.reason}::text,
      decided_at = ${ctx.now}::timestamptz, decided_by = ${by}::uuid
    where id = ${given.proposal_id}::uuid and state = 'waiting'`.execute(ctx.tx)
  if (numAffectedRows !== 1n) refuse('conflict', 'competence.decided')
}

async function count(ctx: Writing, proposal_id: string): Promise<void> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{ desk_id: string; code: string; level: number; valid_until: Date }>`
    insert into evidence (id, desk_id, competence_code, level, kind, title, url, valid_until, recorded_at, recorded_by)
    select ${newId()}::uuid, desk_id, competence_code, level, kind, title, url, valid_until, ${ctx.now}::timestamptz, ${by}::uuid
    from competence_proposals where id = ${proposal_id}::uuid returning desk_id, competence_code as code, level, valid_until`.execute(
    ctx.tx,
  )
  await raiseCompetence(ctx, rows[0]!)
}

export interface Proposal {
  id: string
  desk: { id: string; name: string }
  competence: { code: string; name_id: string; name_en: string }
  level: number
  kind: 'certificate' | 'finished_work' | 'reference'
  title: string
  url: string | null
  valid_until: Date
  proposed_at: Date
  state: 'waiting' | 'confirmed' | 'refused' | 'withdrawn'
  reason: string | null
  decided_at: Date | null
  files: { id: string; name: string; size: number }[]
}
const PROPOSALS_MAX = 50

/** What a member or partner proposed, what waits first, then the newest; at most 50. As far as the actor sees it. */
export async function listProposals(ctx: Reading, { desk_id }: { desk_id: string }): Promise<Proposal[]> {
  const { rows } = await sql<Proposal>`select p.id, json_build_object('id', d.id, 'name', d.name) as desk,
      json_build_object('code', k.code, 'name_id', k.name_id, 'name_en', k.name_en) as competence, p.level, p.kind, p.title, p.url, p.valid_until,
      p.proposed_at, p.state, p.reason, p.decided_at,
      coalesce((select json_agg(json_build_object('id', f.id, 'name', f.name, 'size', f.size) order by f.id) from competence_files f
        where f.proposal_id = p.id), '[]') as files
    from competence_proposals p join desks d on d.id = p.desk_id join competences k on k.code = p.competence_code
    where p.desk_id = ${desk_id}::uuid order by p.state <> 'waiting', p.proposed_at desc, p.id limit ${PROPOSALS_MAX}::int`.execute(
    ctx.db,
  )
  return rows
}

/** One document of a proposal, by whoever sees the proposal. Refuses not_found. */
export async function findCompetenceFile(
  ctx: Reading,
  { desk_id, id }: { desk_id: string; id: string },
): Promise<{ name: string; type: string; size: number; sha256: string }> {
  if (!isId(desk_id) || !isId(id)) refuse('not_found', 'file')
  const { rows } = await sql<{
    name: string
    type: string
    size: number
    sha256: string
  }>`select f.name, f.type, f.size, f.sha256
    from competence_files f join competence_proposals p on p.id = f.proposal_id
    where p.desk_id = ${desk_id}::uuid and f.id = ${id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'file')
}
