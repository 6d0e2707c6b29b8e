import { sql } from 'kysely'
import { proveContacts } from '../desks/index.ts'
import type { Writing } from '../platform/context.ts'

/**
 * Of these desks: the mail address at which whoever applied for it got a link and used it (the form was begun by the secretariat and sent there, or a
 * question was answered by it) is proven for their duty. An application that was only typed on the web proves nothing. Records `duty.proven`.
 */
export async function proveApplicants(ctx: Writing, desk_ids: readonly string[]): Promise<void> {
  const { rows } = await sql<{ id: string }>`select u.id from duty_contacts u
      join contact_points c on c.id = u.contact_point_id join desks d on d.id = u.desk_id
    where u.desk_id = any (${[...desk_ids]}::uuid[]) and u.ended_at is null and u.proven_at is null and u.channel = 'email'
      and exists (select from applications a where a.organisation_id = d.organisation_id and a.state = 'approved'
        and lower(a.contact_address) = c.normalised
        and (a.channel <> 'web' or exists (select from application_words w where w.application_id = a.id and w.by_applicant)))`.execute(
    ctx.db,
  )
  await proveContacts(ctx, { duty_contact_ids: rows.map(({ id }) => id), by: 'application' })
}
