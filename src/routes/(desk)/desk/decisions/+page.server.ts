import type { Actions, PageServerLoad, RequestEvent } from './$types'
import { read, type Writing } from '#server/platform/context.ts'
import { acceptHeld, rejectHeld } from '#server/intake/index.ts'
import { refer, Refer, SettleObjection, settleObjection } from '#server/referrals/index.ts'
import { decisionKinds, DECISIONS_MAX, listDecisions } from '#server/reports/index.ts'
import { quietRules } from '#server/service_levels/index.ts'
import {
  CompleteResolution,
  completeResolution,
  dismissPossible,
  mergePossible,
  MergePossible,
  OneTicket,
} from '#server/tickets/index.ts'
import { deskActor, optional, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'

/** "Menunggu keputusan Anda": everything that waits for the secretariat, of one kind or of all, the oldest first. */
export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const kind = kindOf(url)
  const { items, counts, now } = await read(locals.app, deskActor(locals), async (ctx) => ({
    ...(await listDecisions(ctx, { kind })),
    now: ctx.now,
  }))
  const done = url.searchParams.has('done')
  return { items, counts, now, kind, kinds: [...decisionKinds], most: DECISIONS_MAX, done }
}

/** What an address asks for that there is not (an old bookmark) shows everything. */
const kindOf = (url: URL) => decisionKinds.find((kind) => kind === url.searchParams.get('kind'))

const FIELDS = ['ticket_id', 'item_id', 'problem', 'cause', 'alternatives', 'steps'] as const

/** Does one thing and shows what waits next, of the same kind where one was chosen. */
const act =
  (name: string, work: (ctx: Writing, typed: Record<(typeof FIELDS)[number], string>) => Promise<unknown>) =>
  async ({ request, locals, url }: RequestEvent) => {
    const form = await request.formData()
    const typed = Object.fromEntries(FIELDS.map((field) => [field, textOf(form, field)])) as Record<
      (typeof FIELDS)[number],
      string
    >
    const kind = kindOf(url)
    const next = `/desk/decisions?${new URLSearchParams({ ...(kind ? { kind } : {}), done: 'yes' })}#done`
    return settle(locals, { form: name, ...typed }, next, (ctx) => work(ctx, typed))
  }

export const actions: Actions = {
  refer: act('refer', (ctx, { ticket_id }) => refer(ctx, parsed(Refer, { ticket_id }))),
  settle_objection: act('settle_objection', (ctx, { ticket_id }) =>
    settleObjection(ctx, parsed(SettleObjection, { ticket_id })),
  ),
  accept_held: act('accept_held', (ctx, { item_id }) => acceptHeld(ctx, { id: item_id })),
  reject_held: act('reject_held', (ctx, { item_id }) => rejectHeld(ctx, { id: item_id })),
  merge: act('merge', async (ctx, { ticket_id }) =>
    mergePossible(ctx, parsed(MergePossible, { ticket_id, ...(await quietRules(ctx)) })),
  ),
  keep_apart: act('keep_apart', (ctx, { ticket_id }) => dismissPossible(ctx, parsed(OneTicket, { ticket_id }))),
  complete: act('complete', (ctx, { ticket_id, problem, cause, alternatives, steps }) =>
    completeResolution(
      ctx,
      parsed(CompleteResolution, {
        ticket_id,
        problem,
        cause: optional(cause),
        alternatives: optional(alternatives),
        steps,
      }),
    ),
  ),
}
