import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readSettings } from './settings.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-settings-'))
afterAll(() => rmSync(data, { recursive: true }))
const withFile = (text: string) => writeFileSync(join(data, 'pandu.env'), text)

describe('settings', () => {
  test('have defaults that work on a laptop', () => {
    const { settings, sources } = readSettings({ PANDU_DATA: join(data, 'none') })
    expect(settings).toMatchObject({
      PANDU_ORIGIN: 'http://localhost:8080',
      PANDU_PORT: 8080,
      PANDU_SMTP_PORT: 2525,
      PANDU_MAIL_DOMAIN: 'localhost',
      PANDU_REPLY_DOMAIN: 'balas.localhost',
    })
    expect(sources.PANDU_PORT).toBe('default')
  })
  test('come from pandu.env, and the environment wins', () => {
    withFile('PANDU_PORT=9000\nPANDU_SMTP_PORT=0\n')
    const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_PORT: '9001' })
    expect([settings.PANDU_PORT, settings.PANDU_SMTP_PORT]).toEqual([9001, 0])
    expect([sources.PANDU_PORT, sources.PANDU_SMTP_PORT]).toEqual(['environment', 'pandu.env'])
  })
  test('the address follows the port, from wherever it comes, unless it is said', () => {
    withFile('PANDU_PORT=9000\n')
    const addressWith = (given: Record<string, string>) => {
      const { settings, sources } = readSettings({ PANDU_DATA: data, ...given })
      return [settings.PANDU_ORIGIN, sources.PANDU_ORIGIN]
    }
    expect(addressWith({})).toEqual(['http://localhost:9000', 'default'])
    expect(addressWith({ PANDU_PORT: '8291' })).toEqual(['http://localhost:8291', 'default'])
    expect(addressWith({ PANDU_PORT: '80' })).toEqual(['http://localhost', 'default'])
    const said = 'https://bantuan.contoh.go.id'
    expect(addressWith({ PANDU_ORIGIN: said, PANDU_PORT: '8291' })).toEqual([said, 'environment'])
  })
  test('an empty value is none, whichever setting it is', () => {
    withFile('PANDU_SMTP_PORT=2600\nPANDU_LOG=\n')
    const none = readSettings({ PANDU_DATA: join(data, 'none') }).settings
    const names = Object.keys(none).filter((name) => name !== 'PANDU_DATA')
    const empty = Object.fromEntries([...names, 'DATABASE_URL', 'PANDU_SECRET'].map((name) => [name, ' ']))
    const { settings, sources } = readSettings({ ...empty, PANDU_DATA: data })
    expect(settings).toEqual({ ...none, PANDU_DATA: data, PANDU_SMTP_PORT: 2600 })
    expect([sources.PANDU_SMTP_PORT, sources.PANDU_LOG]).toEqual(['pandu.env', 'default'])
  })
  test.each(['10.0.0.1', '10.0.0.0/8, fd00::/8', '::1/128'])('a proxy may be %s', (value) => {
    withFile('')
    expect(readSettings({ PANDU_DATA: data, PANDU_TRUSTED_PROXIES: value })).toBeTruthy()
  })
  test.each([
    [{ PANDU_PORT: 'abc' }, /^PANDU_PORT must be a port number.*the environment/],
    [{ PANDU_PORT: '70000' }, /^PANDU_PORT must be a port number/],
    [{ PANDU_MAIL_DOMAIN: '-x' }, /^PANDU_MAIL_DOMAIN must be a domain name/],
    [{ PANDU_MAIL_RELAY: 'smtp://' }, /^PANDU_MAIL_RELAY must /],
    [{ PANDU_TELEGRAM_TOKEN: 'token' }, /^PANDU_TELEGRAM_TOKEN must be the token that @BotFather gave/],
    [{ PANDU_TELEGRAM_SECRET: 'ada spasi di dalamnya' }, /^PANDU_TELEGRAM_SECRET must have 16 to 256 letters/],
    [{ PANDU_TELEGRAM_API: 'http://api.contoh.test' }, /^PANDU_TELEGRAM_API must be .*http:\/\/ only for this machine/],
    [{ PANDU_TELEGRAM_API: 'bukan alamat' }, /^PANDU_TELEGRAM_API must be /],
    [{ PANDU_TELEGRAM_MODE: 'webhook' }, /^PANDU_TELEGRAM_MODE is webhook, and PANDU_TELEGRAM_SECRET is missing/],
    [{ PANDU_LMTP_PORT: 'lmtp' }, /^PANDU_LMTP_PORT must be a port number.*path of a socket/],
    [{ PANDU_SMS_GATEWAY: 'modem:/dev/ttyUSB0' }, /^PANDU_SMS_GATEWAY must be gateways separated by blanks.*kannel:/],
    [{ PANDU_IMAP_URL: 'https://surel.contoh.test' }, /^PANDU_IMAP_URL must be a mailbox/],
    [{ PANDU_IMAP_URL: 'imaps://surel.contoh.test' }, /^PANDU_IMAP_URL must name a mail server and a user/],
    [{ PANDU_IMAP_AFTER: 'hapus' }, /^PANDU_IMAP_AFTER must be seen, flagged or move:FOLDER/],
    [{ PANDU_SMTP_KEY: '/etc/kunci.pem' }, /^PANDU_SMTP_CERTIFICATE and PANDU_SMTP_KEY belong together/],
    [
      { PANDU_WHATSAPP_TOKEN: 'EAAcontoh' },
      /^PANDU_WHATSAPP_NUMBER_ID is missing beside PANDU_WHATSAPP_TOKEN; set all of /,
    ],
    [{ PANDU_WHATSAPP_SECRET: 'ABC' }, /^PANDU_WHATSAPP_SECRET must be the App secret/],
    [{ PANDU_WHATSAPP_NUMBER: '0811 1234' }, /^PANDU_WHATSAPP_NUMBER must be a number with country code/],
    [{ PANDU_WHATSAPP_API: 'http://graph.contoh.test/v25.0' }, /^PANDU_WHATSAPP_API must be an https address/],
    [{ PANDU_WHATSAPP_API: 'https://graph.contoh.test' }, /^PANDU_WHATSAPP_API must be .* ends in a version/],
    [{ PANDU_HOST: '999.1.1.1' }, /^PANDU_HOST must be an IP address/],
    [{ PANDU_ORIGIN: 'bantuan.contoh.go.id' }, /^PANDU_ORIGIN /],
    [{ PANDU_ORIGIN: 'https://bantuan.contoh.go.id/pandu' }, /^PANDU_ORIGIN must be an origin/],
    [{ PANDU_MAIL_RELAY: 'mail.contoh.go.id' }, /^PANDU_MAIL_RELAY /],
    [{ PANDU_SECRET: 'short' }, /^PANDU_SECRET must have at least 32/],
    [{ DATABASE_URL: 'mysql://x' }, /^DATABASE_URL must be a PostgreSQL address/],
    [{ PANDU_LOG: 'loud' }, /^PANDU_LOG must be one of debug/],
    [{ PANDU_TRUSTED_PROXIES: 'proxy.contoh' }, /^PANDU_TRUSTED_PROXIES /],
    [{ PANDU_TRUSTED_PROXIES: '10.0.0.0/99' }, /^PANDU_TRUSTED_PROXIES must be IP addresses or networks/],
    [{ PANDU_TRUSTED_PROXIES: '10.0.0.1,10.0.0.0/' }, /^PANDU_TRUSTED_PROXIES /],
    [{ PANDU_TRUSTED_PROXIES: 'fd00::/129' }, /^PANDU_TRUSTED_PROXIES /],
  ])('a wrong value stops the start with one line: %o', (given, line) => {
    withFile('')
    const attempt = () => readSettings({ PANDU_DATA: data, ...(given as Record<string, string>) })
    expect(attempt).toThrow(line)
    expect(attempt).toThrow(/^[^\n]*(correct it|remove)[^\n]*$/)
  })
  test('a misspelt name in pandu.env is told, not ignored', () => {
    withFile('PANDU_PROT=9000\n')
    expect(() => readSettings({ PANDU_DATA: data })).toThrow(/PANDU_PROT .* is not a setting/)
  })
})
