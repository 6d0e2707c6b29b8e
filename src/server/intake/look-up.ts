import { domainToASCII } from 'node:url'
import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { blockedAmong, splitAddress, ticketsOfMailIds, type KnownMailId } from '../channels/index.ts'
import { desksForAddresses, narrowestDesk } from '../desks/index.ts'
import { foldName, normaliseAddress } from '../people/index.ts'
import { findProviderMails } from '../referrals/index.ts'
import { bouncedRows } from './delivery-reports.ts'
import type { Candidate, Known, Participation } from './decide.ts'
import { findAnsweringAgents } from './find-answering-agents.ts'
import type { ReadMail } from './read-items.ts'
import type { Clue } from './which-ticket/clue.ts'
import { findClues } from './which-ticket/find-clues.ts'

export interface LookedUp extends ReadMail {
  known: Known
  /** Who holds it if it becomes a ticket. */
  desk_id: string
}

/** Everything that deciding about these mails asks, in a number of statements that does not depend on how many they are. */
export async function lookUp(ctx: Writing, mails: readonly ReadMail[]): Promise<LookedUp[]> {
  const named = mails.map((read) => ({ read, clues: findClues(ctx.app, read), ...nameAddresses(ctx, read) }))
  const clues = named.flatMap((one) => one.clues)
  const byMailId = Map.groupBy(
    await ticketsOfMailIds(
      ctx,
      clues.flatMap(({ mail_id }) => mail_id ?? []),
    ),
    (known) => known.mail_id,
  )
  const tickets = await findTickets(ctx, {
    ids: [...byMailId.values()].flat().map((known) => known.ticket_id),
    numbers: clues.flatMap(({ ticket_number }) => ticket_number ?? []),
  })
  const ticket_ids = [...new Set([...tickets.values()].map(({ id }) => id))]
  const senders = named.flatMap(({ sender }) => (sender ? [sender.normalised] : []))
  const parts = await participationsOf(ctx, ticket_ids, senders)
  const agents = await findAnsweringAgents(ctx, {
    person_ids: clues.flatMap(({ participant_id }) => participant_id ?? []),
    ticket_ids,
    addresses: senders,
  })
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
  const providers = await findProviderMails(
    ctx,
    named.map(({ read: { item, mail }, clues, sender }) => ({
      recipients: [...item.recipients, ...[...mail.to, ...mail.cc].map(({ address }) => address)],
      sender: sender?.normalised ?? null,
      ticket_ids: clues.flatMap(({ mail_id }) =>
        (byMailId.get(mail_id ?? '') ?? []).flatMap(({ origin, ticket_id }) => (origin === 'sent' ? ticket_id : [])),
      ),
      text: mail.only_repeats ? '' : mail.text,
    })),
  )
  return named.map(({ read, clues, sender, addresses, locals, sender_local, from_reply_domain }, index) => {
    const candidates = candidatesOf(read, clues, tickets, byMailId)
    return {
      ...read,
      desk_id: locals.map((local) => desks.get(local)).find((id) => id !== undefined) ?? secretariat,
      known: {
        sender,
        blocked: addresses.some((address) => blocked.has(address)),
        own: from_reply_domain || (sender_local !== null && desks.has(sender_local)),
        null_return_path: read.item.envelope_from === null,
        candidates,
        addressed: addressedBy(clues, parts.get(sender?.normalised ?? '')),
        answers_us:
          // Programs that answer for somebody who is away write to the envelope sender (RFC 3834 4).
          bouncedRows(ctx.app, read.item.recipients).length > 0 ||
          providers[index]?.addressed === true ||
          clues.some(
            ({ by, mail_id }) =>
              by === 'reply_address' || byMailId.get(mail_id ?? '')?.some(({ origin }) => origin === 'sent'),
          ),
        participations: sender ? (parts.get(sender.normalised) ?? new Map()) : new Map(),
        agents: agentsOf(agents, clues, sender?.normalised ?? ''),
        doubtful: isDoubtful(read, sender?.normalised ?? ''),
        unproved: isUnproved(read),
        unvouched: read.check?.dmarc === 'none' && read.check.spf !== 'pass' && read.check.dkim !== 'pass',
        accepted: read.item.accepted_by !== null,
        provider: providers[index] ?? null,
      },
    }
  })
}

/**
 * Its sender is probably not who From says: the domain of From knows nothing of this mail, or names no DMARC policy and says that this host
 * may not send for it, or the program that checked it read another domain there than we do.
 */
function isDoubtful({ check }: ReadMail, sender: string): boolean {
  if (!check) return false
  const { domain } = splitAddress(sender)
  const another = check.domain !== null && domain !== '' && inAscii(check.domain) !== inAscii(domain)
  // A domain that asks nobody to look at From, but says which hosts send for it.
  const foreign_host = check.dmarc === 'none' && check.spf === 'fail' && check.dkim !== 'pass'
  return check.dmarc === 'fail' || foreign_host || another
}

