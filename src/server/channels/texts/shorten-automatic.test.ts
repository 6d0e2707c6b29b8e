import { expect, test } from 'vitest'
import { system } from '../../platform/context.ts'
import { useDatabase } from '../../platform/testing.ts'
import { queueMessages, type NewMessage } from '../queue-messages.ts'
import { segment } from '../sms/segments.ts'
import { shorten } from './shorten-automatic.ts'

const database = useDatabase()

const link = ' https://bantuan.contoh.go.id/follow/abcdefghijklmnopqrstuvwxyz234567'

test('a text is cut behind a word and keeps its link', () => {
  const long = `Permintaan Anda sudah kami terima. ${'Mohon tunggu sebentar ya. '.repeat(30)}Lihat:`
  for (const parts_max of [1, 2, 4]) {
    const short = shorten(long + link, parts_max)
    expect(segment(short).parts.length).toBe(parts_max)
    expect(short.endsWith(`...${link}`)).toBe(true)
    expect(short).toMatch(/^Permintaan Anda sudah kami terima\./)
  }
  expect(shorten('Sudah.', 1)).toBe('Sudah.')
  expect(segment(shorten('😀'.repeat(300), 2)).parts.length).toBeLessThanOrEqual(2)
})

const aText = (given: Partial<NewMessage> = {}): NewMessage => ({
  channel: 'sms',
  kind: 'reply',
  recipient: '0812-3456-7890',
  text: '“Coba” matikan – lalu nyalakan…',
  language: 'id',
  automatic: false,
  ...given,
})

test(
  'a text goes to the number however it was written, folded, without a Message-ID; only what Pandu says itself is cut',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const long = 'a b '.repeat(300)
    await queueMessages(ctx, [
      aText(),
      aText({ text: long, automatic: true }),
      aText({ text: long }),
      aText({ channel: 'telegram', recipient: '99887766', text: '“Halo”', options: { buttons: [] } }),
      aText({ recipient: 'bukan nomor' }),
    ])
    const rows = await ctx.db.selectFrom('outbox').selectAll().orderBy('id').execute()
    expect(rows[0]).toMatchObject({
      address: '+6281234567890',
      text: '"Coba" matikan - lalu nyalakan...',
      mail_id: null,
    })
    expect(segment(rows[1]!.text).parts).toHaveLength(4)
    expect(rows[2]!.text).toBe(long.trim())
    expect(rows[3]).toMatchObject({ address: '99887766', text: '“Halo”', options: { buttons: [] } })
    expect(rows[4]).toMatchObject({ address: 'bukan nomor', state: 'waiting' })
  }),
)
