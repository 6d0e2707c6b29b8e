import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import {
  applyCalls,
  endCallBacks,
  openCallBacks,
  settleItems,
  type AppliedCall,
  type ClaimedItem,
  type HeardCall,
  type Settlement,
} from '../../channels/index.ts'
import { recordAll } from '../../platform/journal.ts'
import { endTicket, lockTickets, type KnownTicket } from '../../tickets/index.ts'
import { keepMissed, type KeptMissed } from './keep-missed.ts'

export interface SpokenCall extends HeardCall {
  item: ClaimedItem
  received_at: Date
}

/**
 * What exchanges told, put together; who was missed is kept to be called back; and each item gets its outcome: `ticket` for the missed call
 * that opened one, `message` for one that counts for a caller who waits already, `report` for everything else. Answers the calls as they are.
 */
export async function settleCalls(ctx: Writing, spoken: readonly SpokenCall[]): Promise<AppliedCall[]> {
  const calls = await applyCalls(ctx, spoken)
  const by_key = new Map(calls.map((call) => [`${call.source} ${call.remote_id}`, call]))
  const callOf = (one: SpokenCall) => by_key.get(`${one.source} ${one.news.call}`)!
  // The item that says that it was missed is the one that opened the ticket.
  const missed = new Map<string, string>()
  for (const one of spoken) if (one.news.event === 'missed') missed.set(callOf(one).id, one.item.id)
  const kept = await keepMissed(
    ctx,
    calls.filter(isMissed).map((call) => ({ ...call, item_id: missed.get(call.id) ?? null })),
  )
  await endAnswered(ctx, calls)
  await endMistaken(ctx, calls)
  await settleItems(
    ctx,
    spoken.map((one) => settlementOf(one, callOf(one), kept)),
  )
  return calls
}

const isMissed = (call: AppliedCall) =>
  call.direction === 'in' &&
  call.missed_at !== null &&
  call.answered_at === null &&
  call.agent_id === null &&
  call.call_back_id === null &&
  call.left_alone === null

/** Somebody of us reached whoever was to be called back: an exchange that tells of calls out says so by itself. */
async function endAnswered(ctx: Writing, calls: readonly AppliedCall[]): Promise<void> {
  const out = calls.filter((call) => call.direction === 'out' && call.answered_at !== null && call.number !== null)
  if (out.length === 0) return
  const open = await openCallBacks(
    ctx,
    out.map(({ desk_id, number }) => ({ desk_id, number: number! })),
  )
  const ended = await endCallBacks(
    ctx,
    open.map(({ id }) => id),
    out[0]!.agent_id,
  )
  await recordAll(
    ctx,
    ended.map(({ id, ticket_id }) => ({ kind: 'call.called_back', ticket_id, about: { call_back_id: id } })),
  )
}

/**
 * One telephone of a group was missed, another answered, and the exchange told of them in that order: nobody is to be called back for it. Its ticket ends as
 * withdrawn where nobody touched it. Whoever was missed by another call too still waits.
 */
async function endMistaken(ctx: Writing, calls: readonly AppliedCall[]): Promise<void> {
  const ids = calls.flatMap((call) =>
    call.direction === 'in' && call.answered_at !== null && call.call_back_id !== null ? call.call_back_id : [],
  )
  if (ids.length === 0) return
  const { rows: mistaken } = await sql<{
    id: string
  }>`select id from call_backs b where id = any (${ids}::uuid[]) and done_at is null
    and reason = 'missed' and planned_at is null
    and not exists (select from calls c where c.call_back_id = b.id and c.direction = 'in' and c.answered_at is null)`.execute(
    ctx.tx,
  )
  const ended = await endCallBacks(
    ctx,
    mistaken.map(({ id }) => id),
    null,
  )
  const untouched = await untouchedTickets(
    ctx,
    ended.map(({ ticket_id }) => ticket_id),
  )
  for (const ticket of untouched) await endTicket(ctx, ticket, { reason: 'withdrawn' })
  const over = new Set(untouched.map(({ id }) => id))
  await recordAll(
    ctx,
    ended
      .filter(({ ticket_id }) => !over.has(ticket_id))
      .map(({ id, ticket_id }) => ({ kind: 'call.called_back', ticket_id, about: { call_back_id: id } })),
  )
}

/** Of these whichever only we opened: new, nobody's, nothing said on it since, and nobody did anything with it. Locked. */
async function untouchedTickets(ctx: Writing, ids: readonly string[]): Promise<KnownTicket[]> {
  if (ids.length === 0) return []
  const tickets = await lockTickets(ctx, ids)
  const { rows } = await sql<{ ticket_id: string }>`select ticket_id from facts
      where ticket_id = any (${ids}::uuid[]) and actor_kind <> 'system'
    union select ticket_id from messages where ticket_id = any (${ids}::uuid[]) group by ticket_id having count(*) > 1`.execute(
    ctx.tx,
  )
  const touched = new Set(rows.map(({ ticket_id }) => ticket_id))
  return tickets.filter(
    ({ id, state, holder_person_id, spam_at }) =>
      state === 'new' && holder_person_id === null && spam_at === null && !touched.has(id),
  )
}

function settlementOf(one: SpokenCall, call: AppliedCall, kept: ReadonlyMap<string, KeptMissed>): Settlement {
  const about = kept.get(call.id)
  const sender = { name: '', address: call.number ?? call.number_told ?? '' }
  if (one.news.event !== 'missed' || !about)
    return { id: one.item.id, outcome: 'report', reason: one.news.event, sender }
  if ('left_alone' in about) return { id: one.item.id, outcome: 'report', reason: `missed_${about.left_alone}`, sender }
  const { ticket, opened_by } = about
  return opened_by === one.item.id
    ? { id: one.item.id, outcome: 'ticket', reason: 'missed_call', ticket, sender, ticket_message_id: about.message_id }
    : { id: one.item.id, outcome: 'message', reason: 'missed_again', ticket, sender }
}
