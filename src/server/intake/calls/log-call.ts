import { sql } from 'kysely'
import { z } from 'zod'
import type { StaffActor, Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { mustAsPerson } from '../../platform/may.ts'
import { refuse } from '../../platform/refusal.ts'
import {
  addCallBacks,
  callBacksOfTicket,
  endCallBacks,
  linkCallBack,
  lockCallers,
  writeCall,
  numberOf,
  openCallBacks,
  planCallBack,
  seeCall,
} from '../../channels/index.ts'
import { narrowestDesk } from '../../desks/index.ts'
import { findTicketRow, note, recordTicket, SUBJECT_LENGTH_MAX } from '../../tickets/index.ts'

export const callResults = ['noted', 'solved', 'call_back', 'wrong_number'] as const

export const LogCall = z.strictObject({
  /** Null for a call of which no exchange told anything. */
  call_id: z.uuid().nullable(),
  /** The number of whoever called, as it was typed or told; '' where nobody knows it. */
  caller: z.string().trim().max(60),
  /** Onto a ticket that there is. */
  ticket_id: z.uuid().nullable(),
  /** A new ticket for somebody known; else for whoever is named. */
  person_id: z.uuid().nullable(),
  name: z.string().trim().max(200),
  /** What it is about, in one line. */
  subject: z.string().trim().max(SUBJECT_LENGTH_MAX),
  /** More words, if there are any. */
  text: z.string().trim().max(20_000),
  region_code: z.string().nullable(),
  topic_code: z.string().nullable(),
  result: z.enum(callResults),
  /** When they can be reached; only with the result `call_back`. */
  call_back_at: z.date().nullable(),
})
export type LogCall = z.infer<typeof LogCall>

export interface LoggedCall {
  call_id: string
  ticket: { id: string; number: string } | null
}

/**
 * Writes down a call while talking, or after: it opens a ticket for the caller, or becomes a note on one that there is; a wrong number needs
 * neither. Whoever waited to be called back at this number was reached by it, unless they are to be called again: then it is said when. Refuses
 * invalid for what is no number, and without a word of what it is about; like the tickets' commands otherwise. Records `call.logged`.
 */
export async function logCall(ctx: Writing, input: LogCall): Promise<LoggedCall> {
  const { actor } = ctx
  mustAsPerson(actor, 'call.list')
  const { told, number } = readNumber(input)
  const desk_id = await deskOf(ctx, actor, input.call_id)
  mustAsPerson(actor, 'call.work', { id: desk_id })
  const ticket = input.result === 'wrong_number' ? null : await ticketOf(ctx, { input, number, desk_id })
  const call_id = await writeCall(ctx, {
    call_id: input.call_id,
    desk_id,
    number,
    number_told: told,
    person_id: input.result === 'wrong_number' ? null : ticket!.requester_id,
    ticket: ticket && { id: ticket.id, number: ticket.number },
    note: input.subject,
    result: input.result,
  })
  const call_back_id = number && (await settleCallBack(ctx, { actor, input, number, desk_id, ticket }))
  if (call_back_id) await linkCallBack(ctx, { id: call_id, call_back_id })
  await record(ctx, 'call.logged', {
    ...(ticket ? { ticket_id: ticket.id } : {}),
    about: { call_id, result: input.result },
  })
  return { call_id, ticket: ticket && { id: ticket.id, number: ticket.number } }
}

function readNumber({ caller, result }: LogCall) {
  const read = numberOf(caller)
  // Digits of the house are a number too; letters are none.
  if (read.told !== '' && read.number === null && !/^\d{1,6}$/.test(read.told))
    refuse('invalid', 'form', [{ path: 'caller', key: 'fault.phone' }])
  if (result === 'call_back' && read.number === null)
    refuse('invalid', 'form', [{ path: 'caller', key: 'call.fault_whom' }])
  return read
}

async function deskOf(ctx: Writing, actor: StaffActor, call_id: string | null): Promise<string> {
  if (call_id !== null) return (await seeCall(ctx, call_id)).desk.id
  return actor.desks[0]?.id ?? narrowestDesk(ctx, null)
}

interface CallTicket {
  id: string
  number: string
  requester_id: string | null
}

async function ticketOf(
  ctx: Writing,
  { input, number, desk_id }: { input: LogCall; number: string | null; desk_id: string },
): Promise<CallTicket> {
  if (!input.subject) refuse('invalid', 'form', [{ path: 'subject', key: 'fault.required' }])
  const text = [input.subject, input.text].filter(Boolean).join('\n\n')
  if (input.ticket_id) {
    const { id, number: ticket_number, requester } = await findTicketRow(ctx, { id: input.ticket_id })
    await note(ctx, { ticket_id: id, text })
    return { id, number: ticket_number, requester_id: requester.id }
  }
  const name = input.person_id ? await nameOf(ctx, input.person_id) : input.name || number
  if (!name) refuse('invalid', 'form', [{ path: 'name', key: 'fault.required' }])
  const { id, number: ticket_number } = await recordTicket(ctx, {
    channel: 'phone',
    subject: input.subject,
    text,
    requester: {
      name,
      ...(input.person_id ? { person_id: input.person_id } : {}),
      ...(number ? { channel: 'phone', address: number } : {}),
    },
    region_code: input.region_code,
    topic_code: input.topic_code,
    desk_id,
  })
  const { requester } = await findTicketRow(ctx, { id })
  return { id, number: ticket_number, requester_id: requester.id }
}

/** Never empty, also where their data may not be used. Refuses not_found for somebody whom the actor does not see. */
async function nameOf(ctx: Writing, person_id: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`select name from people where id = ${person_id}::uuid`.execute(ctx.db)
  return (rows[0] ?? refuse('not_found', 'person')).name || '–'
}

/** Answers who was, or is to be, called back by what was said. */
async function settleCallBack(
  ctx: Writing,
  given: { actor: StaffActor; input: LogCall; number: string; desk_id: string; ticket: CallTicket | null },
): Promise<string | null> {
  const { actor, input, number, desk_id, ticket } = given
  await lockCallers(ctx, [{ desk_id, number }])
  const [own] = await openCallBacks(ctx, [{ desk_id, number }])
  // Whoever sees all desks also calls back for another: the ticket that they chose says for whom.
  const chosen = input.ticket_id && ticket ? await callBacksOfTicket(ctx, input.ticket_id) : []
  const open = [...new Set([...(own ? [own.id] : []), ...chosen])]
  if (input.result === 'call_back') {
    for (const id of open) if (await planCallBack(ctx, { id, planned_at: input.call_back_at })) return id
    const [id] = await addCallBacks(ctx, [
      {
        desk_id,
        number,
        ticket_id: ticket!.id,
        ticket_number: ticket!.number,
        reason: 'wanted',
        first_at: ctx.now,
        last_at: ctx.now,
        times: 0,
        planned_at: input.call_back_at,
      },
    ])
    return id!
  }
  await finish(ctx, actor, open)
  return open[0] ?? null
}

export const OneCallBack = z.strictObject({ call_back_id: z.uuid() })

/** Somebody called back: says so, with who. Refuses not_found for one that the actor does not see, conflict for one that is done. */
export async function markCalledBack(ctx: Writing, { call_back_id }: z.infer<typeof OneCallBack>): Promise<void> {
  mustAsPerson(ctx.actor, 'call.list')
  const { rows } = await sql<{
    desk_id: string
  }>`select desk_id from call_backs where id = ${call_back_id}::uuid`.execute(ctx.db)
  const { desk_id } = rows[0] ?? refuse('not_found', 'call')
  mustAsPerson(ctx.actor, 'call.work', { id: desk_id })
  if ((await finish(ctx, ctx.actor, [call_back_id])) === 0) refuse('conflict', 'call.called_back')
}

async function finish(ctx: Writing, actor: StaffActor, ids: readonly string[]): Promise<number> {
  const ended = await endCallBacks(ctx, ids, actor.person_id)
  for (const { id, ticket_id } of ended)
    await record(ctx, 'call.called_back', { ticket_id, about: { call_back_id: id } })
  return ended.length
}
