import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { names, type Naming } from '../platform/redact.ts'

/** When a proposal was over: refused or taken back, or what shows the competence has ended. */
const over = sql`case when p.state in ('refused', 'withdrawn') then p.decided_at else p.valid_until end`

/**
 * For retention (privacy/retention.ts): the documents of competences that were refused, taken back or have ended. That it was proposed, and what became
 * of it, stays.
 */
export const oldCompetenceFiles = {
  async find(ctx: Reading, before: Date, most: number): Promise<{ id: string; at: Date; what: string }[]> {
    const { rows } = await sql<{
      id: string
      at: Date
      what: string
    }>`select p.id, ${over} as at, d.name || ': ' || p.competence_code as what
      from competence_proposals p join desks d on d.id = p.desk_id
      where ${over} < ${before}::timestamptz and exists (select from competence_files f where f.proposal_id = p.id)
        and not exists (select from legal_holds h where h.person_id = p.proposed_by and h.lifted_at is null)
      order by at, p.id limit ${most}::int`.execute(ctx.db)
    return rows
  },
  clear: clearCompetenceFiles,
}

/** Takes the documents of these proposals away. Answers those whose rows went. */
async function clearCompetenceFiles(ctx: Writing, proposal_ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`delete from competence_files
    where proposal_id = any (${[...proposal_ids]}::uuid[]) returning sha256`.execute(ctx.tx)
  return [...new Set(rows.map(({ sha256 }) => sha256))]
}

/**
 * Takes away every document whose own name, or whose proposal, names somebody: nobody here reads a certificate, and a masked name would leave the
 * person in it. A name of a file is read with `_`, `-` and `.` as blanks, too. Answers those whose rows went.
 */
export async function dropFilesNaming(ctx: Writing, naming: Naming): Promise<string[]> {
  const named = sql`concat_ws(' ', f.name, translate(f.name, '_-.', '   '))`
  const proposed = sql`concat_ws(' ', p.title, p.url, p.reason)`
  const { rows } = await sql<{ sha256: string }>`delete from competence_files f using competence_proposals p
    where p.id = f.proposal_id and (${names(named, naming)} or ${names(proposed, naming)}) returning f.sha256`.execute(
    ctx.tx,
  )
  return [...new Set(rows.map(({ sha256 }) => sha256))]
}
