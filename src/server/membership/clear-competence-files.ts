import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { names, withoutNaming, type Naming } from '../platform/redact.ts'

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
 * @param only of one proposal
 */
export async function dropFilesNaming(ctx: Writing, naming: Naming, only?: { proposal_id: string }): Promise<string[]> {
  const named = sql`concat_ws(' ', f.name, translate(f.name, '_-.', '   '))`
  const proposed = sql`concat_ws(' ', p.title, p.url, p.reason)`
  const { rows } = await sql<{ sha256: string }>`delete from competence_files f using competence_proposals p
    where p.id = f.proposal_id and (${names(named, naming)} or ${names(proposed, naming)}) ${only ? sql`and p.id = ${only.proposal_id}::uuid` : sql``} returning f.sha256`.execute(
    ctx.tx,
  )
  return [...new Set(rows.map(({ sha256 }) => sha256))]
}

/** What a member or partner wrote of what shows a competence, and how long it may be. */
const wordsShown = {
  competence_proposals: { title: 300, url: 500, reason: 2000 },
  evidence: { title: 300, url: 500 },
} as const

/**
 * Blots somebody out of one proposal, whose documents that name them go, or out of one piece of evidence. For the system, when somebody looked
 * (privacy/find-mentions.ts). Answers the documents whose rows went.
 */
export async function blotCompetence(
  ctx: Writing,
  naming: Naming,
  { table, id }: { table: keyof typeof wordsShown; id: string },
): Promise<string[]> {
  const gone = table === 'evidence' ? [] : await dropFilesNaming(ctx, naming, { proposal_id: id })
  for (const [column, length] of Object.entries(wordsShown[table]))
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = left(${withoutNaming(sql.ref(column), naming)}, ${length}::int)
      where id = ${id}::uuid and ${names(sql.ref(column), naming)}`.execute(ctx.tx)
  return gone
}
