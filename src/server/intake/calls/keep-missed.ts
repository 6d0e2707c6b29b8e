import { sql } from 'kysely'
import type { Language, Writing } from '../../platform/context.ts'
import { recordAll } from '../../platform/journal.ts'
import { limitInForce, limitOf } from '../../platform/limit-catalog.ts'
import { hitsOfEach } from '../../platform/limits.ts'
import { say } from '../../platform/words.ts'
import { moment } from '#messages/moments.ts'
import {
  addCallBacks,
  blockedAmong,
  countCallBacks,
  endCallBacks,
  explainMissed,
  lineOf,
  lockCallers,
  openAt,
  openCallBacks,
  ownNumbersAmong,
  phoneHours,
  type AppliedCall,
  type PhoneHours,
} from '../../channels/index.ts'
import { findOrMakePeople } from '../../people/index.ts'
import { openTickets } from '../../tickets/index.ts'
import { nameApart, stillTheirs } from '../still-theirs.ts'

type Why = 'hidden' | 'internal' | 'own' | 'blocked' | 'many'
export type KeptMissed =
  | { left_alone: Why }
  | {
      ticket: { id: string; number: string }
      /** The item that opened the ticket; null where it is older, or where no item did. */
      opened_by: string | null
      message_id: string | null
    }
export interface MissedCall extends Pick<
  AppliedCall,
  'id' | 'desk_id' | 'number' | 'number_told' | 'our_number' | 'at'
> {
  /** The item of the ledger that says so; null where an exchange never told the end. */
  item_id: string | null
}

/**
 * Whoever was missed is to be called back: one ticket for a caller at a desk, however often they ring, until somebody called back or the
 * ticket came to its end. Its urgency is high where the desk was open (somebody stands at a telephone and expects us), else normal; by when,
 * the clocks say. Nobody is called back who hides their number, who is in the house (short numbers, our own lines), or who is blocked: such calls
 * only stand in the list, as do those of more callers than a line may open tickets for in an hour. Answers what became of each, by the call's id.
 */
export async function keepMissed(ctx: Writing, missed: readonly MissedCall[]): Promise<Map<string, KeptMissed>> {
  const kept = new Map<string, KeptMissed>()
  if (missed.length === 0) return kept
  const reasons = await whyAlone(ctx, missed)
  for (const call of missed) {
    const why = reasons.get(call.id)
    if (why) kept.set(call.id, { left_alone: why })
  }
  const callers = [...groupCallers(missed.filter(({ id }) => !reasons.has(id))).values()]
  await lockCallers(ctx, callers)
  const waiting = await stillWaiting(ctx, callers)
  const again = callers.filter(({ key }) => waiting.has(key))
  const hours = await phoneHours(ctx)
  const { first, beyond } = await withinLimit(
    ctx,
    callers.filter(({ key }) => !waiting.has(key)),
    hours,
  )
  for (const { calls } of beyond) for (const { id } of calls) kept.set(id, { left_alone: 'many' })
  await countCallBacks(
    ctx,
    again.map(({ key, calls }) => ({ id: waiting.get(key)!.id, times: calls.length, last_at: latest(calls) })),
  )
  for (const { key, calls } of again) {
    const { ticket_id, ticket_number } = waiting.get(key)!
    for (const { id } of calls)
      kept.set(id, { ticket: { id: ticket_id, number: ticket_number }, opened_by: null, message_id: null })
  }
  const opened = await openFor(ctx, first, hours)
  for (const [index, { calls }] of first.entries()) {
    const { id, number, message_id } = opened[index]!.ticket
    for (const call of calls) kept.set(call.id, { ticket: { id, number }, opened_by: openingItem(calls), message_id })
  }
  const call_back_of = new Map([
    ...again.map(({ key }) => [key, waiting.get(key)!.id] as const),
    ...first.map(({ key }, index) => [key, opened[index]!.call_back_id] as const),
  ])
  await explainMissed(
    ctx,
    missed.map((call) => {
      const about = kept.get(call.id)!
      return 'left_alone' in about
        ? { id: call.id, left_alone: about.left_alone }
        : {
            id: call.id,
            call_back_id: call_back_of.get(keyOf(call))!,
            ticket_id: about.ticket.id,
            ticket_number: about.ticket.number,
          }
    }),
  )
  await recordAll(
    ctx,
    missed.flatMap(({ id }) => {
      const about = kept.get(id)!
      return 'ticket' in about
        ? [{ kind: 'call.missed' as const, ticket_id: about.ticket.id, about: { call_id: id } }]
        : []
    }),
  )
  return kept
}

