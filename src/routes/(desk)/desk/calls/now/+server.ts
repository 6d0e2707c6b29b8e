import { json } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { write } from '#server/platform/context.ts'
import { listRinging, stayForCalls } from '#server/channels/index.ts'
import { findCallers } from '#server/intake/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

/** Whoever takes calls is still there; answers `{taking, calls}`: what rings at their desks, with who has that number. */
export const POST: RequestHandler = async ({ locals }) => {
  const answer = await write(locals.app, deskActor(locals), async (ctx) => {
    const taking = await stayForCalls(ctx)
    const calls = taking ? await listRinging(ctx) : []
    const found = await Promise.all(calls.map(({ number }) => findCallers(ctx, { number: number ?? '' })))
    return {
      taking,
      calls: calls.map(({ id, state, number, number_told, agent, at, desk }, index) => ({
        id,
        state,
        number: number ?? number_told ?? '',
        agent,
        at,
        desk_name: desk.name,
        people: found[index]!.people.map(({ name, tickets }) => ({ name, tickets: tickets.length })),
      })),
    }
  })
  return json(answer, { headers: { 'cache-control': 'no-store' } })
}
