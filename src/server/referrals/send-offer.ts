import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { hits } from '../platform/limits.ts'
import type { FactJob } from '../platform/relay.ts'
import { queueMessages } from '../channels/index.ts'
import { dutyNow, reachable, type Told } from './duty-now.ts'
import { expireUntold } from './expire-offers.ts'
import { seeOffer, type OfferRow } from './list-offers.ts'
import { offerMessage } from './offer-mail.ts'
import { dueTimes, minutesOf } from './open-offer.ts'
import { activePolicy } from './policies.ts'

/** Offers and reminders to one address or number; not what acknowledgements are limited by. More than this is a fault of ours, or a desk to be looked at. */
const MAILS_MAX = 60
const MAILS_WINDOW_SECONDS = 3600

/**
 * Tells whoever is on duty of the offers that were made. Each in a transaction of its own, after reading again whether it is still open; one
 * that was told is not told twice. (`referral.offered`, and `offer.reopened` for an answer that was taken back.)
 */
export async function sendOffers(app: App, jobs: FactJob[]): Promise<void> {
  for (const { about, fact_id } of jobs) {
    const offer_id = about['offer_id']
    if (typeof offer_id === 'string') await write(app, system, (ctx) => sendOffer(ctx, offer_id, fact_id))
  }
}

async function sendOffer(ctx: Writing, offer_id: string, fact_id: string): Promise<void> {
  const offer = await seeOffer(ctx, { offer_id })
  if (offer.state !== 'open') return
  const to = await dutyNow(ctx, offer.desk.id)
  if (to && !(await tellAny(ctx, offer, to, fact_id))) await hold(ctx, offer)
}

/** Whoever is on duty; where their address has had enough for this hour, a colleague by theirs. False: everybody's has. */
async function tellAny(ctx: Writing, offer: OfferRow, first: Told, because: string): Promise<boolean> {
  const others = (await reachable(ctx, offer.desk.id)).filter(({ person_id }) => person_id !== first.person_id)
  for (const to of [first, ...others]) {
    if (await tellOnce(ctx, offer, to, { kind: 'offered', because })) return true
  }
  return false
}

/**
 * Nobody was told, so nobody can be late: the offer does not expire until it is sent, and the secretariat sees it. Records `offer.held` and, where
 * it did not stand there yet, `referral.shown`.
 */
async function hold(ctx: Writing, { id: offer_id, referral_id, desk }: OfferRow): Promise<void> {
  const { rows } = await sql<{ ticket_id: string }>`update offers set held_since = ${ctx.now}::timestamptz
    where id = ${offer_id}::uuid and state = 'open' and held_since is null returning ticket_id`.execute(ctx.tx)
  const [held] = rows
  if (!held) return
  const { numAffectedRows: shown } = await sql`update referrals set shown_at = ${ctx.now}::timestamptz
    where id = ${referral_id}::uuid and shown_at is null`.execute(ctx.tx)
  const { ticket_id } = held
  await record(ctx, 'offer.held', { ticket_id, about: { offer_id, referral_id, desk_id: desk.id } })
  if (shown === 1n) await record(ctx, 'referral.shown', { ticket_id, about: { referral_id } })
}

const HELD_AT_ONCE_MAX = 50

/**
 * Offers that could not be told are tried again each minute; their time begins when they are sent. Those of which nobody could be told for one working day of
 * theirs expire untold, and the next one is asked. Records `offer.sent_late`, `offer.expired`.
 */
export async function sendHeldOffers(app: App): Promise<void> {
  const { rows } = await sql<{
    id: string
    ticket_id: string
  }>`select id, ticket_id from offers where held_since is not null and state = 'open'
    order by held_since, id limit ${HELD_AT_ONCE_MAX}::int`.execute(app.worker)
  for (const offer of rows) {
    const sent = await write(app, system, (ctx) => sendHeld(ctx, offer.id))
    // In a transaction of its own, because whoever expires an offer locks its ticket first.
    if (sent === 'too_late') await write(app, system, (ctx) => expireUntold(ctx, offer))
  }
}

