import type { App } from '#server/platform/app.ts'
import { read, through, type Reading, type RequesterActor } from '#server/platform/context.ts'
import { remembered } from '#server/platform/remembered.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { deskHours, listDesks } from '#server/desks/index.ts'
import { listAgreements, seeNeed, seeProgress } from '#server/referrals/index.ts'
import { expectedAnswer, quietRules } from '#server/service_levels/index.ts'
import {
  abilities,
  findFollowUps,
  listHistory,
  listMessages,
  seeTicket,
  takesMessages,
  wasWorkedOn,
  type LinkHolder,
} from '#server/tickets/index.ts'
import { agreementTerms } from './agreement-form.ts'
import { toldHistory } from './told-history.ts'

/** What whoever holds a secret link is shown of their request: all that the follow page says but for what was just done there. */
export async function seeRequest(app: App, actor: LinkHolder, token: string) {
  // The link's statement told the time: nothing has to be waited for before the first questions.
  const seen = await read(app, actor, (ctx) => ofOneMoment(ctx, actor), { plans: 'kept', now: actor.opened_at })
  return {
    ...seen,
    follow_up: seen.takes_messages ? null : await followUpOf(app, actor),
    token,
    form_id: randomToken(),
  }
}

/** The newest request in which this one goes on. The link shows one ticket only, hence the door. */
export async function followUpOf(app: App, { ticket_id, person_id }: RequesterActor) {
  const [found] = await findFollowUps({ db: through(app, 'link') }, [{ ticket_id, person_id }])
  return found ? { id: found.id, number: found.number } : null
}

async function ofOneMoment(ctx: Reading, actor: RequesterActor) {
  const [ticket, messages, history, { zones, rules }] = await Promise.all([
    seeTicket(ctx, { id: actor.ticket_id }),
    listMessages(ctx, actor.ticket_id),
    listHistory(ctx, actor.ticket_id),
    zonesAndRules(ctx.app),
  ])
  const may = abilities(actor, ticket)
  const working = ticket.state === 'new' || ticket.state === 'open'
  // The clock is started by a job; the page after the form may be faster and reckons the same itself.
  const reckoned =
    working && ticket.due_at === null && ticket.waiting_since !== null
      ? await expectedAnswer(ctx, {
          urgency: ticket.urgency,
          channel: ticket.channel,
          desk_id: ticket.holder.desk.id,
          at: ticket.waiting_since,
        })
      : null
  const pays = ticket.kind === 'paid' && ticket.requester_id === actor.person_id
  const [paid, agreements] = pays
    ? await Promise.all([seeNeed(ctx, { ticket_id: ticket.id }), listAgreements(ctx)])
    : [null, []]
  return {
    ticket,
    // Few requests are referred; the others need not pay for the question.
    progress: ticket.state === 'referred' ? await seeProgress(ctx, { ticket_id: ticket.id }) : null,
    paid,
    agreements,
    agreement_terms: agreementTerms,
    zone: zones.get(ticket.holder.desk.id) ?? (await deskHours(ctx, ticket.holder.desk.id)).zone,
    due_at: working ? (ticket.due_at ?? reckoned?.due_at ?? null) : null,
    now: ctx.now,
    // The resolution stands on the page in its four parts; the mail that brought it would say it twice.
    messages: messages.filter(
      (message) => message.direction !== 'note' && message.id !== ticket.resolution?.message_id,
    ),
    history: toldHistory(history),
    person_id: actor.person_id,
    takes_messages: takesMessages(ticket, rules, ctx.now),
    may: { ...may, rate: may.rate && (await wasWorkedOn(ctx, ticket.id)) },
  }
}

const zonesAndRules = (app: App) =>
  remembered(app, 'what every follow page needs', async (ctx) => {
    const [desks, rules] = await Promise.all([listDesks(ctx, { all: true }), quietRules(ctx)])
    return { zones: new Map(desks.map((desk) => [desk.id, desk.time_zone])), rules }
  })
