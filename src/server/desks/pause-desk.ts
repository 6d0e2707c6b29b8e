import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'

/**
 * Until when a desk is offered nothing; null: from now on it is offered requests again. What it holds it keeps. Whether the actor may is asked by the
 * caller. Answers until when it had been paused before. Refuses `not_found`. Records `desk.changed`.
 */
export async function pauseDesk(
  ctx: Writing,
  { desk_id, until }: { desk_id: string; until: Date | null },
): Promise<{ before: Date | null }> {
  const { rows } = await sql<{ before: Date | null }>`with old as (
      select id, paused_until from desks where id = ${desk_id}::uuid and closed_at is null for update)
    update desks d set paused_until = ${until}::timestamptz from old where d.id = old.id returning old.paused_until as before`.execute(
    ctx.tx,
  )
  const paused = rows[0] ?? refuse('not_found', 'desk')
  await record(ctx, 'desk.changed', {
    about: { desk_id, parts: 'paused_until', paused_until: until?.toISOString() ?? null },
  })
  return paused
}

/** Whether a desk is offered requests at all ("menerima tawaran"). As pauseDesk. */
export async function setAccepting(
  ctx: Writing,
  { desk_id, accepting }: { desk_id: string; accepting: boolean },
): Promise<void> {
  const { numAffectedRows } =
    await sql`update desks set accepting = ${accepting} where id = ${desk_id}::uuid and closed_at is null`.execute(
      ctx.tx,
    )
  if (numAffectedRows !== 1n) refuse('not_found', 'desk')
  await record(ctx, 'desk.changed', { about: { desk_id, parts: 'accepting', accepting } })
}
