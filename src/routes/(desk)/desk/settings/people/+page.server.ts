import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listMemberships } from '#server/desks/index.ts'
import { accountStates, countAccounts, mustAdminister, searchAccounts } from '#server/people/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../../edge/from-the-start.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  const query = (url.searchParams.get('q') ?? '').replaceAll('\0', '').slice(0, 200)
  const shown = url.searchParams.get('state') ?? ''
  const state = accountStates.find((one) => one === shown)
  return read(locals.app, actor, async (ctx) => {
    const { items, next } = await fromTheStart(url.searchParams.get('cursor') ?? '', (cursor) =>
      searchAccounts(ctx, { query, state, administrators: shown === 'administrators', ...(cursor ? { cursor } : {}) }),
    )
    const memberships = Map.groupBy(await listMemberships(ctx), ({ person_id }) => person_id)
    return {
      accounts: items.map((one) => ({ ...one, desks: memberships.get(one.person_id) ?? [] })),
      next,
      counts: await countAccounts(ctx),
      query,
      shown: state ?? (shown === 'administrators' ? shown : ''),
    }
  })
}
