import { sql } from 'kysely'
import { z } from 'zod'
import { queueMessages } from '../channels/index.ts'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { shareOut, type Colleague, type HeldTicket } from './share-out.ts'

/** One step; whoever holds more is handed over in several, and the page says how many are left. */
export const HAND_OVER_MAX = 500

export const HandOver = z.strictObject({
  from_id: z.uuid(),
  to: z.union([z.literal('nobody'), z.literal('evenly'), z.uuid()]),
})
export type HandOver = z.infer<typeof HandOver>

export interface Held {
  /** Open ones that this person holds, all together. */
  total: number
  /** The first {@link HAND_OVER_MAX}, those that wait longest first: what the next step hands over. */
  tickets: HeldTicket[]
  /** Who works at their desks and can sign in. */
  colleagues: Colleague[]
  /** Answers that they wrote and did not send. */
  drafts: number
}

/** What somebody holds, and who could take it. For the secretariat's coordinators and administrators. */
export async function heldBy(ctx: Reading, from_id: string): Promise<Held> {
  mustCoordinateAll(ctx.actor)
  const { rows } = await sql<HeldTicket & { total: number }>`
    select t.id, t.number::text as number, t.subject, t.holder_desk_id as desk_id, (count(*) over ())::int as total
    from tickets t where t.holder_person_id = ${from_id}::uuid and t.state <> 'closed' and t.spam_at is null
    order by coalesce(t.waiting_since, 'infinity'::timestamptz), t.id limit ${HAND_OVER_MAX}::int`.execute(ctx.db)
  const { rows: drafts } = await sql<{ drafts: number }>`select count(*)::int as drafts from drafts
    where person_id = ${from_id}::uuid`.execute(ctx.db)
  return {
    total: rows[0]?.total ?? 0,
    tickets: rows.map(({ total: _, ...ticket }) => maskedIn(ticket, ['subject'])),
    colleagues: await colleaguesAt(ctx, from_id, [...new Set(rows.map(({ desk_id }) => desk_id))]),
    drafts: drafts[0]!.drafts,
  }
}

async function colleaguesAt(ctx: Reading, from_id: string, desk_ids: readonly string[]): Promise<Colleague[]> {
  const { rows } = await sql<Colleague>`select m.person_id, p.name, m.desk_id,
      (select count(*)::int from tickets t where t.holder_person_id = m.person_id and t.state not in ('closed', 'resolved') and t.spam_at is null) as open_count
    from desk_members m join people p on p.id = m.person_id join accounts a on a.person_id = m.person_id and a.disabled_at is null
    where m.desk_id = any (${[...desk_ids]}::uuid[]) and m.person_id <> ${from_id}::uuid
    order by p.folded_name, p.id limit 1000`.execute(ctx.db)
  return rows
}

export interface HandedOver {
  /** How many found a new holder, and how many went back to their desk. */
  given: number
  returned: number
  left: number
}

/**
 * Hands on what somebody holds who leaves, is ill, or changes their work: to one colleague, to each desk's people evenly, or back to the
 * desks; at most {@link HAND_OVER_MAX} at a time. A ticket at whose desk the colleague does not work goes back to that desk. One fact for
 * each (`ticket.handed`, `ticket.released`), one mail for each receiver. What a closed account left unsent becomes a note on its ticket.
 * For the secretariat's coordinators and administrators; refuses invalid for a colleague who works at none of these desks.
 */
