import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { ending } from './ending.ts'
import { mustAdministerAfresh } from './may.ts'
import { nameDevice, type Device } from './name-device.ts'
import { SESSION_AGE_SECONDS_MAX } from './sign-in-library.ts'

export interface OwnSession extends Device {
  id: string
  /** The address it was begun from; null when that was not noted. */
  client: string | null
  begun_at: Date
  /** To some ten minutes. */
  used_at: Date
  ends_at: Date
}

const SESSIONS_MAX = 100

/** Where a person is signed in, the newest first (at most 100). Door sign_in. */
export async function listSessions(ctx: Writing, person_id: string): Promise<OwnSession[]> {
  const { rows } = await sql<Omit<OwnSession, keyof Device> & { user_agent: string | null }>`
    select s.id, s.ip_address as client, s.user_agent, s.created_at as begun_at, s.updated_at as used_at,
      least(s.expires_at, s.created_at + make_interval(secs => ${SESSION_AGE_SECONDS_MAX}::int)) as ends_at
    from auth.sessions s join accounts a on a.auth_user_id = s.user_id
    where a.person_id = ${person_id}::uuid and s.expires_at > ${ctx.now}::timestamptz
      and s.created_at > ${ctx.now}::timestamptz - make_interval(secs => ${SESSION_AGE_SECONDS_MAX}::int)
    order by s.created_at desc, s.id limit ${SESSIONS_MAX}`.execute(ctx.db)
  return rows.map(({ user_agent, ...session }) => ({ ...session, ...nameDevice(user_agent) }))
}

export const EndSession = z.object({ person_id: z.uuid(), session_id: z.uuid() })
export type EndSession = z.infer<typeof EndSession>

/**
 * Ends one of a person's own sessions at once. Door sign_in. Refuses not_found for one that has ended, or is somebody else's. Records
 * `account.sessions_ended`.
 */
export async function endSession(ctx: Writing, { person_id, session_id }: EndSession): Promise<void> {
  const { rows } = await sql`delete from auth.sessions s using accounts a
    where s.id = ${session_id}::uuid and a.auth_user_id = s.user_id and a.person_id = ${person_id}::uuid returning s.id`.execute(
    ctx.tx,
  )
  if (rows.length === 0) refuse('not_found', 'account.session')
  await record(ctx, 'account.sessions_ended', { about: { person_id } })
}

/**
 * Ends all of a person's sessions but the one that asks, and what they (or whoever knows their password) have begun and not finished.
 * Answers how many sessions ended. Door sign_in. Records `account.sessions_ended`.
 */
export async function endOtherSessions(
  ctx: Writing,
  { person_id, kept_id }: { person_id: string; kept_id: string | null },
): Promise<number> {
  const { rows } = await sql`with halves as (delete from half_sessions where person_id = ${person_id}::uuid)
    delete from auth.sessions s using accounts a
    where a.auth_user_id = s.user_id and a.person_id = ${person_id}::uuid and s.id is distinct from ${kept_id}::uuid returning s.id`.execute(
    ctx.tx,
  )
  if (rows.length > 0) await record(ctx, 'account.sessions_ended', { about: { person_id } })
  return rows.length
}

/** Ends all sessions of somebody else at once, for an administrator who signed in recently. Refuses not_found. Records `account.sessions_ended`. */
export async function endAllSessions(ctx: Writing, { person_id }: { person_id: string }): Promise<number> {
  mustAdministerAfresh(ctx)
  const { rows } = await sql<{ ended: number }>`select ${ending(ctx, 'end_sessions')}(person_id) as ended from accounts
    where person_id = ${person_id}::uuid`.execute(ctx.tx)
  const { ended } = rows[0] ?? refuse('not_found', 'account')
  if (ended > 0) await record(ctx, 'account.sessions_ended', { about: { person_id } })
  return ended
}
