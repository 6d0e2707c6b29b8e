import { afterAll, beforeEach, expect, test } from 'vitest'
import { startWhatsappServer } from '../../../../tests/peers/whatsapp-server.ts'
import { useDatabase } from '../../platform/testing.ts'
import { newId } from '../../platform/ids.ts'
import type { DueText, Gateway } from '../texts/adapter.ts'
import { MediaGone } from '../texts/fetch-media.ts'
import { fetchWhatsappMedia } from './fetch-media.ts'
import { ownId } from './own-id.ts'
import { openWhatsapp } from './send.ts'

const meta = await startWhatsappServer()
const database = useDatabase(meta.settings)
afterAll(() => meta.close())
let gateway: Gateway
beforeEach(() => {
  meta.sent.length = 0
  gateway = openWhatsapp(database.app())
})

const due = (given: Partial<DueText> = {}): DueText => ({
  outbox_id: newId(),
  channel: 'whatsapp',
  to: '+6281234567890',
  text: 'Coba matikan lalu hidupkan lagi.',
  parts: [],
  coding: null,
  language: 'id',
  options: {},
  attachments: [],
  ...given,
})
const aFile = async (name: string, type: string, content = name) => ({
  name,
  type,
  ...(await database.app().files.keep(Buffer.from(content))),
})

test('a text goes out with our own id, and whoever shows no number is reached too', async () => {
  const text = due()
  const attempt = await gateway.send(text)
  expect(meta.sent).toEqual([
    {
      id: expect.any(String),
      to: '6281234567890',
      type: 'text',
      body: { body: text.text, preview_url: false },
      own: ownId(text.outbox_id, 1),
    },
  ])
  expect(attempt).toEqual({ state: 'accepted', ids: [meta.sent[0]!.id] })
  expect(gateway.state()).toMatchObject({ connected: true, last_error: null })
  await gateway.send(due({ to: 'ID.13491208655302741918' }))
  expect(meta.sent[1]!.to).toBe('ID.13491208655302741918')
})

test('buttons stand under the words, templates have their values in one line', async () => {
  const buttons = [
    { says: 'Sudah teratasi', means: 'solved' },
    { says: 'Belum teratasi, saya masih menunggu', means: 'unsolved' },
  ]
  await gateway.send(due({ options: { buttons } }))
  await gateway.send(
    due({ options: { template: { name: 'jawaban', language: 'id', values: ['#1024', 'dua\n baris', ''] } } }),
  )
  expect(meta.sent.map(({ type, body }) => ({ type, body }))).toEqual([
    {
      type: 'interactive',
      body: {
        type: 'button',
        body: { text: 'Coba matikan lalu hidupkan lagi.' },
        action: {
          buttons: [
            { type: 'reply', reply: { id: 'solved', title: 'Sudah teratasi' } },
            { type: 'reply', reply: { id: 'unsolved', title: 'Belum teratasi, saya' } },
          ],
        },
      },
    },
    {
      type: 'template',
      body: {
        name: 'jawaban',
        language: { code: 'id' },
        components: [{ type: 'body', parameters: ['#1024', 'dua baris', '-'].map((text) => ({ type: 'text', text })) }],
      },
    },
  ])
})

test('a long text is cut between words and loses none', async () => {
  const text = Array.from({ length: 1500 }, (_, index) => `kata${index}`).join(' ')
  const attempt = await gateway.send(due({ text }))
  const bodies = meta.sent.map(({ body }) => String(body['body']))
  expect(bodies.join(' ')).toBe(text)
  expect(attempt).toMatchObject({ state: 'accepted', ids: meta.sent.map(({ id }) => id) })
  expect(meta.sent.map(({ own }) => own.split(':').at(-1))).toEqual(bodies.map((_, index) => String(index + 1)))
})

test('files are uploaded and sent; what WhatsApp takes not is named in the words', async () => {
  const [photo, letter, odd] = [
    await aFile('layar.png', 'image/png'),
    await aFile('surat.pdf', 'application/pdf'),
    await aFile('tabel.ods', 'application/vnd.oasis.opendocument.spreadsheet'),
  ]
  await gateway.send(due({ attachments: [photo] }))
  const [one] = meta.sent
  expect(one).toMatchObject({ type: 'image', body: { caption: 'Coba matikan lalu hidupkan lagi.' } })
  expect(meta.uploaded.get(String(one!.body['id']))).toEqual({
    type: 'image/png',
    name: 'layar.png',
    bytes: Buffer.from('layar.png'),
  })
  meta.sent.length = 0
  await gateway.send(due({ attachments: [photo, letter, odd] }))
  expect(meta.sent.map(({ type }) => type)).toEqual(['text', 'image', 'document'])
  expect(meta.sent[0]!.body['body']).toContain('tabel.ods')
  expect(meta.sent[2]!.body).toMatchObject({ filename: 'surat.pdf' })
})

