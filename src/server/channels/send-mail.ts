import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { fault } from '../platform/fault.ts'
import { isLoopback } from '../platform/is-loopback.ts'
import type { DueMessage } from './claim-due.ts'
import { bounceAddress, isValidAddress } from './email/addresses.ts'
import { withMarker } from './email/body-marker.ts'
import { composeMail, type Envelope } from './email/compose.ts'
import { classifyFailure, type Failure, type MailRelay } from './email/send.ts'

/** What became of one attempt for one recipient. */
export type Attempt =
  | { state: 'sent' }
  /** Nothing may leave, and why: no relay at all, or links that lead nobody anywhere. */
  | { state: 'kept'; error: 'origin_is_local' | null }
  /** `status`: what the relay answered, enhanced where it says so; null when it was not asked. */
  | { state: 'refused'; error: string; status: string | null }
  /** `relay`: whoever the recipient is. `slow`: it held a connection until a deadline. */
  | { state: 'later'; error: string; relay: boolean; slow: boolean }
  /** Nothing was tried: the address had enough for now, or is muted. */
  | { state: 'limited'; until: Date }
  | { state: 'muted'; error: string }
  /** Nothing was tried: the process ends. */
  | { state: 'released' }

const ERROR_LENGTH_MAX = 500

/** Sends one row of the outbox. Never throws: whatever goes wrong with one recipient stays with that one. */
export async function sendMail(
  app: App,
  relay: MailRelay | null,
  from_name: string,
  message: DueMessage,
): Promise<Attempt> {
  if (message.muted !== null) return { state: 'muted', error: message.muted }
  if (message.limited_until) return { state: 'limited', until: message.limited_until }
  if (!isValidAddress(message.recipient)) return { state: 'refused', error: 'bad_address', status: null }
  let mail: { raw: Buffer; envelope: Envelope }
  try {
    mail = await compose(app, from_name, message)
  } catch (error) {
    // Our own fault (a missing attachment, say): somebody may repair it within the three days.
    app.log.error({ outbox_id: message.id, code: codeOf(error) }, 'a mail could not be composed')
    return { ...OURS, error: 'not_composed' }
  }
  if (!relay) return keep(app, message.id, mail.raw)
  try {
    const { rejected } = await relay.send(mail.raw, mail.envelope, { id: message.id, on: reportsFor(message.kind) })
    fault('outbox.after_send')
    return rejected[0] ? refusedOrLater(rejected[0].failure) : { state: 'sent' }
  } catch (error) {
    return refusedOrLater(classifyFailure(error))
  }
}

/** A fault of this machine; nobody else's mail waits for it. */
const OURS = { state: 'later', relay: false, slow: false } as const

/** Where somebody waits to hear whether it arrived, the relay is asked to say that too; the others need to be told of faults only. */
const reportsFor = (kind: string) =>
  kind === 'reply' || kind === 'offer' ? (['SUCCESS', 'FAILURE', 'DELAY'] as const) : (['FAILURE', 'DELAY'] as const)

function refusedOrLater({ permanent, relay, slow, code, response }: Failure): Attempt {
  const error = [code, response].filter(Boolean).join(' ').slice(0, ERROR_LENGTH_MAX)
  return permanent ? { state: 'refused', error, status: code } : { state: 'later', error, relay, slow }
}

async function compose(app: App, from_name: string, message: DueMessage) {
  const { PANDU_MAIL_DOMAIN, PANDU_ORIGIN, PANDU_REPLY_DOMAIN } = app.settings
  // An installation tried out under a bare IP address has no mail domain; its mails can still be read where they are kept.
  const helpdesk = `helpdesk@${PANDU_MAIL_DOMAIN}`
  const bounces = bounceAddress(app.secrets, PANDU_REPLY_DOMAIN, message.id)
  return composeMail({
    from: { name: from_name, address: isValidAddress(helpdesk) ? helpdesk : 'helpdesk@localhost' },
    to: { name: message.recipient_name, address: message.recipient },
    reply_to:
      message.reply_to && isValidAddress(message.reply_to) ? { name: from_name, address: message.reply_to } : null,
    subject: message.subject,
    text: withMarker(message.text, message.reply_to),
    message_id: message.mail_id,
    in_reply_to: message.in_reply_to,
    references: message.mail_references,
    date: message.created_at,
    automatic: message.automatic,
    language: message.language,
    origin: PANDU_ORIGIN,
    // What comes back there is read by a program that never answers (RFC 3834 3.3 asks for that, or for no address at all), and names
    // this recipient of this mail whatever it says.
    ...(isValidAddress(bounces) ? { return_path: bounces } : {}),
    attachments: await Promise.all(
      message.attachments.map(async ({ name, type, sha256 }) => ({ name, type, content: await bytesOf(app, sha256) })),
    ),
  })
}

async function bytesOf(app: App, sha256: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of await app.files.read(sha256)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/**
 * `data/outbox/<id>.eml`: what would have been sent, whole or not at all for whoever looks. Not flushed: it goes nowhere, and its words stand in
 * the row, from which they can be read after a power cut too. Nor written on the main thread: while PostgreSQL flushes, making a file waits for the disk,
 * and whoever sends us a mail would wait with it.
 */
async function keep(app: App, id: string, raw: Buffer): Promise<Attempt> {
  const folder = join(app.settings.PANDU_DATA, 'outbox')
  const temporary = join(folder, `${id}.${randomUUID()}.tmp`)
  const write = () => writeFile(temporary, raw, { flag: 'wx', mode: 0o600 })
  try {
    await write().catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await write()
    })
    await rename(temporary, join(folder, `${id}.eml`))
  } catch (error) {
    await rm(temporary, { force: true })
    return { ...OURS, error: `not_kept ${codeOf(error) ?? ''}`.trim() }
  }
  return { state: 'kept', error: app.settings.PANDU_MAIL_RELAY ? 'origin_is_local' : null }
}

/** Links to a loopback origin lead the recipient nowhere, so nothing leaves this machine then. With both on loopback mail is sent. */
export function maySend({
  PANDU_MAIL_RELAY,
  PANDU_ORIGIN,
}: Pick<App['settings'], 'PANDU_MAIL_RELAY' | 'PANDU_ORIGIN'>): boolean {
  if (!PANDU_MAIL_RELAY) return false
  return !isLoopback(new URL(PANDU_ORIGIN).hostname) || isLoopback(new URL(PANDU_MAIL_RELAY).hostname)
}
