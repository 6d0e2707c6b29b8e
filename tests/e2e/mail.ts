/** The outside world of the mail tests: a real SMTP server that takes everything, and a real client that sends. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { simpleParser, type ParsedMail } from 'mailparser'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { SMTPServer } from 'smtp-server'

// As long as a wait for anything on a page: a busy machine sends late, a quiet one does not feel it.
const WAIT_MAX_MS = 90_000

/** A mail as it arrived at the sink: what the envelope said, the bytes, and what they mean. */
export type SunkMail = {
  from: string
  to: string[]
  raw: Buffer
  subject: string
  text: string
  headers: ParsedMail['headers']
  parsed: ParsedMail
}

export type MailSink = {
  port: number
  /** `smtp://…`, for `PANDU_MAIL_RELAY`. */
  url: string
  /** All mails so far, oldest first. */
  mails: SunkMail[]
  /** While set, every mail, or every one to this address, is refused at its end with this SMTP code and text; null takes mails again. */
  refusal: { code: number; text: string; to?: string } | null
  /** Answers the first mail, already here or still to come, that fits; fails after a minute and a half with a list of what came. */
  waitFor(fits: (mail: SunkMail) => boolean, within_ms?: number): Promise<SunkMail>
  /** The mails to one address so far. */
  to(address: string): SunkMail[]
  close(): Promise<void>
}

/** Starts an SMTP server on a free port of the loopback address. */
export async function startMailSink(): Promise<MailSink> {
  const mails: SunkMail[] = []
  const waiting = new Set<(mail: SunkMail) => void>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      buffer(stream)
        .then(async (raw) => {
          const { refusal } = sink
          const { mailFrom, rcptTo } = session.envelope
          if (refusal && (!refusal.to || rcptTo.some(({ address }) => address === refusal.to)))
            return done(Object.assign(new Error(refusal.text), { responseCode: refusal.code }))
          const mail = await readMail(
            raw,
            mailFrom ? mailFrom.address : '',
            rcptTo.map(({ address }) => address),
          )
          mails.push(mail)
          for (const tell of waiting) tell(mail)
          done()
        })
        .catch((error: unknown) => done(error instanceof Error ? error : new Error(String(error))))
    },
  })
  // A client that is killed in the middle of a mail resets the connection; that is the client's affair.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo

  const sink: MailSink = {
    port,
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refusal: null,
    waitFor: (fits, within_ms = WAIT_MAX_MS) => waitForMail(mails, waiting, fits, within_ms),
    to: (address) => mails.filter((mail) => mail.to.includes(address)),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return sink
}

async function readMail(raw: Buffer, from: string, to: string[]): Promise<SunkMail> {
  const parsed = await simpleParser(raw)
  return { from, to, raw, parsed, subject: parsed.subject ?? '', text: parsed.text ?? '', headers: parsed.headers }
}

function waitForMail(
  mails: SunkMail[],
  waiting: Set<(mail: SunkMail) => void>,
  fits: (mail: SunkMail) => boolean,
  within_ms: number,
): Promise<SunkMail> {
  const here = mails.find(fits)
  if (here) return Promise.resolve(here)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(tell)
      const came = mails.map(({ to, subject }) => `  to ${to.join(', ')}: ${subject}`).join('\n') || '  none'
      reject(new Error(`The expected mail did not come within ${within_ms} ms. Mails so far:\n${came}`))
    }, within_ms)
    const tell = (mail: SunkMail) => {
      if (!fits(mail)) return
      clearTimeout(timer)
      waiting.delete(tell)
      resolve(mail)
    }
    waiting.add(tell)
  })
}

/** The first link in a mail's text whose path begins so, e.g. `linkIn(mail, '/follow/')`; fails with the text if none. */
export function linkIn(mail: SunkMail, path: string): string {
  const links = mail.text.match(/https?:\/\/[^\s<>"')\]]+/g) ?? []
  const link = links.find((candidate) => new URL(candidate).pathname.startsWith(path))
  if (!link) throw new Error(`No link to ${path} in the mail "${mail.subject}":\n${mail.text}`)
  return link
}

/** Bytes that are sent as they are, with the envelope that carries them. */
export type RawMail = { raw: string | Buffer; from: string; to: string | string[] }

/**
 * Sends one mail to a port of the loopback address, composed by nodemailer or as raw bytes. Answers the server's last
 * line; a refused mail throws nodemailer's error (`responseCode`, `response`).
 */
export async function sendMail(
  port: number,
  mail: SendMailOptions | RawMail,
): Promise<{ response: string; message_id: string }> {
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
  try {
    const options: SendMailOptions = isRaw(mail) ? { raw: mail.raw, envelope: { from: mail.from, to: mail.to } } : mail
    const answer = await transport.sendMail(options)
    return { response: answer.response, message_id: answer.messageId }
  } finally {
    transport.close()
  }
}

const isRaw = (mail: SendMailOptions | RawMail): mail is RawMail =>
  typeof mail.raw === 'string' || Buffer.isBuffer(mail.raw)
