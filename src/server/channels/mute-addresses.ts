import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record, recordAll } from '../platform/journal.ts'
import { mustAsPerson } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { normaliseAddress } from './email/addresses.ts'

const MUTED_DAYS = 60

/**
 * Whether a refusal says that nobody lives at the address: unknown user, unknown domain, moved, closed (RFC 3463: X.1.x and X.2.1, but not
 * X.1.7 and X.1.8, which are about the sender). A full mailbox, a policy or a size is none of the address's fault. Where a host gives a bare reply code, its words decide.
 */
export function isDead(status: string | null, said: string): boolean {
  if (status === null) return false
  if (/^5\.(1\.([0-6]|9|10)|2\.1)$/.test(status)) return !status.endsWith('.0') || UNKNOWN.test(said)
  return /^(55[0-4]|5\.0\.0)$/.test(status) && UNKNOWN.test(said)
}

const UNKNOWN =
  /\b(?:no such (?:user|recipient|mailbox|address|person)|(?:user|recipient|mailbox|address|account|addressee)(?: \S{1,100})? (?:is )?(?:unknown|not found|does(?:n't| not) exist|not exist|disabled|inactive|unavailable)|unknown (?:user|recipient|mailbox|address|account|local part)|(?:domain|host)(?: \S{1,100})? not found|(?:pengguna|alamat|kotak surat|penerima|akun) tidak (?:dikenal|ditemukan|ada))\b/i

/**
 * Whether a report says that nobody has the number: the network's "unknown subscriber" (error 1 of GSM 09.02, which operators pass on), in words or
 * as that number. Off, full or out of reach is none of the number's fault; nor is what an operator refuses at once, which may be our own setting.
 */
export const isDeadNumber = (said: string): boolean => /^(?:UNDELIV|REJECTD) 0*1$|\bunknown subscriber\b/i.test(said)

/**
 * What gateways answer at once when they hold the number for none: SMPP's own word, the same through Kannel, and a described gateway's `refused`. Any of our
 * settings (the type of a number, its beginning) could be the reason, so one alone says nothing.
 */
const REFUSED_NUMBER = '^(ESME_RINVDSTADR$|NACK/0x0*b(/|$)|refused_number( |$))'
export const isRefusedNumber = (said: string): boolean => new RegExp(REFUSED_NUMBER, 'i').test(said)

/** So many texts in a row, to one number. */
const REFUSALS_MIN = 3

/**
 * Numbers that a gateway refused again and again, of texts that failed now, get no SMS for 60 days, as mail addresses that bounce: where the last three texts
 * to the number were refused as no number, none of them went, and the same line took a text to another number since the first of them, so that it is the
 * number and not the line.
 */
export async function muteRefusedNumbers(ctx: Writing, outbox_ids: readonly string[]): Promise<void> {
  if (outbox_ids.length === 0) return
  const { rows } = await sql<{
    outbox_id: string
    status: string
  }>`select distinct on (o.address) o.id as outbox_id, o.last_error as status
    from outbox o
    cross join lateral (select count(*) as texts, min(f.created_at) as since, (array_agg(f.id order by f.id))[1] as first_id from (
      select f.id, f.created_at, f.last_error from outbox f
      where f.address = o.address and f.channel = 'sms' and f.state = 'failed' order by f.id desc limit ${REFUSALS_MIN}::int) f
      where f.last_error ~* ${REFUSED_NUMBER}) refusals
    where o.id = any (${[...outbox_ids]}::uuid[]) and o.channel = 'sms' and o.state = 'failed' and o.last_error ~* ${REFUSED_NUMBER}
      and refusals.texts = ${REFUSALS_MIN}::int
      and not exists (select from outbox s where s.address = o.address and s.channel = 'sms' and s.state in ('sent', 'delivered')
        and s.sent_at > refusals.since)
      and exists (select from outbox_parts p join outbox s on s.id = p.outbox_id
        -- Texts that are newer, by the key: where a line takes nothing at all, every part that ever went would be read.
        where p.outbox_id > refusals.first_id and p.gateway = o.gateway and p.accepted_at > refusals.since and s.address <> o.address and s.state in ('sent', 'delivered'))
    order by o.address, o.id desc`.execute(ctx.tx)
  await muteAddresses(
    ctx,
    rows.map(({ outbox_id, status }) => ({ outbox_id, status: status.slice(0, STATUS_LENGTH_MAX) })),
  )
}

const STATUS_LENGTH_MAX = 60

export interface MutedAddress {
  address: string
  /** What was said of it, such as 5.1.1. */
  status: string
  muted_at: Date
  until: Date
}

/** Nothing but sign-in mails goes to the recipients of these rows for 60 days, by the channel of the row. Records `address.muted`. */
export async function muteAddresses(
  ctx: Writing,
  rows: readonly { outbox_id: string; status: string }[],
): Promise<void> {
  if (rows.length === 0) return
  const given = rows.map((row) => ({ ...row, id: newId() }))
  const { rows: muted } = await sql<{ id: string; outbox_id: string; about_id: string | null }>`with given as (
      select distinct on (o.address) g.id, o.channel, o.address, g.status, o.id as outbox_id, o.about_id
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id uuid, outbox_id uuid, status text)
      join outbox o on o.id = g.outbox_id order by o.address, g.id),
    muted as (
      insert into muted_addresses (id, channel, address, status, outbox_id, muted_at, until)
      select id, channel, address, status, outbox_id, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz + make_interval(days => ${MUTED_DAYS}::int)
      from given
      on conflict (channel, address) where lifted_at is null do update
        set status = excluded.status, outbox_id = excluded.outbox_id, muted_at = excluded.muted_at, until = excluded.until
      returning id, address)
    select muted.id, given.outbox_id, given.about_id from muted join given using (address)`.execute(ctx.tx)
  await recordAll(
    ctx,
    muted.map(({ id, outbox_id, about_id }) => ({
      kind: 'address.muted',
      ...(about_id ? { ticket_id: about_id } : {}),
      about: { muted_address_id: id, outbox_id },
    })),
  )
}

/** Mails, or SMS, go to this address again; refuses `not_found` where it is not muted, or nobody with it is seen. Records `address.unmuted`. */
export async function unmuteAddress(ctx: Writing, input: { address: string }): Promise<void> {
  mustAsPerson(ctx.actor, 'person.change')
  const { rows } = await sql<{ id: string }>`update muted_addresses
    set lifted_at = ${ctx.now}::timestamptz, lifted_by = ${ctx.actor.person_id}::uuid
    where channel in ('email', 'sms') and address = ${normaliseAddress(input.address)}::text and lifted_at is null
      and until > ${ctx.now}::timestamptz returning id`.execute(ctx.tx)
  const lifted = rows[0] ?? refuse('not_found', 'muted_address')
  await record(ctx, 'address.unmuted', { about: { muted_address_id: lifted.id } })
}

/** Whoever writes from an address or number lives there: mails, or SMS, go to it again. Records `address.unmuted`. */
export async function unmuteWriters(ctx: Writing, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return
  const { rows } = await sql<{ id: string }>`update muted_addresses set lifted_at = ${ctx.now}::timestamptz
    where channel in ('email', 'sms') and address = any (${[...new Set(addresses)]}::text[]) and lifted_at is null
      and until > ${ctx.now}::timestamptz returning id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id }) => ({ kind: 'address.unmuted' as const, about: { muted_address_id: id } })),
  )
}

/** Those of these addresses that are muted now, as far as the actor may see who has them. */
export async function mutedAmong(ctx: Reading, addresses: readonly string[]): Promise<MutedAddress[]> {
  if (addresses.length === 0) return []
  const { rows } = await sql<MutedAddress>`select address, status, muted_at, until from muted_addresses
    where channel in ('email', 'sms') and address = any (${addresses.map(normaliseAddress)}::text[]) and lifted_at is null
      and until > ${ctx.now}::timestamptz order by address`.execute(ctx.db)
  return rows
}