async function whyAlone(ctx: Writing, missed: readonly MissedCall[]): Promise<Map<string, Why>> {
  const numbers = [...new Set(missed.flatMap(({ number }) => number ?? []))]
  const [own, blocked] = await Promise.all([ownNumbersAmong(ctx, numbers), blockedAmong(ctx, 'phone', numbers)])
  const reasons = new Map<string, Why>()
  for (const { id, number, number_told } of missed) {
    if (number === null) reasons.set(id, number_told ? 'internal' : 'hidden')
    else if (own.has(number)) reasons.set(id, 'own')
    else if (blocked.has(number)) reasons.set(id, 'blocked')
  }
  return reasons
}

interface Caller {
  key: string
  desk_id: string
  number: string
  calls: MissedCall[]
}
const keyOf = ({ desk_id, number }: Pick<MissedCall, 'desk_id' | 'number'>) => `${desk_id} ${number}`
const latest = (calls: readonly MissedCall[]) => new Date(Math.max(...calls.map(({ at }) => at.getTime())))
const earliest = (calls: readonly MissedCall[]) => new Date(Math.min(...calls.map(({ at }) => at.getTime())))
const openingItem = (calls: readonly MissedCall[]) =>
  calls.toSorted((a, b) => a.at.getTime() - b.at.getTime()).find(({ item_id }) => item_id !== null)?.item_id ?? null

function groupCallers(calls: readonly MissedCall[]): Map<string, Caller> {
  const callers = new Map<string, Caller>()
  for (const call of calls) {
    const key = keyOf(call)
    const caller = callers.get(key) ?? { key, desk_id: call.desk_id, number: call.number!, calls: [] }
    caller.calls.push(call)
    callers.set(key, caller)
  }
  return callers
}

/** Of these whoever waits to be called back. A ticket that was solved or closed in between waits for nothing: the next call opens another. */
async function stillWaiting(ctx: Writing, callers: readonly Caller[]) {
  const open = await openCallBacks(
    ctx,
    callers.map(({ desk_id, number }) => ({ desk_id, number })),
  )
  const { rows } = await sql<{ id: string }>`select id from tickets
    where id = any (${open.map(({ ticket_id }) => ticket_id)}::uuid[]) and (state in ('resolved', 'closed') or spam_at is not null)`.execute(
    ctx.db,
  )
  const over = new Set(rows.map(({ id }) => id))
  await endCallBacks(
    ctx,
    open.flatMap(({ id, ticket_id }) => (over.has(ticket_id) ? [id] : [])),
    null,
  )
  return new Map(open.filter(({ ticket_id }) => !over.has(ticket_id)).map((one) => [keyOf(one), one]))
}

/**
 * Of callers for whom a ticket would be opened those for whom the line still has room in this hour, the earliest first. Whom the house knows have a room of
 * their own, as large: strangers, whose numbers are easily forged, cannot fill it. A number of ours of which nobody said whose it is counts with its desk:
 * strangers who choose what they dial would choose another each time.
 */
async function withinLimit(ctx: Writing, callers: readonly Caller[], { lines }: PhoneHours) {
  const by_line = new Map<string, Caller[]>()
  const known = await knownAmong(
    ctx,
    callers.map(({ number }) => number),
  )
  for (const caller of callers) {
    const line = lineOf(caller.calls[0]!.our_number ?? '')
    const whom = `${lines.has(line) ? line : caller.desk_id}${known.has(caller.number) ? ' known' : ''}`
    by_line.set(whom, [...(by_line.get(whom) ?? []), caller])
  }
  const groups = [...by_line]
  if (groups.length === 0) return { first: [], beyond: [] }
  const counted = await hitsOfEach(
    ctx,
    groups.map(([whom, { length: lot }]) => ({ limit: limitOf('call.missed', whom), lot })),
  )
  const most = await limitInForce(ctx, 'call.missed')
  const parted = groups.map(([, group], index) => {
    const room = Math.max(0, most - (counted[index]! - group.length))
    const sorted = group.toSorted((a, b) => earliest(a.calls).getTime() - earliest(b.calls).getTime())
    return { first: sorted.slice(0, room), beyond: sorted.slice(room) }
  })
  const beyond = parted.flatMap((one) => one.beyond)
  if (beyond.length > 0)
    ctx.app.log.warn({ most, calls: beyond.length }, 'missed calls beyond the limit of their line opened no ticket')
  return { first: parted.flatMap((one) => one.first), beyond }
}

