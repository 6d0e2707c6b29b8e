import { expect, test } from 'vitest'
import { aContact, aMessage, aStatus, webhook } from '../../../../tests/peers/whatsapp-server.ts'
import { newId } from '../../platform/ids.ts'
import { UnreadableText, type Heard } from '../texts/adapter.ts'
import { readText } from '../texts/read-text.ts'
import { ownId } from './own-id.ts'
import { splitBatch } from './split-batch.ts'

const ours = { number_id: '106540352242922', number: '+6281112345678' }
const split = (request: unknown) => splitBatch(Buffer.from(JSON.stringify(request)), ours, '127.0.0.1')
/** What the ledger's items of one request mean, one after the other. */
const hear = (request: unknown): (Heard | string)[] =>
  split(request).map(({ raw, greeting }) => {
    try {
      return readText({ greeting: greeting ?? null, received_at: new Date() }, Buffer.from(raw))
    } catch (error) {
      if (error instanceof UnreadableText) return error.reason
      throw error
    }
  })
const hearMessage = (given: Record<string, unknown>) => hear(webhook({ messages: [aMessage(given)] }))[0]

test('a text says who wrote what, when, to us and in answer to what', () => {
  const message = aMessage({ timestamp: '1763800000', context: { from: '6281112345678', id: 'wamid.KAMI' } })
  expect(hear(webhook({ contacts: [aContact('Sari Contoh')], messages: [message] }))).toEqual([
    {
      kind: 'text',
      from: '+6281234567890',
      to: '+6281112345678',
      name: 'Sari Contoh',
      text: 'Pencetak mati',
      at: new Date(1763800000_000),
      part: null,
      remote_id: message.id,
      answers_remote_id: 'wamid.KAMI',
      button: null,
      media: [],
    },
  ])
  // An answer to their own message, and a clock that is ahead of ours.
  expect(
    hearMessage({ context: { from: '6281234567890', id: 'wamid.X' }, timestamp: String(Date.now() / 1000 + 3600) }),
  ).toMatchObject({ answers_remote_id: null, at: null })
})

test.each([
  [{ type: 'button', button: { text: 'Sudah teratasi', payload: 'solved:1' } }, 'Sudah teratasi', 'solved:1'],
  [{ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'ya', title: 'Ya' } } }, 'Ya', 'ya'],
  [{ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'b2', title: 'Dua' } } }, 'Dua', 'b2'],
  [
    { type: 'location', location: { latitude: -6.2, longitude: 106.8, name: 'Kantor' } },
    'Lokasi: Kantor · -6.2, 106.8',
  ],
  [
    { type: 'contacts', contacts: [{ name: { formatted_name: 'Budi' }, phones: [{ phone: '+62 811' }] }] },
    'Kontak: Budi, +62 811',
  ],
  [
    { type: 'revoke', revoke: { original_message_id: 'wamid.A' } },
    'Pengirim menghapus salah satu pesannya di WhatsApp.',
  ],
  [
    { type: 'unsupported', unsupported: { type: 'poll_creation' }, errors: [{ code: 131051 }] },
    'Pengirim mengirim sesuatu di WhatsApp yang tidak dapat kami terima (jenis: poll_creation).',
  ],
  [
    { type: 'hologram', hologram: {} },
    'Pengirim mengirim sesuatu di WhatsApp yang tidak dapat kami terima (jenis: hologram).',
  ],
  [
    { type: 'text', text: { body: ' ' } },
    'Pengirim mengirim sesuatu di WhatsApp yang tidak dapat kami terima (jenis: text).',
  ],
])('%o becomes words', (given, text, button: string | null = null) => {
  expect(hearMessage(given)).toMatchObject({ kind: 'text', text, button, media: [] })
})

test('a changed message is no command, whatever it says now', () => {
  const given = { original_message_id: 'wamid.A', message: { type: 'text', text: { body: 'SELESAI' } } }
  expect(hearMessage({ type: 'edit', edit: given })).toMatchObject({
    edited: true,
    original_id: 'wamid.A',
    text: expect.stringMatching(/mengubah .*\nSELESAI$/s),
  })
})

test('photos and files are named, to be fetched', () => {
  const image = { id: '111', mime_type: 'image/jpeg', sha256: 'x', caption: 'Layar biru' }
  expect(hearMessage({ type: 'image', image })).toMatchObject({
    text: 'Layar biru',
    media: [{ remote_id: '111', name: null, type: 'image/jpeg', size: null }],
  })
  const document = { id: '112', mime_type: 'application/pdf', filename: 'surat.pdf' }
  expect(hearMessage({ type: 'document', document })).toMatchObject({
    text: '(dokumen: surat.pdf)',
    media: [{ remote_id: '112', name: 'surat.pdf' }],
  })
  expect(
    hearMessage({ type: 'audio', audio: { id: '113', mime_type: 'audio/ogg; codecs=opus', voice: true } }),
  ).toMatchObject({
    text: '(rekaman suara)',
    media: [{ type: 'audio/ogg' }],
  })
})

test('whoever goes by a username and shows no number is known by the id that Meta gives them', () => {
  const [heard] = hear(
    webhook({
      contacts: [{ profile: { username: 'sari' }, user_id: 'ID.13491208655302741918' }],
      messages: [aMessage({ from: undefined, from_user_id: 'ID.13491208655302741918' })],
    }),
  )
  expect(heard).toMatchObject({ kind: 'text', from: 'ID.13491208655302741918', name: '@sari' })
  expect(hearMessage({ from: undefined })).toBe('no_sender')
})

