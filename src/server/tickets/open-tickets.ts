import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import { fits } from './find-recipients.ts'
import { keepAttachments, type NewAttachment } from './keep-attachments.ts'
import { oneLine, plainText } from './plain-text.ts'

export type Channel = 'email' | 'sms' | 'whatsapp' | 'telegram' | 'phone' | 'web' | 'api' | 'letter' | 'walk_in'
export type Urgency = 'low' | 'normal' | 'high' | 'emergency'
export type Kind = 'free_help' | 'paid' | 'not_known'

export interface NewTicket {
  /** Default: the first words of the text. */
  subject?: string | undefined
  text: string
  quoted_text?: string | undefined
  channel: Channel
  language: Language
  requester_id: string
  /**
   * The address that the request came from: it gets what they are told, and links. Default: their first one that fits
   * the channel, else their first mail address, else their first. By that channel they are told, until they write by another. */
  contact_point_id?: string | null | undefined
  organisation_id?: string | null | undefined
  /** The institution as the requester told it, in the directory or not. */
  institution?: string | null | undefined
  region_code?: string | null | undefined
  topic_code?: string | null | undefined
  kind?: Kind | undefined
  urgency?: Urgency | undefined
  /** The first holder: the desk addressed, else the narrowest that covers the region, else the secretariat (the caller decides). */
  desk_id: string
  /** By when an answer is promised, where the caller reckoned it at once; else the service levels, which stand above, set it soon. */
  due_at?: Date | null | undefined
  intake_item_id?: string | undefined
  /** It may belong to this ticket, but nothing proves it: a person decides. */
  possible_ticket_id?: string | null | undefined
  attachments?: readonly NewAttachment[] | undefined
  /** The channel of the first message where it is not the ticket's. */
  message_channel?: Channel | undefined
}

export interface OpenedTicket {
  id: string
  /** With its check digit, as text. */
  number: string
  message_id: string
}

export const SUBJECT_LENGTH_MAX = 200
const SUBJECT_FROM_TEXT_MAX = 80
const INSTITUTION_LENGTH_MAX = 200

/**
 * Opens tickets with their first messages: rows, the requester as participant, the first desk, attachments and the fact
 * `ticket.opened`, in a number of statements that does not depend on how many they are. Answers in the order given.
 */
export async function openTickets(ctx: Writing, inputs: readonly NewTicket[]): Promise<OpenedTicket[]> {
  if (inputs.length === 0) return []
  const rows = inputs.map((input) => toRow(input))
  // At once, and done in this order: none needs the answer of another, only its rows.
  const [numbers] = await Promise.all([
    insertTickets(ctx, rows),
    insertFirstHolders(ctx, rows),
    insertFirstMessages(ctx, rows),
    keepAttachments(
      ctx,
      rows.map((row, index) => ({
        ticket_id: row.id,
        message_id: row.message_id,
        attachments: inputs[index]!.attachments,
      })),
    ),
    recordAll(
      ctx,
      rows.map((row) => ({
        kind: 'ticket.opened',
        ticket_id: row.id,
        about: { message_id: row.message_id, channel: row.channel, desk_id: row.holder_desk_id },
      })),
    ),
  ])
  return rows.map((row) => ({ id: row.id, number: numbers.get(row.id)!, message_id: row.message_id }))
}

type Row = ReturnType<typeof toRow>

function toRow(input: NewTicket) {
  const text = plainText(input.text)
  return {
    id: newId(),
    message_id: newId(),
    subject: subjectOf(input.subject, text, input.language),
    text,
    quoted_text: input.quoted_text ? plainText(input.quoted_text) : null,
    channel: input.channel,
    message_channel: input.message_channel ?? input.channel,
    language: input.language,
    requester_id: input.requester_id,
    contact_point_id: input.contact_point_id ?? null,
    organisation_id: input.organisation_id ?? null,
    institution: oneLine(input.institution ?? '', INSTITUTION_LENGTH_MAX) || null,
    region_code: input.region_code ?? null,
    topic_code: input.topic_code ?? null,
    kind: input.kind ?? 'not_known',
    urgency: input.urgency ?? 'normal',
    holder_desk_id: input.desk_id,
    due_at: input.due_at ?? null,
    intake_item_id: input.intake_item_id ?? null,
    possible_ticket_id: input.possible_ticket_id ?? null,
  }
}

