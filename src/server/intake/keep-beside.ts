import type { Writing } from '../platform/context.ts'
import { splitAddress } from '../channels/index.ts'
import { normaliseAddress } from '../people/index.ts'
import { keepHtmls, suggestParticipants, type Suggested } from '../tickets/index.ts'
import type { LookedUp } from './look-up.ts'

interface Entered {
  read: LookedUp
  ticket: { id: string }
  message_id: string
}

/** Of one mail; ten thousand in Cc suggest no more. */
const SUGGESTED_MAX = 20

/** What stands beside the texts of mails that became messages: their HTML forms, and whom they were also sent to. */
export async function keepBeside(ctx: Writing, entered: readonly Entered[]): Promise<void> {
  await keepHtmls(
    ctx,
    entered.flatMap(({ read: { mail }, ticket, message_id }) =>
      mail.html ? [{ ticket_id: ticket.id, message_id, ...mail.html }] : [],
    ),
  )
  await suggestParticipants(
    ctx,
    entered.flatMap((one) => suggestedBy(ctx, one)),
  )
}

/**
 * To and Cc but ourselves and the sender. None from a mail whose sender is doubtful, nor from a program: a forged mail must not put a name
 * in front of an agent (trust: Cc takeover).
 */
function suggestedBy(ctx: Writing, { read: { mail, known }, ticket, message_id }: Entered): Suggested[] {
  if (known.doubtful || mail.auto.automatic || known.agents.size > 0) return []
  const { PANDU_MAIL_DOMAIN, PANDU_REPLY_DOMAIN } = ctx.app.settings
  const ours = new Set([PANDU_MAIL_DOMAIN, PANDU_REPLY_DOMAIN])
  const others = [...mail.to, ...mail.cc].flatMap(({ name, address }) => {
    const point = normaliseAddress('email', address)
    if (!point || point.normalised === known.sender?.normalised) return []
    return ours.has(splitAddress(point.normalised).domain) ? [] : [{ name, ...point }]
  })
  return [...new Map(others.map((one) => [one.normalised, one])).values()]
    .slice(0, SUGGESTED_MAX)
    .map(({ name, address, normalised }) => ({ ticket_id: ticket.id, message_id, name, address, normalised }))
}
