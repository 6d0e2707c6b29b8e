/** For kill.test.ts only: one step of a referral in a process of its own, that dies before or after its commit as kill -9 does. */
import { write, type Actor, type Writing } from '../platform/context.ts'
import { fault } from '../platform/fault.ts'
import { openChildApp } from '../platform/testing-app.ts'
import { acceptOffer } from './accept-offer.ts'
import { declineOffer } from './decline-offer.ts'
import { expireOffer } from './expire-offers.ts'
import { nextCandidate } from './next-candidate.ts'
import { refer } from './refer.ts'
import { returnCase } from './return-case.ts'
import { withdrawReferral } from './withdraw-referral.ts'

const { app, given } = openChildApp()
const { step, ticket_id, offer_id } = JSON.parse(given['step']!) as {
  step: string
  ticket_id: string
  offer_id: string
}
const actor = JSON.parse(given['actor']!) as Actor

const steps: Record<string, (ctx: Writing) => Promise<unknown>> = {
  refer: (ctx) => refer(ctx, { ticket_id }),
  accept: (ctx) => acceptOffer(ctx, { offer_id, via: 'web' }),
  decline: (ctx) => declineOffer(ctx, { offer_id, via: 'web', reason_code: 'capacity' }),
  expire: (ctx) =>
    expireOffer({ ...ctx, now: new Date(ctx.now.getTime() + 30 * 86_400_000) }, { id: offer_id, ticket_id }),
  next: (ctx) => nextCandidate(ctx, ticket_id),
  return: (ctx) => returnCase(ctx, { offer_id, via: 'web', to: 'next', reason_code: 'capacity' }),
  withdraw: (ctx) => withdrawReferral(ctx, { ticket_id }),
}

await write(app, actor, async (ctx) => {
  await steps[step]!(ctx)
  fault('worker.before_work')
})
fault('worker.after_work')
