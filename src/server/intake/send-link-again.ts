import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Writing } from '../platform/context.ts'
import { countHit } from '../platform/limits.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { blockedAmong, bookAcknowledgements } from '../channels/index.ts'
import { normaliseAddress } from '../people/index.ts'
import { readNumber } from '../tickets/index.ts'
import { sendLinks } from './send-links.ts'

/** Longer than the work takes, so that the time tells nothing either. */
const ANSWER_MS = 400
const TICKETS_MAX = 20

/**
 * Sends the secret links of the requests that came from this mail address or telephone number once more, there. Answers the same after the same time whether there is
 * anything to send or not; what the limits hold back comes later. A number that somebody typed into the web form gets none before we wrote there: else
 * anybody could have us text, and pay for, any number. Refuses only `too_many`, by client.
 */
export async function sendLinkAgain(
  app: App,
  { number, address, client }: { number?: string | undefined; address: string; client: string },
): Promise<void> {
  const least = new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
  await enter(app, 'link', (ctx) => countHit(ctx, limitOf('link_again', client)))
  await enter(app, 'link', (ctx) => sendTo(ctx, address, number))
  await least
}

async function sendTo(ctx: Writing, address: string, number: string | undefined): Promise<void> {
  const channel = /@/.test(address) ? 'email' : 'phone'
  const asked = normaliseAddress(channel, address)?.normalised ?? ''
  const numbered = number === undefined ? null : (readNumber(number) ?? '0')
  const { rows } = await sql<{ ticket_id: string; person_id: string; address: string }>`
    select t.id as ticket_id, p.person_id, c.normalised as address
    from contact_points c
    join participants p on p.contact_point_id = c.id and p.part in ('requester', 'participant') and p.disowned_at is null
    join tickets t on t.id = p.ticket_id
    where c.channel = ${channel} and c.normalised = ${asked}::text and t.spam_at is null
      and case when ${numbered}::bigint is null then t.state <> 'closed' else t.number = ${numbered}::bigint end
      and (c.channel <> 'phone' or t.channel <> 'web' or p.channel is not null or c.verified_at is not null or exists (select from outbox o
        where o.about_id = t.id and o.address = c.normalised and o.channel <> 'email' and o.sent_at is not null))
    order by t.id desc limit ${TICKETS_MAX}::int`.execute(ctx.db)
  const blocked = await blockedAmong(ctx, channel, [asked])
  const found = blocked.size > 0 ? [] : rows
  const booked = await bookAcknowledgements(
    ctx,
    found.map((row) => ({ ...row, kind: 'link' as const })),
  )
  // One free place is enough: all links stand in one mail.
  if (booked.some(({ held }) => !held))
    await sendLinks(
      ctx,
      Map.groupBy(booked, (one) => one.address),
    )
}
