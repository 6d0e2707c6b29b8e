import { expect, test } from 'vitest'
import { findSpeaker } from './find-speaker.ts'

const sms = (from: string) => findSpeaker('sms', { from })?.address ?? null

test.each<[string, string | null]>([
  ['081234567890', '+6281234567890'],
  ['6281234567890', '+6281234567890'],
  ['+6281234567890', '+6281234567890'],
  ['006281234567890', '+6281234567890'],
  ['+62 812-3456-7890', '+6281234567890'],
  ['(0812) 3456 7890', '+6281234567890'],
  ['0812.3456.7890', '+6281234567890'],
  ['+62 (0) 812 3456 7890', '+6281234567890'],
  ['0627-61001', '+6262761001'],
  ['02154210987', '+622154210987'],
  ['+14155550123', '+14155550123'],
  ['TELKOMSEL', null],
  ['3Indonesia', null],
  ['BPJS-Kes', null],
  ['1500', null],
  ['3636', null],
  ['*123#', null],
  ['', null],
  ['anonymous', null],
  ['123456789012345678901', null],
])('%j speaks as %s', (from, address) => {
  expect(sms(from)).toBe(address)
})

// The same numbers each time, so that a failure can be looked at.
function* mobileNumbers(count: number) {
  let state = 20261122
  const next = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  for (let i = 0; i < count; i++) {
    const prefix = ['811', '812', '821', '857', '878', '896', '838', '881'][next(8)]!
    const rest = Array.from({ length: 7 + next(2) }, () => String(next(10))).join('')
    yield { digits: prefix + rest, blank: ['', ' ', '-', '.'][next(4)]!, every: 3 + next(2) }
  }
}

test('however a number is written, it is one number', () => {
  for (const { digits, blank, every } of mobileNumbers(500)) {
    const spaced = digits.replace(new RegExp(`(.{${every}})(?=.)`, 'g'), `$1${blank}`)
    const spellings = [`0${spaced}`, `62${spaced}`, `+62${spaced}`, `+62 ${spaced}`, `0062${spaced}`, ` 0${spaced} `]
    expect(new Set(spellings.map(sms)), spaced).toEqual(new Set([`+62${digits}`]))
  }
})

test('a chat of Telegram is its id, and a number is no chat', () => {
  expect(findSpeaker('telegram', { from: ' 123456789 ' })).toEqual({ channel: 'telegram', address: '123456789' })
  expect(findSpeaker('telegram', { from: '+6281234567890' })).toBeNull()
})
