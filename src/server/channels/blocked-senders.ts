import { sql } from 'kysely'
import { z } from 'zod'
import type { Actor, Reading, StaffActor, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { may } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { normaliseAddress } from './email/addresses.ts'

/** What is blocked is an address: a number is blocked for SMS and WhatsApp alike. */
export type BlockedChannel = 'email' | 'phone' | 'telegram'

export const BlockSender = z.strictObject({
  channel: z.enum(['email', 'phone', 'telegram']),
  address: z.string().trim().min(1).max(320),
  reason: z.string().trim().max(500).default(''),
})
export type BlockSender = z.infer<typeof BlockSender>

const normalised = ({ channel, address }: { channel: BlockedChannel; address: string }) =>
  channel === 'email' ? normaliseAddress(address) : address.trim()

/** A block holds for the whole country, so only the secretariat and administrators make, see and lift one. */
export const mayBlock = (actor: Actor): actor is StaffActor => actor.kind === 'staff' && may(actor, 'sender.block')

/** From now on what comes from this address is kept and shown, but opens nothing. Blocking twice changes nothing. */
export async function blockSender(ctx: Writing, input: BlockSender): Promise<void> {
  if (!mayBlock(ctx.actor)) refuse('forbidden', 'sender_block')
  const { rows } = await sql<{
    id: string
  }>`insert into blocked_senders (id, channel, address, reason, blocked_by, blocked_at)
    values (${newId()}::uuid, ${input.channel}::text, ${normalised(input)}::text, ${input.reason}::text, ${ctx.actor.person_id}::uuid,
      ${ctx.now}::timestamptz)
    on conflict (channel, address) where lifted_at is null do nothing returning id`.execute(ctx.tx)
  const blocked = rows[0]
  if (!blocked) return
  await record(ctx, 'sender.blocked', {
    about: { blocked_sender_id: blocked.id },
    details: { address: normalised(input), reason: input.reason },
  })
}

/** Lifts the block; refuses `not_found` where there is none. What was refused meanwhile can be tried again from the ledger. */
export async function unblockSender(ctx: Writing, input: { channel: BlockedChannel; address: string }): Promise<void> {
  if (!mayBlock(ctx.actor)) refuse('not_found', 'blocked_sender')
  const { rows } = await sql<{ id: string }>`update blocked_senders
    set lifted_at = ${ctx.now}::timestamptz, lifted_by = ${ctx.actor.person_id}::uuid
    where channel = ${input.channel}::text and address = ${normalised(input)}::text and lifted_at is null
    returning id`.execute(ctx.tx)
  const lifted = rows[0] ?? refuse('not_found', 'blocked_sender')
  await record(ctx, 'sender.unblocked', {
    about: { blocked_sender_id: lifted.id },
    details: { address: normalised(input) },
  })
}

/** Which of these addresses are blocked, as they were given. */
export async function blockedAmong(
  ctx: Reading,
  channel: BlockedChannel,
  addresses: readonly string[],
): Promise<Set<string>> {
  if (addresses.length === 0) return new Set()
  const { rows } = await sql<{ address: string }>`select address from blocked_senders
    where channel = ${channel}::text and lifted_at is null
      and address = any (${addresses.map((address) => normalised({ channel, address }))}::text[])`.execute(ctx.db)
  const blocked = new Set(rows.map((row) => row.address))
  return new Set(addresses.filter((address) => blocked.has(normalised({ channel, address }))))
}

export const isBlocked = async (ctx: Reading, channel: BlockedChannel, address: string): Promise<boolean> =>
  (await blockedAmong(ctx, channel, [address])).size > 0

export interface BlockedSender {
  id: string
  channel: BlockedChannel
  address: string
  reason: string
  blocked_by: { id: string; name: string } | null
  blocked_at: Date
}
const LIST_MAX = 200

/** The blocks in force, newest first. Who may not block sees none, so for them there is no such list: `not_found`. */
export async function listBlockedSenders(ctx: Reading): Promise<BlockedSender[]> {
  if (!mayBlock(ctx.actor)) refuse('not_found', 'blocked_senders')
  const { rows } = await sql<BlockedSender>`select b.id, b.channel, b.address, b.reason, b.blocked_at,
      case when p.id is not null then json_build_object('id', p.id, 'name', p.name) end as blocked_by
    from blocked_senders b left join people p on p.id = b.blocked_by
    where b.lifted_at is null order by b.blocked_at desc, b.id desc limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}
