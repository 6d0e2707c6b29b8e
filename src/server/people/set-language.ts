import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'

/**
 * In which language these people are written to from now on, as they asked themselves by a text. For the system. Answers what it was, of those for whom it changed.
 * Records `person.changed`.
 */
export async function setLanguage(
  ctx: Writing,
  people: readonly { person_id: string; language: Language }[],
): Promise<{ person_id: string; language: Language }[]> {
  const { rows } = await sql<{
    person_id: string
    language: Language
  }>`with before as (
      select p.id, p.language, g.language as wanted from people p
      join jsonb_to_recordset(${JSON.stringify(people)}::jsonb) as g (person_id uuid, language text) on g.person_id = p.id
      where p.language <> g.language order by p.id for update of p)
    update people p set language = before.wanted from before where p.id = before.id
    returning p.id as person_id, before.language`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ person_id }) => ({ kind: 'person.changed' as const, about: { person_id, changed: 'language' } })),
  )
  return rows
}
