import { sql } from 'kysely'
import type { Reading } from '../../platform/context.ts'
import { keptPlan } from '../../platform/database.ts'
import { limitCatalog, type LimitName } from '../../platform/limit-catalog.ts'
import type { TextChannel } from './adapter.ts'
import { channelOf, linesServing, type OpenedLine } from './read-gateways.ts'
import { textLines } from './gateways.ts'
import { endsPaid, paidAgainAt, seePaidUse, type PaidUse } from './paid-texts.ts'

/** Whom somebody, or Pandu itself, wants to write to. */
export interface Recipient {
  channel: 'email' | TextChannel
  /** As it is compared: a mail address in lower case, +62…, the id of a chat. */
  address: string
  /** Pandu itself speaks: a blocked sender is not answered by a program, but a colleague may write to them. */
  automatic?: boolean | undefined
  /** Of the outbox: what is least needed stops first where paid texts come to an end. */
  kind?: string | undefined
  /** The answer to their own STOP, or to what they asked after it. */
  after_stop?: boolean | undefined
}

export interface Allowed {
  may: true
  /** WhatsApp: free words may be written until then; null where there is no such time, or it is over. */
  until: Date | null
  /** WhatsApp outside its 24 hours takes only texts that its owner approved before. */
  needs_template: boolean
  /** Letters; null where parts are counted, or nothing is. */
  length_max: number | null
  /** Of one SMS; null for what has no parts. */
  parts_max: number | null
  /** Of one part, in rupiah; null where it costs nothing or nobody said. */
  cost: number | null
  files: boolean
  /** No way out is set up for this channel, or none serves this number: what is written is kept and shown, and nobody gets it. */
  kept: boolean
}
export interface Forbidden {
  may: false
  why: Reason
  /** When it will be possible again; null where somebody has to do something. */
  until: Date | null
}
/** `stopped`: they wrote STOP. `limited`: they had enough texts for a day. `paid_limit`: the installation has sent what it may pay for. */
export type Reason = 'stopped' | 'blocked' | 'muted' | 'limited' | 'paid_limit'
export type MayWrite = Allowed | Forbidden

const WHATSAPP_HOURS = 24
const HOUR_MS = 3_600_000
/** Of the texts that a number may get in a day: whoever forges its sender could otherwise use them up, and nobody's answer would arrive there. */
const KEPT_FOR_PEOPLE_PERCENT = 40
/** Bot API, sendMessage; Cloud API, text.body. */
const LETTERS_MAX = { whatsapp: 4096, telegram: 4096 } as const
const LETTERS_MAX_MAIL = 20_000

/**
 * May we write to this person now, with what, until when, at what length and cost: for every channel the one answer that the composer shows
 * and the sender obeys. Whoever may not see an address's state (row-level security) is told what is known without it; the sender knows all.
 */
export async function mayWrite(ctx: Reading, recipient: Recipient): Promise<MayWrite> {
  return (await mayWriteToAll(ctx, [recipient]))[0]!
}

/** The plural, in the order given. Several to one address count one after the other. */
export async function mayWriteToAll(ctx: Reading, recipients: readonly Recipient[]): Promise<MayWrite[]> {
  if (recipients.length === 0) return []
  const lines = textLines(ctx.app.settings)
  const [{ known, limits }, paid] = await Promise.all([
    whatIsKnown(ctx, recipients),
    recipients.some(({ channel }) => channel === 'sms' || channel === 'whatsapp') ? seePaidUse(ctx) : null,
  ])
  return recipients.map((recipient, position) =>
    decide({
      recipient,
      known: known[position]!,
      lines,
      parts_max: limits['text.parts'],
      now: ctx.now,
      paid,
      relay: ctx.app.settings.PANDU_MAIL_RELAY !== undefined,
    }),
  )
}

interface Known {
  stopped_at: Date | null
  last_in_at: Date | null
  blocked: boolean
  muted_until: Date | null
  /** They had as many texts as they may within 24 hours; then the oldest is over. */
  limited_until: Date | null
}

