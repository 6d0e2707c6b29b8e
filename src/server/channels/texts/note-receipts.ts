import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { recordAll } from '../../platform/journal.ts'
import { isDeadNumber, muteAddresses, muteRefusedNumbers } from '../mute-addresses.ts'
import type { DeliveryReceipt } from './adapter.ts'

/** A report as it came, with the item of the ledger in which it lies. */
export type NewReceipt = DeliveryReceipt & { item_id: string }

/** The text that a report is about; null where it is none of ours, or not known yet. */
export type ReportedText = { outbox_id: string; ticket: { id: string; number: string } | null } | null

/** The place of a part in its text is one byte. */
const NUMBER_MAX = 255
const ERROR_LENGTH_MAX = 500
const STATUS_LENGTH_MAX = 60

const isPlace = (number: number | null) =>
  number !== null && Number.isInteger(number) && number >= 1 && number <= NUMBER_MAX
/** What a gateway said, as PostgreSQL takes it, and no more of it than somebody reads. */
export const storable = (text: string): string => text.slice(0, ERROR_LENGTH_MAX).replaceAll('\0', '').toWellFormed()

interface Receipt {
  outbox_id: string
  /** Null: of the whole text, however many parts it has. */
  number: number | null
  gateway: string
  state: DeliveryReceipt['state']
  at: Date
  error: string | null
}

/**
 * Writes what gateways reported about texts that left, in any order, doubled, before their answer. Each part has a state that never steps
 * back from `delivered` or `failed`; the text is delivered when all its parts are, failed when one is, and then a fact says so. A report
 * that comes before its part is known waits for it. Nothing opens a ticket. Answers in the order given.
 */
export async function noteReceipts(ctx: Writing, receipts: readonly NewReceipt[]): Promise<ReportedText[]> {
  if (receipts.length === 0) return []
  const given = receipts.map(({ of, gateway, state, at, error, item_id }, position) => ({
    position,
    outbox_id: 'outbox_id' in of ? of.outbox_id : null,
    number: 'outbox_id' in of && isPlace(of.number) ? of.number : null,
    remote_id: 'remote_id' in of ? storable(of.remote_id) : null,
    gateway,
    state,
    at: at ?? ctx.now,
    error: error === null ? null : storable(error),
    item_id,
  }))
  const { rows: found } = await sql<{
    position: number
    outbox_id: string
    number: number | null
    about_id: string | null
    about_number: string | null
  }>`with g as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (position int, outbox_id uuid, number int, gateway text, remote_id text)),
    named as (
      select g.position, g.outbox_id, g.number from g where g.outbox_id is not null
      union all
      select g.position, p.outbox_id, p.number from g join outbox_parts p on p.gateway = g.gateway and p.remote_id = g.remote_id
      where g.outbox_id is null)
    select named.position, named.outbox_id, named.number, o.about_id, o.about_number::text as about_number
    from named join outbox o on o.id = named.outbox_id
    where o.channel <> 'email' and exists (select from outbox_parts p where p.outbox_id = o.id)
    order by named.position limit ${receipts.length}::int`.execute(ctx.tx)
  const byPosition = new Map(found.map((row) => [row.position, row]))
  await keepEarly(
    ctx,
    given.filter(({ position, remote_id }) => remote_id !== null && !byPosition.has(position)),
  )
  await applyReceipts(
    ctx,
    found.map(({ position, outbox_id, number }) => ({ ...given[position]!, outbox_id, number })),
    [],
  )
  return receipts.map((_, position) => {
    const row = byPosition.get(position)
    if (!row) return null
    const { outbox_id, about_id, about_number } = row
    return { outbox_id, ticket: about_id && about_number ? { id: about_id, number: about_number } : null }
  })
}

async function keepEarly(
  ctx: Writing,
  early: readonly {
    gateway: string
    remote_id: string | null
    state: string
    at: Date
    error: string | null
    item_id: string
  }[],
): Promise<void> {
  if (early.length === 0) return
  await sql`insert into early_reports (gateway, remote_id, state, at, error, item_id)
    select gateway, remote_id, state, at, error, item_id from jsonb_to_recordset(${JSON.stringify(early)}::jsonb)
      as e (gateway text, remote_id text, state text, at timestamptz, error text, item_id uuid)
    order by gateway, remote_id, state
    -- The newest: a number that comes round again is another text.
    on conflict (gateway, remote_id, state) do update set at = excluded.at, error = excluded.error, item_id = excluded.item_id`.execute(
    ctx.tx,
  )
}

