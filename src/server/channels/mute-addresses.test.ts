import { expect, test } from 'vitest'
import { isDead, isDeadNumber, isRefusedNumber } from './mute-addresses.ts'

test.each([
  ['5.1.1', '550 5.1.1 no such user', true],
  ['5.1.2', 'domain not found', true],
  ['5.1.6', 'moved', true],
  ['5.1.10', 'null MX', true],
  ['5.2.1', 'mailbox disabled', true],
  ['5.1.0', 'address rejected', false],
  ['5.1.0', 'unknown user', true],
  // About the sender, the mailbox's size, the words, or the way there: the address lives.
  ['5.1.7', 'bad sender', false],
  ['5.1.8', 'bad sender system', false],
  ['5.2.2', 'mailbox full', false],
  ['5.3.4', 'message too big', false],
  ['5.4.4', 'no route', false],
  ['5.7.1', 'user unknown to this relay, access denied', false],
  ['4.1.1', 'no such user, for now', false],
  ['550', 'no such user here', true],
  ['550', 'User sari@contoh.id unknown', true],
  ['550', 'alamat tidak dikenal', true],
  ['550', 'message refused by policy', false],
  ['554', 'This mailbox is disabled', true],
  ['451', 'no such user', false],
  ['5.0.0', 'recipient does not exist', true],
  [null, 'no such user', false],
])('%s “%s”: dead %s', (status, said, dead) => {
  expect(isDead(status, said)).toBe(dead)
})

test.each([
  ['UNDELIV 001', true],
  ['UNDELIV 1', true],
  ['400 Unknown Subscriber', true],
  ['UNDELIV 027', false],
  ['UNDELIV 000', false],
  ['EXPIRED 001', false],
  // At once, and perhaps by a setting of ours.
  ['ESME_RINVDSTADR', false],
  ['reported', false],
])('“%s”: nobody has the number: %s', (said, dead) => {
  expect(isDeadNumber(said)).toBe(dead)
})

test.each([
  ['ESME_RINVDSTADR', true],
  ['NACK/0x0000000b/Invalid Destination Address', true],
  ['refused_number 200 Nomor salah', true],
  // A setting of ours, the words, or the operator's own trouble.
  ['ESME_RINVDSTTON', false],
  ['NACK/0x00000058/Throttling Error', false],
  ['NACK/0x000000b1/x', false],
  ['ESME_RSUBMITFAIL', false],
  ['too_long', false],
])('“%s”: refused as no number: %s', (said, is_number) => {
  expect(isRefusedNumber(said)).toBe(is_number)
})
