import { expect, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'

const mail = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))
const body = 'From: Budi <budi@contoh.id>\nSubject: Printer\nMessage-ID: <1@contoh.id>\n\nHalo.\n'

test('the same mail by another route is the same mail', () => {
  const direct = fingerprint(mail(body))
  const relayed = mail(
    'Return-Path: <budi@contoh.id>\nDelivered-To: helpdesk@contoh.go.id\n' +
      'Received: from a by b\n\twith ESMTP id 1;\n Sat, 21 Nov 2026 10:00:00 +0700\nARC-Seal: i=1; a=x\n' +
      'Authentication-Results: mx; spf=pass\nRECEIVED : from c by d\n' +
      body,
  )
  expect(fingerprint(relayed)).toBe(direct)
  expect(direct).toMatch(/^[0-9a-f]{64}$/)
})

test('one byte makes another mail, wherever it is', () => {
  const original = mail(body)
  for (const at of [2, 40, original.length - 3]) {
    const changed = Buffer.from(original)
    changed[at] = changed[at]! ^ 1
    expect(fingerprint(changed)).not.toBe(fingerprint(original))
  }
})

test('a trace field below the first other field counts', () => {
  const hidden = (hop: string) => mail(`From: a@contoh.id\nReceived: ${hop}\n\nHalo\n`)
  expect(fingerprint(hidden('one'))).not.toBe(fingerprint(hidden('two')))
})

test('mails without header, with LF only, empty or cut inside a trace field have a fingerprint', () => {
  const lf = Buffer.from('Received: x\n y\n' + body)
  expect(fingerprint(lf)).toBe(fingerprint(Buffer.from(body)))
  expect(fingerprint(lf)).not.toBe(fingerprint(mail(body)))
  expect(fingerprint(Buffer.from('\r\nno header'))).not.toBe(fingerprint(Buffer.from('no header')))
  const nothing = fingerprint(Buffer.alloc(0))
  expect(fingerprint(Buffer.from('Received: cut'))).toBe(nothing)
})

test('a colon far away does not make a field name', () => {
  const noise = Buffer.concat([Buffer.alloc(5_000_000, 0x61), Buffer.from(': x\r\n')])
  expect(fingerprint(noise)).not.toBe(fingerprint(Buffer.from('')))
})
