import { sql } from 'kysely'
import type { Language, Reading } from '../../platform/context.ts'
import {
  blockedAmong,
  findConversations,
  lastTextCommands,
  textLines,
  ticketsOfSentTexts,
  type Conversation,
  type DoneCommand,
  type Speaker,
} from '../../channels/index.ts'
import { numbersAskedForDuty } from '../../desks/index.ts'
import { freshSince, normaliseAddress } from '../../people/index.ts'
import { findProviderTexts, type ProviderText } from '../../referrals/index.ts'
import type { State } from '../../tickets/index.ts'
import { stillTheirs } from '../still-theirs.ts'
import { contactChannel } from './find-speaker.ts'
import type { ReadyText } from './ready-text.ts'

/** A ticket in which somebody with this number takes part. */
export interface OwnTicket {
  id: string
  number: string
  state: State
  state_since: Date
  /** Who takes part with this number. */
  person_id: string
  language: Language
  /** Who has it now: the provider that accepted it, else the desk. */
  holder: string
  /** A provider has accepted it. */
  accepted: boolean
  /** The last word of either side. */
  last_at: Date
  last_out_at: Date | null
  /** How it was rated; null where it was not. */
  score: number | null
  /** What was said with it; null where it was not. */
  score_words: string | null
  /** How the newest paid work stands that they asked for there; null for none, and for others who take part. */
  need: 'open' | 'closed' | 'withdrawn' | 'expired' | null
  /** They and one whom they asked for it have seen each other's contacts there: they may have an agreement. */
  has_contacts: boolean
}

/**
 * A ticket of the number, of which a text from there may only ask how it stands. `channel`: an SMS, whose sender anybody can forge, about a ticket that has
 * never been on SMS or telephone. `silence`: nothing came from the number for so long that somebody else may have it now.
 */
export interface BarredTicket extends OwnTicket {
  bar: 'channel' | 'silence'
}

/** Everything that deciding about one text asks. */
export interface Known {
  /** It came from one of our own numbers. */
  own: boolean
  blocked: boolean
  conversation: Conversation | null
  /** On which a text of this number may act. Not closed, or closed within thirty days, or with an agreement that holds; the last word newest first. */
  tickets: readonly OwnTicket[]
  /** Of which it may only ask; in the same order. */
  barred: readonly BarredTicket[]
  /** The ticket of the text of ours that it answers by the channel's own function. */
  quoted_id: string | null
  /** Of a changed text: the ticket in which the original stands; null where that is not known. */
  original_ticket_id: string | null
  /** Of a changed text: the ledger's item of the original; null where we never had it. */
  original_item_id: string | null
  provider: ProviderText | null
  /** A provider named this number for its duty, and nobody there has proven it, or not since its months of silence. */
  is_asked_for_duty: boolean
  /** What this number commanded last, where it can still be taken back. */
  undoable: DoneCommand | null
  /** The people with this number, by their name: as it is compared, and as the newest of them writes it. */
  names: readonly { folded_name: string; name: string; is_fresh: boolean }[]
}

export const keyOf = ({ channel, address }: Speaker): string => `${channel} ${address}`

/** What is known of these texts, in a number of statements that does not depend on how many they are; in order. */
export async function lookUpTexts(ctx: Reading, texts: readonly ReadyText[]): Promise<Known[]> {
  const speakers = [...new Map(texts.flatMap(({ speaker }) => (speaker ? [[keyOf(speaker), speaker]] : []))).values()]
  const conversations = await findConversations(ctx, speakers)
  const tickets = await findOwnTickets(ctx, speakers)
  const quoted = await ticketsOfSentTexts(
    ctx,
    texts.flatMap(({ heard }) => heard.answers_remote_id ?? []),
  )
  const originals = await findOriginals(
    ctx,
    texts.flatMap(({ speaker, heard }) =>
      speaker && heard.original_id ? [{ ...speaker, remote_id: heard.original_id }] : [],
    ),
  )
  const blocked = await findBlocked(ctx, speakers)
  const undoable = await lastTextCommands(ctx, speakers)
  const names = await findNames(ctx, speakers)
  const providers = await findProviders(ctx, texts, quoted)
  const asked_for_duty = await numbersAskedForDuty(
    ctx,
    speakers.flatMap(({ channel, address }) => (channel === 'telegram' ? [] : [address])),
  )
  const ours = ownNumbers(ctx)
  return texts.map(({ speaker, heard }, index) => {
    const key = speaker ? keyOf(speaker) : ''
    return {
      own: speaker !== null && speaker.channel !== 'telegram' && isOurs(ours, speaker.address, heard.to),
      blocked: blocked.has(key),
      conversation: conversations.get(key) ?? null,
      tickets: (tickets.get(key) ?? []).filter((one) => one.bar === null),
      barred: (tickets.get(key) ?? []).filter((one): one is BarredTicket & Speaker => one.bar !== null),
      quoted_id: quoted.get(heard.answers_remote_id ?? '') ?? null,
      original_ticket_id: originals.get(`${key} ${heard.original_id ?? ''}`)?.ticket_id ?? null,
      original_item_id: originals.get(`${key} ${heard.original_id ?? ''}`)?.item_id ?? null,
      provider: providers[index] ?? null,
      is_asked_for_duty: speaker !== null && speaker.channel !== 'telegram' && asked_for_duty.has(speaker.address),
      undoable: undoable.get(key) ?? null,
      names: names.get(key) ?? [],
    }
  })
}

