import type { App } from '../platform/app.ts'
import {
  isReport,
  readBounce,
  readBounceAddress,
  readMessageId,
  type DeliveryReport,
  type Mail,
} from '../channels/index.ts'

/** A mail and the envelope in which it came. */
export interface Enveloped {
  mail: Mail
  item: { envelope_from: string | null; recipients: readonly string[] }
}

/** RFC 3464, and hosts that answer in words of their own. */
export const isDeliveryReport = (mail: Mail, null_return_path = false): boolean =>
  isReport(mail) || readBounce(mail, null_return_path) !== null

/** The rows of the outbox whose envelope sender a mail came to. */
export const bouncedRows = (app: App, recipients: readonly string[]): string[] => [
  ...new Set(
    recipients.flatMap((address) => readBounceAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, address) ?? []),
  ),
]

const NOTHING_SAID = { action: 'noted', status: null, said: '', addresses: [] } as const

/**
 * What a delivery report says about mails of ours. Which mail is meant is told by the address to which the report came, or by a Message-ID in
 * it; both are signed, and only the recipient and the hosts on the way know them. What the report says without either concerns nothing.
 */
export function readDeliveryReports(app: App, { mail, item }: Enveloped): DeliveryReport[] {
  const bounce = readBounce(mail, item.envelope_from === null)
  const rows = bouncedRows(app, item.recipients)
  const ids = (bounce?.mail_ids ?? []).filter((id) => readMessageId(app.secrets, id) !== null)
  const meant =
    rows.length > 0
      ? rows.map((outbox_id) => ({ outbox_id, mail_id: null }))
      : ids.map((mail_id) => ({ outbox_id: null, mail_id }))
  // An automatic answer to the envelope sender, or a report in words that we do not know.
  const said = bounce && bounce.recipients.length > 0 ? bounce.recipients : [NOTHING_SAID]
  return meant.flatMap((mail_meant) =>
    said.map(({ action, status, said, addresses }) => ({
      ...mail_meant,
      state: action,
      status,
      said,
      addresses,
    })),
  )
}
