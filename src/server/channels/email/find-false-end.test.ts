import { expect, test } from 'vitest'
import { hasFalseEnd } from './find-false-end.ts'

const mail = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['LF.LF', 'x\n.\ny\r\n'],
  ['LF.CRLF', 'x\n.\r\ny\r\n'],
  ['CRLF.LF', 'x\r\n.\ny\r\n'],
  ['CR.CR', 'x\r.\ry\r\n'],
  ['CR.CRLF', 'x\r.\r\ny\r\n'],
  ['CRLF.CR', 'x\r\n.\ry\r\n'],
  ['LF.CRCRLF', 'x\n.\r\r\ny\r\n'],
  ['CRLF.NUL CRLF', 'x\r\n.\0\r\ny\r\n'],
  ['CRLF NUL.CRLF', 'x\r\n\0.\r\ny\r\n'],
  ['CRCRLF.CRCRLF', 'x\r\r\n.\r\r\ny\r\n'],
  ['at the very beginning', '.\nx\r\n'],
  ['at the very end', 'x\n.'],
])('a false end is found: %s', (_, text) => {
  expect(hasFalseEnd(mail(text))).toBe(true)
})

test.each([
  ['a dot of its own line, as it was stuffed', 'x\r\n.\r\ny\r\n'],
  ['a first line of one dot', '.\r\nx\r\n'],
  ['bare line feeds without a dot', 'a\nb\rc\r\n'],
  ['words and numbers', 'a.b\n1.5\r.. \r\n...\r\n.a\n'],
  ['NULs', '\0\0\r\n\0\0'],
  ['nothing', ''],
])('and is none: %s', (_, text) => {
  expect(hasFalseEnd(mail(text))).toBe(false)
})

test('looking costs the same for each byte, whatever they are', () => {
  // Processor time, not the clock's: other work on this machine does not count.
  const took = (bytes: Buffer) => {
    const began = process.cpuUsage()
    hasFalseEnd(bytes)
    return process.cpuUsage(began).user
  }
  for (const shape of ['.', '.\0', '\0', '\r\n.\r\n', '\0.']) {
    const [one, sixteen] = [250_000, 4_000_000].map((size) => {
      const bytes = Buffer.alloc(size, shape)
      return Math.min(took(bytes), took(bytes), took(bytes))
    })
    // A quadratic search would take 256 times as long.
    expect(sixteen! / Math.max(one!, 1_000), shape).toBeLessThan(100)
  }
})
