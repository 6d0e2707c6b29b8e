/** What an update means: each kind of message, buttons, what is nobody’s business, and any bytes at all. */
import { describe, expect, test } from 'vitest'
import { UnreadableText, type Heard } from '../texts/adapter.ts'
import { readCommand } from './read-command.ts'
import { buttonMark, readTelegram } from './read.ts'

const CHAT = { id: 6012345678, type: 'private', first_name: 'Sari' }
const SARI = { id: 6012345678, is_bot: false, first_name: 'Sari', last_name: 'Contoh' }
const message = (more: object) => ({ message_id: 17, date: 1_790_000_000, chat: CHAT, from: SARI, ...more })
const heard = (update: object, head = ''): Heard =>
  readTelegram({
    raw: Buffer.from(head + JSON.stringify({ update_id: 1, ...update })),
    greeting: 'telegram:700',
    received_at: new Date(),
  })
const text = (more: object) => {
  const one = heard({ message: message(more) })
  return one.kind === 'text' ? one.text : one
}

describe('what is heard', () => {
  test('a text, with who wrote it, when, in which chat, and which text of ours it answers', () => {
    const update = { message: message({ text: 'Printer mati', reply_to_message: message({ message_id: 12 }) }) }
    const told = {
      kind: 'text',
      from: '6012345678',
      to: '700',
      name: 'Sari Contoh',
      text: 'Printer mati',
      at: new Date(1_790_000_000_000),
      part: null,
      remote_id: '6012345678:17',
      answers_remote_id: '6012345678:12',
      button: null,
      media: [],
    }
    expect(heard(update)).toEqual(told)
    // As it stands in the ledger when Telegram brought it.
    expect(heard(update, 'POST /channels/telegram HTTP/1.1\r\ncontent-type: application/json\r\n\r\n')).toEqual(told)
  })
  test('of a photo the largest size, with its words; of files their names and types', () => {
    const photo = [
      { file_id: 'kecil', file_size: 900, width: 90, height: 90 },
      { file_id: 'besar', file_size: 90_000, width: 900, height: 900 },
    ]
    expect(heard({ message: message({ photo, caption: 'Layarnya begini' }) })).toMatchObject({
      text: 'Layarnya begini',
      media: [{ remote_id: 'besar', name: null, type: 'image/jpeg', size: 90_000 }],
    })
    const document = { file_id: 'd', file_name: '../surat\0.pdf', mime_type: 'Application/PDF' }
    // Told twice, as Telegram does with an animation: it is one file.
    expect(heard({ message: message({ document, animation: { file_id: 'd' } }) })).toMatchObject({
      text: '',
      media: [{ remote_id: 'd', name: '../surat.pdf', type: 'application/pdf', size: null }],
    })
    expect(heard({ message: message({ voice: { file_id: 'v', mime_type: 'no type' } }) })).toMatchObject({
      media: [{ type: 'audio/ogg' }],
    })
  })
  test.each([
    [{ sticker: { emoji: '👍' } }, '👍'],
    [{ sticker: {} }, 'Stiker'],
    [{ location: { latitude: -3.32, longitude: 114.59 } }, 'Lokasi: -3.32, 114.59'],
    [{ contact: { phone_number: '+62811', first_name: 'Budi' } }, 'Kontak: Budi, +62811'],
    [{ poll: {} }, 'Mengirim sesuatu yang hanya dapat dilihat di Telegram.'],
    [{ text: 'Ini', forward_origin: { type: 'user' } }, 'Pesan terusan: Ini'],
    [{ text: '/status 100057' }, 'STATUS 100057'],
    [{ text: 'a\0b\ud800' }, 'ab\ufffd'],
    [{ pinned_message: {} }, { kind: 'nothing', reason: 'service' }],
    [
      { text: 'x', chat: { id: -100123, type: 'supergroup' } },
      { kind: 'nothing', reason: 'group' },
    ],
    [
      { text: 'x', chat: { id: -100123, type: 'private' } },
      { kind: 'nothing', reason: 'group' },
    ],
    [
      { text: 'x', from: { ...SARI, is_bot: true } },
      { kind: 'nothing', reason: 'bot' },
    ],
  ])('%j', (more, expected) => {
    expect(text(more)).toEqual(expected)
  })
  test('what was changed is marked as that; a place that is shared live does not become a text every few seconds', () => {
    expect(heard({ edited_message: message({ text: 'Printer hidup', edit_date: 1_790_000_100 }) })).toMatchObject({
      text: 'Printer hidup',
      edited: true,
      original_id: '6012345678:17',
      remote_id: '6012345678:17',
    })
    const place = { location: { latitude: 1, longitude: 2 } }
    expect(heard({ edited_message: message(place) })).toEqual({ kind: 'nothing', reason: 'edited' })
  })
  test('what we did not ask for is nobody’s business', () => {
    for (const name of ['channel_post', 'inline_query', 'my_chat_member', 'business_message', 'message_reaction'])
      expect(heard({ [name]: { id: 'x', text: 'x' } })).toEqual({ kind: 'nothing', reason: 'not_for_us' })
  })
})

