import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { hashOf } from '../platform/secrets.ts'

/** As the codes of offers are made: nothing in it looks like something else. It begins with a letter and holds a figure, so that no number is one. */
const FIGURES = '23456789'
const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 5
const TRIES_MAX = 5
const DAYS = 7

/** A new code for these duty contacts, which are one person's at one number; it takes the place of an earlier one. */
export async function giveCode(ctx: Writing, duty_contact_ids: readonly string[]): Promise<string> {
  const any = (signs: string) => signs[randomInt(signs.length)]!
  const code =
    any(LETTERS) + any(FIGURES) + Array.from({ length: CODE_LENGTH - 2 }, () => any(LETTERS + FIGURES)).join('')
  await sql`update duty_contacts set proof_hash = ${hashOf(code)}, proof_tries = 0 where id = any (${[...duty_contact_ids]}::uuid[])`.execute(
    ctx.tx,
  )
  return code
}

/**
 * Whoever got the code at their number and sends it back from there reads it, and agrees to be on duty. Whoever calls has found the person by that number
 * and channel. Answers the organisation; null for a wrong code, one of more than seven days ago, or the sixth try. Refuses nothing, so that a try
 * counts whatever comes of it. Records `duty.proven` for each desk.
 */
export async function proveByText(
  ctx: Writing,
  { person_id, channel, code }: { person_id: string; channel: 'sms' | 'whatsapp'; code: string },
): Promise<string | null> {
  const { rows } = await sql<{ id: string; desk_id: string; name: string; is_right: boolean }>`
    update duty_contacts u set proof_tries = proof_tries + 1,
      proven_at = case when proof_hash = ${hashOf(code.toUpperCase())} then ${ctx.now}::timestamptz end
    from desks d
    where d.id = u.desk_id and d.closed_at is null and u.person_id = ${person_id}::uuid and u.channel = ${channel} and u.ended_at is null
      and u.proven_at is null and u.proof_hash is not null and u.proof_tries < ${TRIES_MAX}::int
      and u.asked_at > ${ctx.now}::timestamptz - make_interval(days => ${DAYS}::int)
    returning u.id, u.desk_id, d.name, u.proven_at is not null as is_right`.execute(ctx.tx)
  const proven = rows.filter(({ is_right }) => is_right)
  await recordAll(
    ctx,
    proven.map(({ id, desk_id }) => ({
      kind: 'duty.proven' as const,
      about: { desk_id, duty_contact_id: id, person_id, by: 'text' },
    })),
  )
  return proven[0]?.name ?? null
}
