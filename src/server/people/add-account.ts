import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { addUser } from './sign-in-library.ts'

/** Gives a person an account with a password, in the caller's transaction. Refuses conflict `account.exists` for a taken address or person. */
export async function addAccount(
  ctx: Writing,
  input: { person_id: string; name: string; email: string; password: string },
): Promise<void> {
  const taken = await sql`select from accounts where person_id = ${input.person_id}::uuid`.execute(ctx.db)
  const auth_user_id = taken.rows.length === 0 ? await addUser(ctx, input) : null
  if (!auth_user_id) refuse('conflict', 'account.exists', [{ path: 'email', key: 'fault.account_exists' }])
  await sql`insert into accounts (person_id, auth_user_id, created_at)
    values (${input.person_id}::uuid, ${auth_user_id}::uuid, ${ctx.now}::timestamptz)`.execute(ctx.tx)
}
