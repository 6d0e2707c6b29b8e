import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { hits } from '../platform/limits.ts'
import type { FactJob } from '../platform/relay.ts'
import { queueMessages } from '../channels/index.ts'
import { dutyNow, type Told } from './duty-now.ts'
import { seeOffer, type OfferRow } from './list-offers.ts'
import { offerMessage } from './offer-mail.ts'

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
  if (to) await tellOnce(ctx, offer, to, { kind: 'offered', because: fact_id })
}

const REMINDED_AT_ONCE_MAX = 100

/** Reminds of every offer that nobody has answered by half of its time: whoever is on duty now, who may be another. A round of each minute. */
export async function remindOffers(app: App): Promise<void> {
  await write(app, system, async (ctx) => {
    const { rows } = await sql<{ id: string }>`update offers set reminded_at = ${ctx.now}::timestamptz where id in (
        select id from offers where state = 'open' and remind_at <= ${ctx.now}::timestamptz and reminded_at is null
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
): Promise<void> {
  if (await wasTold(ctx, { offer_id: offer.id, person_id: to.person_id, kind, because })) return
  const limit = { name: 'offer_mail', whom: to.address.toLowerCase(), window_seconds: MAILS_WINDOW_SECONDS }
  if ((await hits(ctx, limit)) > MAILS_MAX) return
  const [outbox_id] = await queueMessages(ctx, [await offerMessage(ctx, offer, to, { again: kind === 'reminded' })])
  await noteTold(ctx, [{ offer_id: offer.id, person_id: to.person_id, kind, because, outbox_id: outbox_id! }])
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
