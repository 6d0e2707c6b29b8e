import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listMemberships } from '#server/desks/index.ts'
import { listAccounts, mustAdminister } from '#server/people/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => {
    const memberships = Map.groupBy(await listMemberships(ctx), ({ person_id }) => person_id)
    const accounts = await listAccounts(ctx)
    return { accounts: accounts.map((one) => ({ ...one, desks: memberships.get(one.person_id) ?? [] })) }
  })
}