/** Seconds by which two processes' clocks may differ. */
const CLOCKS_SECONDS = 30

/**
 * Takes out of the waiting reports those of parts that are known by now; null: of any text. A report that is older than the handing over is about
 * an earlier text with the same number, and stays until it is thrown away.
 */
export async function earlyReceipts(ctx: Writing, outbox_ids: readonly string[] | null): Promise<Receipt[]> {
  if (outbox_ids?.length === 0) return []
  const { rows } = await sql<Receipt>`with known as (
      select e.gateway, e.remote_id, e.state, p.outbox_id, p.number from early_reports e
      join outbox_parts p on p.gateway = e.gateway and p.remote_id = e.remote_id
        and e.item_id >= uuid_floor(p.handed_at - make_interval(secs => ${CLOCKS_SECONDS}::int))
      where ${outbox_ids ? sql`p.outbox_id = any (${[...outbox_ids]}::uuid[])` : sql`true`} limit 500)
    delete from early_reports e using known
    where e.gateway = known.gateway and e.remote_id = known.remote_id and e.state = known.state
    returning known.outbox_id, known.number, e.gateway, e.state, e.at, e.error`.execute(ctx.tx)
  return rows
}

/**
 * Reports that came between the reading of the parts and the writing of the answer, in two transactions that did not see each other; and
 * throws away what nobody asked for within two days. Answers how many were applied.
 */
export async function applyEarlyReceipts(ctx: Writing): Promise<number> {
  const receipts = await earlyReceipts(ctx, null)
  await applyReceipts(ctx, receipts, [])
  await sql`delete from early_reports where item_id < uuid_floor(${ctx.now}::timestamptz - interval '2 days')`.execute(
    ctx.tx,
  )
  return receipts.length
}

/** In which order a part's states come; of two words about one part the later, and of the two ends the better. */
const RANKS = { handed: 0, accepted: 1, sent: 2, failed: 3, delivered: 4, read: 5 } as const

/**
 * Moves parts, and then their texts, also those of `others`, of which only the answer is new. The rows are locked in one order before their
 * parts are.
 */
export async function applyReceipts(
  ctx: Writing,
  receipts: readonly Receipt[],
  others: readonly string[],
): Promise<void> {
  const ids = [...new Set([...receipts.map(({ outbox_id }) => outbox_id), ...others])].sort()
  if (ids.length === 0) return
  const best = new Map<string, Receipt>()
  for (const receipt of receipts) {
    const key = `${receipt.outbox_id} ${receipt.number}`
    const before = best.get(key)
    if (!before || RANKS[receipt.state] > RANKS[before.state]) best.set(key, receipt)
  }
  const given = [...best.values()].map((receipt) => ({
    ...receipt,
    error: receipt.state === 'failed' ? (receipt.error ?? 'reported') : null,
    state: receipt.state === 'read' ? 'delivered' : receipt.state,
    is_read: receipt.state === 'read',
  }))
  const asGiven = sql`jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
    as g (outbox_id uuid, number int, gateway text, state text, at timestamptz, error text, is_read boolean)`
  const [, , , moved] = await Promise.all([
    sql`select from outbox where id = any (${ids}::uuid[]) order by id for update`.execute(ctx.tx),
    // A part of which the answer never came.
    given.some(({ number }) => number !== null) &&
      sql`insert into outbox_parts (outbox_id, number, gateway, handed_at, state, state_at)
        select outbox_id, number, gateway, ${ctx.now}::timestamptz, 'handed', ${ctx.now}::timestamptz from ${asGiven} where number is not null
        on conflict (outbox_id, number) do nothing`.execute(ctx.tx),
    given.length > 0 &&
      sql`update outbox_parts p set state = g.state, state_at = g.at, error = g.error
        from (select distinct on (outbox_id, part) *
          from (select g.*, p.number as part from ${asGiven} join outbox_parts p on p.outbox_id = g.outbox_id and (g.number is null or g.number = p.number)) each
          order by outbox_id, part, array_position(array['delivered', 'failed', 'sent'], state)) g
        where p.outbox_id = g.outbox_id and p.number = g.part
          and (p.state in ('handed', 'accepted') or (p.state = 'sent' and g.state <> 'sent'))`.execute(ctx.tx),
    moveTexts(ctx, ids, given),
  ])
  await tellMoved(ctx, moved, given)
}

