import { sql, type RawBuilder } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'

/** By which somebody can be told something of a ticket. */
export const reachChannels = ['email', 'sms', 'whatsapp', 'telegram'] as const
export type ReachChannel = (typeof reachChannels)[number]

/** Somebody who takes part in a ticket, and how they are told what is said on it. */
export interface Recipient {
  ticket_id: string
  person_id: string
  part: 'requester' | 'participant'
  name: string
  language: Language
  /** Null: by nothing that we could send; they have no address here, or a fixed line. */
  channel: ReachChannel | null
  /** A mail address as it was told; a number in E.164; the id of a Telegram chat. */
  address: string | null
}

const RECIPIENTS_MAX = 50

/** Whether what came by a channel came from a contact point of that kind: a number by SMS or WhatsApp. Texts in SQL. */
export const fits = (channel: RawBuilder<unknown>, kind: RawBuilder<unknown>) =>
  sql<boolean>`coalesce(case ${kind} when 'phone' then ${channel} in ('sms', 'whatsapp') else ${channel} = ${kind} end, false)`

/**
 * Everybody who takes part in these tickets, with how each is reached: at the contact point by which they came, by the channel by which they
 * wrote last; else by mail, by Telegram, or by SMS at a number that is no fixed line of Indonesia. Never at another address of theirs, however
 * new: whoever writes an address down for somebody must not get what others are told (choose-address.ts changes it for one ticket). At most 50 each.
 */
export async function findRecipients(ctx: Reading, ticket_ids: readonly string[]): Promise<Recipient[]> {
  const { rows } =
    await sql<Recipient>`${keptPlan}select p.ticket_id, p.person_id, p.part, people.name, people.language, way.channel,
      case when way.channel = 'email' then c.address when way.channel is not null then c.normalised end as address
    from unnest(${[...ticket_ids]}::uuid[]) as asked (ticket_id)
    cross join lateral (select ticket_id, person_id, part, contact_point_id, channel, since, disowned_at from participants
      where ticket_id = asked.ticket_id and part in ('requester', 'participant') order by since, person_id limit ${RECIPIENTS_MAX}) p
    join people on people.id = p.person_id
    left join contact_points c on c.id = p.contact_point_id
    cross join lateral (select case
      -- Who has that number now is somebody else.
      when p.disowned_at is not null then null
      when ${fits(sql.ref('p.channel'), sql.ref('c.channel'))} then p.channel
      when c.channel in ('email', 'telegram') then c.channel
      -- WhatsApp's id of somebody who shows no number.
      when c.channel = 'phone' and c.normalised not like '+%' then 'whatsapp'
      -- A fixed line rings; it reads nothing.
      when c.channel = 'phone' and (c.normalised not like '+62%' or c.normalised like '+628%') then 'sms' end as channel) way
    order by p.ticket_id, p.since, p.person_id`.execute(ctx.db)
  return rows
}
