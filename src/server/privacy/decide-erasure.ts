import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { standingOf, tracePerson } from '../people/index.ts'

/**
 * Decides that a person is forgotten; a job does it when their last mail has left. The secretariat's coordinators and administrators,
 * who signed in recently.
 * Refuses not_found, and conflict for a row that was merged into another (`privacy.merged`), for somebody under a legal hold (`privacy.held`), who can still sign in (`account.open`), or about whom it was decided
 * already. Records `erasure.decided`.
 */
export async function decideErasure(
  ctx: Writing,
  input: { person_id: string; reason: string; request_id?: string | null; answer_id?: string | null },
): Promise<void> {
  mustCoordinateAll(ctx.actor)
  mustHaveSignedInRecently(ctx)
  await tracePerson(ctx, input.person_id) // refuses a row that was merged into another: that one is the person
  const { hold } = await standingOf(ctx, input.person_id)
  if (hold) refuse('conflict', 'privacy.held')
  const { rows: open } =
    await sql`select from accounts where person_id = ${input.person_id}::uuid and disabled_at is null`.execute(ctx.db)
  if (open.length > 0) refuse('conflict', 'account.open')
  const decided_by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql`insert into erasures (person_id, request_id, reason, decided_by, decided_at, answer_id)
    select id, ${input.request_id ?? null}::uuid, ${input.reason}, ${decided_by}::uuid, ${ctx.now}::timestamptz, ${input.answer_id ?? null}::uuid
    from people where id = ${input.person_id}::uuid and erased_at is null
    on conflict (person_id) do nothing returning person_id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'privacy.erasure_decided')
  await record(ctx, 'erasure.decided', { about: { person_id: input.person_id, request_id: input.request_id ?? null } })
}
