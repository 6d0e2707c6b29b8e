import { sql } from 'kysely'
import type { Reading, Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import type { Speaker } from './conversations.ts'

export const UNDO_MINUTES = 5

/** What a text may command that can be taken back. */
export type UndoableWord =
  | 'solved'
  | 'not_solved'
  | 'rate'
  | 'stop'
  | 'resume'
  | 'disown'
  | 'withdraw'
  | 'object'
  | 'language'
  | 'ask_providers'
  | 'reply_question'
  | 'show_contacts'
  | 'outcome'
  | 'withdraw_need'
  | 'agreement'

export interface DoneCommand extends Speaker {
  id: string
  word: UndoableWord
  ticket_id: string | null
  /** What stood there before. */
  before: Record<string, unknown>
  done_at: Date
}

/** Writes down what was done at the command of a text, to take it back for five minutes. */
export async function noteTextCommand(ctx: Writing, command: Omit<DoneCommand, 'id' | 'done_at'>): Promise<void> {
  await sql`insert into text_commands (id, channel, address, word, ticket_id, before, done_at, undo_until)
    values (${newId()}::uuid, ${command.channel}, ${command.address}, ${command.word}, ${command.ticket_id}::uuid,
      ${JSON.stringify(command.before)}::jsonb, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz + make_interval(mins => ${UNDO_MINUTES}::int))`.execute(ctx.tx)
}

/** What each of these numbers commanded last, where it can still be taken back; by "channel address". */
export async function lastTextCommands(ctx: Reading, speakers: readonly Speaker[]): Promise<Map<string, DoneCommand>> {
  if (speakers.length === 0) return new Map()
  const { rows } = await sql<DoneCommand>`select c.id, c.channel, c.address, c.word, c.ticket_id, c.before, c.done_at
    from (select distinct channel, address from unnest(${speakers.map(({ channel }) => channel)}::text[],
      ${speakers.map(({ address }) => address)}::text[]) as u (channel, address)) a
    cross join lateral (select * from text_commands k where k.channel = a.channel and k.address = a.address
        and k.undone_at is null and k.undo_until > ${ctx.now}::timestamptz order by k.done_at desc, k.id desc limit 1) c`.execute(
    ctx.db,
  )
  return new Map(rows.map((row) => [`${row.channel} ${row.address}`, row]))
}

/** It is taken back now; false where somebody did so before, or its five minutes are over. */
export async function undoTextCommand(ctx: Writing, id: string): Promise<boolean> {
  const { rows } = await sql`update text_commands set undone_at = ${ctx.now}::timestamptz
    where id = ${id}::uuid and undone_at is null and undo_until > ${ctx.now}::timestamptz returning id`.execute(ctx.tx)
  return rows.length > 0
}
