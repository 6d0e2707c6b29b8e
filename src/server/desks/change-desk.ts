import { sql } from 'kysely'
import { z } from 'zod'
import type { Actor, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { may } from '../platform/may.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { mustLeadLastingly } from './deputies.ts'
import { deskFields } from './desk-input.ts'
import { refuseBadParts, saveDeskParts } from './save-desk-parts.ts'

const { name, organisation_id, mail_local_part, time_zone, accepting, regions, hours, competences, members } =
  deskFields
export const ChangeDesk = z.strictObject({
  desk_id: z.uuid(),
  name: name.optional(),
  organisation_id: organisation_id.optional(),
  mail_local_part: mail_local_part.optional(),
  time_zone: time_zone.optional(),
  accepting: accepting.optional(),
  regions: regions.optional(),
  hours: hours.optional(),
  competences: competences.optional(),
  members: members.optional(),
  /** A closed desk gets no new tickets and is offered no more; it keeps what it holds. */
  closed: z.boolean().optional(),
  /** Why somebody joins or leaves (join-desk.ts). */
  reason: z.string().max(500).optional(),
})
export type ChangeDesk = z.infer<typeof ChangeDesk>

// What the coordinator of a desk may change without the secretariat.
const OWN_PARTS = new Set<string>(['hours', 'accepting'])

/** Whether the actor may change these parts of this desk: the secretariat's coordinators and administrators all, others their own hours. */
export function mayChangeDesk(actor: Actor, desk_id: string, parts: readonly string[]): boolean {
  return may(actor, parts.every((part) => OWN_PARTS.has(part)) ? 'desk.change_hours' : 'desk.change', { id: desk_id })
}

/**
 * Changes what is given and leaves the rest. Lists (regions, hours, competences, members) become exactly what is given.
 * Refuses `not_found`, `forbidden`, unauthenticated `sign_in_again` where members change, `conflict` (mail address taken; the secretariat's desk cannot be closed), `invalid` (unknown codes).
 */
export async function changeDesk(ctx: Writing, input: ChangeDesk): Promise<void> {
  const { desk_id, closed, regions, hours, competences, members, reason: _, ...fields } = input
  const parts = Object.keys(input).filter(
    (key) => key !== 'desk_id' && key !== 'reason' && input[key as keyof ChangeDesk] !== undefined,
  )
  const desk = await ctx.db.selectFrom('desks').select('kind').where('id', '=', desk_id).forUpdate().executeTakeFirst()
  if (!desk) refuse('not_found', 'desk')
  if (!mayChangeDesk(ctx.actor, desk_id, parts)) refuse('forbidden', 'desk.change')
  // Who works at a desk sees what it holds.
  if (members !== undefined) mustHaveSignedInRecently(ctx)
  if (members !== undefined && desk.kind === 'secretariat') await mustLeadLastingly(ctx)
  // Whatever no other desk takes goes to the secretariat: it can have no end.
  if (desk.kind === 'secretariat' && closed) refuse('conflict', 'desk.secretariat_stays')
  if (desk.kind === 'secretariat' && input.mail_local_part === null)
    refuse('conflict', 'desk.secretariat_address', [{ path: 'mail_local_part', key: 'desk.secretariat_address' }])

  const changes = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  await refuseBadParts(async () => {
    if (Object.keys(changes).length > 0)
      await ctx.tx.updateTable('desks').set(changes).where('id', '=', desk_id).execute()
    if (closed !== undefined)
      await sql`update desks set closed_at = case when ${closed} then coalesce(closed_at, ${ctx.now}::timestamptz) end
        where id = ${desk_id}::uuid`.execute(ctx.tx)
    await saveDeskParts(ctx, desk_id, { regions, hours, competences, members })
  })
  await record(ctx, 'desk.changed', { about: { desk_id, parts: parts.join(',') }, details: { ...input } })
}
