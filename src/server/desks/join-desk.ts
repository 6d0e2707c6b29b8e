import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { changeDesk } from './change-desk.ts'
import { findDesk } from './list-desks.ts'

export const JoinDesk = z.strictObject({
  desk_id: z.uuid(),
  person_id: z.uuid(),
  role: z.enum(['agent', 'coordinator']),
  /** Why; told in the journal to whoever asks later. */
  reason: z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long'),
})
export type JoinDesk = z.infer<typeof JoinDesk>
export const LeaveDesk = JoinDesk.omit({ role: true })
export type LeaveDesk = z.infer<typeof LeaveDesk>

/** Adds one person to a desk, or gives them another role there, with a reason; everybody else stays. Refuses like changeDesk. */
export async function joinDesk(ctx: Writing, { desk_id, person_id, role, reason }: JoinDesk): Promise<void> {
  const { members } = await lockDesk(ctx, desk_id)
  const others = members.filter((member) => member.person_id !== person_id)
  await changeDesk(ctx, { desk_id, members: [...others.map(asGiven), { person_id, role }], reason })
}

/** Takes one person from a desk; what they hold stays theirs until somebody hands it on. Refuses like changeDesk. */
export async function leaveDesk(ctx: Writing, { desk_id, person_id, reason }: LeaveDesk): Promise<void> {
  const { members } = await lockDesk(ctx, desk_id)
  const others = members.filter((member) => member.person_id !== person_id)
  await changeDesk(ctx, { desk_id, members: others.map(asGiven), reason })
}

/** Two who change one desk's members at once take turns, so that neither is lost. */
async function lockDesk(ctx: Writing, desk_id: string) {
  await ctx.tx.selectFrom('desks').select('id').where('id', '=', desk_id).forUpdate().execute()
  return findDesk(ctx, desk_id)
}

const asGiven = ({ person_id, role }: Pick<JoinDesk, 'person_id' | 'role'>) => ({
  person_id,
  role,
})
