import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustAsPerson } from '../platform/may.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { AccountEmail } from '../people/index.ts'
import { ContactName, namedAtAddress, type AddedToDesk } from './named-at-address.ts'

const reason = z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long')
export const AddColleague = z.strictObject({
  desk_id: z.uuid(),
  name: ContactName,
  email: AccountEmail,
  reason,
})
export type AddColleague = z.input<typeof AddColleague>
export const RemoveColleague = z.strictObject({ desk_id: z.uuid(), person_id: z.uuid(), reason })
export type RemoveColleague = z.infer<typeof RemoveColleague>

/**
 * Somebody joins the desk of a member or partner as its agent; whoever has no account yet is invited by mail (reaction on `desk.colleague_added`).
 * For the desk's own coordinators and the secretariat's, who signed in recently. Refuses forbidden, unauthenticated, conflict `colleague.known`,
 * too_many `colleague`.
 */
export async function addColleague(ctx: Writing, input: AddColleague): Promise<void> {
  mustAsPerson(ctx.actor, 'desk.change_profile', { id: input.desk_id })
  mustHaveSignedInRecently(ctx)
  const { desk_id, name, email, reason: why } = AddColleague.parse(input)
  const wanted = namedAtAddress({ name, channel: 'email', address: email, language: 'id' })
  const { rows } = await sql<{
    added: AddedToDesk | null
  }>`select add_colleague_as_actor(${desk_id}::uuid, ${wanted}::jsonb,
    ${ctx.now}::timestamptz) as added`.execute(ctx.tx)
  const added = rows[0]?.added ?? refuse('not_found', 'desk')
  if (added.outcome === 'too_many') refuse('too_many', 'colleague')
  if (added.outcome === 'known')
    refuse('conflict', 'colleague.known', [{ path: 'email', key: 'refusal.colleague.known' }])
  const { person_id } = added
  if (added.is_new) await record(ctx, 'person.added', { about: { person_id, channel: 'email' } })
  await record(ctx, 'desk.colleague_added', { about: { desk_id, person_id }, details: { reason: why, email } })
}

/**
 * Takes an agent from the desk of a member or partner: they lose its cases, and an invitation that was meant for it alone ends. Coordinators are
 * the secretariat's to take away (joinDesk). Refuses like addColleague, and not_found for whoever is no agent there.
 */
export async function removeColleague(
  ctx: Writing,
  { desk_id, person_id, reason: why }: RemoveColleague,
): Promise<void> {
  mustAsPerson(ctx.actor, 'desk.change_profile', { id: desk_id })
  mustHaveSignedInRecently(ctx)
  const { rows } = await sql<{
    removed: boolean
  }>`select remove_colleague_as_actor(${desk_id}::uuid, ${person_id}::uuid) as removed`.execute(ctx.tx)
  if (!rows[0]?.removed) refuse('not_found', 'person')
  await record(ctx, 'desk.colleague_removed', { about: { desk_id, person_id }, details: { reason: why } })
}

/** Of these facts `desk.colleague_added`: who still works there and has no account yet, each once, at the address that was written. */
export async function colleaguesToInvite(
  ctx: Reading,
  fact_ids: readonly string[],
): Promise<{ fact_id: string; name: string; email: string; language: Language }[]> {
  const { rows } = await sql<{ fact_id: string; name: string; email: string; language: Language }>`
    select distinct on (p.id) f.id as fact_id, p.name, c.address as email, p.language
    from facts f join desk_members m on m.desk_id = (f.about->>'desk_id')::uuid and m.person_id = (f.about->>'person_id')::uuid
    join people p on p.id = m.person_id and p.erased_at is null
    join journal_details j on j.fact_id = f.id
    join contact_points c on c.person_id = p.id and c.channel = 'email' and c.normalised = j.details->>'email'
    where f.id = any (${[...fact_ids]}::uuid[]) and f.kind = 'desk.colleague_added'
      and not exists (select from accounts x where x.person_id = p.id)
    order by p.id, f.id limit 500`.execute(ctx.db)
  return rows
}
