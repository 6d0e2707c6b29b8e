import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, read, system, through, type Language, type Reading, type Writing } from '../platform/context.ts'
import { countHit, hits } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'
import { say } from '../platform/words.ts'
import { blockedAmong, queueMessages, type TextChannel } from '../channels/index.ts'
import { normaliseAddress } from '../people/index.ts'
import { readNumber } from '../tickets/index.ts'
import type { ProvedPoint } from './proved-point.ts'
import { isTheirs, leadsThere } from './reached.ts'
import type { RequestKind } from './requests.ts'

/** As long as a working day and the night after it: whoever reads mail in the evening can still open it the next morning. */
export const DATA_LINK_HOURS = 24
/** A text is read when it comes; until its code was typed or sent back the link opens nothing. */
export const DATA_CODE_MINUTES = 60
const CODE_TRIES_MAX = 5
const PER_CLIENT_PER_HOUR_MAX = 100
/** A stranger who types somebody's address fills no mailbox, and no telephone. */
const PER_ADDRESS_PER_DAY_MAX = 3
/** Longer than the work takes, so that the time tells nothing. */
const ANSWER_MS = 400

/**
 * Sends a link to an address, or a link and a code to a telephone number, by which whoever reads it sees what is known of them. The same answer after the
 * same time for one that is known and one that is not; to an unknown one goes nothing. Refuses only `too_many`, by client, and
 * `invalid` for what is no address.
 */
export async function sendDataLink(
  app: App,
  { address, client, language }: { address: string; client: string; language: Language },
): Promise<void> {
  const channel = address.includes('@') ? 'email' : 'phone'
  const point =
    normaliseAddress(channel, address) ?? refuse('invalid', 'form', [{ path: 'address', key: 'my_data.fault_address' }])
  const proved = { channel, address: point.normalised } as const
  const least = new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
  await enter(app, 'link', (ctx) =>
    countHit(ctx, { name: 'data_link', whom: client, max: PER_CLIENT_PER_HOUR_MAX, window_seconds: 3600 }),
  )
  await enter(app, 'link', async (ctx) => {
    if (!(await mayHaveLink(ctx, proved))) return
    const known = await peopleOf(ctx, proved)
    // An address that nobody here has gets nothing: whoever types it must not make us write to strangers.
    if (channel === 'email' && known.length > 0) await mailLink(ctx, point, language)
    if (channel === 'phone' && known.length > 0 && !(await blockedAmong(ctx, 'phone', [proved.address])).has(proved.address))
      await textLink(ctx, proved, { language })
  })
  await least
}

/** Three a day to one address, number or chat; counts this one. */
export const mayHaveLink = async (ctx: Writing, { address }: ProvedPoint): Promise<boolean> =>
  (await hits(ctx, { name: 'data_link.address', whom: address, window_seconds: 86_400 })) <= PER_ADDRESS_PER_DAY_MAX

async function mailLink(ctx: Writing, point: { address: string; normalised: string }, language: Language) {
  const { link } = await makeDataLink(ctx, { channel: 'email', address: point.normalised })
  const values = { link, site: new URL(link).host, hours: DATA_LINK_HOURS }
  await queueMessages(ctx, [
    {
      channel: 'email',
      kind: 'link',
      recipient: point.address,
      subject: say(language, 'mail.data_link_subject', values),
      text: say(language, 'mail.data_link_text', values),
      language,
      automatic: true,
    },
  ])
}

async function textLink(ctx: Writing, point: ProvedPoint, { language }: { language: Language }): Promise<void> {
  const via = await channelOfNumber(ctx, point)
  const { link, code } = await makeDataLink(ctx, { ...point, via })
  await queueMessages(ctx, [
    {
      channel: via,
      kind: 'link',
      recipient: point.address,
      text: say(language, 'sms.data_link', { code, link, minutes: DATA_CODE_MINUTES }),
      language,
      automatic: true,
    },
  ])
}