/**
 * Nobody could find out; or a domain without a policy says that this host probably may not send for it. Too many domains end their SPF with "~all" and
 * forward mail to hold all of it: what came by the address that the sender alone was given still enters.
 */
const isUnproved = ({ check }: ReadMail): boolean =>
  check?.dmarc === 'unknown' || (check?.dmarc === 'none' && check.spf === 'softfail' && check.dkim !== 'pass')

// One of the two may have written the letters of a domain out.
const inAscii = (domain: string) => domainToASCII(domain.toLowerCase()) || domain.toLowerCase()

function candidatesOf(
  { mail }: ReadMail,
  clues: readonly Clue[],
  tickets: ReadonlyMap<string, Candidate>,
  byMailId: ReadonlyMap<string, readonly KnownMailId[]>,
): Candidate[] {
  const found = clues.flatMap(({ ticket_number, mail_id }) => {
    if (ticket_number !== undefined) return tickets.get(ticket_number) ?? []
    return (
      (byMailId.get(mail_id ?? '') ?? [])
        // An own id that we received already says nothing: another mail with the same id is a mail of its own (trust R4).
        .filter(({ origin }) => mail_id !== mail.message_id || origin === 'referenced')
        .flatMap(({ ticket_id }) => tickets.get(ticket_id) ?? [])
    )
  })
  return [...new Map(found.map((ticket) => [ticket.id, ticket])).values()]
}

/** On which tickets this sender is an agent who answers: the signed address was given to them, and the mail comes from their account. */
const agentsOf = (
  agents: Awaited<ReturnType<typeof findAnsweringAgents>>,
  clues: readonly Clue[],
  sender: string,
): Known['agents'] =>
  new Map(
    agents
      .filter(
        ({ person_id, number, address }) =>
          address === sender &&
          clues.some(
            (clue) => clue.by === 'reply_address' && clue.participant_id === person_id && clue.ticket_number === number,
          ),
      )
      .map(({ ticket_id, person_id }) => [ticket_id, person_id]),
  )

function nameAddresses(ctx: Writing, { item, mail }: ReadMail) {
  const { PANDU_MAIL_DOMAIN, PANDU_REPLY_DOMAIN } = ctx.app.settings
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
    locals: locals.map(({ local }) => local),
    addresses: [
      ...new Set([...(normal ? [normal.normalised] : []), ...(item.envelope_from ? [item.envelope_from] : [])]),
    ],
    sender_local: domain === PANDU_MAIL_DOMAIN ? local : null,
    from_reply_domain: domain === PANDU_REPLY_DOMAIN,
  }
}

/** By id and by number, in one map: an id is no number. */
async function findTickets(
  ctx: Writing,
  { ids, numbers }: { ids: readonly string[]; numbers: readonly string[] },
): Promise<Map<string, Candidate>> {
  if (ids.length + numbers.length === 0) return new Map()
  const columns = sql`id, number::text as number, state = 'closed' as closed`
  const { rows } = await sql<Candidate>`select ${columns} from tickets where id = any (${[...new Set(ids)]}::uuid[])
    union select ${columns} from tickets where number = any (${[...new Set(numbers)]}::bigint[])`.execute(ctx.db)
  return new Map(
    rows.flatMap((row) => [
      [row.id, row],
      [row.number, row],
    ]),
  )
}

/** Whom a signed address of this mail was given to; somebody who was merged since is who they were merged into. */
function addressedBy(clues: readonly Clue[], own: ReadonlyMap<string, readonly Part[]> | undefined): Set<string> {
  const given = new Set(clues.flatMap(({ participant_id }) => participant_id ?? []))
  const merged = [...(own?.values() ?? [])].flat().filter(({ merged_ids }) => merged_ids.some((id) => given.has(id)))
  return new Set([...given, ...merged.map(({ person_id }) => person_id)])
}

type Part = Participation & { merged_ids: string[] }

/**
 * By sender's address, then by ticket. Somebody who is only suggested (a Cc) takes no part; nor does an address that was written down for a
 * participant and by which they neither came nor proved to be.
 */
async function participationsOf(
  ctx: Writing,
  ticket_ids: readonly string[],
  addresses: readonly string[],
): Promise<Map<string, Map<string, Part[]>>> {
  if (ticket_ids.length === 0 || addresses.length === 0) return new Map()
  const { rows } = await sql<Part & { ticket_id: string; normalised: string }>`
    select p.ticket_id, p.person_id, c.normalised, people.folded_name,
      array(select id from people g where g.merged_into = p.person_id) as merged_ids
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
