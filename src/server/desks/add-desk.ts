import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { deskFields } from './desk-input.ts'
import { officeHours } from './office-hours.ts'
import { refuseBadParts, saveDeskParts } from './save-desk-parts.ts'

export const AddDesk = z.strictObject({
  ...deskFields,
  kind: z.enum(['province', 'own_unit']),
  organisation_id: deskFields.organisation_id.default(null),
  mail_local_part: deskFields.mail_local_part.default(null),
  accepting: deskFields.accepting.default(true),
  regions: deskFields.regions.default([]),
  hours: deskFields.hours.default([...officeHours]),
  competences: deskFields.competences.default([]),
  members: deskFields.members.default([]),
})
export type AddDesk = z.infer<typeof AddDesk>

/**
 * A new desk beside the secretariat's; it has office hours unless others are given. Answers its id.
 * Refuses `conflict` when another desk has the mail address, `invalid` for an unknown region, competence, person or organisation.
 */
export async function addDesk(ctx: Writing, input: AddDesk): Promise<string> {
  mustCoordinateAll(ctx.actor)
  if (input.members.length > 0) mustHaveSignedInRecently(ctx)
  const id = newId()
  const { regions, hours, competences, members, ...desk } = input
  await refuseBadParts(async () => {
    await ctx.tx
      .insertInto('desks')
      .values({ id, ...desk })
      .execute()
    await saveDeskParts(ctx, id, { regions, hours, competences, members })
  })
  await record(ctx, 'desk.added', { about: { desk_id: id, kind: desk.kind } })
  return id
}
