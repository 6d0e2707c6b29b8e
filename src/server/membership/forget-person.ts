import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { FORGOTTEN, names, withoutNaming } from '../platform/redact.ts'
import type { PersonTraces } from '../people/index.ts'
import { clearApplications } from './clear-applications.ts'
import { dropFilesNaming } from './clear-competence-files.ts'

/**
 * Forgets a person in applications. One that they made and that led to nothing loses every word and its documents; what an institution
 * became by stays, with their name, addresses and numbers blotted out, and so does every application that names them among others, what an
 * organisation said of itself, and what a member or partner proposed with a reference of theirs; the documents of what names them go.
 * Answers the documents whose rows went.
 */
export async function forgetPersonInMembership(
  ctx: Writing,
  { ids, addresses, naming, addressed }: PersonTraces,
): Promise<{ sha256s: string[] }> {
  const own = addresses.filter(({ channel, alone }) => channel === 'email' && alone).map(({ normalised }) => normalised)
  const { rows } = await sql<{
    id: string
    led_somewhere: boolean
  }>`select id, state = 'approved' as led_somewhere from applications
    where cleared_at is null and (applicant_id = any (${ids}::uuid[]) or lower(contact_address) = any (${own}::text[]))
    order by id limit 10000 for update`.execute(ctx.tx)
  const sha256s = await clearApplications(
    ctx,
    rows.filter(({ led_somewhere }) => !led_somewhere).map(({ id }) => id),
  )
  const kept = rows.filter(({ led_somewhere }) => led_somewhere).map(({ id }) => id)
  await sql`update applications set contact_address = ${FORGOTTEN}, token_hash = 'ended ' || id where id = any (${kept}::uuid[])`.execute(
    ctx.tx,
  )
  await sql`update application_words set text = ${FORGOTTEN} where by_applicant and application_id = any (${kept}::uuid[])`.execute(
    ctx.tx,
  )
  const form = sql`form::text`
  await sql`update applications set form = ${withoutNaming(form, naming)}::jsonb, reason = ${withoutNaming(sql`reason`, naming)}
    where cleared_at is null and (${names(form, naming)} or ${names(sql`reason`, naming)})`.execute(ctx.tx)
  await sql`update application_words set text = ${withoutNaming(sql`text`, naming)} where ${names(sql`text`, naming)}`.execute(
    ctx.tx,
  )
  // Whole names only: an address in Jalan Sudirman is nobody's of that name.
  const whole = { ...naming, as_name: null }
  const certificates = await dropFilesNaming(ctx, whole)
  const theirs = sql`application_id = any (${kept}::uuid[])`
  for (const [table, column, length, naming_here, where] of [
    ['organisation_particulars', 'business', 300, whole, theirs],
    ['organisation_particulars', 'address', 500, whole, theirs],
    ['organisation_particulars', 'responsible_name', 200, whole, sql`true`],
    ['organisation_particulars', 'business', 300, addressed, sql`true`],
    ['organisation_particulars', 'address', 500, addressed, sql`true`],
    ['evidence', 'title', 300, addressed, sql`true`],
    ['evidence', 'url', 500, addressed, sql`true`],
    ['competence_proposals', 'title', 300, whole, sql`true`],
    ['competence_proposals', 'url', 500, whole, sql`true`],
    ['competence_proposals', 'reason', 2000, whole, sql`true`],
  ] as const)
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = left(${withoutNaming(sql.ref(column), naming_here)}, ${length}::int)
      where ${where} and ${names(sql.ref(column), naming_here)}`.execute(ctx.tx)
  return { sha256s: [...sha256s, ...certificates] }
}
