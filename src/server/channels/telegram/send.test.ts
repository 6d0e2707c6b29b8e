/** What goes out, against a server that speaks the Bot API: pieces, buttons, files, and what each no means. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startTelegram, TOKEN } from '../../../../tests/peers/telegram-server.ts'
import { readSettings } from '../../../settings.ts'
import type { App } from '../../platform/app.ts'
import { openFiles } from '../../platform/files.ts'
import { newId } from '../../platform/ids.ts'
import { MediaGone } from '../texts/media-gone.ts'
import type { DueText } from '../texts/adapter.ts'
import { fetchTelegramFile } from './fetch-file.ts'
import { buttonMark } from './read.ts'
import { openTelegram, telegramLine } from './send.ts'

const telegram = await startTelegram()
const data = mkdtempSync(join(tmpdir(), 'pandu-telegram-'))
const { settings } = readSettings({ PANDU_DATA: data, PANDU_TELEGRAM_TOKEN: TOKEN, PANDU_TELEGRAM_API: telegram.api })
const app = { settings, files: openFiles(data) } as App
const line = telegramLine(settings)!
const gateway = openTelegram(app)
afterAll(async () => {
  await telegram.stop()
  rmSync(data, { recursive: true })
})

const due = (more: Partial<DueText> = {}): DueText => ({
  outbox_id: newId(),
  channel: 'telegram',
  to: '6100',
  text: 'Halo',
  parts: [],
  coding: null,
  language: 'id',
  options: {},
  attachments: [],
  ...more,
})
const sentTo = (chat_id: number) => telegram.sent.filter((one) => one.chat_id === chat_id)

test('plain words as they stand, without a mark-up that could make a link or a heading of them', async () => {
  const text = '<b>tebal</b> *bintang* [tautan](https://jahat.contoh) _garis_ `x` @siapa /hapus'
  expect(await gateway.send(due({ to: '6101', text }))).toEqual({
    state: 'accepted',
    ids: [expect.stringMatching(/^6101:\d+$/)],
  })
  expect(sentTo(6101)).toMatchObject([{ text }])
  expect(telegram.calls.at(-1)!.parameters).toEqual({
    chat_id: '6101',
    text,
    link_preview_options: { is_disabled: true },
  })
})

test('a long text in pieces, buttons under the last, files behind it; each piece by its own name', async () => {
  const bytes = Buffer.from('%PDF-1.7 contoh')
  const kept = await app.files.keep(bytes)
  const text = due({
    to: '6102',
    text: `${'a'.repeat(4000)}\n\n${'b'.repeat(200)}`,
    options: {
      buttons: [
        { says: 'Sudah teratasi', means: 'SUDAH 100057' },
        { says: 'Belum teratasi', means: 'BELUM 100057' },
      ],
    },
    attachments: [{ name: 'surat “resmi”.pdf', type: 'application/pdf', ...kept }],
  })
  const attempt = await gateway.send(text)
  const sent = sentTo(6102)
  expect(attempt).toEqual({ state: 'accepted', ids: sent.map(({ message_id }) => `6102:${message_id}`) })
  expect(sent.map(({ text, keyboard }) => [text.length, keyboard.map(({ text }) => text)])).toEqual([
    [4000, []],
    [200, ['Sudah teratasi', 'Belum teratasi']],
    [0, []],
  ])
  expect(sent[1]!.keyboard[0]!.callback_data).toBe(buttonMark(text.outbox_id, 'SUDAH 100057'))
  expect(sent[2]!.document).toEqual({ name: 'surat “resmi”.pdf', type: 'application/pdf', bytes })
})

test.each([
  [{ status: 403, description: 'Forbidden: bot was blocked by the user' }, { state: 'refused' }],
  [{ status: 400, description: 'Bad Request: chat not found' }, { state: 'refused' }],
  [
    { status: 401, description: 'Unauthorized' },
    { state: 'later', away: true },
  ],
  [
    { status: 502, description: 'Bad Gateway' },
    { state: 'later', away: true },
  ],
  [
    { status: 429, description: 'Too Many Requests: retry after 7', parameters: { retry_after: 7 } },
    { state: 'later', away: false, after_ms: 7_000 },
  ],
])('%j is %j', async (answer, expected) => {
  telegram.next('sendMessage', answer)
  expect(await gateway.send(due())).toMatchObject({
    ...expected,
    error: expect.stringContaining(String(answer.status)),
  })
})

test('nobody there: nothing was taken; an answer that was cut off: nobody can know', async () => {
  telegram.next('sendMessage', 'cut')
  expect(await gateway.send(due({ to: '6103' }))).toMatchObject({ state: 'unknown' })
  expect(sentTo(6103)).toHaveLength(1)
  expect(gateway.state()).toMatchObject({ connected: false })
  await gateway.send(due())
  expect(gateway.state()).toMatchObject({ connected: true, last_error: null })

  const gone = await startTelegram()
  await gone.stop()
  const alone = openTelegram({ ...app, settings: { ...settings, PANDU_TELEGRAM_API: gone.api } })
  expect(await alone.send(due())).toEqual({ state: 'later', error: 'ECONNREFUSED', away: true })
  expect(line.name).toBe(alone.name)
})

test('a text of which half went goes on where it stopped, and nobody is told that nothing was taken', async () => {
  const text = due({ to: '6104', text: `${'a'.repeat(4000)}\n\n${'b'.repeat(4000)}\n\n${'c'.repeat(4000)}` })
  const wait = (retry_after: number) => ({ status: 429, description: 'Too Many Requests', parameters: { retry_after } })
  const letters = () => sentTo(6104).map(({ text }) => text[0])
  // A moment is waited in between; a minute is not.
  telegram.next('sendMessage', 'pass', wait(0), 'pass', wait(60))
  expect(await gateway.send(text)).toMatchObject({ state: 'unknown', error: '429 Too Many Requests' })
  expect(letters().join('')).toBe('ab')
  expect(await gateway.send(text)).toEqual({
    state: 'accepted',
    ids: sentTo(6104).map((one) => `6104:${one.message_id}`),
  })
  expect(letters().join('')).toBe('abc')
})

test('files are fetched from the API’s host alone, up to 20 MB, and what is gone is said to be', async () => {
  const fetched = (media: { remote_id: string; size?: number }) =>
    fetchTelegramFile(
      app,
      { name: null, type: 'image/jpeg', size: null, ...media },
      { greeting: 'telegram:1', signal: AbortSignal.timeout(10_000) },
    )
  telegram.file('foto', Buffer.from('gambar'))
  const kept = await fetched({ remote_id: 'foto' })
  expect(kept).toMatchObject({ type: 'image/jpeg', size: 6 })
  expect(await app.files.has(kept.sha256)).toBe(true)
  await expect(fetched({ remote_id: 'tak-ada' })).rejects.toEqual(new MediaGone('gone'))
  await expect(fetched({ remote_id: 'foto', size: 30_000_000 })).rejects.toEqual(new MediaGone('too_large'))
  telegram.file('besar', Buffer.from('x'), 30_000_000)
  await expect(fetched({ remote_id: 'besar' })).rejects.toEqual(new MediaGone('too_large'))
  // It was told smaller than it is.
  telegram.file('bohong', Buffer.alloc(21 * 1024 * 1024), 5)
  await expect(fetched({ remote_id: 'bohong' })).rejects.toEqual(new MediaGone('too_large'))
  telegram.next('getFile', { status: 500, description: 'Internal' })
  await expect(fetched({ remote_id: 'foto' })).rejects.toMatchObject({ name: 'TelegramAway' })
})

test('no error and no attempt ever holds the token', async () => {
  telegram.next('sendMessage', { status: 400, description: `Bad Request: https://api/bot${TOKEN}/sendMessage` })
  const told: unknown[] = [await gateway.send(due())]
  const gone = { ...app, settings: { ...settings, PANDU_TELEGRAM_API: 'http://127.0.0.1:1' } }
  told.push(await openTelegram(gone).send(due()))
  await fetchTelegramFile(
    gone,
    { remote_id: 'x', name: null, type: 'a/b', size: null },
    { greeting: '', signal: AbortSignal.timeout(5_000) },
  ).catch((error: unknown) => told.push(error))
  expect(told).toHaveLength(3)
  for (const one of told) {
    const { stack = '', cause } = one as Error
    expect(JSON.stringify(one) + String(one) + stack + String(cause)).not.toContain(TOKEN.slice(-20))
  }
})