export async function handOver(ctx: Writing, input: HandOver): Promise<HandedOver> {
  mustCoordinateAll(ctx.actor)
  const { from_id, to } = input
  // Two who press the button at once take turns, and the second finds what is left.
  await sql`select pg_advisory_xact_lock(hashtextextended('hand over ' || ${from_id}, 0))`.execute(ctx.tx)
  const held = await heldBy(ctx, from_id)
  if (to !== 'nobody' && to !== 'evenly' && !held.colleagues.some(({ person_id }) => person_id === to))
    refuse('invalid', 'ticket.assign', [{ path: 'to', key: 'fault.works_elsewhere' }])
  const shares = shareOut(held.tickets, held.colleagues, to)
  const { rows } = await sql<{ id: string; desk_id: string; person_id: string | null }>`
    update tickets t set holder_person_id = s.person_id, holder_since = ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(shares.map(({ ticket, person_id }) => ({ id: ticket.id, person_id })))}::jsonb) as s (id uuid, person_id uuid)
    where t.id = s.id and t.holder_person_id = ${from_id}::uuid returning t.id, t.holder_desk_id as desk_id, t.holder_person_id as person_id`.execute(
    ctx.tx,
  )
  await recordAll(
    ctx,
    rows.map(({ id, desk_id, person_id }) =>
      person_id === null
        ? { kind: 'ticket.released' as const, ticket_id: id, about: { desk_id, person_id: from_id } }
        : {
            kind: 'ticket.handed' as const,
            ticket_id: id,
            about: { desk_id, person_id, from_desk_id: desk_id, from_person_id: from_id },
          },
    ),
  )
  await noteDraftsOf(ctx, from_id)
  await tellReceivers(ctx, held, rows)
  const given = rows.filter(({ person_id }) => person_id !== null).length
  return { given, returned: rows.length - given, left: held.total - rows.length }
}

/**
 * What somebody whose account is closed wrote and never sent, as an internal note on each ticket, so that whoever goes on can read it; the
 * draft itself is thrown away. Of an open account nothing: what they write is theirs (row-level security says so, too). Records `message.noted`.
 */
export async function noteDraftsOf(ctx: Writing, person_id: string): Promise<number> {
  mustCoordinateAll(ctx.actor)
  const { rows: drafts } = await sql<{ ticket_id: string; name: string; fields: Record<string, string> }>`
    with taken as (delete from drafts d using accounts a where d.person_id = ${person_id}::uuid
      and a.person_id = d.person_id and a.disabled_at is not null returning d.ticket_id, d.kind, d.fields)
    select taken.ticket_id, p.name, taken.fields from taken join people p on p.id = ${person_id}::uuid
    order by taken.ticket_id, taken.kind`.execute(ctx.tx)
  const author_id = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const language = ctx.actor.kind === 'staff' ? ctx.actor.language : 'id'
  const notes = drafts.map(({ ticket_id, name, fields }) => ({
    ticket_id,
    id: newId(),
    direction: 'note',
    channel: 'web',
    author_id,
    text: say(language, 'ticket.draft_left', { name, text: Object.values(fields).join('\n\n') }),
    at: ctx.now,
    leaves_at: ctx.now,
  }))
  if (notes.length === 0) return 0
  await ctx.tx.insertInto('messages').values(notes).execute()
  await recordAll(
    ctx,
    notes.map(({ ticket_id, id }) => ({ kind: 'message.noted', ticket_id, about: { message_id: id } })),
  )
  return notes.length
}

const NAMED_MAX = 50

/** One mail for each receiver, however many they got. */
async function tellReceivers(
  ctx: Writing,
  held: Held,
  moved: readonly { id: string; person_id: string | null }[],
): Promise<void> {
  const ticketOf = new Map(held.tickets.map((ticket) => [ticket.id, ticket]))
  const shares = Map.groupBy(
    moved.filter(({ person_id }) => person_id !== null),
    ({ person_id }) => person_id!,
  )
  const { rows: receivers } = await sql<{ person_id: string; name: string; language: Language; address: string }>`
    select p.id as person_id, p.name, p.language, c.address from people p
    cross join lateral (select address from contact_points where person_id = p.id and channel = 'email' and verified_at is not null
      order by verified_at, id limit 1) c
    where p.id = any (${[...shares.keys()]}::uuid[]) order by p.id`.execute(ctx.db)
  const link = `${ctx.app.settings.PANDU_ORIGIN}/desk?view=mine`
  await queueMessages(
    ctx,
    receivers.map(({ person_id, name, language, address }) => {
      const tickets = shares.get(person_id)!.map(({ id }) => ticketOf.get(id)!)
      const list = tickets.slice(0, NAMED_MAX).map(({ number, subject }) => `#${number} ${subject}`)
      return {
        channel: 'email' as const,
        kind: 'notice' as const,
        recipient: address,
        recipient_name: name,
        recipient_id: person_id,
        subject: say(language, 'ticket.mail.handed_subject', { n: tickets.length }),
        text: say(language, 'ticket.mail.handed_text', {
          n: tickets.length,
          list: list.join('\n'),
          more: tickets.length - list.length,
          link,
        }),
        language,
        automatic: true,
      }
    }),
  )
}
