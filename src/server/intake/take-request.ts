import type { Actor, Language, Writing } from '../platform/context.ts'
import { isBlocked, settleItems, type KeptFile } from '../channels/index.ts'
import { narrowestDesk } from '../desks/index.ts'
import { addContactPoints, findOrMakePeople, normaliseAddress, type Person } from '../people/index.ts'
import { openTickets, type Kind, type OpenedTicket } from '../tickets/index.ts'

/** What somebody asked who filled in fields: a person in the web form, or a program. Checked already. */
export interface AskedRequest {
  channel: 'web' | 'api'
  name: string
  email: string | null
  phone: string | null
  subject?: string | undefined
  text: string
  kind: Kind
  language: Language
  region_code: string | null
  topic_code?: string | null | undefined
  organisation_id: string | null
  /** As it was typed, in the directory or not. */
  institution?: string | null | undefined
  attachments: readonly KeptFile[]
}

export interface TakenRequest extends OpenedTicket {
  person_id: string
  desk_id: string
}

/** Where somebody can be reached: by mail before the telephone; null without either. */
export function contactOf({ email, phone }: Pick<AskedRequest, 'email' | 'phone'>) {
  if (email === null && phone === null) return null
  const channel = email === null ? 'phone' : 'email'
  return { channel, ...normaliseAddress(channel, email ?? phone ?? '')! } as const
}

/**
 * Makes a ticket of a row of the ledger and settles the row, in the caller's transaction (door intake); the journal names `actor`.
 * `also` is what else belongs to it, asked together with the settling. Null when the contact is blocked: the row is settled as refused
 * then, which must be committed too.
 */
export async function takeRequest<T = undefined>(
  ctx: Writing,
  { actor, item_id, request }: { actor: Actor; item_id: string; request: AskedRequest },
  also: (taken: TakenRequest) => Promise<T | undefined> = async () => undefined,
): Promise<(TakenRequest & { also: T }) | null> {
  const contact = contactOf(request)
  const whatWasRead = {
    id: item_id,
    sender: { name: request.name, address: contact?.normalised ?? '' },
    ...(request.subject ? { subject: request.subject } : {}),
    text: request.text,
    attachments: request.attachments,
  }
  const [blocked, desk_id] = await Promise.all([
    contact && isBlocked(ctx, contact.channel, contact.normalised),
    narrowestDesk(ctx, request.region_code),
  ])
  if (blocked) {
    await settleItems(ctx, [{ ...whatWasRead, outcome: 'refused', reason: 'blocked' }])
    return null
  }
  const outside = { ...ctx, actor }
  const { id: person_id, contact_point_id } = await findRequester(outside, request)
  const [opened] = await openTickets(outside, [
    {
      ...request,
      requester_id: person_id,
      contact_point_id,
      desk_id,
      intake_item_id: item_id,
    },
  ])
  const taken = { ...opened!, person_id, desk_id }
  const [done] = await Promise.all([
    also(taken),
    settleItems(ctx, [{ ...whatWasRead, outcome: 'ticket', ticket: taken, ticket_message_id: taken.message_id }]),
  ])
  return { ...taken, also: done as T }
}

async function findRequester(ctx: Writing, request: AskedRequest): Promise<Person> {
  const { name, email, phone, language } = request
  const contact = contactOf(request)
  const [person] = await findOrMakePeople(ctx, [
    { name, language, ...(contact ? { channel: contact.channel, address: contact.address } : {}) },
  ])
  if (email !== null && phone !== null)
    await addContactPoints(ctx, [{ person_id: person!.id, channel: 'phone', address: phone }])
  return person!
}
