import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must, mustAsPerson } from '../platform/may.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { Hours } from './desk-input.ts'
import { addressOf, ContactName, dutyChannels, namedAtAddress, type AddedToDesk } from './named-at-address.ts'

export const AddDutyContact = z.strictObject({
  desk_id: z.uuid(),
  name: ContactName,
  channel: z.enum(dutyChannels),
  address: z.string().trim().min(1, 'fault.required').max(320, 'fault.too_long'),
  /** In the desk's zone; null: whenever the desk is open. */
  hours: Hours.nullable().default(null),
})
export type AddDutyContact = z.input<typeof AddDutyContact>

/**
 * One more who is asked when there is a request, as the last in the order. They are told of nothing and their mails count for nothing until the
 * address is proven: a mail address by the link that is mailed there (reaction on `duty.added`), a telephone by the code that is sent there, or when
 * the secretariat has called.
 * For the desk's own coordinators and the secretariat's, who signed in recently: whoever is on duty reads its cases. Answers the contact's id.
 * Refuses forbidden, unauthenticated, invalid with the fault `address`, conflict `duty.known`, too_many `duty`.
 */
export async function addDutyContact(ctx: Writing, input: AddDutyContact): Promise<string> {
  mustAsPerson(ctx.actor, 'desk.change_profile', { id: input.desk_id })
  mustHaveSignedInRecently(ctx)
  const { desk_id, name, channel, address, hours } = AddDutyContact.parse(input)
  const wanted =
    namedAtAddress({ name, channel: addressOf(channel), address, language: 'id' }) ??
    refuse('invalid', 'form', [{ path: 'address', key: channel === 'email' ? 'fault.email' : 'fault.phone' }])
  const id = newId()
  const { rows } = await sql<{
    added: AddedToDesk | null
  }>`select add_duty_contact_as_actor(${desk_id}::uuid, ${id}::uuid,
    ${wanted}::jsonb, ${channel}, ${hours === null ? null : JSON.stringify(hours)}::jsonb, ${ctx.now}::timestamptz) as added`.execute(
    ctx.tx,
  )
  const added = rows[0]?.added ?? refuse('not_found', 'desk')
  if (added.outcome === 'too_many') refuse('too_many', 'duty')
  if (added.outcome === 'known') refuse('conflict', 'duty.known', [{ path: 'address', key: 'refusal.duty.known' }])
  const { person_id } = added
  if (added.is_new) await record(ctx, 'person.added', { about: { person_id, channel: addressOf(channel) } })
  await record(ctx, 'duty.added', { about: { desk_id, duty_contact_id: id, person_id, channel } })
  return id
}

/** What a page says of one contact. */
export const OneDutyContact = z.strictObject({ desk_id: z.uuid(), duty_contact_id: z.uuid() })
export type OneDutyContact = z.infer<typeof OneDutyContact>

/** Sends the link or the code to a contact's address once more; the one before opens nothing then. Refuses like addDutyContact; records `duty.link_wanted`. */
export async function askDutyContactAgain(ctx: Writing, { desk_id, duty_contact_id }: OneDutyContact): Promise<void> {
  mustAsPerson(ctx.actor, 'desk.change_profile', { id: desk_id })
  const { rows } = await sql<{
    soon: boolean
  }>`select coalesce(asked_at > ${ctx.now}::timestamptz - interval '1 hour', false) as soon
    from duty_contacts where id = ${duty_contact_id}::uuid and desk_id = ${desk_id}::uuid and channel <> 'phone'
      and ended_at is null and proven_at is null`.execute(ctx.db)
  const contact = rows[0] ?? refuse('not_found', 'desk')
  // Whoever asks makes us write to somebody.
  if (contact.soon) refuse('too_many', 'duty_link')
  await record(ctx, 'duty.link_wanted', { about: { desk_id, duty_contact_id } })
}

/**
 * The secretariat called this number and the right person answered: a proof of a telephone beside the code that is sent to it. For the secretariat's
 * coordinators and administrators. Refuses forbidden, not_found; records `duty.proven`.
 */
export async function proveByCall(ctx: Writing, { desk_id, duty_contact_id }: OneDutyContact): Promise<void> {
  must(ctx.actor, 'installation.coordinate')
  const { rows } = await sql<{ desk_id: string | null }>`select prove_duty_contact_as_actor(${duty_contact_id}::uuid,
    ${ctx.now}::timestamptz) as desk_id`.execute(ctx.tx)
  if (rows[0]?.desk_id !== desk_id) refuse('not_found', 'desk')
  await record(ctx, 'duty.proven', { about: { desk_id, duty_contact_id, by: 'call' } })
}
