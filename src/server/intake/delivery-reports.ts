import type { App } from '../platform/app.ts'
import { readMessageId, type DeliveryReport, type Mail } from '../channels/index.ts'

const BYTES_EXAMINED = 65_536
const REPORTS_MAX = 20

/** RFC 3464, and hosts that answer a null return path in words of their own. */
export const isDeliveryReport = (mail: Mail): boolean =>
  mail.auto.reason === 'report' ||
  mail.content_type === 'multipart/report' ||
  mail.content_type === 'message/delivery-status'

/**
 * What a delivery report says about mails of ours. The mail meant is named by its Message-ID, which only its recipient and the hosts
 * on the way know; ids that we did not sign are left out.
 */
export function readDeliveryReports(app: App, mail: Mail): DeliveryReport[] {
  const parts = [
    mail.text,
    mail.quoted_text ?? '',
    ...mail.attachments
      .filter(({ type }) => /^(message|text)\//.test(type))
      .map(({ content }) => Buffer.from(content.subarray(0, BYTES_EXAMINED)).toString('latin1')),
  ].map((part) => part.slice(0, BYTES_EXAMINED))
  const all = parts.join('\n')
  const state = /^Action:\s*failed/im.test(all) ? 'failed' : /^Action:\s*delivered/im.test(all) ? 'delivered' : null
  if (!state) return []
  const status = /^Status:\s*([245]\.\d{1,3}\.\d{1,3})/im.exec(all)?.[1] ?? null
  const named = [...all.matchAll(/^Message-ID:\s*<([^<>\s]{1,998})>/gim)].map((match) => match[1]!)
  const ours = [...new Set([...named, ...mail.in_reply_to, ...mail.references])].filter(
    (id) => readMessageId(app.secrets, id) !== null,
  )
  return ours.slice(0, REPORTS_MAX).map((mail_id) => ({ mail_id, state, status }))
}