/** The subject that was given, else the first words of the text. */
export function subjectOf(subject: string | undefined, text: string, language: Language): string {
  const given = oneLine(subject ?? '', SUBJECT_LENGTH_MAX)
  if (given) return given
  const first = text.split('\n').find((line) => line.trim() !== '') ?? ''
  return oneLine(first, SUBJECT_FROM_TEXT_MAX) || say(language, 'ticket.without_subject')
}

async function insertTickets(ctx: Writing, rows: readonly Row[]): Promise<Map<string, string>> {
  const given = rows.map(({ text: _, quoted_text: __, ...ticket }) => ticket)
  const inserted = await sql<{
    id: string
    number: string
  }>`insert into tickets (id, subject, channel, urgency, kind, language, region_code,
      topic_code, requester_id, organisation_id, institution, holder_desk_id, holder_since, possible_ticket_id, due_at, created_at, waiting_since, state_since)
    select id, subject, channel, urgency, kind, language, region_code, topic_code, requester_id, organisation_id, institution, holder_desk_id,
      ${ctx.now}::timestamptz, possible_ticket_id, due_at, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as t (id uuid, subject text, channel text, urgency text, kind text, language text,
      region_code text, topic_code text, requester_id uuid, organisation_id uuid, institution text, holder_desk_id uuid, possible_ticket_id uuid,
      due_at timestamptz)
    returning id, number::text`.execute(ctx.tx)
  return new Map(inserted.rows.map((row) => [row.id, row.number]))
}

async function insertFirstHolders(ctx: Writing, rows: readonly Row[]): Promise<void> {
  const given = rows.map(({ id, requester_id, holder_desk_id, contact_point_id, message_channel }) => ({
    id,
    requester_id,
    holder_desk_id,
    contact_point_id,
    channel: message_channel,
  }))
  await sql`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as t (id uuid, requester_id uuid, holder_desk_id uuid, contact_point_id uuid,
        channel text)),
    held as (insert into ticket_desks (ticket_id, desk_id, since) select id, holder_desk_id, ${ctx.now}::timestamptz from given)
    insert into participants (ticket_id, person_id, part, since, contact_point_id, channel)
    select given.id, requester_id, 'requester', ${ctx.now}::timestamptz, coalesce(contact_point_id, c.id),
      case when ${fits(sql.ref('given.channel'), sql.ref('c.channel'))} then given.channel end
    from given left join lateral (select c.id, c.channel from contact_points c
      where c.person_id = requester_id and (contact_point_id is null or c.id = contact_point_id)
      order by not ${fits(sql.ref('given.channel'), sql.ref('c.channel'))}, c.channel <> 'email', c.created_at, c.id limit 1) c on true`.execute(
    ctx.tx,
  )
}

async function insertFirstMessages(ctx: Writing, rows: readonly Row[]): Promise<void> {
  const given = rows.map(({ id, message_id, message_channel, requester_id, text, quoted_text, intake_item_id }) => ({
    id,
    message_id,
    message_channel,
    requester_id,
    text,
    quoted_text,
    intake_item_id,
  }))
  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, quoted_text, at, leaves_at, intake_item_id)
    select id, message_id, 'in', message_channel, requester_id, text, quoted_text, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz, intake_item_id
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as t (id uuid, message_id uuid, message_channel text, requester_id uuid,
      text text, quoted_text text, intake_item_id uuid)`.execute(ctx.tx)
}
