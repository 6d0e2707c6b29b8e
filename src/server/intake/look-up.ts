import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { blockedAmong, readReplyAddress, splitAddress, ticketsOfMailIds, type KnownMailId } from '../channels/index.ts'
import { desksForAddresses, narrowestDesk } from '../desks/index.ts'
import { foldName, normaliseAddress } from '../people/index.ts'
import type { Known, Participation, Candidate } from './decide.ts'
import type { ReadMail } from './read-items.ts'

export interface LookedUp extends ReadMail {
  known: Known
  /** Who holds it if it becomes a ticket. */
  desk_id: string
}

/** Everything that deciding about these mails asks, in a number of statements that does not depend on how many they are. */
export async function lookUp(ctx: Writing, mails: readonly ReadMail[]): Promise<LookedUp[]> {
  const named = mails.map((read) => ({ read, ...nameAddresses(ctx, read) }))
  const numbers = named.flatMap(({ replies }) => replies.map((reply) => reply.ticket_number))
  const byNumber = await ticketsByNumber(ctx, numbers)
  const byMailId = Map.groupBy(
    await ticketsOfMailIds(
      ctx,
      mails.flatMap(({ mail }) => mailIdsOf(mail)),
    ),
    (known) => known.mail_id,
  )
  const ticket_ids = [
    ...[...byNumber.values()].map((ticket) => ticket.id),
    ...[...byMailId.values()].flat().map((known) => known.ticket_id),
  ]
  const names = await ticketNames(ctx, ticket_ids)
  const parts = await participationsOf(
    ctx,
    ticket_ids,
    named.flatMap(({ sender }) => (sender ? [sender.normalised] : [])),
  )
  const blocked = await blockedAmong(
    ctx,
    'email',
    named.flatMap(({ addresses }) => addresses),
  )
  const desks = await desksForAddresses(ctx, [
    ...new Set(
      named.flatMap(({ locals, sender_local }) => [...locals, ...(sender_local === null ? [] : [sender_local])]),
    ),
  ])
  const secretariat = await narrowestDesk(ctx, null)
  return named.map(({ read, sender, replies, addresses, locals, sender_local, from_reply_domain }) => {
    const fromHeaders = ticketsOfHeaders(read, byMailId)
    const candidates = [
      ...replies.flatMap((reply) => byNumber.get(reply.ticket_number) ?? []),
      ...fromHeaders.flatMap((id) => names.get(id) ?? []),
    ]
    return {
      ...read,
      desk_id: locals.map((local) => desks.get(local)).find((id) => id !== undefined) ?? secretariat,
      known: {
        sender,
        blocked: addresses.some((address) => blocked.has(address)),
        own: from_reply_domain || (sender_local !== null && desks.has(sender_local)),
        null_return_path: read.item.envelope_from === null,
        candidates: [...new Map(candidates.map((ticket) => [ticket.id, ticket])).values()],
        addressed: new Set(replies.map((reply) => reply.participant_id)),
        answers_us:
          replies.length > 0 ||
          mailIdsOf(read.mail).some((id) => byMailId.get(id)?.some(({ origin }) => origin === 'sent')),
        participations: sender ? (parts.get(sender.normalised) ?? new Map()) : new Map(),
      },
    }
  })
}

/** The mail's own id counts too: somebody's answer to it may have come before it. */
const mailIdsOf = ({ in_reply_to, references, message_id }: ReadMail['mail']) => [
  ...in_reply_to,
  ...references.toReversed(),
  ...(message_id ? [message_id] : []),
]

function ticketsOfHeaders({ mail }: ReadMail, byMailId: ReadonlyMap<string, readonly KnownMailId[]>): string[] {
  return mailIdsOf(mail).flatMap((id) =>
    (byMailId.get(id) ?? [])
      // An own id that we received already says nothing: another mail with the same id is a mail of its own (trust R4).
      .filter(({ origin }) => id !== mail.message_id || origin === 'referenced')
      .map((known) => known.ticket_id),
  )
}

function nameAddresses(ctx: Writing, { item, mail }: ReadMail) {
  const { PANDU_MAIL_DOMAIN, PANDU_REPLY_DOMAIN } = ctx.app.settings
  const recipients = [...item.recipients, ...[...mail.to, ...mail.cc].map(({ address }) => address)]
  const replies = recipients.flatMap((address) => readReplyAddress(ctx.app.secrets, PANDU_REPLY_DOMAIN, address) ?? [])
  const locals = item.recipients
    .map((address) => splitAddress(address.toLowerCase()))
    .filter(({ domain }) => domain === PANDU_MAIL_DOMAIN)
  const from = mail.from ?? (item.envelope_from ? { name: '', address: item.envelope_from } : null)
  const normal = from ? normaliseAddress('email', from.address) : null
  const { local, domain } = splitAddress(normal?.normalised ?? '')
  return {
    sender:
      from && normal
        ? { name: from.name, address: from.address, folded_name: foldName(from.name), normalised: normal.normalised }
        : null,
    replies,
    locals: locals.map(({ local }) => local),
    addresses: [
      ...new Set([...(normal ? [normal.normalised] : []), ...(item.envelope_from ? [item.envelope_from] : [])]),
    ],
    sender_local: domain === PANDU_MAIL_DOMAIN ? local : null,
    from_reply_domain: domain === PANDU_REPLY_DOMAIN,
  }
}

async function ticketsByNumber(ctx: Writing, numbers: readonly string[]): Promise<Map<string, Candidate>> {
  if (numbers.length === 0) return new Map()
  const { rows } =
    await sql<Candidate>`select id, number::text as number, state = 'closed' as closed from tickets where number = any (${[...numbers]}::bigint[])`.execute(
      ctx.db,
    )
  return new Map(rows.map((row) => [row.number, row]))
}

async function ticketNames(ctx: Writing, ids: readonly string[]): Promise<Map<string, Candidate>> {
  if (ids.length === 0) return new Map()
  const { rows } =
    await sql<Candidate>`select id, number::text as number, state = 'closed' as closed from tickets where id = any (${[...new Set(ids)]}::uuid[])`.execute(
      ctx.db,
    )
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * By sender's address, then by ticket. Somebody who is only suggested (a Cc) takes no part; nor does an address that was written down for a
 * participant and by which they neither came nor proved to be.
 */
async function participationsOf(
  ctx: Writing,
  ticket_ids: readonly string[],
  addresses: readonly string[],
): Promise<Map<string, Map<string, Participation[]>>> {
  if (ticket_ids.length === 0 || addresses.length === 0) return new Map()
  const { rows } = await sql<Participation & { ticket_id: string; normalised: string }>`
    select p.ticket_id, p.person_id, c.normalised, people.folded_name
    from participants p
    join contact_points c on c.person_id = p.person_id and c.channel = 'email' and (c.id = p.contact_point_id or c.verified_at is not null)
    join people on people.id = p.person_id
    where p.ticket_id = any (${[...new Set(ticket_ids)]}::uuid[]) and c.normalised = any (${[...new Set(addresses)]}::text[])
      and p.part in ('requester', 'participant')
    order by p.since, p.person_id`.execute(ctx.db)
  return new Map(
    [...Map.groupBy(rows, (row) => row.normalised)].map(([address, own]) => [
      address,
      Map.groupBy(own, (row) => row.ticket_id),
    ]),
  )
}
