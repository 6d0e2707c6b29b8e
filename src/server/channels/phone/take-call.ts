import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { mustAsPerson } from '../../platform/may.ts'
import { refuse } from '../../platform/refusal.ts'
import { numberOf } from './number-of.ts'

/**
 * Says that the actor has this call; twice is once. Refuses not_found for a call that they do not see, forbidden for one of another desk, and
 * conflict `call.taken` where a colleague has it.
 */
export async function takeCall(ctx: Writing, { id }: { id: string }): Promise<{ desk_id: string }> {
  const call = await workedCall(ctx, id)
  const { rows } =
    await sql`update calls set agent_id = ${myId(ctx)}::uuid, taken_at = coalesce(taken_at, ${ctx.now}::timestamptz)
    where id = ${id}::uuid and (agent_id is null or agent_id = ${myId(ctx)}::uuid) returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'call.taken')
  tellDesks(ctx, id, call.desk_id)
  return call
}

export interface CallToLog {
  /** Null for a call of which no exchange told anything. */
  call_id: string | null
  desk_id: string
  number: string | null
  number_told: string
  person_id: string | null
  ticket: { id: string; number: string } | null
  note: string
  result: 'noted' | 'solved' | 'call_back' | 'wrong_number'
}

/**
 * Writes down what a call was about; whoever does so is its agent where nobody took it. Later words take the place of earlier ones. Refuses
 * like {@link takeCall}, but for a colleague's call, which may be completed. Answers the call's id.
 */
export async function writeCall(ctx: Writing, given: CallToLog): Promise<string> {
  const me = myId(ctx)
  if (given.call_id === null) {
    const id = newId()
    await sql`insert into calls (id, source, remote_id, desk_id, number_told, number, answered_at, ended_at, at, agent_id, taken_at, person_id,
        ticket_id, ticket_number, note, result, logged_at)
      values (${id}::uuid, 'hand', ${id}, ${given.desk_id}::uuid, ${given.number_told || null}, ${given.number}, ${ctx.now}::timestamptz,
        ${ctx.now}::timestamptz, ${ctx.now}::timestamptz, ${me}::uuid, ${ctx.now}::timestamptz, ${given.person_id}::uuid,
        ${given.ticket?.id ?? null}::uuid, ${given.ticket?.number ?? null}::bigint, ${given.note}, ${given.result}, ${ctx.now}::timestamptz)`.execute(
      ctx.tx,
    )
    return id
  }
  const { desk_id } = await workedCall(ctx, given.call_id)
  tellDesks(ctx, given.call_id, desk_id)
  const hidden = numberOf(given.number_told).told === ''
  await sql`update calls set agent_id = coalesce(agent_id, ${me}::uuid), taken_at = coalesce(taken_at, ${ctx.now}::timestamptz),
      number_told = case when ${hidden} then number_told else ${given.number_told} end, number = coalesce(${given.number}, number),
      person_id = ${given.person_id}::uuid, ticket_id = coalesce(${given.ticket?.id ?? null}::uuid, ticket_id),
      ticket_number = coalesce(${given.ticket?.number ?? null}::bigint, ticket_number), note = ${given.note}, result = ${given.result},
      logged_at = ${ctx.now}::timestamptz
    where id = ${given.call_id}::uuid`.execute(ctx.tx)
  return given.call_id
}

async function workedCall(ctx: Writing, id: string): Promise<{ desk_id: string }> {
  mustAsPerson(ctx.actor, 'call.list')
  const { rows } = await sql<{ desk_id: string }>`select desk_id from calls where id = ${id}::uuid`.execute(ctx.db)
  const call = rows[0] ?? refuse('not_found', 'call')
  mustAsPerson(ctx.actor, 'call.work', { id: call.desk_id })
  return call
}

const myId = ({ actor }: Writing): string =>
  actor.kind === 'staff' ? actor.person_id : refuse('forbidden', 'people.staff')

/** Whoever has the desk open sees who took it. */
const tellDesks = (ctx: Writing, id: string, desk_id: string) =>
  ctx.afterCommit(() => ctx.app.live.announce({ what: 'calls', tickets: [{ id, desk_ids: [desk_id] }] }))
