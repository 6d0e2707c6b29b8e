import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { lineOf, numberOf } from './number-of.ts'
import type { HeardCall } from './read-call.ts'

export interface ToldCall extends HeardCall {
  received_at: Date
}

export interface AppliedCall {
  id: string
  source: string
  remote_id: string
  desk_id: string
  direction: 'in' | 'out'
  state: 'ringing' | 'answered' | 'missed' | 'ended'
  /** '' where the caller hides it, null where nobody told it yet. */
  number_told: string | null
  number: string | null
  our_number: string | null
  at: Date
  answered_at: Date | null
  missed_at: Date | null
  ended_at: Date | null
  agent_id: string | null
  logged_at: Date | null
  call_back_id: string | null
  left_alone: string | null
}

/**
 * Puts together what was told of calls, in any order, doubled, with something lost in between: each of the four steps is kept with its
 * earliest time and never taken back, so that everybody comes to the same end. One statement for any number of them; whoever answered at an
 * extension that somebody said is theirs is its agent. Answers the calls that were spoken of, as they are now.
 */
export async function applyCalls(ctx: Writing, told: readonly ToldCall[]): Promise<AppliedCall[]> {
  if (told.length === 0) return []
  const { rows } = await sql<AppliedCall>`with given as (
      select g.*, coalesce(g.own_desk_id, l.desk_id, (select id from desks where kind = 'secretariat')) as desk_id
      from jsonb_to_recordset(${JSON.stringify(fold(told))}::jsonb) as g (id uuid, source text, remote_id text, direction text, own_desk_id uuid,
        line text, number_told text, number text, our_number text, extension text, status text, rang_at timestamptz, answered_at timestamptz,
        missed_at timestamptz, ended_at timestamptz, at timestamptz)
      left join phone_lines l on l.number = g.line
        -- At a desk that was closed since nobody would see who called.
        and exists (select from desks d where d.id = l.desk_id and d.closed_at is null and d.kind <> 'provider'))
    insert into calls as c (id, source, remote_id, direction, desk_id, number_told, number, our_number, extension, status, rang_at, answered_at,
      missed_at, ended_at, at)
    select id, source, remote_id, coalesce(direction, 'in'), desk_id, number_told, number, our_number, extension, status, rang_at, answered_at,
      missed_at, ended_at, at from given order by source, remote_id
    on conflict (source, remote_id) do update set
      direction = case when c.our_number is null and excluded.our_number is not null then excluded.direction else c.direction end,
      desk_id = case when c.our_number is null and excluded.our_number is not null then excluded.desk_id else c.desk_id end,
      number_told = coalesce(c.number_told, excluded.number_told), number = coalesce(c.number, excluded.number),
      our_number = coalesce(c.our_number, excluded.our_number),
      -- Who answered says more than whose telephone rang first.
      extension = coalesce(case when excluded.answered_at is not null then excluded.extension end, c.extension, excluded.extension),
      status = coalesce(c.status, excluded.status),
      rang_at = least(c.rang_at, excluded.rang_at), answered_at = least(c.answered_at, excluded.answered_at),
      missed_at = least(c.missed_at, excluded.missed_at), ended_at = least(c.ended_at, excluded.ended_at), at = least(c.at, excluded.at)
    returning id, source, remote_id, desk_id, direction, state, number_told, number, our_number, at, answered_at, missed_at,
      ended_at, agent_id, logged_at,
      call_back_id, left_alone`.execute(ctx.tx)
  const agents = await nameAgents(
    ctx,
    rows.flatMap((row) => (row.answered_at && !row.agent_id ? [row.id] : [])),
  )
  return rows.map((row) => ({ ...row, agent_id: agents.get(row.id) ?? row.agent_id }))
}

async function nameAgents(ctx: Writing, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{
    id: string
    agent_id: string
  }>`update calls c set agent_id = t.person_id, taken_at = c.answered_at
    from (
      -- Of two who say that they sit at one telephone whoever said so last.
      select distinct on (k.id) k.id, t.person_id from calls k
      join call_takers t on t.extension = k.extension and t.extension <> '' and t.until > ${ctx.now}::timestamptz
      join desk_members m on m.person_id = t.person_id and m.desk_id = k.desk_id
      where k.id = any (${[...ids]}::uuid[]) order by k.id, t.since desc, t.person_id) t
    where c.id = t.id and c.agent_id is null
    returning c.id, c.agent_id`.execute(ctx.tx)
  return new Map(rows.map(({ id, agent_id }) => [id, agent_id]))
}

interface FoldedCall {
  id: string
  source: string
  remote_id: string
  direction: 'in' | 'out' | null
  own_desk_id: string | null
  line: string | null
  number_told: string | null
  number: string | null
  our_number: string | null
  extension: string | null
  status: string | null
  rang_at: Date | null
  answered_at: Date | null
  missed_at: Date | null
  ended_at: Date | null
  at: Date
}

const timeOf = { ringing: 'rang_at', answered: 'answered_at', missed: 'missed_at', ended: 'ended_at' } as const

/** One row a call: what was told of it in this batch, together. */
function fold(told: readonly ToldCall[]): FoldedCall[] {
  const calls = new Map<string, FoldedCall>()
  for (const one of told) {
    const { news, source } = one
    const at = believable(news.ts, one.received_at)
    const key = `${source} ${news.call}`
    const call = calls.get(key) ?? {
      id: newId(),
      source,
      remote_id: news.call,
      direction: null,
      own_desk_id: one.desk_id,
      line: null,
      number_told: null,
      number: null,
      our_number: null,
      extension: null,
      status: null,
      rang_at: null,
      answered_at: null,
      missed_at: null,
      ended_at: null,
      at,
    }
    calls.set(key, call)
    const [theirs, ours] = news.direction === 'out' ? [news.to, news.from] : [news.from, news.to]
    if (theirs !== undefined && call.number_told === null) {
      const { told: number_told, number } = numberOf(theirs)
      Object.assign(call, { number_told, number })
    }
    if (ours !== undefined && call.our_number === null)
      Object.assign(call, { our_number: ours, line: lineOf(ours), direction: news.direction })
    if (news.extension && (news.event === 'answered' || !call.extension)) call.extension = news.extension
    call.status ??= news.status ?? null
    const step = timeOf[news.event]
    if (call[step] === null || at < call[step]) call[step] = at
    if (at < call.at) call.at = at
  }
  return [...calls.values()]
}

const DAY_MS = 24 * 60 * 60 * 1000

/** An exchange whose clock is a day off says nothing about when it was. */
const believable = (told: Date | undefined, received_at: Date): Date =>
  told && Math.abs(told.getTime() - received_at.getTime()) < DAY_MS ? told : received_at
