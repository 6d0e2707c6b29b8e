import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { read, system, type Reading, type Writing } from '../platform/context.ts'
import { namingOf } from '../platform/redact.ts'
import type { PersonTraces } from '../people/index.ts'

/** What finds somebody again who has been forgotten: as much as words, mails and tickets are searched by. */
type Sealed = Pick<PersonTraces, 'person_id' | 'ids' | 'name' | 'names' | 'folded_names' | 'is_staff' | 'addresses'>

/**
 * What people under a legal hold wrote, and what was sent to them, stays whole, also where it names somebody who is forgotten. Then that person's name and
 * addresses are sealed beside the erasure, so that only this installation can look for them once more when the last such hold has ended.
 * @returns whether there is anybody under a hold at all who may have written of them: who stands on a ticket of theirs, or wrote their address or number
 */
export async function putOffForHolds(
  ctx: Writing,
  traces: PersonTraces,
  ticket_ids: readonly string[],
): Promise<boolean> {
  const { rows } = await sql<{ person_id: string }>`select distinct h.person_id from legal_holds h
    where h.lifted_at is null and not (h.person_id = any (${traces.ids}::uuid[]))
      and (exists (select from participants p where p.person_id = h.person_id and p.ticket_id = any (${[...ticket_ids]}::uuid[]))
        or exists (select from messages m where m.author_id = h.person_id and (m.ticket_id = any (${[...ticket_ids]}::uuid[])
          or coalesce(concat_ws(' ', m.text, m.quoted_text) ~* ${traces.addressed.anyhow}::text, false)))
        or exists (select from outbox o where o.recipient_id = h.person_id and (o.about_id = any (${[...ticket_ids]}::uuid[])
          or coalesce(o.subject || ' ' || o.text ~* ${traces.addressed.anyhow}::text, false))))
    order by h.person_id limit 1000`.execute(ctx.tx)
  const { person_id, ids, name, names, folded_names, is_staff, addresses } = traces
  const sealed: Sealed = { person_id, ids, name, names, folded_names, is_staff, addresses }
  const put_off = rows.length > 0 ? ctx.app.secrets.seal('erasure', JSON.stringify(sealed), person_id) : null
  await sql`update erasures set put_off = ${put_off}, put_off_for = ${rows.map((row) => row.person_id)}::uuid[]
    where person_id = ${person_id}::uuid`.execute(ctx.tx)
  return rows.length > 0
}

/** Those whose last hold in the way has ended; at most twenty a round. */
export async function putOffNowDue(app: App): Promise<string[]> {
  return read(app, system, async (ctx) => {
    const { rows } = await sql<{ person_id: string }>`select e.person_id from erasures e
      where e.put_off is not null and not exists (select from legal_holds h where h.person_id = any (e.put_off_for) and h.lifted_at is null)
      order by e.erased_at, e.person_id limit 20`.execute(ctx.db)
    return rows.map(({ person_id }) => person_id)
  })
}

/** What was sealed; null where nothing was put off, or by another secret than ours. An address or number that somebody else has by now is not looked for any more. */
export async function unsealPutOff(ctx: Reading, person_id: string): Promise<PersonTraces | null> {
  const { rows } = await sql<{ put_off: string; erased_at: Date }>`select put_off, erased_at from erasures
    where person_id = ${person_id}::uuid and put_off is not null`.execute(ctx.db)
  if (!rows[0]) return null
  const opened = ctx.app.secrets.unseal('erasure', rows[0].put_off, person_id)
  if (opened === null) return null
  const sealed = JSON.parse(opened) as Sealed
  const { rows: taken } = await sql<{ normalised: string }>`select distinct normalised from contact_points
    where normalised = any (${sealed.addresses.map(({ normalised }) => normalised)}::text[])`.execute(ctx.db)
  const gone = new Set(taken.map(({ normalised }) => normalised))
  const addresses = sealed.addresses.map((one) => ({ ...one, alone: one.alone && !gone.has(one.normalised) }))
  const known = [
    ...new Set(addresses.filter(({ alone }) => alone).flatMap(({ address, normalised }) => [address, normalised])),
  ]
  return {
    ...sealed,
    addresses,
    erased_at: rows[0].erased_at,
    naming: namingOf({ names: sealed.names, addresses: known }),
    addressed: namingOf({ names: [], addresses: known }),
    named: { ...namingOf({ names: sealed.names, addresses: [] }), as_name: null },
  }
}
