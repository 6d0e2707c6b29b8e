import { sql } from 'kysely'
import { z } from 'zod'
import { mustAdminister, normaliseAddress } from '../../people/index.ts'
import type { Reading, Writing } from '../../platform/context.ts'
import { refuse } from '../../platform/refusal.ts'
import { say } from '../../platform/words.ts'
import { queueMessages } from '../queue-messages.ts'
import { smsLines, type OpenedLine } from './read-gateways.ts'
import { seeGateways, type SeenGateway } from './tell-gateway-states.ts'

export const TryTexting = z.strictObject({ number: z.string().trim().min(1).max(40) })
export type TryTexting = z.infer<typeof TryTexting>

/**
 * A real SMS of one part by the real way: outbox, sender, gateway. Administrators only; refuses `invalid` for what is no number. Answers the
 * outbox row, in which everything that follows stands.
 */
export async function tryTexting(ctx: Writing, { number }: TryTexting): Promise<string> {
  const { actor } = ctx
  mustAdminister(actor)
  if (actor.kind !== 'staff') return refuse('forbidden', 'account.administrator')
  const recipient = normaliseAddress('phone', number)?.normalised
  if (!recipient) refuse('invalid', 'form', [{ path: 'number', key: 'fault.phone' }])
  const { language, name, person_id } = actor
  const site = new URL(ctx.app.settings.PANDU_ORIGIN).host
  const [id] = await queueMessages(ctx, [
    {
      channel: 'sms',
      kind: 'notice',
      recipient,
      recipient_name: name,
      recipient_id: person_id,
      text: say(language, 'settings.text_test_text', { site }),
      language,
      automatic: true,
    },
  ])
  return id!
}

/** One SMS gateway: what the settings say of it, how it is found now, and what became of the texts of a day. */
export interface SmsGateway extends Omit<OpenedLine, 'url'> {
  /** Null while no process sends, or it could not be opened. */
  state: SeenGateway | null
  texts: Record<string, number>
}

/** Every SMS gateway of the settings in their order; its address, which holds a password, is not told. Administrators only. */
export async function seeSmsGateways(ctx: Reading): Promise<SmsGateway[]> {
  mustAdminister(ctx.actor)
  const lines = smsLines(ctx.app.settings)
  if (lines.length === 0) return []
  const states = await seeGateways(ctx)
  const { rows } = await sql<{
    gateway: string
    state: string
    texts: number
  }>`select gateway, state, count(*)::int as texts from outbox
    where id >= uuid_floor(${ctx.now}::timestamptz - interval '1 day') and channel = 'sms' and gateway is not null
    group by gateway, state order by gateway, state limit 500`.execute(ctx.db)
  return lines.map(({ url: _, ...line }) => ({
    ...line,
    state: states.find(({ name }) => name === line.name) ?? null,
    texts: Object.fromEntries(
      rows.filter(({ gateway }) => gateway === line.name).map(({ state, texts }) => [state, texts]),
    ),
  }))
}
