import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { newTotpKey, stepOfCode } from './totp.ts'

/** So long a new key may wait for its first code. */
const WAITING_MINUTES = 60

/** Whose key waits, and for whom: the half session (its hash) or the session (its id) by which somebody sets it up. Nobody else sees it. */
export interface Waiting {
  person_id: string
  waits_for: string
}

/** A key that waits for its first code; the one before it that still waited is forgotten, whoever began it. Never the one that counts. */
export async function makeWaitingKey(ctx: Writing, { person_id, waits_for }: Waiting): Promise<void> {
  const id = newId()
  const sealed = ctx.app.secrets.seal('totp', newTotpKey(), id)
  await sql`insert into totp_keys (id, person_id, sealed_key, made_at, waits_for)
    values (${id}::uuid, ${person_id}::uuid, ${sealed}, ${ctx.now}::timestamptz, ${waits_for})
    on conflict (person_id) where confirmed_at is null do update
    set id = excluded.id, sealed_key = excluded.sealed_key, made_at = excluded.made_at, waits_for = excluded.waits_for`.execute(
    ctx.tx,
  )
}

/** The key that waits, in base32; null when none waits for whoever asks. Door sign_in. */
export async function waitingKey(ctx: Reading, { person_id, waits_for }: Waiting): Promise<string | null> {
  const row = await keyRow(ctx, person_id, waits_for)
  return row && openKey(ctx, row)
}

/** Makes the waiting key the one that counts, if this is its code now. Its code then counts as used. */
export async function confirmWaitingKey(
  ctx: Writing,
  { person_id, waits_for, code }: Waiting & { code: string },
): Promise<boolean> {
  const row = await keyRow(ctx, person_id, waits_for)
  const step = row && stepOfCode(openKey(ctx, row), digitsOf(code), ctx.now)
  if (!row || step === null) return false
  await sql`delete from totp_keys where person_id = ${person_id}::uuid and confirmed_at is not null`.execute(ctx.tx)
  const { rows } =
    await sql`update totp_keys set confirmed_at = ${ctx.now}::timestamptz, last_step = ${step}::bigint, waits_for = null
    where id = ${row.id}::uuid and confirmed_at is null returning id`.execute(ctx.tx)
  return rows.length === 1
}

/** Whether this is a code of the person's app, now or a step beside it, that was not taken before; it is taken now. */
export async function takeTotpCode(ctx: Writing, person_id: string, code: string): Promise<boolean> {
  const row = await keyRow(ctx, person_id, null)
  const step = row && stepOfCode(openKey(ctx, row), digitsOf(code), ctx.now)
  if (!row || step === null) return false
  const { rows } = await sql`update totp_keys set last_step = ${step}::bigint
    where id = ${row.id}::uuid and (last_step is null or last_step < ${step}::bigint) returning id`.execute(ctx.tx)
  return rows.length === 1
}

/** People type codes as their app shows them: in two groups. */
export const digitsOf = (code: string): string => code.replaceAll(/[\s-]/g, '')

interface KeyRow {
  id: string
  sealed_key: string
}

/** The key that waits for somebody, or (null) the one that counts. */
async function keyRow(ctx: Reading, person_id: string, waits_for: string | null): Promise<KeyRow | null> {
  const { rows } = await sql<KeyRow>`select id, sealed_key from totp_keys where person_id = ${person_id}::uuid
    and (confirmed_at is not null) = ${waits_for === null}::boolean
    and (confirmed_at is not null or waits_for = ${waits_for}::text
      and made_at > ${ctx.now}::timestamptz - make_interval(mins => ${WAITING_MINUTES}::int))`.execute(ctx.db)
  return rows[0] ?? null
}

function openKey(ctx: Reading, { id, sealed_key }: KeyRow): string {
  const key = ctx.app.secrets.unseal('totp', sealed_key, id)
  if (key === null) throw new Error('the key of an authenticator app was sealed with another PANDU_SECRET')
  return key
}
