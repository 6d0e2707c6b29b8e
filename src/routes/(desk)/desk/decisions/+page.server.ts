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

type Typed = Record<'ticket_id' | 'item_id' | 'problem' | 'cause' | 'alternatives' | 'steps', string>
const NOTHING: Typed = { ticket_id: '', item_id: '', problem: '', cause: '', alternatives: '', steps: '' }

/** Does one thing and shows what waits next, of the same kind where one was chosen. */
const act =
  (name: string, fields: readonly (keyof Typed)[], work: (ctx: Writing, typed: Typed) => Promise<unknown>) =>
  async ({ request, locals, url }: RequestEvent) => {
    const form = await request.formData()
    const typed: Typed = { ...NOTHING, ...Object.fromEntries(fields.map((field) => [field, textOf(form, field)])) }
    const kind = kindOf(url)
    const next = `/desk/decisions?${new URLSearchParams({ ...(kind ? { kind } : {}), done: 'yes' }).toString()}#done`
    return settle(locals, { form: name, ...typed }, next, (ctx) => work(ctx, typed))
  }

export const actions: Actions = {
  refer: act('refer', ['ticket_id'], (ctx, { ticket_id }) => refer(ctx, parsed(Refer, { ticket_id }))),
  settle_objection: act('settle_objection', ['ticket_id'], (ctx, { ticket_id }) =>
    settleObjection(ctx, parsed(SettleObjection, { ticket_id })),
  ),
  accept_held: act('accept_held', ['item_id'], (ctx, { item_id }) => acceptHeld(ctx, { id: item_id })),
  reject_held: act('reject_held', ['item_id'], (ctx, { item_id }) => rejectHeld(ctx, { id: item_id })),
  merge: act('merge', ['ticket_id'], async (ctx, { ticket_id }) =>
    mergePossible(ctx, parsed(MergePossible, { ticket_id, ...(await quietRules(ctx)) })),
  ),
  keep_apart: act('keep_apart', ['ticket_id'], (ctx, { ticket_id }) =>
    dismissPossible(ctx, parsed(OneTicket, { ticket_id })),
  ),
  complete: act(
    'complete',
    ['ticket_id', 'problem', 'cause', 'alternatives', 'steps'],
    (ctx, { ticket_id, problem, cause, alternatives, steps }) =>
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
