import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'

/**
 * Of these desks: the mail address at which whoever applied for it got a link and used it (the form was begun by the secretariat and sent there, or a
 * question was answered by it) is proven for their duty. An application that was only typed on the web proves nothing. Records `duty.proven`.
 */
export async function proveApplicants(ctx: Writing, desk_ids: readonly string[]): Promise<void> {
  const { rows } = await sql<{
    id: string
    desk_id: string
    person_id: string
  }>`update duty_contacts u set proven_at = ${ctx.now}::timestamptz
    from contact_points c, desks d
    where u.desk_id = any (${[...desk_ids]}::uuid[]) and u.ended_at is null and u.proven_at is null and u.channel = 'email'
      and c.id = u.contact_point_id and d.id = u.desk_id
      and exists (select from applications a where a.organisation_id = d.organisation_id and a.state = 'approved'
        and lower(a.contact_address) = c.normalised
        and (a.channel <> 'web' or exists (select from application_words w where w.application_id = a.id and w.by_applicant)))
    returning u.id, u.desk_id, u.person_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, desk_id, person_id }) => ({
      kind: 'duty.proven',
      about: { desk_id, duty_contact_id: id, person_id, by: 'application' },
    })),
  )
}
