import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { lockTickets, moveTicket, stateAfter } from '../tickets/index.ts'
import { callOff } from './call-off.ts'
import { refuseIfJudged } from './refuse-if-judged.ts'
import { takeForReferral } from './refer.ts'

export const WithdrawReferral = z.strictObject({ ticket_id: z.uuid() })
export type WithdrawReferral = z.infer<typeof WithdrawReferral>

/**
 * Takes a request back from whoever was asked, or has it: it is the referring desk's again. For that desk and the secretariat; `forbidden` for
 * whoever works for one of those who were weighed; `conflict` (referral.none) when there is nothing to take back.
 */
export async function withdrawReferral(ctx: Writing, { ticket_id }: WithdrawReferral): Promise<void> {
  const { live } = await takeForReferral(ctx, ticket_id)
  if (!live) refuse('conflict', 'referral.none')
  await refuseIfJudged(ctx, live)
  await callOff(ctx, live, { ends: true })
  const [ticket] = await lockTickets(ctx, [ticket_id])
  const to = stateAfter('recall', ticket!.state)
  if (to) await moveTicket(ctx, ticket!, to)
}
