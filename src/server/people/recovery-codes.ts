import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { base32 } from '../platform/secrets.ts'
import { hashCode, matchesCode } from './sign-in-library.ts'

export const RECOVERY_CODES = 10
const LOCATOR_LENGTH = 4
const CODE_LENGTH = 16

/**
 * Ten new codes instead of all old ones; shown this once. Each is 16 letters and digits in groups of four: the first group finds its row,
 * the other 60 bits are hashed like a password with a salt of its own (OWASP ASVS 5.0, 6.5.2).
 */
export async function makeRecoveryCodes(ctx: Writing, person_id: string): Promise<string[]> {
  const codes = new Map<string, string>()
  while (codes.size < RECOVERY_CODES) {
    const code = base32(randomBytes(10))
    codes.set(code.slice(0, LOCATOR_LENGTH), code)
  }
  const rows = await Promise.all(
    [...codes].map(async ([locator, code]) => ({ locator, code_hash: await hashCode(code.slice(LOCATOR_LENGTH)) })),
  )
  await sql`delete from recovery_codes where person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`insert into recovery_codes (person_id, locator, code_hash, made_at)
    select ${person_id}::uuid, locator, code_hash, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (locator text, code_hash text)`.execute(ctx.tx)
  return [...codes.values()].map((code) => code.match(/.{4}/g)!.join('-'))
}

/** Whether this is a code of theirs that was not used before; it is used now. Answers how many are left, or null. */
export async function takeRecoveryCode(
  ctx: Writing,
  person_id: string,
  typed: string,
): Promise<{ codes_left: number } | null> {
  const code = cleanCode(typed)
  if (!isRecoveryCode(typed)) return null
  const locator = code.slice(0, LOCATOR_LENGTH)
  const { rows } = await sql<{ code_hash: string }>`select code_hash from recovery_codes
    where person_id = ${person_id}::uuid and locator = ${locator} and used_at is null for update`.execute(ctx.tx)
  if (!rows[0] || !(await matchesCode(rows[0].code_hash, code.slice(LOCATOR_LENGTH)))) return null
  await sql`update recovery_codes set used_at = ${ctx.now}::timestamptz where person_id = ${person_id}::uuid and locator = ${locator}`.execute(
    ctx.tx,
  )
  const left = await sql<{ codes_left: number }>`select count(*)::int as codes_left from recovery_codes
    where person_id = ${person_id}::uuid and used_at is null`.execute(ctx.db)
  return left.rows[0]!
}

/** Whether something typed has the shape of one; the digits of an app have not. */
export const isRecoveryCode = (typed: string): boolean => cleanCode(typed).length === CODE_LENGTH

// Our alphabet has neither 0 nor 1 nor 8: whoever copies by hand means the letters.
const cleanCode = (typed: string) =>
  typed
    .toLowerCase()
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('8', 'b')
    .replaceAll(/[^a-z2-7]/g, '')