async function whatIsKnown(ctx: Reading, recipients: readonly Recipient[]) {
  const nths = new Map<string, number>()
  const asked = recipients.map(({ channel, address, automatic = false }, position) => {
    const key = `${channel} ${address}`
    const nth = (nths.get(key) ?? 0) + 1
    nths.set(key, nth)
    return {
      position,
      channel,
      address,
      nth,
      automatic,
      blocks: channel === 'sms' || channel === 'whatsapp' ? 'phone' : channel,
    }
  })
  const [{ rows: known }, { rows: set }] = await Promise.all([
    sql<Known>`${keptPlan}with most as materialized (
        select coalesce((select most from set_limits where name = 'text.to_number'), ${limitCatalog['text.to_number'].max}::int) as texts)
      select c.stopped_at, c.last_in_at, m.until as muted_until, limited.until as limited_until,
        exists (select from blocked_senders b where b.channel = a.blocks and b.address = a.address and b.lifted_at is null) as blocked
      from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (position int, channel text, address text, nth int, automatic boolean, blocks text)
      left join conversations c on c.channel = a.channel and c.address = a.address
      left join muted_addresses m on m.channel = a.channel and m.address = a.address and m.lifted_at is null and m.until > ${ctx.now}::timestamptz
      left join lateral (select s.sent_at + interval '24 hours' as until from outbox s
        where a.channel <> 'email' and s.address = a.address and s.channel = a.channel and s.sent_at > ${ctx.now}::timestamptz - interval '24 hours'
        order by s.sent_at desc offset greatest((select case when a.automatic then texts - texts * ${KEPT_FOR_PEOPLE_PERCENT}::int / 100 else texts end from most) - a.nth, 0) limit 1) limited on true
      order by a.position`.execute(ctx.db),
    sql<{
      name: LimitName
      most: number
    }>`${keptPlan}select name, most from set_limits where name = 'text.parts'`.execute(ctx.db),
  ])
  return { known, limits: { 'text.parts': set[0]?.most ?? limitCatalog['text.parts'].max } }
}

interface Asked {
  recipient: Recipient
  known: Known
  lines: readonly OpenedLine[]
  parts_max: number
  now: Date
  /** Null: nothing to these is paid. */
  paid: PaidUse | null
  relay: boolean
}

/** The rules, from what is known. Pure. */
export function decide({ recipient, known, lines, parts_max, now, paid, relay }: Asked): MayWrite {
  const { channel, address, automatic = false, after_stop = false, kind } = recipient
  if (known.muted_until) return { may: false, why: 'muted', until: known.muted_until }
  if (channel !== 'email' && known.stopped_at && !after_stop) return { may: false, why: 'stopped', until: null }
  if (automatic && channel !== 'email' && known.blocked) return { may: false, why: 'blocked', until: null }
  if (known.limited_until) return { may: false, why: 'limited', until: known.limited_until }
  const nothing = { may: true, until: null, needs_template: false, parts_max: null, cost: null } as const
  if (channel === 'email') return { ...nothing, length_max: LETTERS_MAX_MAIL, files: true, kept: !relay }
  const line = linesServing(
    lines.filter((one) => channelOf(one) === channel),
    address,
  )[0]
  const kept = line === undefined
  const span = paid && endsPaid(paid, { automatic, after_stop, kind })
  const unpaid = span && ({ may: false, why: 'paid_limit', until: paidAgainAt({ now }, span) } as const)
  if (unpaid && channel === 'sms' && line && line.cost !== 0) return unpaid
  if (channel === 'sms')
    return {
      ...nothing,
      length_max: null,
      parts_max: Math.min(parts_max, line?.parts_max ?? parts_max),
      cost: line?.cost ?? null,
      files: false,
      kept,
    }
  const until = channel === 'whatsapp' ? endOfWindow(known.last_in_at) : null
  const is_open = until !== null && until > now
  // Inside the 24 hours nothing is paid.
  if (unpaid && channel === 'whatsapp' && !is_open && !kept) return unpaid
  return {
    ...nothing,
    until: is_open ? until : null,
    needs_template: channel === 'whatsapp' && !is_open,
    length_max: LETTERS_MAX[channel],
    files: true,
    kept,
  }
}

const endOfWindow = (last_in_at: Date | null) => last_in_at && new Date(last_in_at.getTime() + WHATSAPP_HOURS * HOUR_MS)

export { measure } from '../../../sms/measure.ts'
