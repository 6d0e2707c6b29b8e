import { sql, type RawBuilder } from 'kysely'
import type { Language, Reading, Writing } from '../../platform/context.ts'
import { refuse } from '../../platform/refusal.ts'
import { hashOf, randomToken } from '../../platform/secrets.ts'

/** One of the two who come together over paid work. */
export type Side = 'provider' | 'requester'

interface Linked {
  person_id: string
  name: string
  language: Language
}

/** Where a contact's link leads: a page that asks once more. */
export const paidUrl = (origin: string, token: string, language: Language): string =>
  `${origin}/paid/${token}?language=${language}`
export const agreementUrl = (origin: string, token: string, language: Language): string =>
  `${origin}/agreements/${token}?language=${language}`

export async function makePaidLink(ctx: Writing, answer_id: string, person_id: string): Promise<string> {
  const token = randomToken()
  await sql`insert into paid_links (token_hash, answer_id, person_id, made_at)
    values (${hashOf(token)}, ${answer_id}::uuid, ${person_id}::uuid, ${ctx.now}::timestamptz)`.execute(ctx.tx)
  return token
}

/** @param side for which of the two this person is asked or told */
export async function makeAgreementLink(
  ctx: Writing,
  { agreement_id, person_id, side }: { agreement_id: string; person_id: string; side: Side },
): Promise<string> {
  const token = randomToken()
  await sql`insert into agreement_links (token_hash, agreement_id, person_id, side, made_at)
    values (${hashOf(token)}, ${agreement_id}::uuid, ${person_id}::uuid, ${side}, ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  return token
}

// 160 bits in base32 (platform/secrets.ts); anything else is not worth a question to the database.
const isToken = (token: string) => /^[a-z2-7]{32}$/.test(token)

/** Whether somebody is on duty for a desk or works there: whoever left has its mails and texts still, and their links lead nowhere. */
const isOfDesk = (person_id: RawBuilder<unknown>, desk_id: RawBuilder<unknown>) => sql<boolean>`(
  exists (select from duty_contacts u where u.desk_id = ${desk_id} and u.person_id = ${person_id} and u.ended_at is null and u.proven_at is not null)
  or exists (select from desk_members m where m.desk_id = ${desk_id} and m.person_id = ${person_id}))`

/** Whose link this is, while they act for the desk that was asked. Called through the door `link`; refuses `not_found` (paid.link). */
export async function openPaidLink(ctx: Reading, token: string): Promise<Linked & { answer_id: string }> {
  if (!isToken(token)) refuse('not_found', 'paid.link')
  const { rows } = await sql<Linked & { answer_id: string }>`select l.answer_id, l.person_id, p.name, p.language
    from paid_links l join people p on p.id = l.person_id join paid_answers a on a.id = l.answer_id
    where l.token_hash = ${hashOf(token)} and ${isOfDesk(sql.ref('l.person_id'), sql.ref('a.desk_id'))}`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'paid.link')
}

/** The same for the link by which one of the two answers or reads an agreement. */
export async function openAgreementLink(
  ctx: Reading,
  token: string,
): Promise<{ agreement_id: string; person_id: string; side: Side }> {
  if (!isToken(token)) refuse('not_found', 'paid.link')
  const { rows } = await sql<{
    agreement_id: string
    person_id: string
    side: Side
  }>`select l.agreement_id, l.person_id, l.side from agreement_links l join agreements g on g.id = l.agreement_id
    where l.token_hash = ${hashOf(token)}
      and (l.side = 'requester' or ${isOfDesk(sql.ref('l.person_id'), sql.ref('g.desk_id'))})`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'paid.link')
}