interface MovedText {
  id: string
  about_id: string | null
  state: string
  channel: string
  last_error: string | null
  /** Nobody knew whether it went, and somebody was asked to decide. */
  was_undecided: boolean
}

/** A number of which the operator says that nobody has it gets no SMS for 60 days. */
async function muteDeadNumbers(ctx: Writing, moved: readonly MovedText[]): Promise<void> {
  await muteAddresses(
    ctx,
    moved.flatMap(({ id, state, channel, last_error }) =>
      state === 'failed' && channel === 'sms' && last_error !== null && isDeadNumber(last_error)
        ? [{ outbox_id: id, status: last_error.slice(0, STATUS_LENGTH_MAX) }]
        : [],
    ),
  )
}

async function moveTexts(
  ctx: Writing,
  ids: readonly string[],
  given: readonly { outbox_id: string; number: number | null }[],
): Promise<MovedText[]> {
  // All parts are known once the gateway answered, or speaks of the text as one.
  const wholes = given.filter(({ number }) => number === null).map(({ outbox_id }) => outbox_id)
  const { rows: moved } = await sql<MovedText>`with parts as (
      select outbox_id, bool_or(state = 'failed') as any_failed, bool_and(state = 'delivered') as all_delivered,
        bool_or(state in ('sent', 'delivered')) as any_gone, bool_or(accepted_at is not null) as answered, max(state_at) as at,
        max(gateway) as gateway, (array_agg(error order by number) filter (where state = 'failed'))[1] as error
      from outbox_parts where outbox_id = any (${[...ids]}::uuid[]) group by outbox_id),
    undecided as (
      select id from outbox where id = any (${[...ids]}::uuid[]) and state = 'waiting' and last_error = 'undecided'),
    said as (
      select *, case when any_failed then 'failed'
        when all_delivered and (answered or outbox_id = any (${wholes}::uuid[])) then 'delivered' else 'sent' end as state
      from parts where any_failed or any_gone)
    update outbox o set state = said.state, last_error = said.error, next_attempt_at = null, lease_until = null,
      gateway = coalesce(o.gateway, said.gateway), sent_at = coalesce(o.sent_at, ${ctx.now}::timestamptz),
      delivered_at = case when said.state = 'delivered' then said.at end
    from said where o.id = said.outbox_id and o.state is distinct from said.state
      and (o.state in ('sending', 'sent') or (o.state = 'waiting' and o.attempts > 0))
    returning o.id, o.about_id, o.state, o.channel, o.last_error, exists (select from undecided u where u.id = o.id) as was_undecided`.execute(
    ctx.tx,
  )
  return moved
}

/** When they were read; what follows for numbers that nobody has; and the facts. */
async function tellMoved(
  ctx: Writing,
  moved: readonly MovedText[],
  given: readonly { outbox_id: string; at: Date; is_read: boolean }[],
): Promise<void> {
  const read = new Map(given.filter(({ is_read }) => is_read).map(({ outbox_id, at }) => [outbox_id, at]))
  if (read.size > 0)
    await sql`update outbox o set read_at = r.at
      from jsonb_to_recordset(${JSON.stringify([...read].map(([id, at]) => ({ id, at })))}::jsonb) as r (id uuid, at timestamptz)
      where o.id = r.id and o.read_at is null and o.state <> 'failed'`.execute(ctx.tx)
  await muteDeadNumbers(ctx, moved)
  await muteRefusedNumbers(
    ctx,
    moved.flatMap(({ id, state, channel }) => (state === 'failed' && channel === 'sms' ? [id] : [])),
  )
  await recordAll(
    ctx,
    moved
      .filter(({ state, was_undecided }) => state === 'failed' || was_undecided)
      .map(({ id, about_id, state }) => ({
        kind: state === 'failed' ? ('outbox.failed' as const) : ('outbox.found_sent' as const),
        ...(about_id ? { ticket_id: about_id } : {}),
        about: { outbox_id: id },
      })),
  )
}
