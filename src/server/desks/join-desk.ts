import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { changeDesk } from './change-desk.ts'
import { findDesk } from './list-desks.ts'

export const JoinDesk = z.strictObject({
  desk_id: z.uuid(),
  person_id: z.uuid(),
  role: z.enum(['agent', 'coordinator']),
})
export type JoinDesk = z.infer<typeof JoinDesk>

/** Adds one person to a desk, or gives them another role there; everybody else stays. Refuses like changeDesk. */
export async function joinDesk(ctx: Writing, { desk_id, person_id, role }: JoinDesk): Promise<void> {
  const { members } = await lockDesk(ctx, desk_id)
  const others = members.filter((member) => member.person_id !== person_id)
  await changeDesk(ctx, { desk_id, members: [...others.map(asGiven), { person_id, role }] })
}

/** Takes one person from a desk; what they hold stays theirs until somebody hands it on. Refuses like changeDesk. */
export async function leaveDesk(
  ctx: Writing,
  { desk_id, person_id }: { desk_id: string; person_id: string },
): Promise<void> {
  const { members } = await lockDesk(ctx, desk_id)
  const others = members.filter((member) => member.person_id !== person_id)
  await changeDesk(ctx, { desk_id, members: others.map(asGiven) })
}

/** Two who change one desk's members at once take turns, so that neither is lost. */
async function lockDesk(ctx: Writing, desk_id: string) {
  await ctx.tx.selectFrom('desks').select('id').where('id', '=', desk_id).forUpdate().execute()
  return findDesk(ctx, desk_id)
}

const asGiven = ({ person_id, role }: JoinDesk | { person_id: string; role: 'agent' | 'coordinator' }) => ({
  person_id,
  role,
})
