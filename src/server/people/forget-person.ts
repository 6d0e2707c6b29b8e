import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { FORGOTTEN, names, withoutNaming } from '../platform/redact.ts'
import { refuse } from '../platform/refusal.ts'
import { blotStandings } from './blot-standings.ts'
import type { PersonTraces } from './trace-person.ts'

/** Refuses conflict: `account.open` for somebody who can still sign in, `privacy.held` for somebody under a legal hold. */
export async function mustBeForgettable(ctx: Writing, { person_id, ids }: PersonTraces): Promise<void> {
  const { rows: open } = await sql`select from accounts where person_id = ${person_id}::uuid and disabled_at is null
    union all select from service_accounts where person_id = ${person_id}::uuid`.execute(ctx.db)
  if (open.length > 0) refuse('conflict', 'account.open')
  const { rows: held } =
    await sql`select from legal_holds where person_id = any (${ids}::uuid[]) and lifted_at is null`.execute(ctx.db)
  if (held.length > 0) refuse('conflict', 'privacy.held')
}

/**
 * Makes a person's row a pseudonym: an id without name, address, organisation or place, to which rows that must stay still lead. Their
 * addresses, account, keys, links and grants go; consents count as withdrawn. Last of all, because others find their rows by what goes
 * here. Whether it is allowed is asked before, by {@link mustBeForgettable}.
 */
export async function forgetPerson(ctx: Writing, { ids, is_staff, addressed }: PersonTraces): Promise<void> {
  const of = sql`where person_id = any (${ids}::uuid[])`
  await sql`delete from passkeys ${of}`.execute(ctx.tx)
  await sql`delete from provider_links ${of}`.execute(ctx.tx)
  await sql`delete from half_sessions ${of}`.execute(ctx.tx)
  await sql`delete from totp_keys ${of}`.execute(ctx.tx)
  await sql`delete from recovery_codes ${of}`.execute(ctx.tx)
  await sql`delete from known_devices ${of}`.execute(ctx.tx)
  await sql`delete from auth.users u using accounts a where a.person_id = any (${ids}::uuid[]) and u.id = a.auth_user_id`.execute(
    ctx.tx,
  )
  await sql`delete from accounts ${of}`.execute(ctx.tx)
  await sql`delete from one_time_links ${of}`.execute(ctx.tx)
  await sql`delete from notices_off ${of}`.execute(ctx.tx)
  await sql`delete from roles ${of}`.execute(ctx.tx)
  const { now } = ctx
  await sql`update api_tokens set revoked_at = coalesce(revoked_at, ${now}::timestamptz), name = null ${of}`.execute(
    ctx.tx,
  )
  await sql`update grants set revoked_at = coalesce(revoked_at, ${now}::timestamptz), reason = ${FORGOTTEN} ${of}`.execute(
    ctx.tx,
  )
  await sql`update consents set withdrawn_at = coalesce(withdrawn_at, ${now}::timestamptz) ${of}`.execute(ctx.tx)
  await sql`update restrictions set reason = ${FORGOTTEN}, lifted_at = coalesce(lifted_at, ${now}::timestamptz),
    lift_reason = ${FORGOTTEN} ${of}`.execute(ctx.tx)
  await sql`update legal_holds set reason = ${FORGOTTEN},
    lift_reason = case when lift_reason is not null then ${FORGOTTEN} end ${of}`.execute(ctx.tx)
  await sql`delete from contact_points ${of}`.execute(ctx.tx)
  await blotStandings(ctx, addressed)
  // Why others were given a ticket, where it names them by an address or number of theirs.
  await sql`update grants set reason = left(${withoutNaming(sql`reason`, addressed)}, 500) where ${names(sql`reason`, addressed)}`.execute(
    ctx.tx,
  )
  const name = `${is_staff ? 'Petugas' : 'Pemohon'} ${FORGOTTEN}`
  await sql`update people set name = ${name}, folded_name = ${name.toLowerCase()}, organisation_id = null, region_code = null,
      erased_at = coalesce(erased_at, ${now}::timestamptz) where id = any (${ids}::uuid[])`.execute(ctx.tx)
}
