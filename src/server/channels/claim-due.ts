import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Writing } from '../platform/context.ts'
import type { KeptFile } from './queue-messages.ts'

/** One row of the outbox that is being sent. */
export interface DueMessage {
  id: string
  kind: string
  recipient: string
  recipient_name: string
  /** The recipient's domain: what hangs there holds up no other. */
  destination: string
  subject: string
  text: string
  language: 'id' | 'en'
  automatic: boolean
  mail_id: string
  in_reply_to: string | null
  mail_references: string[]
  reply_to: string | null
  attachments: KeptFile[]
  about_id: string | null
  created_at: Date
  not_before: Date
  /** This attempt included. */
  attempts: number
  /** What was said of the address when it was muted; null when it is not. */
  muted: string | null
  /** This address has had so many mails of this kind that the next may only go then. */
  limited_until: Date | null
}

/** How many more may be under way: in all, and of which destinations. */
export interface Room {
  mails: number
  /** Of those that answered when they were last asked, so many each. */
  proven: readonly { destination: string; mails: number }[]
  /** Those that let us wait until a deadline when they were last asked: one mail each, so many together. */
  doubtful: { destinations: readonly string[]; mails: number }
  /** All others: one mail each, so many together. */
  unknown: number
  /** Where there is no room at all. */
  full: readonly string[]
}

/** A sender that died is replaced within this time; one that is alive goes on extending it. */
const LEASE_SECONDS = 45
/** Among so many that are due, room is looked for. */
const EXAMINED_MAX = 500

/**
 * How many mails of a kind one address gets in an hour. More are not dropped but wait, and the outbox says so. Acknowledgements and
 * links are bounded much closer before they are written (acknowledgement-limits.ts); a reply is somebody's own words.
 */
const PER_HOUR_MAX = { reply: 120, offer: 60, notice: 30, sign_in: 20, acknowledgement: 10, link: 10 }

const isDue = sql`state in ('waiting', 'sending') and next_attempt_at <= now() and case state when 'waiting' then not_before <= now()
  else lease_until < now() or lease_until > now() + interval '1 hour' end`

/** Of the row that is locked, what judging it asks. */
const ASKED = sql`o.id, o.address, o.kind, o.next_attempt_at,
  -- Somebody whose data are to be left alone is told nothing by itself about any ticket. What they ask for, and what a colleague
  -- writes, goes.
  o.automatic and o.about_id is not null and o.kind in ('notice', 'acknowledgement', 'offer') and is_restricted(o.recipient_id) as restricted`

/** Of those in `locked`: is the address muted, or has it had enough for now. */
const JUDGED = sql`counted as (
      select locked.*, most::int, row_number() over (partition by address, kind order by next_attempt_at, id)::int as nth
      from locked join jsonb_each_text(${JSON.stringify(PER_HOUR_MAX)}::jsonb) as allowed (kind, most) using (kind)),
    judged as (
      select counted.id, case when restricted then 'restricted' else muted.status end as muted, limited.until as limited_until from counted
      -- Whoever cannot sign in any more must still be able to ask for a link.
      left join muted_addresses muted on muted.channel = 'email' and muted.address = counted.address and muted.lifted_at is null
        and muted.until > now() and counted.kind <> 'sign_in'
      left join lateral (select s.sent_at + interval '1 hour' as until from outbox s
        where s.address = counted.address and s.kind = counted.kind and s.sent_at > now() - interval '1 hour'
        order by s.sent_at desc offset greatest(most - nth, 0) limit 1) limited on true)`

const MESSAGE = sql`o.id, o.kind, o.recipient, o.recipient_name, o.destination, o.subject, o.text, o.language, o.automatic, o.mail_id,
  o.in_reply_to, o.mail_references, o.reply_to, o.attachments, o.about_id, o.created_at, o.not_before, judged.muted, judged.limited_until`

/**
 * Takes mails that are due and have room, and those whose sender died: they are sent again, with the same Message-ID. Says of each
 * whether its address is muted or has had enough for now; the caller writes that down instead of sending.
 */
export async function claimDue(app: App, room: Room): Promise<DueMessage[]> {
  const { rows } = await sql<DueMessage>`with due as (
      select id, destination, next_attempt_at from outbox
      where ${isDue} and channel = 'email' and destination <> all (${[...room.full]}::text[])
      order by next_attempt_at, id limit ${EXAMINED_MAX}::int),
    placed as (
      select due.*, proven.mails, destination = any (${[...room.doubtful.destinations]}::text[]) as doubtful,
        row_number() over (partition by destination order by next_attempt_at, id) as nth
      from due left join jsonb_to_recordset(${JSON.stringify(room.proven)}::jsonb) as proven (destination text, mails int) using (destination)),
    chosen as (
      (select id, next_attempt_at from placed where mails is not null and nth <= mails)
      union all
      (select id, next_attempt_at from placed where doubtful and nth = 1 order by next_attempt_at, id limit ${room.doubtful.mails}::int)
      union all
      (select id, next_attempt_at from placed where mails is null and not doubtful and nth = 1
        order by next_attempt_at, id limit ${room.unknown}::int)),
    locked as (
      select ${ASKED} from outbox o
      -- Asked again of the row as it is when it is locked: another sender may have taken it meanwhile.
      where o.id in (select id from chosen order by next_attempt_at, id limit ${room.mails}::int) and ${isDue}
      for update skip locked),
    ${JUDGED}
    update outbox o set state = 'sending', attempts = attempts + 1, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    from judged where o.id = judged.id
    returning ${MESSAGE}, o.attempts`.execute(app.worker)
  return rows
}

/** Whether any mail is due. */
export async function anyDue(app: App): Promise<boolean> {
  const { rows } = await sql`select from outbox where ${isDue} and channel = 'email' limit 1`.execute(app.worker)
  return rows.length > 0
}

/**
 * Mails that are due, locked until the end of the caller's transaction: for what goes nowhere, and so needs neither places nor a lease. Judged
 * as {@link claimDue} does.
 */
export async function lockDue(ctx: Writing, most: number): Promise<DueMessage[]> {
  const { rows } = await sql<DueMessage>`with locked as (
      select ${ASKED} from outbox o where ${isDue} and o.channel = 'email'
      order by o.next_attempt_at, o.id limit ${most}::int for update skip locked),
    ${JUDGED}
    select ${MESSAGE}, o.attempts + 1 as attempts from outbox o join judged using (id) order by o.next_attempt_at, o.id`.execute(
    ctx.tx,
  )
  return rows
}

export async function extendSending(app: App, ids: readonly string[]): Promise<void> {
  await sql`update outbox set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    where id = any (${[...ids]}::uuid[]) and state = 'sending'`.execute(app.worker)
}
