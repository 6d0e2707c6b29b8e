import { sql } from 'kysely'
import { moment } from '#messages/moments.ts'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { say } from '../platform/words.ts'
import { lockTickets, sendOut } from '../tickets/index.ts'

/**
 * Tells the requester who has their request now, that another organisation is looked for, or that nobody was found yet. A refusal or an expiry
 * before is no mail: their page says it. Each is told once; what is true no more when the job runs is not told.
 */
export async function tellRequesters(app: App, jobs: readonly FactJob[]): Promise<void> {
  for (const { kind, ticket_id, about } of jobs)
    if (ticket_id)
      await write(app, system, (ctx) =>
        kind === 'referral.unmet' ? tellUnmet(ctx, ticket_id) : tellOffer(ctx, ticket_id, String(about['offer_id'])),
      )
}

async function tellOffer(ctx: Writing, ticket_id: string, offer_id: string): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  const { rows } = await sql<{ state: string; name: string; time_zone: string; answered_at: Date }>`
    update offers o set told_at = ${ctx.now}::timestamptz from desks d left join organisations g on g.id = d.organisation_id
    where o.id = ${offer_id}::uuid and d.id = o.desk_id
      and ((o.state = 'accepted' and o.told_at is null) or (o.state = 'returned' and o.told_at < o.ended_at))
    returning o.state, coalesce(g.name, d.name) as name, d.time_zone, o.answered_at`.execute(ctx.tx)
  const [offer] = rows
  if (!ticket || !offer || ticket.state === 'closed') return
  const { language, number } = ticket
  const says = offer.state === 'accepted' ? 'told_accepted' : 'told_searching'
  const since = moment(offer.answered_at, offer.time_zone, language)
  const text = say(language, `referral.${says}`, { name: offer.name, since })
  const sms = say(language, `sms.${says}`, { number, name: offer.name })
  await sendOut(ctx, [{ ticket, text, sms, author_id: null, leaves_at: ctx.now, footer: 'ticket.mail.follow' }])
}

async function tellUnmet(ctx: Writing, ticket_id: string): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  const { rows } = await sql`update referrals set told_unmet_at = ${ctx.now}::timestamptz
    where ticket_id = ${ticket_id}::uuid and ended_at is null and state = 'unmet' and told_unmet_at is null returning id`.execute(
    ctx.tx,
  )
  if (!ticket || rows.length === 0 || ticket.state === 'closed') return
  const text = say(ticket.language, 'referral.told_unmet')
  const sms = say(ticket.language, 'sms.told_unmet', { number: ticket.number })
  await sendOut(ctx, [{ ticket, text, sms, author_id: null, leaves_at: ctx.now, footer: 'ticket.mail.follow' }])
}
