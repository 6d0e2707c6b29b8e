import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { readRowAddress } from '../channels/index.ts'
import type { AddressKind } from './provider-address.ts'
import { letters } from './provider-address.ts'
import { readCommand, type Command, type Heard } from './read-command.ts'

/** One mail, as far as it may be from a provider. */
export interface MaybeProviderMail {
  /** Every address it was sent to. */
  recipients: readonly string[]
  /** Normalised. */
  sender: string | null
  /** Tickets of those of our mails that it answers. */
  ticket_ids: readonly string[]
  /** What its sender wrote now. */
  text: string
}

/** A mail of a provider: about which offer or case, from whom, and what it says if it is a command. */
export interface ProviderMail {
  /** desk: about no offer in particular (LIBUR, BATAL, or a code that nobody knows). */
  kind: AddressKind | 'desk'
  offer: { id: string; code: string; state: string } | null
  ticket: { id: string; number: string } | null
  desk_id: string
  /** Who wrote it; null: it came to a signed address from somebody who is not on duty there, so it is held. */
  person_id: string | null
  /** It came to a signed address, which only they were given. */
  addressed: boolean
  heard: Heard
}

interface Offer {
  id: string
  code: string
  state: string
  desk_id: string
  ticket_id: string
  number: string
}
type Works = { normalised: string; person_id: string; desk_id: string }
const OFFERS_MAX = 500

/**
 * Which of these mails are a provider's: written to an address that was signed for an offer or a case; or, from the registered address of somebody
 * on duty, a command with the code of an offer of theirs, or an answer to what we mailed about one. In order; null for every other mail.
 * A number of statements that does not depend on how many mails there are.
 */
export async function findProviderMails(
  ctx: Reading,
  mails: readonly MaybeProviderMail[],
): Promise<(ProviderMail | null)[]> {
  const { secrets, settings } = ctx.app
  const read = mails.map((mail) => ({
    mail,
    heard: readCommand(mail.text),
    address: mail.recipients
      .map((recipient) => readRowAddress(secrets, settings.PANDU_REPLY_DOMAIN, recipient))
      .find((address) => address !== null),
  }))
  const works = await findWorks(
    ctx,
    mails.flatMap(({ sender }) => sender ?? []),
  )
  const addresses = read.flatMap(({ address }) => address ?? [])
  if (works.length + addresses.length === 0) return mails.map(() => null)
  const [given, offers] = await Promise.all([
    findAddresses(
      ctx,
      addresses.map(({ id }) => id),
    ),
    findOffers(ctx, {
      desk_ids: works.map(({ desk_id }) => desk_id),
      codes: read.flatMap(({ heard }) => codeOf(heard) ?? []),
      ticket_ids: mails.flatMap(({ ticket_ids }) => ticket_ids),
    }),
  ])
  return read.map(({ mail, heard, address }) => {
    const own = works.filter(({ normalised }) => normalised === mail.sender)
    const row =
      address && given.find(({ address_id, kind }) => address_id === address.id && letters[kind] === address.letter)
    if (row) {
      const person_id = own.find(({ desk_id }) => desk_id === row.desk_id)?.person_id ?? null
      return entry({ kind: row.kind, offer: row, person_id, addressed: true, heard })
    }
    return byCode(heard, own, offers) ?? byTicket(mail, heard, own, offers) ?? forDesk(heard, own)
  })
}

const codeOf = (heard: Heard): string | null => {
  if (heard.kind === 'asked') return heard.code
  return heard.kind === 'command' && 'code' in heard.command && !isPaid(heard.command) ? heard.command.code : null
}

/** Codes of paid work are no offers'. */
export type PaidCommand = Extract<Command, { word: 'BERMINAT' | 'TIDAK' }> | Extract<Command, { word: 'TANYA' }>
export const isPaid = (command: Command): command is PaidCommand =>
  command.word === 'BERMINAT' || command.word === 'TIDAK' || command.word === 'TANYA'

function entry({
  offer,
  ...rest
}: { offer: Offer } & Pick<ProviderMail, 'kind' | 'person_id' | 'addressed' | 'heard'>): ProviderMail {
  const { id, code, state, ticket_id, number, desk_id } = offer
  return { ...rest, desk_id, offer: { id, code, state }, ticket: { id: ticket_id, number } }
}