describe('a pressed button', () => {
  const outbox_id = '0190b2c0-1111-7abc-8def-0123456789ab'
  const data = buttonMark(outbox_id, 'solved')
  const press = (more: object = {}) => ({
    callback_query: {
      id: '1',
      from: SARI,
      chat_instance: 'x',
      data,
      message: {
        ...message({ message_id: 40 }),
        reply_markup: { inline_keyboard: [[{ text: 'Sudah teratasi', callback_data: data }]] },
      },
      ...more,
    },
  })
  test('says what it means, under which text of ours it stood, and for which it was made', () => {
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64)
    expect(heard(press())).toMatchObject({
      from: '6012345678',
      text: 'Sudah teratasi',
      button: 'solved',
      answers_remote_id: '6012345678:40',
      remote_id: null,
    })
  })
  test('under a text that is too old to be told counts too', () => {
    const message = { message_id: 40, date: 0, chat: CHAT }
    expect(heard(press({ message }))).toMatchObject({ button: 'solved', text: 'solved' })
  })
  test.each([
    ['of somebody else’s chat', { from: { ...SARI, id: 999 } }],
    ['in a group', { message: { message_id: 1, chat: { id: -5, type: 'group' } } }],
    ['without the text under which it stands', { message: undefined }],
    ['that we never made', { data: 'solved' }],
    ['without anything', { data: undefined }],
  ])('one %s is nothing', (_, more) => {
    expect(heard(press(more))).toMatchObject({ kind: 'nothing' })
  })
})

test.each([
  ['/start', 'MULAI'],
  ['/start follow_abcdefghij', 'MULAI'],
  ['/BANTUAN', 'BANTUAN'],
  ['/help@bantuan_contoh_bot', 'BANTUAN'],
  ['/status@bantuan_contoh_bot 100057', 'STATUS 100057'],
  ['/nilai 5', 'NILAI 5'],
  ['/belum\nmasih mati', 'BELUM masih mati'],
  ['/etc/passwd hilang', '/etc/passwd hilang'],
  ['/constructor', '/constructor'],
  ['/ status', '/ status'],
  ['status', 'status'],
])('the command %j is %j', (typed, expected) => {
  expect(readCommand(typed)).toBe(expected)
})

describe('any bytes', () => {
  const readOrRefuse = (raw: Buffer) => {
    try {
      return readTelegram({ raw, greeting: 'telegram:700', received_at: new Date() }).kind
    } catch (error) {
      if (error instanceof UnreadableText) return error.reason
      throw error
    }
  }
  // xorshift: the same bytes in every run.
  let seed = 0x2545f491
  const random = (below: number) => {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    return (seed >>> 0) % below
  }
  test('noise is unreadable, and never an error of ours', () => {
    const kinds = new Set<string>()
    for (let count = 0; count < 2_000; count++) {
      const raw = Buffer.from(Array.from({ length: random(200) }, () => random(256)))
      kinds.add(readOrRefuse(raw))
    }
    for (const text of ['', 'null', '[]', '1', '"x"', '{}', '{"update_id":1e400}', 'POST ', 'POST / HTTP/1.1\r\n\r\n'])
      kinds.add(readOrRefuse(Buffer.from(text)))
    expect([...kinds].sort()).toEqual(['not_json', 'not_telegram'])
  })
  test('an update in which anything became anything else is heard, nothing or unreadable', () => {
    const odd = [null, 1, -1, 1.5, '', 'x', '\ud800', [], {}, true, 2 ** 60, [[null]], { id: {} }, 'x'.repeat(5_000)]
    const whole = {
      update_id: 9,
      message: message({
        text: 'x',
        caption: 'y',
        photo: [{ file_id: 'p' }],
        document: { file_id: 'd', file_name: 'n' },
        reply_to_message: message({}),
        venue: { location: { latitude: 1, longitude: 2 }, title: 't', address: 'a' },
        contact: { phone_number: '1', first_name: 'b' },
        sticker: { emoji: 'e' },
      }),
      callback_query: {
        id: '1',
        from: SARI,
        data: 'x',
        message: message({ reply_markup: { inline_keyboard: [[{ text: 'x' }]] } }),
      },
    }
    const spoil = (value: unknown): unknown => {
      if (random(12) === 0) return odd[random(odd.length)]
      if (Array.isArray(value)) return value.map(spoil)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, one]) => (random(9) === 0 ? [] : [[key, spoil(one)]])),
      )
    }
    const kinds = new Map<string, number>()
    for (let count = 0; count < 2_000; count++) {
      const kind = readOrRefuse(Buffer.from(JSON.stringify(spoil(whole)) ?? 'null'))
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    expect(Object.fromEntries(kinds)).toEqual({
      not_telegram: expect.any(Number),
      text: expect.any(Number),
      nothing: expect.any(Number),
    })
  })
})