interface Original {
  item_id: string
  ticket_id: string | null
}

/**
 * Texts of these senders by what their gateway called them, and in which tickets they stand now: where a changed version of one belongs. The keys are
 * "channel address remote_id".
 */
async function findOriginals(
  ctx: Reading,
  originals: readonly (Speaker & { remote_id: string })[],
): Promise<Map<string, Original>> {
  if (originals.length === 0) return new Map()
  const { rows } = await sql<Speaker & Original & { remote_id: string }>`
    select a.channel, a.address, a.remote_id, first.id as item_id, stands.ticket_id
    from jsonb_to_recordset(${JSON.stringify(originals)}::jsonb) as a (channel text, address text, remote_id text)
    cross join lateral (select i.id, i.ticket_id from intake_items i
      where i.message_id = a.remote_id and i.channel in ('whatsapp', 'telegram') and i.channel = a.channel
        and i.sender_address = a.address
      -- The first by this name: Telegram calls each newer version as the original.
      order by i.id limit 1) first
    -- Where that was joined to another ticket, the other.
    cross join lateral (select coalesce((select m.ticket_id from messages m where m.moved_from = first.ticket_id and m.taken_back_at is null
      order by m.id limit 1), first.ticket_id) as ticket_id) stands
    limit ${originals.length}::int`.execute(ctx.db)
  return new Map(rows.map((row) => [`${row.channel} ${row.address} ${row.remote_id}`, row]))
}

const CLOSED_DAYS = 30
const TICKETS_MAX = 20

type FoundTicket = OwnTicket & Speaker & { bar: BarredTicket['bar'] | null }

/**
 * Somebody who is only suggested takes no part; nor does a number that was written down for a participant and that they neither came by nor proved. A number
 * typed into the web form may be anybody's, and whoever typed it reads the request's page: it counts once a text of ours about that request went there. Nor does
 * who said that they are somebody else (SALAH).
 */
async function findOwnTickets(ctx: Reading, speakers: readonly Speaker[]): Promise<Map<string, FoundTicket[]>> {
  if (speakers.length === 0) return new Map()
  const asked = speakers.map((speaker) => ({ ...speaker, kind: contactChannel(speaker.channel) }))
  const { rows } = await sql<FoundTicket>`
    select a.channel, a.address, own.* from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (channel text, address text, kind text)
    cross join lateral (
      select * from (
        select distinct on (t.id) t.id, t.number::text as number, t.state, t.state_since, p.person_id, people.language,
          coalesce(helper.name, d.name) as holder, helper.name is not null as accepted,
          coalesce(said.last_at, t.created_at) as last_at, said.last_out_at, r.score, r.words as score_words,
          case when t.kind = 'paid' and t.requester_id = p.person_id then (select n.state from paid_needs n where n.ticket_id = t.id
            order by n.id desc limit 1) end as need,
          t.kind = 'paid' and t.requester_id = p.person_id
            and exists (select from paid_answers a where a.ticket_id = t.id and a.contacts_shown_at is not null) as has_contacts,
          case when a.channel = 'sms' and t.channel not in ('sms', 'phone') and (p.contact_point_id is distinct from c.id or p.channel = 'whatsapp')
              and not exists (select from outbox o where o.about_id = t.id and o.address = c.normalised and o.channel = 'sms' and o.sent_at is not null)
            then 'channel'
          -- What somebody else says from there since does not bring them back.
          when c.channel = 'phone' and greatest(case when p.contact_point_id = c.id then p.since end, said.last_in_at, c.verified_at) <= ${freshSince(ctx)}
            then 'silence' end as bar
        from contact_points c
        join participants p on p.person_id = c.person_id and p.part in ('requester', 'participant')
          and (p.contact_point_id = c.id or c.verified_at is not null) and p.disowned_at is null
        join people on people.id = p.person_id
        join tickets t on t.id = p.ticket_id and t.spam_at is null
          and (t.channel <> 'web' or p.channel is not null or c.verified_at is not null or exists (select from outbox o
            where o.about_id = t.id and o.address = c.normalised and o.channel = a.channel and o.sent_at is not null))
          and (t.state <> 'closed' or t.state_since > ${ctx.now}::timestamptz - make_interval(days => ${CLOSED_DAYS}::int)
            -- An agreement that came of it is read and ended by text for as long as it holds.
            or (t.kind = 'paid' and t.requester_id = p.person_id and exists (select from paid_answers a join agreements g on g.answer_id = a.id
              where a.ticket_id = t.id and g.state in ('recorded', 'confirmed'))))
        join desks d on d.id = t.holder_desk_id
        left join ratings r on r.ticket_id = t.id
        left join lateral (select o.name from offers f join organisations o on o.id = f.organisation_id
          where f.ticket_id = t.id and f.state = 'accepted' and t.state = 'referred' order by f.id desc limit 1) helper on true
        cross join lateral (select max(m.at) as last_at, max(m.at) filter (where m.direction = 'out') as last_out_at,
            -- Who goes on by mail has said nothing from this number.
            max(m.at) filter (where m.direction = 'in' and m.author_id = p.person_id
              and (m.channel in ('sms', 'whatsapp', 'phone') or (p.contact_point_id = c.id and m.channel <> 'email'))) as last_in_at
          from messages m where m.ticket_id = t.id and m.direction <> 'note' and m.taken_back_at is null) said
        where c.channel = a.kind and c.normalised = a.address
        order by t.id, p.part <> 'requester', p.since, p.person_id) each_once
      -- Those on which a text may act take the places first: many of which it may only ask hide none of them.
      order by bar is null desc, last_at desc, id desc limit ${TICKETS_MAX}::int) own
    order by own.last_at desc, own.id desc`.execute(ctx.db)
  return Map.groupBy(rows, keyOf)
}

