import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { findFollowUps } from './find-follow-ups.ts'
import { fits, reachChannels } from './find-recipients.ts'
import { liftEnds, lockTickets, type KnownTicket } from './find-ticket.ts'
import { keepAttachments, type NewAttachment } from './keep-attachments.ts'
import { openTickets, type Channel } from './open-tickets.ts'
import { plainText } from './plain-text.ts'
import { stateAfter } from './states.ts'

export interface NewMessageIn {
  ticket_id: string
  /** Somebody who takes part in the ticket; the caller has made sure. */
  author_id: string
  channel: Channel
  text: string
  quoted_text?: string | undefined
  attachments?: readonly NewAttachment[] | undefined
  intake_item_id?: string | undefined
  /** A closed ticket is reopened within these days; later the message opens a linked ticket (service levels: quiet rules). */
  reopen_within_days: number
}

export interface ReceivedMessage {
  /** Where the message stands now: the ticket named, or the linked one in which it goes on. */
  ticket_id: string
  number: string
  message_id: string
  /** It had been resolved or closed, and is open again. */
  reopened: boolean
  /** The closed ticket, when this message opened a new one that follows it; else null. */
  follows_id: string | null
}

const DAY_MS = 86_400_000

/** Whether a message to this ticket lands in it: until so many days after it was closed. Pages say beforehand what will happen. */
export const takesMessages = (
  { state, state_since }: Pick<KnownTicket, 'state' | 'state_since'>,
  { reopen_within_days }: { reopen_within_days: number },
  now: Date,
): boolean => state !== 'closed' || now.getTime() - state_since.getTime() <= reopen_within_days * DAY_MS

/**
 * Takes in messages of requesters and participants. A message to a resolved ticket reopens it; to a closed one it reopens it or, after
 * `reopen_within_days`, goes into the newest ticket that follows it, or opens one, linked as `follow_up`. `waiting_since` is the oldest
 * message not yet answered. Answers in the order given. `not_found` when the actor does not see a ticket.
 */
export async function receiveMessages(ctx: Writing, inputs: readonly NewMessageIn[]): Promise<ReceivedMessage[]> {
  if (inputs.length === 0) return []
  const locked = await lockTickets(ctx, [...new Set(inputs.map((input) => input.ticket_id))])
  const tickets = new Map(locked.map((ticket) => [ticket.id, ticket]))
  const all = inputs.map((input) => ({
    input,
    message_id: newId(),
    ticket: tickets.get(input.ticket_id) ?? refuse('not_found', 'ticket.unknown'),
  }))
  const [late, timely] = [all.filter(isTooLate(ctx)), all.filter((one) => !isTooLate(ctx)(one))]
  const answers = new Map([...(await enter(ctx, timely)), ...(await goOnElsewhere(ctx, late))])
  return all.map((one) => answers.get(one)!)
}

interface Arrival {
  input: NewMessageIn
  message_id: string
  ticket: KnownTicket
}

const isTooLate =
  (ctx: Writing) =>
  ({ ticket, input }: Pick<Arrival, 'ticket' | 'input'>): boolean =>
    !takesMessages(ticket, input, ctx.now)

/** Messages to tickets closed too long ago: into what follows those, else each ticket's first opens one and its others go in there. */
async function goOnElsewhere(ctx: Writing, late: readonly Arrival[]): Promise<[Arrival, ReceivedMessage][]> {
  if (late.length === 0) return []
  const asked = late.map(({ input }) => ({ ticket_id: input.ticket_id, person_id: input.author_id }))
  const found = new Map((await findFollowUps(ctx, asked)).map((one) => [`${one.of_id} ${one.person_id}`, one.id]))
  const locked = new Map((await lockTickets(ctx, [...new Set(found.values())])).map((ticket) => [ticket.id, ticket]))
  const followed: Arrival[] = []
  const opening = new Map<string, Arrival>()
  const after: Arrival[] = []
  for (const arrival of late) {
    const key = `${arrival.input.ticket_id} ${arrival.input.author_id}`
    const ticket = locked.get(found.get(key) ?? '')
    if (ticket && !isTooLate(ctx)({ ticket, input: arrival.input }))
      followed.push({ ...arrival, ticket, input: { ...arrival.input, ticket_id: ticket.id } })
    else if (opening.has(key)) after.push(arrival)
    else opening.set(key, arrival)
  }
  const entered = await enter(ctx, followed)
  const opened = await openFollowUps(ctx, [...opening.values()])
  // What was opened just now takes the rest, which stand behind the first in the order given.
  const more = await goOnElsewhere(ctx, after)
  const original = new Map(late.map((arrival) => [arrival.message_id, arrival]))
  return [...entered, ...opened, ...more].map(([arrival, answer]) => [original.get(arrival.message_id)!, answer])
}

