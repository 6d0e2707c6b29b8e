import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** Whoever has these numbers says that they are somebody else: what comes from there is not taken for that person's. Mail addresses and chats stay. For the system. */
export async function disownPoints(ctx: Writing, contact_point_ids: readonly string[]): Promise<void> {
  await sql`update contact_points set disowned_at = ${ctx.now}::timestamptz
    where id = any (${[...contact_point_ids]}::uuid[]) and channel = 'phone'`.execute(ctx.tx)
}

/** It was a slip. */
export async function undoDisownedPoints(ctx: Writing, contact_point_ids: readonly string[]): Promise<void> {
  await sql`update contact_points set disowned_at = null where id = any (${[...contact_point_ids]}::uuid[])`.execute(
    ctx.tx,
  )
}

/** Numbers that a desk has chosen again, each with the fact that says so: theirs again, unless they were said to be somebody else's later. */
export async function ownPointsAgain(
  ctx: Writing,
  chosen: readonly { contact_point_id: string; fact_id: string }[],
): Promise<void> {
  await sql`update contact_points c set disowned_at = null
    from jsonb_to_recordset(${JSON.stringify(chosen)}::jsonb) as a (contact_point_id uuid, fact_id uuid)
    where c.id = a.contact_point_id and uuid_floor(c.disowned_at) < a.fact_id`.execute(ctx.tx)
}
