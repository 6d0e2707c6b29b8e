/** For tests only: mails, and taking them through the whole intake. Not exported by index.ts. */
import type { App } from '../platform/app.ts'
import { openMailReader, takeMail, type MailReader } from '../channels/index.ts'
import { newId } from '../platform/ids.ts'
import { intakeOnce } from './start-intake.ts'

export interface TestMail {
  from?: string
  to?: string
  subject?: string
  text?: string
  message_id?: string
  in_reply_to?: string
  references?: string
  /** More header lines. */
  headers?: string[]
  envelope_from?: string | null
  recipients?: string[]
  /** Instead of everything above. */
  raw?: Buffer
}

/** The bytes and envelope of a mail from Sari, unless told otherwise. */
export function aMail(given: TestMail = {}) {
  const from = given.from ?? 'Sari <sari@dinkes.contoh.go.id>'
  const lines = [
    `From: ${from}`,
    `To: ${given.to ?? 'helpdesk@localhost'}`,
    `Subject: ${given.subject ?? 'Pencetak mati'}`,
    `Message-ID: <${given.message_id ?? `${newId()}@dinkes.contoh.go.id`}>`,
    ...(given.in_reply_to ? [`In-Reply-To: <${given.in_reply_to}>`] : []),
    ...(given.references ? [`References: ${given.references}`] : []),
    ...(given.headers ?? []),
    'Content-Type: text/plain; charset=utf-8',
    '',
    given.text ?? 'Pencetak kami tidak mau mencetak sejak kemarin.',
  ]
  return {
    raw: given.raw ?? Buffer.from(lines.join('\r\n') + '\r\n'),
    envelope_from: given.envelope_from === undefined ? (/<(.*)>/.exec(from)?.[1] ?? from) : given.envelope_from,
    recipients: given.recipients ?? [given.to ?? 'helpdesk@localhost'],
    remote: '127.0.0.1',
    greeting: 'mail.contoh.go.id',
  }
}

/** Takes mails into the ledger in this order and settles all that waits. Answers the ids of their items. */
export async function takeIn(app: App, ...mails: TestMail[]): Promise<string[]> {
  const ids: string[] = []
  for (const mail of mails) ids.push((await takeMail(app, aMail(mail))).id)
  await settleWaiting(app)
  return ids
}

/** One for the file's whole run, because starting a thread takes longer than reading; an idle one keeps no process alive. */
let reader: MailReader | undefined

export async function settleWaiting(app: App): Promise<void> {
  reader ??= openMailReader({ log: app.log, threads: 1 })
  while (await intakeOnce(app, reader));
}
