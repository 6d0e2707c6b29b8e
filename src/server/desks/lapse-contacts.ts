import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'

interface Changed {
  id: string
  desk_id: string
  person_id: string
}
const aboutOf = ({ id, desk_id, person_id }: Changed) => ({ desk_id, duty_contact_id: id, person_id })

/**
 * These duty contacts count no more until their number is proven anew: it was silent for so long that somebody else may have it. They are asked as at the
 * beginning (reaction on `duty.lapsed`). Which ones is the caller's to know. Records `duty.lapsed`.
 */
export async function lapseContacts(ctx: Writing, duty_contact_ids: readonly string[]): Promise<void> {
  if (duty_contact_ids.length === 0) return
  const { rows } = await sql<Changed>`update duty_contacts
    set proven_at = null, proven_by = null, asked_at = null, proof_hash = null, proof_tries = 0
    where id = any (${[...duty_contact_ids]}::uuid[]) and ended_at is null and proven_at is not null
    returning id, desk_id, person_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map((one) => ({ kind: 'duty.lapsed' as const, about: aboutOf(one) })),
  )
}

/**
 * Whoever has this number says that it is somebody else's (SALAH): every duty contact there that is not proven ends. One that is proven and speaks stays, because
 * the sender of an SMS can be forged. Records `duty.disowned`, of which the desk's coordinators and the secretariat are told.
 */
export async function disownDuty(ctx: Writing, { address }: { address: string }): Promise<void> {
  const { rows } = await sql<Changed>`update duty_contacts d set ended_at = ${ctx.now}::timestamptz
    from contact_points c where c.id = d.contact_point_id and c.channel = 'phone' and c.normalised = ${address}
      and d.channel in ('sms', 'whatsapp') and d.ended_at is null and d.proven_at is null
    returning d.id, d.desk_id, d.person_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map((one) => ({ kind: 'duty.disowned' as const, about: aboutOf(one) })),
  )
}

/** Which of these numbers were named for duty and are not proven, or not any more. */
export async function numbersAskedForDuty(ctx: Reading, addresses: readonly string[]): Promise<Set<string>> {
  if (addresses.length === 0) return new Set()
  const { rows } = await sql<{ normalised: string }>`select distinct c.normalised from contact_points c
    join duty_contacts d on d.contact_point_id = c.id and d.channel in ('sms', 'whatsapp') and d.ended_at is null and d.proven_at is null
    where c.channel = 'phone' and c.normalised = any (${[...new Set(addresses)]}::text[]) limit ${addresses.length}::int`.execute(
    ctx.db,
  )
  return new Set(rows.map(({ normalised }) => normalised))
}
