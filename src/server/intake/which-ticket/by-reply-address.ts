import type { App } from '../../platform/app.ts'
import { readReplyAddress } from '../../channels/index.ts'
import type { ReadMail } from '../read-items.ts'
import type { Clue } from './clue.ts'

/** First: our signed reply address, in the envelope or in To and Cc (a list server may have changed the envelope). */
export function byReplyAddress(app: Pick<App, 'secrets' | 'settings'>, { item, mail }: ReadMail): Clue[] {
  const recipients = [...item.recipients, ...[...mail.to, ...mail.cc].map(({ address }) => address)]
  return [...new Set(recipients)].flatMap((address) => {
    const reply = readReplyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, address)
    return reply ? [{ by: 'reply_address', ...reply }] : []
  })
}