/** By WhatsApp where they wrote there last, a day ago at most: later it takes no free words. */
async function channelOfNumber(ctx: Reading, { address }: ProvedPoint): Promise<'sms' | 'whatsapp'> {
  const { rows } = await sql<{ channel: 'sms' | 'whatsapp' }>`select channel from conversations
    where address = ${address} and channel in ('sms', 'whatsapp') and (channel = 'sms' or last_in_at > ${ctx.now}::timestamptz - interval '23 hours')
    order by last_in_at desc nulls last, channel limit 1`.execute(ctx.db)
  return rows[0]?.channel ?? 'sms'
}

/** What a text may ask for: a request that somebody decides, or that consent is taken back, at once. */
export type TextedWish = RequestKind | 'consent'

/**
 * A link to the page of what is known by this address. With `via` the number or chat proves itself first, by the code that goes there with it; `proved`:
 * it has done so.
 * @param wanted what a text asked for, and that text's item: asked once, however often its job runs
 * @returns `code` is '' where none is needed
 */
export async function makeDataLink(
  ctx: Writing,
  point: ProvedPoint & {
    via?: TextChannel
    proved?: boolean
    wanted?: { kind: TextedWish; item_id: string }
  },
): Promise<{ link: string; code: string }> {
  const token = randomToken()
  const needs_code = point.via !== undefined && !point.proved
  const code = needs_code ? aCode() : ''
  const { PANDU_ORIGIN } = ctx.app.settings
  await sql`insert into data_links (token_hash, channel, address, via, kind, item_id, code_hash, proved_at, created_at, expires_at)
    values (${hashOf(token)}, ${point.channel}, ${point.address}, ${point.via ?? null}, ${point.wanted?.kind ?? null}, ${point.wanted?.item_id ?? null}::uuid,
      ${needs_code ? codeHash(ctx.app, point, code) : null}, ${needs_code ? null : ctx.now}::timestamptz, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz + make_interval(mins => ${needs_code ? DATA_CODE_MINUTES : DATA_LINK_HOURS * 60}::int))`.execute(
    ctx.tx,
  )
  return { link: `${PANDU_ORIGIN}/my-data/${token}`, code }
}

/** Six figures that are no number of a ticket, so that a text with nothing else is one or the other. */
function aCode(): string {
  for (;;) {
    const code = String(randomInt(100_000, 1_000_000))
    if (readNumber(code) === null) return code
  }
}

/** Keyed, because six figures are guessed from a bare hash. */
const codeHash = (app: App, { address }: Pick<ProvedPoint, 'address'>, code: string): string =>
  app.secrets.sign('data_code', address, code).toString('base64url')

export interface DataLink extends ProvedPoint {
  /** By which a number or chat is answered; null for a mail address. */
  via: TextChannel | null
  /** False where the code that went there has not been typed yet: then nothing is shown. */
  proved: boolean
}

/** Whoever holds this link reads this address. Refuses not_found `link` for one that is unknown, has ended, or was guessed at. */
export async function openDataLink(app: App, token: string): Promise<DataLink> {
  if (!/^[a-z2-7]{32}$/.test(token)) refuse('not_found', 'link')
  const { rows } = await sql<DataLink>`select channel, address, via, proved_at is not null as proved from data_links
    where token_hash = ${hashOf(token)} and expires_at > now() and tries < ${CODE_TRIES_MAX}::int`.execute(
    through(app, 'link'),
  )
  return rows[0] ?? refuse('not_found', 'link')
}

/** The address of a link whose code was typed. Refuses not_found. */
export async function openProvedLink(app: App, token: string): Promise<DataLink> {
  const link = await openDataLink(app, token)
  return link.proved ? link : refuse('not_found', 'link')
}

/**
 * The code that went to the number, typed on the page of the link: from then on it shows what is known, for a day. Refuses `invalid` for a wrong one;
 * after the fifth the link is gone.
 */
