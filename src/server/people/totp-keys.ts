import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { newTotpKey, stepOfCode } from './totp.ts'

/** So long a new key may wait for its first code. */
const WAITING_MINUTES = 60

/** A key that waits for its first code; the one before it that still waited is forgotten. Never the one that counts. */
export async function makeWaitingKey(ctx: Writing, person_id: string): Promise<void> {
  const id = newId()
  const sealed = ctx.app.secrets.seal('totp', newTotpKey(), id)
  await sql`insert into totp_keys (id, person_id, sealed_key, made_at) values (${id}::uuid, ${person_id}::uuid, ${sealed}, ${ctx.now}::timestamptz)
    on conflict (person_id) where confirmed_at is null do update set id = excluded.id, sealed_key = excluded.sealed_key, made_at = excluded.made_at`.execute(
    ctx.tx,
  )
}

/** The key that waits, in base32; null when none waits. Door sign_in. */
export async function waitingKey(ctx: Reading, person_id: string): Promise<string | null> {
  const row = await keyRow(ctx, person_id, 'waiting')
  return row && openKey(ctx, row)
}

/** Makes the waiting key the one that counts, if this is its code now. Its code then counts as used. */
export async function confirmWaitingKey(ctx: Writing, person_id: string, code: string): Promise<boolean> {
  const row = await keyRow(ctx, person_id, 'waiting')
  const step = row && stepOfCode(openKey(ctx, row), digitsOf(code), ctx.now)
  if (!row || step === null) return false
  await sql`delete from totp_keys where person_id = ${person_id}::uuid and confirmed_at is not null`.execute(ctx.tx)
  const { rows } = await sql`update totp_keys set confirmed_at = ${ctx.now}::timestamptz, last_step = ${step}::bigint
    where id = ${row.id}::uuid and confirmed_at is null returning id`.execute(ctx.tx)
  return rows.length === 1
}

/** Whether this is a code of the person's app, now or a step beside it, that was not taken before; it is taken now. */
export async function takeTotpCode(ctx: Writing, person_id: string, code: string): Promise<boolean> {
  const row = await keyRow(ctx, person_id, 'counts')
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

async function keyRow(ctx: Reading, person_id: string, which: 'waiting' | 'counts'): Promise<KeyRow | null> {
  const { rows } = await sql<KeyRow>`select id, sealed_key from totp_keys where person_id = ${person_id}::uuid
    and (confirmed_at is not null) = ${which === 'counts'}::boolean
    and (confirmed_at is not null or made_at > ${ctx.now}::timestamptz - make_interval(mins => ${WAITING_MINUTES}::int))`.execute(
    ctx.db,
  )
  return rows[0] ?? null
}

function openKey(ctx: Reading, { id, sealed_key }: KeyRow): string {
  const key = ctx.app.secrets.unseal('totp', sealed_key, id)
  if (key === null) throw new Error('the key of an authenticator app was sealed with another PANDU_SECRET')
  return key
}
