import { expect, test } from 'vitest'
import { readSettings } from '../../settings.ts'
import { shownSettings } from './shown-settings.ts'

const rowsOf = (environment: NodeJS.ProcessEnv) => {
  const { settings, sources } = readSettings({ PANDU_DATA: '/tidak/ada', ...environment })
  return shownSettings(settings, sources)
}

test('a value is shown with where it came from; what is not set is shown as not set', () => {
  const rows = rowsOf({ PANDU_PORT: '8081', PANDU_TRUSTED_PROXIES: '10.0.0.1, 10.1.0.0/16' })
  const row = (name: string) => rows.find((one) => one.name === name)
  expect(row('PANDU_PORT')).toEqual({ name: 'PANDU_PORT', value: '8081', source: 'environment' })
  expect(row('PANDU_SMTP_PORT')).toEqual({ name: 'PANDU_SMTP_PORT', value: '2525', source: 'default' })
  expect(row('PANDU_TRUSTED_PROXIES')?.value).toBe('10.0.0.1, 10.1.0.0/16')
  expect(row('PANDU_MAIL_RELAY')?.value).toBeNull()
  expect(row('PANDU_MAIL_DOMAIN')).toMatchObject({ value: 'localhost', source: 'default' })
})

test('no password and no secret is shown', () => {
  const text = JSON.stringify(
    rowsOf({
      PANDU_MAIL_RELAY: 'smtp://pandu:rahasia-satu@surel.contoh.test:587',
      DATABASE_URL: 'postgres://pemilik:rahasia-dua@db.contoh.test/pandu?password=rahasia-tiga&sslmode=require',
      PANDU_IMAP_URL: 'imaps://pandu:rahasia-lima@surel.contoh.test/INBOX',
      PANDU_SMS_GATEWAY:
        'kannel:http://pandu:rahasia-7@127.0.0.1:13013/cgi-bin/sendsms?password=rahasia-8#name=satu smpp://sistem:rahasia-9@smsc.contoh.test:2775',
      PANDU_SECRET: 'rahasia-empat-yang-cukup-panjang-sekali',
      PANDU_GATEWAY_KEY: 'rahasia-enam-untuk-gateway',
      PANDU_WHATSAPP_NUMBER_ID: '106540352242922',
      PANDU_WHATSAPP_NUMBER: '+6281112345678',
      PANDU_WHATSAPP_TOKEN: 'rahasia-tujuh',
      PANDU_WHATSAPP_SECRET: 'fade'.repeat(8),
      PANDU_WHATSAPP_VERIFY: 'rahasia-delapan-contoh',
      PANDU_TELEGRAM_TOKEN: '123456789:rahasia-sembilan-contoh',
      PANDU_TELEGRAM_SECRET: 'rahasia-sepuluh-contoh',
    }),
  )
  expect(text).not.toMatch(/rahasia|fade/)
  expect(text).toContain('smtp://pandu:••••••@surel.contoh.test:587')
  expect(text).toContain('#name=satu smpp://sistem:••••••@smsc.contoh.test:2775')
  expect(text).toContain('db.contoh.test/pandu')
})
