import { sql, type RawBuilder } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { FORGOTTEN, names, withoutNaming, type Naming } from '../platform/redact.ts'
import type { PersonTraces } from '../people/index.ts'

/**
 * Forgets a person in referrals: as a contact of a provider the links, addresses and notices that were theirs; as a requester what was told of
 * their requests, though it named nobody; and their name wherever somebody wrote it into a reason, a summary or an objection. That an offer was made
 * and answered stays, by their pseudonym.
 * @param own_ids tickets that were theirs alone
 */
export async function forgetPersonInReferrals(
  ctx: Writing,
  { ids, addressed, naming }: PersonTraces,
  own_ids: readonly string[],
): Promise<void> {
  const of = sql`where person_id = any (${ids}::uuid[])`
  for (const table of [
    'offer_links',
    'provider_addresses',
    'offer_notices',
    'desk_pauses',
    'paid_contacts',
    'paid_links',
    'agreement_links',
  ] as const)
    await sql`delete from ${sql.table(table)} ${of}`.execute(ctx.tx)
  await sql`update referral_objections set words = ${FORGOTTEN} ${of}`.execute(ctx.tx)
  for (const table of ['referrals', 'offers'] as const)
    await sql`update ${sql.table(table)} set summary = ${FORGOTTEN} where ticket_id = any (${[...own_ids]}::uuid[])`.execute(
      ctx.tx,
    )
  await sql`update paid_needs set scope = ${FORGOTTEN}, place = ${FORGOTTEN} where ticket_id = any (${[...own_ids]}::uuid[])`.execute(
    ctx.tx,
  )
  await sql`update paid_answers set summary = ${FORGOTTEN}, question = case when question is not null then ${FORGOTTEN} end,
      reply = case when reply is not null then ${FORGOTTEN} end
    where ticket_id = any (${[...own_ids]}::uuid[])`.execute(ctx.tx)
  await sql`update offer_questions set question = ${FORGOTTEN}, answer = case when answer is not null then ${FORGOTTEN} end
    where ticket_id = any (${[...own_ids]}::uuid[])`.execute(ctx.tx)
  // On tickets in which they only took part the note with the question loses their name, too (tickets/forget-person.ts).
  await blotQuestions(ctx, naming, sql`ticket_id in (select ticket_id from participants ${of})`)
  const columns = [
    ['offer_questions', 'question', 20000],
    ['offer_questions', 'answer', 5000],
    ['paid_needs', 'scope', 4000],
    ['paid_needs', 'place', 300],
    ['paid_answers', 'summary', 5000],
    ['paid_answers', 'question', 2000],
    ['paid_answers', 'reply', 2000],
    ['referrals', 'summary', 5000],
    ['offers', 'summary', 5000],
    ['offers', 'reason_words', 2000],
    ['referral_objections', 'words', 2000],
    ['referral_decisions', 'reason', 2000],
  ] as const
  for (const [table, column, length] of columns)
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = left(${withoutNaming(sql.ref(column), addressed)}, ${length}::int)
      where ${names(sql.ref(column), addressed)}`.execute(ctx.tx)
}

/** Blots somebody out of what was asked about offers and answered, where the condition on its rows holds. For the system. */
export async function blotQuestions(ctx: Writing, naming: Naming, where: RawBuilder<unknown>): Promise<void> {
  for (const [column, length] of [
    ['question', 20000],
    ['answer', 5000],
  ] as const)
    await sql`update offer_questions set ${sql.ref(column)} = left(${withoutNaming(sql.ref(column), naming)}, ${length}::int)
      where ${where} and ${names(sql.ref(column), naming)}`.execute(ctx.tx)
}
