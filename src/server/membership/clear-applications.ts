import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { FORGOTTEN } from '../platform/redact.ts'

/**
 * Takes every word and document of these applications away; number, kind, dates and what became of them stay, for the figures. Nobody's
 * link opens them any more. Answers the documents whose rows went.
 */
export async function clearApplications(ctx: Writing, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const of = sql`application_id = any (${[...ids]}::uuid[])`
  await sql`delete from application_words where ${of}`.execute(ctx.tx)
  const { rows } = await sql<{ sha256: string }>`delete from application_files where ${of} returning sha256`.execute(
    ctx.tx,
  )
  await sql`update applications set form = '{}', contact_address = ${FORGOTTEN}, token_hash = 'ended ' || id, applicant_id = null,
      form_id = null, checklist = '{}', reason = case when reason is not null then ${FORGOTTEN} end, cleared_at = ${ctx.now}::timestamptz,
      state = case when state in ('received', 'asked') then 'withdrawn' else state end
    where id = any (${[...ids]}::uuid[])`.execute(ctx.tx)
  return [...new Set(rows.map(({ sha256 }) => sha256))]
}

/**
 * For retention (privacy/retention.ts): what was declined or withdrawn before, and forms that were begun for somebody who never filled
 * them in. Approved ones stay as long as the standing that they led to can be asked about.
 */
export const oldApplications = {
  async find(ctx: Reading, before: Date, most: number): Promise<{ id: string; at: Date; what: string }[]> {
    const { rows } = await sql<{
      id: string
      at: Date
      what: string
    }>`select id, state_since as at, 'A-' || number as what from applications
      where cleared_at is null and state_since < ${before}::timestamptz
        and (state in ('declined', 'withdrawn') or (state = 'asked' and submitted_at is null))
        and not exists (select from legal_holds h where h.person_id = applications.applicant_id and h.lifted_at is null)
      order by state_since, id limit ${most}::int`.execute(ctx.db)
    return rows
  },
  clear: clearApplications,
}