export async function proveDataLink(app: App, { token, code }: { token: string; code: string }): Promise<void> {
  const { address } = await openDataLink(app, token)
  const right = await enter(app, 'link', (ctx) =>
    proveBy(ctx, sql`token_hash = ${hashOf(token)}`, { address, code: code.replace(/\D/g, '') }),
  )
  if (right.length === 0) refuse('invalid', 'form', [{ path: 'code', key: 'my_data.fault_code' }])
}

/** The code came back from the number itself. Answers what had been asked for; null for a wrong code. */
export async function proveByReturnedCode(
  ctx: Writing,
  point: ProvedPoint & { code: string },
): Promise<{ kind: TextedWish | null } | null> {
  const [proved] = await proveBy(ctx, sql`channel = ${point.channel} and address = ${point.address}`, point)
  return proved ?? null
}

/** Each try counts, whatever comes of it: in a transaction that commits. */
async function proveBy(
  ctx: Writing,
  which: ReturnType<typeof sql>,
  { address, code }: { address: string; code: string },
): Promise<{ kind: TextedWish | null }[]> {
  const { rows } = await sql<{ kind: TextedWish | null; right: boolean }>`update data_links set
      tries = tries + case when code_hash = ${codeHash(ctx.app, { address }, code)} then 0 else 1 end,
      proved_at = case when code_hash = ${codeHash(ctx.app, { address }, code)} then ${ctx.now}::timestamptz end,
      expires_at = case when code_hash = ${codeHash(ctx.app, { address }, code)}
        then ${ctx.now}::timestamptz + make_interval(hours => ${DATA_LINK_HOURS}::int) else expires_at end
    where ${which} and code_hash is not null and proved_at is null and expires_at > ${ctx.now}::timestamptz and tries < ${CODE_TRIES_MAX}::int
    returning kind, proved_at is not null as "right"`.execute(ctx.tx)
  return rows.filter(({ right }) => right)
}

export interface KnownPerson {
  id: string
  name: string
  language: Language
  since: Date
  /** Tickets that lead to this very address, and others of theirs. */
  tickets: number
  elsewhere: number
  consents_in_force: number
  restricted: boolean
}

/** Who is known by an address or number: an office mailbox, and a telephone, may stand for many. Whoever was there last comes first. */
export const peopleAt = (app: App, point: ProvedPoint): Promise<KnownPerson[]> =>
  read(app, system, (ctx) => peopleOf(ctx, point))

/** {@link peopleAt}, in the caller's transaction. */
export async function peopleOf(ctx: Reading, { channel, address }: ProvedPoint): Promise<KnownPerson[]> {
  const { rows } = await sql<KnownPerson>`select p.id, p.name, p.language, p.created_at as since, is_restricted(p.id) as restricted,
      count_there.tickets, (select count(*)::int from participants t where t.person_id = p.id) - count_there.tickets as elsewhere,
      (select count(*)::int from consents s where s.person_id = p.id and s.withdrawn_at is null) as consents_in_force
    from contact_points c join people p on p.id = c.person_id
    cross join lateral (select count(*)::int as tickets, max(t.created_at) as last_at from participants p join tickets t on t.id = p.ticket_id
      where p.person_id = c.person_id and p.contact_point_id = c.id and ${leadsThere}) count_there
    where c.channel = ${channel} and c.normalised = ${address} and p.erased_at is null and p.merged_into is null and ${isTheirs}
    order by count_there.last_at desc nulls last, p.created_at, p.id limit 50`.execute(ctx.db)
  return rows
}

/** One of them, or not_found: nobody asks for anybody whose address they do not read. */
export async function personAt(app: App, point: ProvedPoint, person_id: string): Promise<KnownPerson> {
  return (await peopleAt(app, point)).find(({ id }) => id === person_id) ?? refuse('not_found', 'person')
}

/** Links that ended. For the daily round. */
export async function forgetDataLinks(app: App): Promise<void> {
  await sql`delete from data_links where token_hash in (
    select token_hash from data_links where expires_at < now() order by expires_at, token_hash limit 5000)`.execute(
    app.worker,
  )
}