function byCode(heard: Heard, own: readonly Works[], offers: readonly Offer[]): ProviderMail | null {
  const code = codeOf(heard)
  const offer =
    code === null
      ? undefined
      : offers.find((one) => one.code === code && own.some(({ desk_id }) => desk_id === one.desk_id))
  const who = own.find(({ desk_id }) => desk_id === offer?.desk_id)
  return offer && who ? entry({ kind: kindOf(offer), offer, person_id: who.person_id, addressed: false, heard }) : null
}

function byTicket(
  mail: MaybeProviderMail,
  heard: Heard,
  own: readonly Works[],
  offers: readonly Offer[],
): ProviderMail | null {
  const offer = offers.find(
    (one) =>
      (one.state === 'open' || one.state === 'accepted') &&
      mail.ticket_ids.includes(one.ticket_id) &&
      own.some(({ desk_id }) => desk_id === one.desk_id),
  )
  const who = own.find(({ desk_id }) => desk_id === offer?.desk_id)
  return offer && who ? entry({ kind: kindOf(offer), offer, person_id: who.person_id, addressed: false, heard }) : null
}

/** Commands about the desk, and commands whose code is nobody's: answered, so that no typing error ends as a request for help. */
function forDesk(heard: Heard, own: readonly Works[]): ProviderMail | null {
  const [who] = own
  if (!who || heard.kind === 'words') return null
  const { person_id, desk_id } = who
  return { kind: 'desk', offer: null, ticket: null, desk_id, person_id, addressed: false, heard }
}

const kindOf = ({ state }: Offer): AddressKind => (state === 'open' ? 'offer' : 'case')

/** Who is on duty, or works, at a desk that is asked, and from which addresses they write: those registered for it, and those they proved. */
async function findWorks(ctx: Reading, addresses: readonly string[]): Promise<Works[]> {
  if (addresses.length === 0) return []
  const { rows } = await sql<Works>`select c.normalised, c.person_id, w.desk_id
    from contact_points c
    join lateral (select d.desk_id from duty_contacts d where d.contact_point_id = c.id and d.channel = 'email' and d.ended_at is null
        and d.proven_at is not null
      union select m.desk_id from desk_members m where m.person_id = c.person_id and c.verified_at is not null) w on true
    join desks on desks.id = w.desk_id and desks.kind in ('provider', 'own_unit') and desks.closed_at is null
    where c.channel = 'email' and c.normalised = any (${[...new Set(addresses)]}::text[])
    order by c.normalised, desks.kind <> 'provider', w.desk_id, c.person_id limit ${OFFERS_MAX}::int`.execute(ctx.db)
  return rows
}

async function findAddresses(
  ctx: Reading,
  ids: readonly string[],
): Promise<(Offer & { address_id: string; kind: AddressKind })[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<
    Offer & { address_id: string; kind: AddressKind }
  >`select a.id as address_id, a.kind, ${COLUMNS}
    from provider_addresses a join offers o on o.id = a.offer_id join tickets t on t.id = o.ticket_id
    where a.id = any (${[...new Set(ids)]}::uuid[])`.execute(ctx.db)
  return rows
}

const COLUMNS = sql`o.id, o.code, o.state, o.desk_id, o.ticket_id, t.number::text as number`

/** The newest first: a code that was used before is the one of the offer that lives. */
async function findOffers(
  ctx: Reading,
  asked: { desk_ids: readonly string[]; codes: readonly string[]; ticket_ids: readonly string[] },
): Promise<Offer[]> {
  if (asked.desk_ids.length === 0 || asked.codes.length + asked.ticket_ids.length === 0) return []
  const { rows } = await sql<Offer>`select ${COLUMNS} from offers o join tickets t on t.id = o.ticket_id
    where o.desk_id = any (${[...new Set(asked.desk_ids)]}::uuid[])
      and (o.code = any (${[...new Set(asked.codes)]}::text[]) or o.ticket_id = any (${[...new Set(asked.ticket_ids)]}::uuid[]))
    order by o.state in ('open', 'accepted') desc, o.id desc limit ${OFFERS_MAX}::int`.execute(ctx.db)
  return rows
}
