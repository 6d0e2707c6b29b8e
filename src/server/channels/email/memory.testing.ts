/** For memory.test.ts only: reads one large mail in a thread of this process, and says how many times its size the process grew. */
import { openLog } from '../../platform/log.ts'
import { openMailReader } from './reader.ts'

const MAIL_BYTES = 25_000_000
const head = 'From: a@contoh.id\nSubject: x\nMIME-Version: 1.0\n'
const lines = (line: string, bytes: number) => `${line}\n`.repeat(Math.floor(bytes / (Buffer.byteLength(line) + 2)))
const base64 = (bytes: number) => lines('QUJD'.repeat(19), bytes)
const parts = (...all: string[]) =>
  `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHalo\n${all.map((part) => `--b\n${part}\n`).join('')}--b--\n`
const pdf = (bytes: number) =>
  `Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n${base64(bytes)}`

export const shapes: Record<string, () => string> = {
  'a file': () => parts(pdf(MAIL_BYTES)),
  'a mail in the mail': () => parts(`Content-Type: message/rfc822\n\nSubject: y\n${pdf(MAIL_BYTES)}`),
  'blanks behind boundaries': () => parts(pdf(MAIL_BYTES)).replaceAll('--b\n', '--b \n'),
  'a text of letters beyond ASCII': () => `${head}\n${lines('galát '.repeat(12), MAIL_BYTES)}`,
  'quoted-printable': () =>
    `${head}Content-Transfer-Encoding: quoted-printable\n\n${lines(`${'=C3=A9'.repeat(12)}=`, MAIL_BYTES)}`,
  HTML: () => `${head}Content-Type: text/html\n\n${lines('<p>halo</p>'.repeat(20), MAIL_BYTES)}`,
  uuencode: () => `${head}\nbegin 644 a.bin\n${lines(`M${'#0V%T'.repeat(12)}`, MAIL_BYTES)}end\n`,
}

const shape = shapes[process.argv[2] ?? '']
if (shape) console.log(JSON.stringify(await grownBy(Buffer.from(shape().replaceAll('\n', '\r\n')))))

async function grownBy(raw: Buffer): Promise<{ ratio: number; bytes: number }> {
  const reader = openMailReader({ log: openLog({ PANDU_LOG: 'silent' }), threads: 1 })
  await reader.read(Buffer.from('From: a@contoh.id\r\n\r\nHalo\r\n'))
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 2)
  await reader.read(raw)
  clearInterval(timer)
  peak = Math.max(peak, process.memoryUsage.rss())
  await reader.stop()
  return { ratio: (peak - before) / raw.byteLength, bytes: raw.byteLength }
}