test('what went of a text is not sent again when the rest of it is tried again', async () => {
  const text = due({ attachments: [await aFile('a.png', 'image/png'), await aFile('b.png', 'image/png')] })
  // The text, then the first photo: uploaded, and its sending refused for a while.
  const send = gateway.send.bind(gateway)
  meta.next({ code: 131056 })
  expect(await send(text)).toMatchObject({ state: 'later', away: false })
  expect(meta.sent).toEqual([])
  const first = send(text)
  // Its first request is the text's; the second, the upload, finds this.
  while (meta.sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
  meta.next({ code: 130429 })
  expect(await first).toMatchObject({ state: 'later' })
  expect(await send(text)).toMatchObject({ state: 'accepted', ids: meta.sent.map(({ id }) => id) })
  expect(meta.sent.map(({ type }) => type)).toEqual(['text', 'image', 'image'])
})

test.each([
  [{ code: 131026 }, { state: 'refused', error: '131026 Contoh' }],
  [{ code: 131047 }, { state: 'refused', error: '131047 Contoh' }],
  [{ code: 132001, status: 404 }, { state: 'refused' }],
  [
    { code: 190, status: 401 },
    { state: 'later', away: true },
  ],
  [
    { code: 200, status: 403 },
    { state: 'later', away: true },
  ],
  [{ code: 131042 }, { state: 'later', away: true }],
  [{ code: 130429 }, { state: 'later', away: true, after_ms: 5_000 }],
  [{ code: 131056 }, { state: 'later', away: false, after_ms: 10_000 }],
  [
    { code: 131000, status: 500 },
    { state: 'later', away: false },
  ],
  [
    { code: 999_999, status: 503 },
    { state: 'later', away: false },
  ],
  [
    { raw: '<h1>Bad gateway</h1>', status: 502 },
    { state: 'unknown', error: 'HTTP 502' },
  ],
  ['cut' as const, { state: 'unknown' }],
])('the answer %o means %o', async (answer, attempt) => {
  meta.next(answer)
  expect(await gateway.send(due())).toMatchObject(attempt)
  const { connected, last_error } = gateway.state()
  expect(connected).toBe(!('away' in attempt && attempt.away))
  expect(last_error === null).toBe(attempt.state === 'refused')
})

test('where nobody listens nothing can have arrived', async () => {
  const app = database.app()
  const settings = { ...app.settings, PANDU_WHATSAPP_API: 'http://127.0.0.1:9/v25.0' }
  expect(await openWhatsapp({ ...app, settings }).send(due())).toMatchObject({ state: 'later', away: true })
})

const fetchFile = (remote_id: string) =>
  fetchWhatsappMedia(
    database.app(),
    { remote_id, name: null, type: 'image/png', size: null },
    { greeting: 'whatsapp:whatsapp', signal: AbortSignal.timeout(10_000) },
  )

test('a photo is fetched in two steps and kept; the access token goes to nobody but the API', async () => {
  const kept = await fetchFile(meta.addMedia(Buffer.from('gambar'), 'image/jpeg; codecs=x'))
  expect(kept).toMatchObject({ type: 'image/jpeg', size: 6 })
  expect(await database.app().files.has(kept.sha256)).toBe(true)
  const elsewhere = await startWhatsappServer()
  const { origin } = new URL(elsewhere.settings.PANDU_WHATSAPP_API)
  for (const url of [`${origin}/berkas/media/1`, 'http://169.254.169.254/latest', 'file:///etc/passwd', 'bukan'])
    await expect(fetchFile(meta.addMedia(Buffer.from('x'), 'image/png', { url }))).rejects.toMatchObject({
      reason: 'gone',
    })
  expect(elsewhere.strangers).toBe(0)
  await elsewhere.close()
})

test('what is gone or too large will never come; what fails otherwise may come later', async () => {
  for (const id of ['99999', '../../etc', '']) await expect(fetchFile(id)).rejects.toMatchObject({ reason: 'gone' })
  const large = meta.addMedia(Buffer.from('x'), 'video/mp4', { size: 26 * 1024 * 1024 })
  await expect(fetchFile(large)).rejects.toMatchObject({ reason: 'too_large' })
  const lied = meta.addMedia(Buffer.alloc(25 * 1024 * 1024 + 1), 'video/mp4', { size: 10 })
  await expect(fetchFile(lied)).rejects.toMatchObject({ reason: 'too_large' })
  const id = meta.addMedia(Buffer.from('x'), 'image/png')
  meta.next({ code: 131000, status: 500 })
  await expect(fetchFile(id)).rejects.not.toBeInstanceOf(MediaGone)
  expect(await fetchFile(id)).toMatchObject({ size: 1 })
})