export async function sendHeld(ctx: Writing, offer_id: string): Promise<'too_late' | null> {
  const { rows } = await sql<{
    ticket_id: string
    urgency: string | null
    held_since: Date
  }>`select ticket_id, urgency, held_since from offers
    where id = ${offer_id}::uuid and state = 'open' and held_since is not null for update`.execute(ctx.tx)
  const [held] = rows
  if (!held) return null
  const offer = await seeOffer(ctx, { offer_id })
  const policy = await activePolicy(ctx)
  const times = await dueTimes(ctx, offer.desk.id, minutesOf({ urgency: held.urgency ?? 'normal' }, policy))
  const to = await dutyNow(ctx, offer.desk.id)
  // Nobody is on duty any more: it stands on their page, and its time runs as for every desk without contacts.
  if (to && !(await tellAny(ctx, { ...offer, ...times }, to, offer_id))) {
    const day = await dueTimes(ctx, offer.desk.id, policy.minutes_until_shown, held.held_since)
    return day.due_at <= ctx.now ? 'too_late' : null
  }
  await sql`update offers set held_since = null, due_at = ${times.due_at}::timestamptz, remind_at = ${times.remind_at}::timestamptz
    where id = ${offer_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'offer.sent_late', {
    ticket_id: held.ticket_id,
    about: { offer_id, desk_id: offer.desk.id, due_at: times.due_at.toISOString() },
  })
  return null
}

const REMINDED_AT_ONCE_MAX = 100

/** Reminds of every offer that nobody has answered by half of its time: whoever is on duty now, who may be another. A round of each minute. */
export async function remindOffers(app: App): Promise<void> {
  await write(app, system, async (ctx) => {
    const { rows } = await sql<{ id: string }>`update offers set reminded_at = ${ctx.now}::timestamptz where id in (
        select id from offers where state = 'open' and remind_at <= ${ctx.now}::timestamptz and reminded_at is null and held_since is null
          and due_at > ${ctx.now}::timestamptz order by remind_at, id limit ${REMINDED_AT_ONCE_MAX}::int for update skip locked)
      returning id`.execute(ctx.tx)
    for (const { id } of rows) {
      const offer = await seeOffer(ctx, { offer_id: id })
      const to = await dutyNow(ctx, offer.desk.id)
      if (to) await tellOnce(ctx, offer, to, { kind: 'reminded', because: id })
    }
  })
}

async function tellOnce(
  ctx: Writing,
  offer: OfferRow,
  to: Told,
  { kind, because }: { kind: 'offered' | 'reminded'; because: string },
): Promise<boolean> {
  if (await wasTold(ctx, { offer_id: offer.id, person_id: to.person_id, kind, because })) return true
  const limit = { name: 'offer_mail', whom: to.address.toLowerCase(), window_seconds: MAILS_WINDOW_SECONDS }
  if ((await hits(ctx, limit)) > MAILS_MAX) return false
  const [outbox_id] = await queueMessages(ctx, [await offerMessage(ctx, offer, to, { again: kind === 'reminded' })])
  await noteTold(ctx, [{ offer_id: offer.id, person_id: to.person_id, kind, because, outbox_id: outbox_id! }])
  return true
}

export interface Notice {
  offer_id: string
  person_id: string
  kind: string
  because: string
}

export async function wasTold(ctx: Writing, { offer_id, person_id, kind, because }: Notice): Promise<boolean> {
  const { rows } =
    await sql`select from offer_notices where offer_id = ${offer_id}::uuid and person_id = ${person_id}::uuid
    and kind = ${kind} and because = ${because}::uuid`.execute(ctx.tx)
  return rows.length > 0
}

export async function noteTold(ctx: Writing, notices: readonly (Notice & { outbox_id: string })[]): Promise<void> {
  await sql`insert into offer_notices (offer_id, person_id, kind, because, outbox_id, at)
    select offer_id, person_id, kind, because, outbox_id, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(notices)}::jsonb) as n (offer_id uuid, person_id uuid, kind text, because uuid, outbox_id uuid)
    on conflict do nothing`.execute(ctx.tx)
}
