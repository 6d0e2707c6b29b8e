import { expect, test } from 'vitest'
import { openSecrets } from '../../platform/secrets.ts'
import {
  isValidAddress,
  messageId,
  normaliseAddress,
  readMessageId,
  readReplyAddress,
  replyAddress,
  splitAddress,
} from './addresses.ts'

const secrets = openSecrets({ PANDU_SECRET: 'x'.repeat(32), PANDU_DATA: '/nowhere' })
const others = openSecrets({ PANDU_SECRET: 'y'.repeat(32), PANDU_DATA: '/nowhere' })
const domain = 'balas.contoh.go.id'
const participant_id = '0193c0de-1234-7abc-8def-0123456789ab'
const address = replyAddress(secrets, domain, { ticket_number: '100057', participant_id })

test('a reply address leads back to its ticket and participant', () => {
  expect(address).toMatch(/^100057-[a-z2-7]{52}@balas\.contoh\.go\.id$/)
  expect(readReplyAddress(secrets, domain, address)).toEqual({ ticket_number: '100057', participant_id })
  expect(readReplyAddress(secrets, domain, address.toUpperCase())).toEqual({ ticket_number: '100057', participant_id })
})

test('the longest number still fits 64 octets, and a longer one is refused', () => {
  const longest = replyAddress(secrets, domain, { ticket_number: '99999999999', participant_id })
  expect(splitAddress(longest).local).toHaveLength(64)
  expect(isValidAddress(longest)).toBe(true)
  expect(() => replyAddress(secrets, domain, { ticket_number: '999999999999', participant_id })).toThrow()
})

test('every changed character, another number, domain or secret is refused', () => {
  const { local } = splitAddress(address)
  for (let at = 0; at < local.length; at++) {
    const forged = local.slice(0, at) + (local[at] === '2' ? '3' : '2') + local.slice(at + 1)
    expect(readReplyAddress(secrets, domain, `${forged}@${domain}`), forged).toBeNull()
  }
  expect(readReplyAddress(secrets, domain, `${local}@contoh.go.id`)).toBeNull()
  expect(readReplyAddress(others, domain, address)).toBeNull()
  for (const odd of ['', '@', `%@${domain}`, `*@${domain}`, `${local}${local}@${domain}`, `100057-@${domain}`, domain])
    expect(readReplyAddress(secrets, domain, odd)).toBeNull()
})

test('a Message-ID of ours is known again, a forged one is not', () => {
  const id = participant_id
  for (const ticket_number of ['100057', null]) {
    const made = messageId(secrets, 'contoh.go.id', { ticket_number, id })
    expect(readMessageId(secrets, made)).toEqual({ ticket_number, id })
    expect(readMessageId(secrets, `<${made}>`)).toEqual({ ticket_number, id })
    expect(readMessageId(others, made)).toBeNull()
    expect(
      readMessageId(
        secrets,
        made.replace(/^./, (first) => (first === 'b' ? 'c' : 'b')),
      ),
    ).toBeNull()
  }
  const withNumber = messageId(secrets, 'contoh.go.id', { ticket_number: '100057', id })
  expect(readMessageId(secrets, withNumber.replace('100057', '100058'))).toBeNull()
  expect(readMessageId(secrets, '<reply-1-1-x@contoh.go.id>')).toBeNull()
})

test.each([
  [' Budi@Contoh.ID ', 'budi@contoh.id'],
  ['BUDI@BÜCHER.example', 'budi@xn--bcher-kva.example'],
  ['budi@xn--bcher-kva.example', 'budi@xn--bcher-kva.example'],
  ['"a@b"@contoh.id', '"a@b"@contoh.id'],
  ['budi', 'budi'],
])('%s is compared as %s', (given, expected) => {
  expect(normaliseAddress(given)).toBe(expected)
})

test.each([
  ['budi@contoh.id', true],
  ["o'brien+tiket@sub.contoh.go.id", true],
  ['андрей@почта.example', true],
  ['budi@localhost', true],
  ['budi@contoh', false],
  ['budi', false],
  ['@contoh.id', false],
  ['a@b@contoh.id', false],
  ['"a@evil.example x"@contoh.id', false],
  ['a..b@contoh.id', false],
  ['a b@contoh.id', false],
  ['a@contoh.id\r\nBcc: x@contoh.id', false],
  ['a\0@contoh.id', false],
  ['a,b@contoh.id', false],
  ['a<b@contoh.id', false],
  ['=?utf-8?q?a?=@contoh.id', false],
  ['a@[127.0.0.1]', false],
  ['a@127.0.0.1', false],
  ['a@-contoh.id', false],
  [`${'a'.repeat(65)}@contoh.id`, false],
  [`a@${'b.'.repeat(130)}id`, false],
])('%j valid: %s', (address, valid) => {
  expect(isValidAddress(address)).toBe(valid)
})
