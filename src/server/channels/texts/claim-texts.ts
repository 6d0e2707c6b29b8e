import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import type { KeptFile } from '../queue-messages.ts'
import type { TextChannel, TextOptions } from './adapter.ts'
import { routesOf, type LineRoom } from './lines.ts'
import { channelsElsewhere } from './tell-gateway-states.ts'

/** One text of the outbox that is being sent. */
export interface ClaimedText {
  id: string
  channel: TextChannel
  kind: string
  recipient: string
  /** Normalised. */
  address: string
  text: string
  language: 'id' | 'en'
  automatic: boolean
  options: TextOptions
  attachments: KeptFile[]
  about_id: string | null
  about_number: string | null
  not_before: Date
  /** This attempt included. */
  attempts: number
  /** Of somebody whose data are to be left alone: they are told nothing by itself. */
  restricted: boolean
  /**
   * How often it was handed over and no answer came: 1 after the first time, 2 after the second. Then it may have gone, and nobody can
   * know.
   */
  unanswered: number
  /** To whom it was handed then; null where `unanswered` is 0. */
  handed_to: string | null
  /** The line that it is to go by; null where none that serves it is there. */
  line: string | null
}

/** A sender that died is replaced within this time; one that is alive goes on extending it. */
const LEASE_SECONDS = 45
/** Among so many that are due, room is looked for; so many at most that no line takes are looked at in one round. */
const EXAMINED_MAX = 500
/** A text that was handed over and got no answer waits so long for a report before it is decided what becomes of it. */
export const REPORT_MINUTES = 5

const isDue = sql`o.state = 'waiting' and o.channel <> 'email' and o.next_attempt_at <= now() and o.not_before <= now()`

/**
 * Takes texts that are due and for which a line has room; and, a little at a time, those for which no line is there, so that their row says
 * why they wait. Those are left to another process while that one has a line of their channel and this one has none. Attempt and lease are
 * committed when this resolves.
 * @param own the channels of all lines of this process, those that are away too
 */
export async function claimTexts(
  app: App,
  rooms: readonly LineRoom[],
  own: readonly TextChannel[] = rooms.map(({ channel }) => channel),
): Promise<ClaimedText[]> {
  const full = rooms.filter(({ texts }) => texts === 0).map(({ name }) => name)
  const free = rooms.filter(({ texts }) => texts > 0)
  const { rows } = await sql<ClaimedText>`with due as (
      select o.id, o.next_attempt_at, ${lineOf(rooms)} as line from outbox o
      where ${isDue} and coalesce(${lineOf(rooms)}, '') <> all (${full}::text[])
        and (${lineOf(rooms)} is not null or o.channel <> all (array(${channelsElsewhere(own)})))
      order by o.next_attempt_at, o.id limit ${EXAMINED_MAX}::int),
    placed as (select *, row_number() over (partition by line order by next_attempt_at, id) as nth from due),
    chosen as (
      select id, line from placed left join jsonb_to_recordset(${JSON.stringify(free)}::jsonb) as room (name text, texts int) on room.name = line
      where line is null or nth <= room.texts),
    -- Asked again of the row as it is when it is locked: another sender may have taken it meanwhile.
    locked as (select o.id from outbox o where o.id in (select id from chosen) and ${isDue} order by o.next_attempt_at, o.id for update skip locked)
    update outbox o set state = 'sending', attempts = o.attempts + 1, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    from locked join chosen using (id) where o.id = locked.id
    returning o.id, o.channel, o.kind, o.recipient, o.address, o.text, o.language, o.automatic, o.options, o.attachments, o.about_id, o.about_number::text as about_number,
      o.not_before, o.attempts, chosen.line,
      o.automatic and o.about_id is not null and o.kind in ('notice', 'acknowledgement', 'offer') and is_restricted(o.recipient_id) as restricted,
      -- What somebody sends once more begins anew.
      coalesce((select case when p.error = 'unanswered' then 2 else 1 end from outbox_parts p
        where o.attempts > 1 and p.outbox_id = o.id and p.state = 'handed' order by p.number limit 1), 0) as unanswered,
      (select p.gateway from outbox_parts p
        where o.attempts > 1 and p.outbox_id = o.id and p.state = 'handed' order by p.number limit 1) as handed_to`.execute(
    app.worker,
  )
  return rows
}

/** The name of the line by which a row goes, or null: the longest prefix first. Plain comparisons, because every row that is due is asked. */
function lineOf(rooms: readonly LineRoom[]) {
  const routes = routesOf(rooms)
  if (routes.length === 0) return sql<string | null>`null::text`
  const cases = routes.map(
    ({ channel, prefix, name }) =>
      sql`when o.channel = ${channel}::text and starts_with(o.address, ${prefix}::text) then ${name}::text`,
  )
  return sql<string | null>`case ${sql.join(cases, sql` `)} end`
}

export async function extendTexts(app: App, ids: readonly string[]): Promise<void> {
  await sql`update outbox set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    where id = any (${[...ids]}::uuid[]) and state = 'sending'`.execute(app.worker)
}

/**
 * Gives back what a sender had in hand when it died: what was not handed over is due at once; what was waits for a report, because it may have
 * gone, and its row says so.
 */
export async function giveBackTexts(app: App): Promise<number> {
  const { numAffectedRows } = await sql`with died as (
      select o.id, p.handed_at from outbox o
      left join lateral (select handed_at from outbox_parts where outbox_id = o.id and state = 'handed' order by number limit 1) p on true
      where o.state = 'sending' and o.channel <> 'email' and (o.lease_until < now() or o.lease_until > now() + interval '1 hour')
      order by o.next_attempt_at, o.id limit ${EXAMINED_MAX}::int for update of o skip locked)
    update outbox o set state = 'waiting', lease_until = null, last_error = case when handed_at is not null then 'unanswered' else o.last_error end,
      next_attempt_at = case when handed_at is not null then greatest(now(), handed_at + make_interval(mins => ${REPORT_MINUTES}::int)) else now() end
    from died where o.id = died.id`.execute(app.worker)
  return Number(numAffectedRows ?? 0)
}
