import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/**
 * Something more shows what a desk can do: the competence counts at the highest level that something shows, until the last of what shows it ends. One
 * without an end (set by hand) keeps having none. The caller has asked whether the actor may (membership: competence-proposals.ts).
 */
export async function raiseCompetence(
  ctx: Writing,
  given: { desk_id: string; code: string; level: number; valid_until: Date },
): Promise<void> {
  await sql`insert into desk_competences (desk_id, competence_code, level, valid_until)
    values (${given.desk_id}::uuid, ${given.code}, ${given.level}::int, ${given.valid_until}::timestamptz)
    on conflict (desk_id, competence_code) do update set level = greatest(desk_competences.level, excluded.level),
      valid_until = case when desk_competences.valid_until is not null then greatest(desk_competences.valid_until, excluded.valid_until) end`.execute(
    ctx.tx,
  )
}