async function enter(ctx: Writing, arrivals: readonly Arrival[]): Promise<[Arrival, ReceivedMessage][]> {
  if (arrivals.length === 0) return []
  const rows = arrivals.map(({ input, message_id }) => ({
    ticket_id: input.ticket_id,
    id: message_id,
    channel: input.channel,
    author_id: input.author_id,
    text: plainText(input.text),
    quoted_text: input.quoted_text ? plainText(input.quoted_text) : null,
    intake_item_id: input.intake_item_id ?? null,
  }))
  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, quoted_text, at, leaves_at, intake_item_id)
    select ticket_id, id, 'in', channel, author_id, text, quoted_text, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz, intake_item_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as m (ticket_id uuid, id uuid, channel text, author_id uuid, text text,
      quoted_text text, intake_item_id uuid)`.execute(ctx.tx)
  await keepAttachments(
    ctx,
    arrivals.map(({ input, message_id }) => ({
      ticket_id: input.ticket_id,
      message_id,
      attachments: input.attachments,
    })),
  )
  await answerThere(ctx, arrivals)
  const tickets = [...new Set(arrivals.map(({ ticket }) => ticket))]
  const ended = new Set(tickets.filter(({ state }) => state === 'resolved' || state === 'closed'))
  await moveAll(ctx, tickets)
  await liftEnds(
    ctx,
    [...ended].map((ticket) => ticket.id),
  )
  await recordAll(ctx, [
    ...[...ended].map((ticket) => ({
      kind: 'ticket.reopened' as const,
      ticket_id: ticket.id,
      about: { from_state: ticket.state, by: 'message' },
    })),
    ...arrivals.map(({ ticket, message_id, input }) => ({
      kind: 'message.received' as const,
      ticket_id: ticket.id,
      about: { message_id, channel: input.channel, author_id: input.author_id },
    })),
  ])
  return arrivals.map((arrival) => [
    arrival,
    {
      ticket_id: arrival.ticket.id,
      number: arrival.ticket.number,
      message_id: arrival.message_id,
      reopened: ended.has(arrival.ticket),
      follows_id: null,
    },
  ])
}

/** Whoever writes by SMS, a messenger or mail is answered there from now on; who answers on a page goes on being told as before. */
async function answerThere(ctx: Writing, arrivals: readonly Arrival[]): Promise<void> {
  const rows = [
    ...new Map(
      arrivals
        .filter(({ input }) => (reachChannels as readonly string[]).includes(input.channel))
        .map(({ input: { ticket_id, author_id, channel } }) => [
          `${ticket_id} ${author_id}`,
          { ticket_id, author_id, channel },
        ]),
    ).values(),
  ]
  if (rows.length === 0) return
  await sql`update participants p set channel = a.channel
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as a (ticket_id uuid, author_id uuid, channel text), contact_points c
    where p.ticket_id = a.ticket_id and p.person_id = a.author_id and c.id = p.contact_point_id
      and ${fits(sql.ref('a.channel'), sql.ref('c.channel'))} and p.channel is distinct from a.channel`.execute(ctx.tx)
}

/** The rows are locked, so that what was read still holds. */
async function moveAll(ctx: Writing, tickets: readonly KnownTicket[]): Promise<void> {
  const rows = tickets.map(({ id, state }) => ({ id, state: stateAfter('receive', state) }))
  await sql`update tickets t set state = m.state, waiting_since = coalesce(t.waiting_since, ${ctx.now}::timestamptz), reminded_at = null,
      state_since = case when t.state = m.state then t.state_since else ${ctx.now}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as m (id uuid, state text) where t.id = m.id`.execute(
    ctx.tx,
  )
}

/** A closed ticket answered after months: a new one, held by the same desk, that names the old one. */
async function openFollowUps(ctx: Writing, arrivals: readonly Arrival[]): Promise<[Arrival, ReceivedMessage][]> {
  if (arrivals.length === 0) return []
  const { rows: places } = await sql<{
    id: string
    region_code: string | null
    topic_code: string | null
    organisation_id: string | null
    institution: string | null
  }>`
    select id, region_code, topic_code, organisation_id, institution from tickets where id = any (${arrivals.map(({ ticket }) => ticket.id)}::uuid[])`.execute(
    ctx.tx,
  )
  // Who answers goes on being reached as before.
  const { rows: points } = await sql<{ ticket_id: string; person_id: string; contact_point_id: string | null }>`
    select p.ticket_id, p.person_id, p.contact_point_id
    from unnest(${arrivals.map(({ ticket }) => ticket.id)}::uuid[], ${arrivals.map(({ input }) => input.author_id)}::uuid[])
      as a (ticket_id, person_id)
    join participants p on p.ticket_id = a.ticket_id and p.person_id = a.person_id`.execute(ctx.tx)
  const pointOf = new Map(points.map((point) => [`${point.ticket_id} ${point.person_id}`, point.contact_point_id]))
  const placeOf = new Map(places.map((place) => [place.id, place]))
  const opened = await openTickets(
    ctx,
    arrivals.map(({ ticket, input }) => ({
      subject: ticket.subject,
      text: input.text,
      quoted_text: input.quoted_text,
      channel: input.channel,
      language: ticket.language,
      requester_id: input.author_id,
      contact_point_id: pointOf.get(`${ticket.id} ${input.author_id}`),
      organisation_id: placeOf.get(ticket.id)?.organisation_id,
      institution: placeOf.get(ticket.id)?.institution,
      region_code: placeOf.get(ticket.id)?.region_code,
      topic_code: placeOf.get(ticket.id)?.topic_code,
      desk_id: ticket.holder_desk_id,
      intake_item_id: input.intake_item_id,
      attachments: input.attachments,
    })),
  )
  await sql`insert into ticket_links (ticket_id, other_id, kind, made_at)
    select ticket_id, other_id, 'follow_up', ${ctx.now}::timestamptz
    from unnest(${opened.map(({ id }) => id)}::uuid[], ${arrivals.map(({ ticket }) => ticket.id)}::uuid[]) as l (ticket_id, other_id)`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    arrivals.map(({ ticket }, index) => ({
      kind: 'ticket.linked' as const,
      ticket_id: opened[index]!.id,
      about: { other_id: ticket.id, link: 'follow_up' },
    })),
  )
  return arrivals.map((arrival, index) => {
    const { id, number, message_id } = opened[index]!
    return [arrival, { ticket_id: id, number, message_id, reopened: false, follows_id: arrival.ticket.id }]
  })
}