test('states are receipts: by our own id where it came back, by WhatsApp’s otherwise', () => {
  const outbox_id = newId()
  expect(
    hear(
      webhook({
        statuses: [
          aStatus('wamid.A', 'read', { biz_opaque_callback_data: ownId(outbox_id, 1), timestamp: '1763800000' }),
          aStatus('wamid.B', 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] }),
          aStatus('wamid.C', 'deleted'),
        ],
      }),
    ),
  ).toEqual([
    {
      kind: 'receipt',
      gateway: 'whatsapp',
      of: { outbox_id, number: 1 },
      state: 'read',
      at: new Date(1763800000_000),
      error: null,
    },
    expect.objectContaining({ of: { remote_id: 'wamid.B' }, state: 'failed', error: '131026 Message undeliverable' }),
    { kind: 'nothing', reason: 'other_state' },
  ])
})

test('each thing of a batch is an item of its own, with the names of its own writer; a bad one harms no other', () => {
  const [sari, budi] = [aMessage(), aMessage({ from: '6285700000001', text: { body: 'Budi di sini' } })]
  const request = webhook({
    contacts: [aContact('Sari'), aContact('Budi', '6285700000001')],
    messages: [sari, null, budi, { type: 'text' }],
    statuses: [aStatus('wamid.A', 'sent'), 7],
    errors: [{ code: 130429 }],
  })
  expect(hear(request)).toEqual([
    expect.objectContaining({ name: 'Sari', text: 'Pencetak mati' }),
    'no_sender',
    expect.objectContaining({ name: 'Budi', text: 'Budi di sini' }),
    'no_sender',
    expect.objectContaining({ kind: 'receipt' }),
    'no_message',
    { kind: 'nothing', reason: 'provider_error' },
  ])
  expect(split(request)[2]!.raw.toString()).not.toContain('Sari')
  // The same message in another company has the same fingerprint; another state of the same text has not.
  const [again] = split(webhook({ messages: [sari], statuses: [aStatus('wamid.A', 'delivered')] }))
  expect(again!.fingerprint).toBe(split(request)[0]!.fingerprint)
  const prints = split(webhook({ statuses: ['sent', 'delivered', 'sent'].map((state) => aStatus('wamid.A', state)) }))
  expect(new Set(prints.map(({ fingerprint }) => fingerprint)).size).toBe(2)
})

test('one thing alone stays byte for byte; what is no JSON is one item, and readable for nobody', () => {
  const body = Buffer.from(JSON.stringify(webhook({ messages: [aMessage()] }), null, 3))
  expect(splitBatch(body, ours, '127.0.0.1').map(({ raw }) => raw)).toEqual([body])
  for (const text of ['', 'bukan json', '[]', 'null', '{"entry":[]}', '['.repeat(100_000)]) {
    const [item, ...others] = splitBatch(Buffer.from(text), ours, '127.0.0.1')
    expect([item!.raw.toString(), others.length]).toEqual([text, 0])
  }
  expect(hear([])).toEqual(['no_message'])
})

test('news of the account and other numbers of it are heard and kept, and open nothing', () => {
  const news = {
    field: 'message_template_status_update',
    value: { event: 'APPROVED', message_template_name: 'jawaban' },
  }
  expect(hear({ entry: [{ id: '1', changes: [news] }] })).toEqual([{ kind: 'nothing', reason: 'account_news' }])
  expect(hear(webhook({ messages: [aMessage()] }, '999999999'))).toEqual([{ kind: 'nothing', reason: 'other_number' }])
})

test('any JSON is heard or unreadable, and nothing else happens', () => {
  let seed = 7
  const pick = (max: number) => (seed = (seed * 48_271) % 2_147_483_647) % max
  const words = [
    'messages',
    'statuses',
    'contacts',
    'errors',
    'text',
    'image',
    'edit',
    'from',
    'id',
    'type',
    '__proto__',
  ]
  const whole = webhook({
    contacts: [aContact('Sari')],
    messages: [
      aMessage(),
      aMessage({ type: 'image', image: { id: '1' } }),
      aMessage({ type: 'edit', edit: { message: { type: 'text', text: { body: 'x' } } } }),
      aMessage({ type: 'contacts', contacts: [{ name: {}, phones: [{}] }] }),
    ],
    statuses: [aStatus('wamid.A', 'failed', { errors: [{ code: 1 }] })],
  })
  const strange = (depth: number): unknown =>
    [null, 7, -0.5, true, '', '\0\ud800', [], {}, [null], { [words[pick(words.length)]!]: 'x' }][pick(10)] ?? depth
  const mutate = (value: unknown): unknown => {
    if (pick(14) === 0) return strange(0)
    if (Array.isArray(value)) return value.map(mutate)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, inside]) => [
        pick(40) === 0 ? words[pick(words.length)]! : name,
        mutate(inside),
      ]),
    )
  }
  let texts = 0
  for (let round = 0; round < 1_000; round++)
    for (const heard of hear(mutate(whole)))
      if (typeof heard === 'object' && heard.kind === 'text') {
        texts += 1
        expect(heard.text).not.toBe('')
        expect(heard.text.isWellFormed() && !heard.text.includes('\0')).toBe(true)
      }
  expect(texts).toBeGreaterThan(300)
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(JSON.stringify(whole))
    for (let hits = 0; hits < 5; hits++) bytes[pick(bytes.length)] = pick(256)
    for (const { raw, greeting } of splitBatch(bytes, ours, '')) {
      try {
        readText({ greeting: greeting ?? null, received_at: new Date() }, Buffer.from(raw))
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableText)
      }
    }
  }
})
