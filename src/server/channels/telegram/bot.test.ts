import { expect, test } from 'vitest'
import { readSettings } from '../../../settings.ts'
import { botId, webhookAddress, whyFetching } from './bot.ts'

const SECRET = 'kata-rahasia-contoh-1'
const settingsOf = (given: Record<string, string>) =>
  readSettings({ PANDU_DATA: '/tidak/ada', PANDU_TELEGRAM_TOKEN: '123456789:kenari-token-contoh-0', ...given }).settings

test.each([
  [{}, null, 'no_secret'],
  [{ PANDU_ORIGIN: 'https://bantuan.contoh.go.id' }, null, 'no_secret'],
  [{ PANDU_TELEGRAM_SECRET: SECRET }, null, 'origin'],
  [
    { PANDU_TELEGRAM_SECRET: SECRET, PANDU_ORIGIN: 'https://bantuan.contoh.go.id' },
    'https://bantuan.contoh.go.id',
    null,
  ],
  [
    { PANDU_TELEGRAM_SECRET: SECRET, PANDU_ORIGIN: 'https://bantuan.contoh.go.id:8443' },
    'https://bantuan.contoh.go.id:8443',
    null,
  ],
  [{ PANDU_TELEGRAM_SECRET: SECRET, PANDU_ORIGIN: 'https://bantuan.contoh.go.id:9443' }, null, 'origin'],
  [{ PANDU_TELEGRAM_SECRET: SECRET, PANDU_ORIGIN: 'http://bantuan.contoh.go.id' }, null, 'origin'],
  [{ PANDU_TELEGRAM_SECRET: SECRET, PANDU_ORIGIN: 'https://localhost' }, null, 'origin'],
  [
    { PANDU_TELEGRAM_SECRET: SECRET, PANDU_ORIGIN: 'https://bantuan.contoh.go.id', PANDU_TELEGRAM_MODE: 'polling' },
    null,
    'chosen',
  ],
  // A server of one's own brings to any address.
  [
    { PANDU_TELEGRAM_SECRET: SECRET, PANDU_TELEGRAM_MODE: 'webhook', PANDU_ORIGIN: 'http://10.0.0.9:8080' },
    'http://10.0.0.9:8080',
    null,
  ],
])('%j', (given, origin, why) => {
  const settings = settingsOf(given)
  expect(webhookAddress(settings)).toBe(origin && `${origin}/channels/telegram`)
  expect(whyFetching(settings)).toBe(why)
  expect(botId(settings)).toBe('123456789')
})