/**
 * Numbers that are proven, or whose people take part in a request that is more than a missed call which nobody called back: such a one is all that a forged
 * number leaves behind.
 */
async function knownAmong(ctx: Writing, numbers: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ number: string }>`select distinct c.normalised as number from contact_points c
    where c.channel = 'phone' and c.normalised = any (${[...new Set(numbers)]}::text[])
      and (c.verified_at is not null or exists (select from participants p join tickets t on t.id = p.ticket_id
        where p.person_id = c.person_id and p.part <> 'suggested' and t.spam_at is null
          and not exists (select from call_backs b where b.ticket_id = t.id and b.reason = 'missed' and b.done_by is null)))`.execute(
    ctx.tx,
  )
  return new Set(rows.map(({ number }) => number))
}

async function openFor(ctx: Writing, callers: readonly Caller[], { desks, holidays }: PhoneHours) {
  if (callers.length === 0) return []
  const people = await whoseNumbers(ctx, callers)
  const tickets = await openTickets(
    ctx,
    callers.map(({ number, desk_id, calls }, index) => {
      const { id, language, contact_point_id } = people[index]!
      const desk = desks.get(desk_id)!
      const at = earliest(calls)
      const item_id = openingItem(calls)
      return {
        subject: say(DESK_LANGUAGE, 'call.missed_subject', { number }),
        text: say(DESK_LANGUAGE, 'call.missed_text', { number, time: moment(at, desk.zone, DESK_LANGUAGE) }),
        channel: 'phone' as const,
        language,
        requester_id: id,
        contact_point_id,
        urgency: openAt(desk, holidays, at).open ? ('high' as const) : ('normal' as const),
        desk_id,
        ...(item_id ? { intake_item_id: item_id } : {}),
      }
    }),
  )
  const ids = await addCallBacks(
    ctx,
    callers.map(({ number, desk_id, calls }, index) => ({
      desk_id,
      number,
      ticket_id: tickets[index]!.id,
      ticket_number: tickets[index]!.number,
      reason: 'missed',
      first_at: earliest(calls),
      last_at: latest(calls),
      times: calls.length,
    })),
  )
  return tickets.map((ticket, index) => ({ ticket, call_back_id: ids[index]! }))
}

/** Read by whoever works at the desk. */
const DESK_LANGUAGE: Language = 'id'

/**
 * The only person with that number; where several share it, nobody has it, or it may be somebody else's by now, somebody who is called by the number, the same
 * one each time: none of a family is guessed, and who was given an old number does not become whoever had it by ringing.
 */
async function whoseNumbers(ctx: Writing, callers: readonly Caller[]) {
  const numbers = [...new Set(callers.map(({ number }) => number))]
  const { rows } = await sql<{
    number: string
    people: number
    /** Called so, and not taken for whoever rings. */
    others: string[]
  }>`select normalised as number, count(distinct person_id)::int as people, 
      coalesce(array_agg(distinct p.name) filter (where not ${stillTheirs(ctx)}), '{}') as others
    from contact_points c join people p on p.id = c.person_id and p.merged_into is null
    where c.channel = 'phone' and c.normalised = any (${numbers}::text[]) group by 1`.execute(ctx.db)
  const known = new Map(rows.map((row) => [row.number, row]))
  const nameOf = (number: string): string => {
    const { people, others } = known.get(number) ?? { people: 0, others: [] }
    return people === 1 && others.length === 0 ? '' : nameApart(number, others)
  }
  return findOrMakePeople(
    ctx,
    callers.map(({ number }) => ({ name: nameOf(number), channel: 'phone', address: number })),
  )
}
