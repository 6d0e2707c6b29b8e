import { expect, test } from 'vitest'
import { readMail } from './read.ts'

/**
 * What reading costs grows as the mail does (trust R22): each hostile shape at n, 2n and 4n. Compared is processor time, the best of
 * several, and only as a ratio, so that a busy machine fails nothing; quadratic work would give 16 for 4n, linear gives 4.
 */
const RATIO_MAX = 9
const TRIES = 2
const AGAIN_MAX = 3
/** Below this the clock and the garbage collector are what is measured. */
const FLOOR_MS = 4

const mail = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))
const from = 'From: a@contoh.id\n'
const text = (body: string) => mail(`${from}\n${body}\n`)
const html = (body: string) => mail(`${from}Content-Type: text/html; charset=utf-8\n\n${body}\n`)
const field = (line: string) => mail(`${from}${line}\n\nx\n`)
const parts = (count: number, part: string) =>
  mail(`${from}Content-Type: multipart/mixed; boundary=b\n\n${`--b\n${part}\n`.repeat(count)}--b--\n`)
const nested = (depth: number) =>
  mail(
    from +
      Array.from({ length: depth }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`).join(
        '',
      ) +
      '\nx\n',
  )

const shapes: [string, number, (n: number) => Buffer][] = [
  ['parts', 200, (n) => parts(n, 'Content-Type: text/plain\n\nx')],
  ['attachments', 200, (n) => parts(n, 'Content-Type: image/png; name=a.png\n\nx')],
  ['mails in the mail', 200, (n) => parts(n, 'Content-Type: message/rfc822\n\nSubject: a\n\nx')],
  ['levels', 100, nested],
  ['header fields', 4000, (n) => field('X-A: b\n'.repeat(n).trim())],
  ['one long field', 200_000, (n) => field(`X-A: ${'b'.repeat(n)}`)],
  ['folds of one field', 10_000, (n) => field(`X-A: ${'b\n '.repeat(n)}c`)],
  ['recipients', 3000, (n) => field(`To: ${'Orang <orang@contoh.id>, '.repeat(n)}b@contoh.id`)],
  ['unclosed brackets', 20_000, (n) => field(`To: ${'<'.repeat(n)}`)],
  ['unclosed comments', 20_000, (n) => field(`To: ${'('.repeat(n)}\nDate: ${'('.repeat(n)}`)],
  ['unclosed quotes', 20_000, (n) => field(`To: ${'"a'.repeat(n)}`)],
  ['groups', 3000, (n) => field(`To: ${'a:b@contoh.id;,'.repeat(n)}`)],
  ['references', 5000, (n) => field(`References: ${'<a@contoh.id>\n '.repeat(n)}`)],
  ['encoded words', 2000, (n) => field(`Subject: ${'=?utf-8?Q?=C3=A9?=\n '.repeat(n)}x`)],
  ['beginnings of encoded words', 20_000, (n) => field(`Subject: ${'=?utf-8?Q?'.repeat(n)}`)],
  [
    'continued parameters',
    1000,
    (n) => field(`Content-Type: text/plain${Array.from({ length: n }, (_, at) => `; a*${at}*=x`).join('')}`),
  ],
  ['spaces', 200_000, (n) => text(`a${' '.repeat(n)}b`)],
  ['lines', 50_000, (n) => text('kata\n'.repeat(n))],
  ['quoted lines', 50_000, (n) => text(`halo\n${'> kata\n'.repeat(n)}`)],
  ['answers between', 20_000, (n) => text('> kata\nya\n'.repeat(n))],
  ['attributions', 5000, (n) => text('Pada 23 Nov 2026 08.00, Sari menulis:\n> a\nya\n'.repeat(n))],
  ['half attributions', 10_000, (n) => text('On <Pada menulis pada 2026\n'.repeat(n))],
  ['blocks of fields', 5000, (n) => text('Dari: a\nKepada: b\n'.repeat(n))],
  ['signatures', 20_000, (n) => text('-- \nSari\n'.repeat(n))],
  [
    'lines like boundaries',
    20_000,
    (n) => mail(`${from}Content-Type: multipart/mixed; boundary=b\n\n${'--c  \n'.repeat(n)}--b\n\nx\n--b--\n`),
  ],
  ['beginnings of uuencode', 20_000, (n) => text('begin 644 a\n#0V%T\n'.repeat(n))],
  ['beginnings of OpenPGP', 10_000, (n) => text('-----BEGIN PGP MESSAGE-----\n'.repeat(n))],
  ['soft lines', 20_000, (n) => mail(`${from}Content-Type: text/plain; format=flowed\n\n${'kata \n'.repeat(n)}`)],
  [
    'quoted-printable',
    100_000,
    (n) => mail(`${from}Content-Transfer-Encoding: quoted-printable\n\n${'=C3=A9'.repeat(n / 10)}`),
  ],
  ['base64 in one line', 200_000, (n) => mail(`${from}Content-Transfer-Encoding: base64\n\n${'QUJD'.repeat(n / 4)}\n`)],
  ['HTML paragraphs', 2000, (n) => html('<p>halo <b>kata</b></p>\n'.repeat(n))],
  ['HTML nested', 2000, (n) => html('<div>'.repeat(n) + 'x')],
  ['HTML quotations nested', 50, (n) => html('<blockquote>a'.repeat(n))],
  ['HTML unclosed tags', 10_000, (n) => html('<a <b '.repeat(n))],
  ['HTML attributes', 5000, (n) => html(`<p ${'a="b" '.repeat(n)}>x</p>`)],
  ['HTML rows', 500, (n) => html(`<table border=1>${'<tr><td>a</td><td>b</td></tr>'.repeat(n)}</table>`)],
  [
    'HTML cells that span much',
    100,
    (n) => html(`<table border=1>${'<tr><td colspan=1000 rowspan=1000>a<td>b</tr>'.repeat(n)}</table>`),
  ],
  ['HTML numbers', 100, (n) => html('<ol type=i start=900000000><li>a</ol>'.repeat(n))],
  ['HTML tables nested', 50, (n) => html('<table><tr><td>a'.repeat(n))],
  ['HTML lists nested', 50, (n) => html('<ul><li>a'.repeat(n))],
  ['HTML links', 1000, (n) => html('<a href="https://contoh.id/a">teks</a> '.repeat(n))],
  ['HTML comments', 5000, (n) => html('<!-- a --><!--'.repeat(n))],
  ['HTML entities', 10_000, (n) => html('&amp;&#8220;'.repeat(n))],
]

async function processorMs(raw: Buffer): Promise<number> {
  let best = Infinity
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = process.cpuUsage()
    await readMail(raw)
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

test.each(shapes)('%s cost in proportion', { timeout: 120_000 }, async (_, n, shape) => {
  const once = await processorMs(shape(n))
  const twice = await processorMs(shape(2 * n))
  let fourTimes = await processorMs(shape(4 * n))
  const ratioOf = () => fourTimes / Math.max(once, FLOOR_MS)
  // The process is shared, and collecting what other tests left is counted too: what is quadratic is so every time.
  for (let again = 0; again < AGAIN_MAX && ratioOf() >= RATIO_MAX; again++)
    fourTimes = Math.min(fourTimes, await processorMs(shape(4 * n)))
  const ratio = ratioOf()
  expect(ratio, `${once.toFixed(1)} ms, ${twice.toFixed(1)} ms, ${fourTimes.toFixed(1)} ms`).toBeLessThan(RATIO_MAX)
})