async function findBlocked(ctx: Reading, speakers: readonly Speaker[]): Promise<Set<string>> {
  const blocked = new Set<string>()
  for (const kind of ['phone', 'telegram'] as const) {
    const own = speakers.filter(({ channel }) => contactChannel(channel) === kind)
    const found = await blockedAmong(
      ctx,
      kind,
      own.map(({ address }) => address),
    )
    for (const speaker of own) if (found.has(speaker.address)) blocked.add(keyOf(speaker))
  }
  return blocked
}

const NAMES_MAX = 10

async function findNames(ctx: Reading, speakers: readonly Speaker[]): Promise<Map<string, Known['names']>> {
  if (speakers.length === 0) return new Map()
  const asked = speakers.map((speaker) => ({ ...speaker, kind: contactChannel(speaker.channel) }))
  const { rows } = await sql<Speaker & Known['names'][number]>`
    select a.channel, a.address, n.folded_name, n.name, n.is_fresh from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (channel text, address text, kind text)
    cross join lateral (select distinct on (p.folded_name) p.folded_name, p.name, ${stillTheirs(ctx)} as is_fresh
      from contact_points c join people p on p.id = c.person_id and p.merged_into is null
      where c.channel = a.kind and c.normalised = a.address
      order by p.folded_name, p.created_at desc, p.id desc limit ${NAMES_MAX}::int) n`.execute(ctx.db)
  return Map.groupBy(rows, keyOf)
}

async function findProviders(
  ctx: Reading,
  texts: readonly ReadyText[],
  quoted: ReadonlyMap<string, string>,
): Promise<(ProviderText | null)[]> {
  const asked = texts.flatMap(({ speaker, heard }) =>
    speaker && speaker.channel !== 'telegram'
      ? [
          {
            channel: speaker.channel,
            address: speaker.address,
            text: heard.button ?? heard.text,
            answers_ticket_id: quoted.get(heard.answers_remote_id ?? '') ?? null,
          },
        ]
      : [],
  )
  const found = await findProviderTexts(ctx, asked)
  let next = 0
  return texts.map(({ speaker }) => (speaker && speaker.channel !== 'telegram' ? (found[next++] ?? null) : null))
}

/** The numbers of our own gateways, as far as their settings name them. */
const ownNumbers = (ctx: Reading): Set<string> =>
  new Set(
    textLines(ctx.app.settings).flatMap(({ from }) =>
      from === null ? [] : (normaliseAddress('phone', from)?.normalised ?? []),
    ),
  )

/** A text from one of our own numbers, or from the very number that it was sent to. */
const isOurs = (ours: ReadonlySet<string>, from: string, to: string): boolean =>
  ours.has(from) || (to !== '' && normaliseAddress('phone', to)?.normalised === from)
