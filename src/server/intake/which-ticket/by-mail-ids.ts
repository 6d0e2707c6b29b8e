import type { Mail } from '../../channels/index.ts'
import type { Clue } from './clue.ts'

/**
 * Second: In-Reply-To, then References from the newest, and the mail's own id, because somebody's answer to it may have come before it.
 * They are looked up in the table of every id that we sent, received or saw referenced.
 */
export const byMailIds = ({ in_reply_to, references, message_id }: Mail): Clue[] =>
  [...new Set([...in_reply_to, ...references.toReversed(), ...(message_id ? [message_id] : [])])].map((mail_id) => ({
    by: 'mail_id',
    mail_id,
  }))
