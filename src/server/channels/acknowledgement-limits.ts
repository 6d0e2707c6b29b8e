import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { normaliseAddress } from './email/addresses.ts'

/** Per mailbox over all tickets, acknowledgements and links sent again together, whether caused by mail or by form. */
const SENT_PER_HOUR_MAX = 1
const SENT_PER_DAY_MAX = 3

/**
 * `name+1@` and `name+2@` are one mailbox at many hosts: they share the limits of both. Where a host delivers them to two, these two share
 * them too. What begins with `+` is a telephone number. As the index acknowledgements_by_box has it, sign for sign.
 */
const boxOf = (address: string) => address.replace(/^([^@+]+)\+[^@]*@/, '$1@')
const box = (column: string) => sql`regexp_replace(${sql.ref(column)}, '^([^@+]+)\\+[^@]*@', '\\1@')`

export interface WantedAcknowledgement {
  address: string
  ticket_id: string
  person_id: string
  kind: 'acknowledgement' | 'link'
}

/** A row of the book of acknowledgements. `held` ones wait for {@link heldAndFree}. */
export interface BookedAcknowledgement extends WantedAcknowledgement {
  id: string
  held: boolean
}

/**
 * Asks for each of these whether it may leave now, and books it: what may not is held and later gathered into one mail. A ticket is
 * acknowledged once, so what is booked already is left out of the answer. The caller queues a mail for those not held, in the same
 * transaction, and names it with {@link nameMails}.
 */
export async function bookAcknowledgements(
  ctx: Writing,
  wanted: readonly WantedAcknowledgement[],
): Promise<BookedAcknowledgement[]> {
  if (wanted.length === 0) return []
  const rows = wanted.map((one) => ({ ...one, id: newId(), address: normaliseAddress(one.address) }))
  const free = await freeBoxes(
    ctx,
    rows.map((row) => row.address),
  )
  const known = await bookedAlready(ctx, rows)
  const booked: BookedAcknowledgement[] = []
  for (const row of rows) {
    const key = `${row.kind} ${row.ticket_id} ${row.person_id}`
    if (known.has(key)) continue
    known.add(key)
    booked.push({ ...row, held: !free.has(boxOf(row.address)) })
    // One mail for a mailbox is all that this transaction sends.
    free.delete(boxOf(row.address))
  }
  await sql`insert into acknowledgements (id, address, ticket_id, person_id, kind, at, held)
    select id, address, ticket_id, person_id, kind, ${ctx.now}::timestamptz, held
    from jsonb_to_recordset(${JSON.stringify(booked)}::jsonb)
      as b (id uuid, address text, ticket_id uuid, person_id uuid, kind text, held boolean)`.execute(ctx.tx)
  return booked
}

/** Of the mailboxes of these addresses the ones that may get a mail now. They are locked until the end of the transaction, so that two do not both send. */
async function freeBoxes(ctx: Writing, addresses: readonly string[]): Promise<Set<string>> {
  const sorted = [...new Set(addresses.map(boxOf))].sort()
  await sql`select pg_advisory_xact_lock(hashtextextended('acknowledge ' || box, 0))
    from (select box from unnest(${sorted}::text[]) as b (box) order by hashtextextended('acknowledge ' || box, 0)) ordered`.execute(
    ctx.tx,
  )
  // Several rows of one gathered mail are one mail; a mail that failed or was cancelled still was an attempt to bother somebody.
  const { rows } = await sql<{ box: string }>`select b.box from unnest(${sorted}::text[]) as b (box)
    cross join lateral (
      select count(distinct outbox_id) filter (where at > ${ctx.now}::timestamptz - interval '1 hour') as this_hour,
        count(distinct outbox_id) as this_day
      from acknowledgements k where ${box('k.address')} = b.box and k.at > ${ctx.now}::timestamptz - interval '1 day' and not k.held) sent
    where this_hour < ${SENT_PER_HOUR_MAX}::int and this_day < ${SENT_PER_DAY_MAX}::int`.execute(ctx.tx)
  return new Set(rows.map((row) => row.box))
}

/** What was acknowledged once, and links that wait to be gathered: asking for them a hundred times adds nothing. */
async function bookedAlready(ctx: Writing, rows: readonly WantedAcknowledgement[]): Promise<Set<string>> {
  const { rows: known } = await sql<{
    key: string
  }>`select kind || ' ' || ticket_id || ' ' || person_id as key from acknowledgements
    where (kind = 'acknowledgement' or held) and address = any (${rows.map((row) => normaliseAddress(row.address))}::text[])
      and ticket_id = any (${rows.map((row) => row.ticket_id)}::uuid[])`.execute(ctx.tx)
  return new Set(known.map((row) => row.key))
}

/** Says which mail carries which booked acknowledgements; those are held no longer and count from now on. */
export async function nameMails(
  ctx: Writing,
  mails: readonly { outbox_id: string; ids: readonly string[] }[],
): Promise<void> {
  const pairs = mails.flatMap(({ outbox_id, ids }) => ids.map((id) => ({ id, outbox_id })))
  if (pairs.length === 0) return
  await sql`update acknowledgements a set outbox_id = p.outbox_id, held = false, at = ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as p (id uuid, outbox_id uuid) where a.id = p.id`.execute(
    ctx.tx,
  )
}

/** Forgets what is booked and needs no mail any more. */
export async function dropBooked(ctx: Writing, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql`delete from acknowledgements where id = any (${[...ids]}::uuid[])`.execute(ctx.tx)
}

const GATHERED_ADDRESSES_MAX = 50
const GATHERED_ROWS_MAX = 100

/**
 * What is held for mailboxes whose first free moment has come: by address, oldest first, at most 100 of one address in one mail, and of
 * several addresses of one mailbox the one that has waited longest. They are locked until the end of the transaction.
 */
export async function heldAndFree(ctx: Writing): Promise<Map<string, BookedAcknowledgement[]>> {
  const { rows: waiting } = await sql<{ address: string }>`select distinct on (box) address from (
      select address, ${box('address')} as box, min(at) as since from acknowledgements w where held
      group by address
      having not exists (select from acknowledgements s where ${box('s.address')} = ${box('w.address')} and not s.held
        and s.outbox_id is not null and s.at > ${ctx.now}::timestamptz - interval '1 hour')
      order by min(at), address limit ${GATHERED_ADDRESSES_MAX}::int) oldest
    order by box, since, address`.execute(ctx.tx)
  const free = await freeBoxes(
    ctx,
    waiting.map((row) => row.address),
  )
  const addresses = waiting.map((row) => row.address).filter((address) => free.has(boxOf(address)))
  const { rows } = await sql<BookedAcknowledgement>`select h.id, h.address, h.ticket_id, h.person_id, h.kind, h.held
    from unnest(${addresses}::text[]) as a (address)
    cross join lateral (select * from acknowledgements k where k.address = a.address and k.held
      order by at, id limit ${GATHERED_ROWS_MAX}::int) h
    order by h.address, h.at, h.id`.execute(ctx.tx)
  return Map.groupBy(rows, (row) => row.address)
}
