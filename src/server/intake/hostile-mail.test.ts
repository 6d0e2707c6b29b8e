import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { rawItem, seeItem } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { read, system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { listMessages } from '../tickets/index.ts'
import { takeIn } from './testing.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))
const asSystem = <T>(work: Parameters<typeof read<T>>[2]) => read(database.app(), system, work)

test('a mail that the reader gives up on is put aside with its reason, its header and its bytes; its neighbours become tickets', async () => {
  const head =
    'From: Penyerang Contoh <penyerang@contoh.id>\r\nSubject: Sejuta bagian\r\nMessage-ID: <sejuta@contoh.id>\r\n'
  const raw = Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(20_000)}--b--\r\n`,
  )
  const [before, hostile, after] = await takeIn(
    database.app(),
    { from: 'Satu Contoh <satu@contoh.id>' },
    { raw, from: 'penyerang@contoh.id' },
    { from: 'Dua Contoh <dua@contoh.id>' },
  )
  expect(await asSystem((ctx) => seeItem(ctx, hostile!))).toMatchObject({
    outcome: 'quarantined',
    reason: 'limits',
    subject: 'Sejuta bagian',
    message_id: 'sejuta@contoh.id',
    sender: { name: 'Penyerang Contoh', address: 'penyerang@contoh.id' },
    ticket: null,
  })
  const kept = await asSystem((ctx) => rawItem(ctx, hostile!))
  expect(await buffer(kept.bytes)).toEqual(raw)
  expect(kept.sha256).toBe(createHash('sha256').update(raw).digest('hex'))
  for (const id of [before!, after!])
    expect(await asSystem((ctx) => seeItem(ctx, id))).toMatchObject({ outcome: 'ticket' })
})

test('the desk shows the parts of a mail apart, and a calendar in lines', async () => {
  const text = 'Sudah bisa.\r\n\r\n-- \r\nSari Contoh\r\n\r\nPada 23/11/26 07.58, Meja Bantuan menulis:\r\n> Coba lagi.'
  const calendar =
    'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Pelatihan\r\nLOCATION:Aula\r\nDTSTART:20261201T020000Z\r\nEND:VEVENT\r\nEND:VCALENDAR'
  const raw = Buffer.from(
    'From: Sari Contoh <sari@contoh.id>\r\nSubject: Undangan\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n' +
      `--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n--b\r\nContent-Type: text/calendar\r\n\r\n${calendar}\r\n--b--\r\n`,
  )
  const [id] = await takeIn(database.app(), { raw, from: 'sari@contoh.id' })
  const { ticket } = await asSystem((ctx) => seeItem(ctx, id!))
  const [message] = await asSystem((ctx) => listMessages(ctx, ticket!.id))
  expect(message).toMatchObject({
    text: 'Sudah bisa.\n\nUndangan kalender: Pelatihan\nWaktu: Sel 1 Des 2026 09.00 WIB\nTempat: Aula',
    quoted_text: 'Pada 23/11/26 07.58, Meja Bantuan menulis:\n> Coba lagi.',
    signature_text: '-- \nSari Contoh',
    attachments: [{ name: 'undangan.ics', type: 'text/calendar' }],
  })
})
