import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, read, system, through, type Language, type Writing } from '../platform/context.ts'
import { countHit, hits } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'
import { say } from '../platform/words.ts'
import { queueMessages } from '../channels/index.ts'
import { normaliseAddress } from '../people/index.ts'

/** As long as a working day and the night after it: whoever reads mail in the evening can still open it the next morning. */
export const DATA_LINK_HOURS = 24
const PER_CLIENT_PER_HOUR_MAX = 100
/** A stranger who types somebody's address fills no mailbox. */
const PER_ADDRESS_PER_DAY_MAX = 3
/** Longer than the work takes, so that the time tells nothing. */
const ANSWER_MS = 400

/**
 * Sends a link to an address, by which whoever reads it sees what is known of them. The same answer after the same time for an address that
 * is known and one that is not; to an unknown one goes nothing. Refuses only `too_many`, by client, and
 * `invalid` for what is no address.
 */
export async function sendDataLink(
  app: App,
  { address, client, language }: { address: string; client: string; language: Language },
): Promise<void> {
  const point =
    normaliseAddress('email', address) ?? refuse('invalid', 'form', [{ path: 'address', key: 'ask.fault_email' }])
  const least = new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
  await enter(app, 'link', (ctx) =>
    countHit(ctx, { name: 'data_link', whom: client, max: PER_CLIENT_PER_HOUR_MAX, window_seconds: 3600 }),
  )
  await enter(app, 'link', async (ctx) => {
    const sent = await hits(ctx, { name: 'data_link.address', whom: point.normalised, window_seconds: 86_400 })
    if (sent <= PER_ADDRESS_PER_DAY_MAX) await send(ctx, point, language)
  })
  await least
}

async function send(ctx: Writing, point: { address: string; normalised: string }, language: Language): Promise<void> {
  const { rows: known } = await sql`select from contact_points
    where channel = 'email' and normalised = ${point.normalised} limit 1`.execute(ctx.db)
  // An address that nobody here has gets nothing: whoever types it must not make us write to strangers.
  if (known.length === 0) return
  const token = randomToken()
  await sql`insert into data_links (token_hash, address, created_at, expires_at)
    values (${hashOf(token)}, ${point.normalised}, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz + make_interval(hours => ${DATA_LINK_HOURS}::int))`.execute(ctx.tx)
  const { PANDU_ORIGIN } = ctx.app.settings
  const values = { link: `${PANDU_ORIGIN}/my-data/${token}`, site: new URL(PANDU_ORIGIN).host, hours: DATA_LINK_HOURS }
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

/** Whoever holds this link reads this address. Refuses not_found `link` for one that is unknown or has ended. */
export async function openDataLink(app: App, token: string): Promise<{ address: string }> {
  if (!/^[a-z2-7]{32}$/.test(token)) refuse('not_found', 'link')
  const { rows } = await sql<{ address: string }>`select address from data_links
    where token_hash = ${hashOf(token)} and expires_at > now()`.execute(through(app, 'link'))
  return rows[0] ?? refuse('not_found', 'link')
}

export interface KnownPerson {
  id: string
  name: string
  since: Date
  /** Tickets that lead to this very address, and others of theirs. */
  tickets: number
  elsewhere: number
  consents_in_force: number
  restricted: boolean
}

/** Who is known by an address: an office mailbox may stand for many. */
export async function peopleAt(app: App, address: string): Promise<KnownPerson[]> {
  return read(app, system, async (ctx) => {
    const { rows } = await sql<KnownPerson>`select p.id, p.name, p.created_at as since, is_restricted(p.id) as restricted,
        (select count(*)::int from participants t where t.person_id = p.id and t.contact_point_id = c.id) as tickets,
        (select count(*)::int from participants t where t.person_id = p.id and t.contact_point_id is distinct from c.id) as elsewhere,
        (select count(*)::int from consents s where s.person_id = p.id and s.withdrawn_at is null) as consents_in_force
      from contact_points c join people p on p.id = c.person_id
      where c.channel = 'email' and c.normalised = ${address} and p.erased_at is null and p.merged_into is null
      order by p.created_at, p.id limit 50`.execute(ctx.db)
    return rows
  })
}

/** One of them, or not_found: nobody asks for anybody whose address they do not read. */
export async function personAt(app: App, address: string, person_id: string): Promise<KnownPerson> {
  return (await peopleAt(app, address)).find(({ id }) => id === person_id) ?? refuse('not_found', 'person')
}

/** Links that ended. For the daily round. */
export async function forgetDataLinks(app: App): Promise<void> {
  await sql`delete from data_links where token_hash in (
    select token_hash from data_links where expires_at < now() order by expires_at, token_hash limit 5000)`.execute(
    app.worker,
  )
}
