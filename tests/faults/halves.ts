/** Mails and uploads of which only a part is sent: to be cut off, to be finished, or to be there when the process ends. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { MAIL_DOMAIN, type RunningPandu } from '../e2e/start-pandu.ts'
import { byForm, formFields, formHeaders } from './ways.ts'

export interface Half {
  /** Sends what is left; answers the other side's first line, or null when it has hung up. */
  finish(): Promise<string | null>
  cut(): void
}

const LINE = `${'Lampiran '.repeat(8)}\r\n`

/** A side that listens: whatever it heard, and whether it is over. */
export function listenTo(socket: Socket) {
  let heard = ''
  let over = false
  let news = Promise.withResolvers<void>()
  const tell = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text
    tell()
  })
  socket.on('drain', tell).on('error', () => undefined)
  socket.once('close', () => {
    over = true
    tell()
  })
  return {
    heard: () => heard,
    isOver: () => over,
    /** Something came, there is room again, or it is over. */
    news: () => (over ? Promise.resolve() : news.promise),
    /** The first match, or null when the connection ended without one. */
    async until(pattern: RegExp): Promise<RegExpExecArray | null> {
      for (;;) {
        const found = pattern.exec(heard)
        if (found || over) return found
        await news.promise
      }
    },
  }
}

/** At which point of the conversation a mail host stands. */
export const stages = ['EHLO', 'MAIL', 'RCPT', 'DATA', 'half', 'last line'] as const
export type Stage = (typeof stages)[number]

/** A mail that has come so far. `bytes` of text; the subject is that of the way by mail. */
export async function halfMail(pandu: RunningPandu, name: string, stage: Stage, bytes = 2_000): Promise<Half> {
  const socket = connect(pandu.smtp_port, '127.0.0.1')
  const side = listenTo(socket)
  await side.until(/^220 /)
  const say = async (line: string, answer: RegExp) => {
    socket.write(line)
    await side.until(answer)
  }
  const reached = stages.indexOf(stage)
  await say('EHLO pengirim.contoh.id\r\n', /\n250 /)
  if (reached >= 1) await say(`MAIL FROM:<p${name}@contoh.id>\r\n`, /\n250 [^\n]*\n250 /)
  if (reached >= 2) await say(`RCPT TO:<helpdesk@${MAIL_DOMAIN}>\r\n`, /\n250 [^\n]*\n250 [^\n]*\n250 /)
  if (reached >= 3) await say('DATA\r\n', /\n354 /)
  const head = `From: p${name}@contoh.id\r\nTo: helpdesk@${MAIL_DOMAIN}\r\nMessage-ID: <${name}@contoh.id>\r\nSubject: Permohonan ${name}\r\n\r\n`
  const text = LINE.repeat(Math.ceil(bytes / LINE.length))
  const middle = stage === 'half' ? Math.floor(text.length / 2) : stage === 'last line' ? text.length : 0
  if (reached >= 4) await written(socket, head + text.slice(0, middle))
  return {
    async finish() {
      socket.write(`${reached >= 4 ? '' : head}${text.slice(middle)}.\r\n`)
      const answer = await side.until(/\n354 [^\n]*\n(\d{3} [^\r\n]*)\r\n/)
      socket.end()
      return answer?.[1] ?? null
    },
    cut: () => socket.destroy(),
  }
}

/**
 * A form with a file, of which a share of the bytes has come. `declared`: the length that the head tells, if it is another than the true
 * one.
 */
export async function halfUpload(
  pandu: RunningPandu,
  name: string,
  { share, bytes, declared }: { share: number; bytes: number; declared?: number },
): Promise<Half> {
  const fields = Object.entries(formFields(name))
    .map(([field, value]) => `--batas\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`)
    .join('')
  const file =
    '--batas\r\ncontent-disposition: form-data; name="files"; filename="foto.bin"\r\ncontent-type: application/octet-stream\r\n\r\n'
  const body = Buffer.from(`${fields}${file}${'x'.repeat(bytes)}\r\n--batas--\r\n`)
  const socket = connect(pandu.port, '127.0.0.1')
  const side = listenTo(socket)
  await once(socket, 'connect').catch(() => undefined)
  const headers = Object.entries(formHeaders(pandu, name)).map(([field, value]) => `${field}: ${value}\r\n`)
  const middle = Math.floor(body.length * share)
  await written(
    socket,
    `POST /ask?/send HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\ncontent-type: multipart/form-data; boundary=batas\r\n` +
      `content-length: ${declared ?? body.length}\r\n${headers.join('')}\r\n`,
  )
  await written(socket, body.subarray(0, middle))
  return {
    async finish() {
      socket.write(body.subarray(middle))
      const answer = await side.until(/^HTTP\/1\.1 (\d{3}) /m)
      socket.end()
      return answer?.[1] ?? null
    },
    cut: () => socket.destroy(),
  }
}

/** What was half sent by form is known by this subject, were it ever to become a ticket. */
export const subjectOfUpload = byForm.subjectOf

const written = (socket: Socket, text: string | Buffer) =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) return resolve()
    // Called with an error when the connection ends first.
    socket.write(text, () => resolve())
  })
