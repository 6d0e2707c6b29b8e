import { expect, test } from 'vitest'
import { BODY_BYTES_MAX, readBody } from './read-body.ts'
import { UPLOAD_BYTES_MAX, uploadFaults, uploadsOf } from './uploads.ts'

const post = (body: BodyInit | null, type?: string) =>
  new Request('http://localhost:8080/ask?/send', {
    method: 'POST',
    body,
    ...(type ? { headers: { 'content-type': type } } : {}),
  })
const formIn = async (read: Request | string) => {
  if (typeof read === 'string') throw new Error(read)
  return read.formData()
}

test('what was typed survives files over the limit, and the page can refuse them by name', async () => {
  const form = new FormData()
  form.set('text', 'Pencetak kami mati.\r\n--bukan batas')
  form.append('files', new File([new Uint8Array(1000)], 'kecil.txt'))
  form.append('files', new File([new Uint8Array(BODY_BYTES_MAX + 1)], 'besar.bin'))
  const kept = await formIn(await readBody(post(form)))
  expect(kept.get('text')).toBe('Pencetak kami mati.\r\n--bukan batas')
  const files = uploadsOf(kept, 'files')
  expect(files.map(({ name }) => name)).toEqual(['kecil.txt', 'besar.bin'])
  expect(files.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(UPLOAD_BYTES_MAX)
  expect(uploadFaults(files, 'files')).toEqual([{ path: 'files', key: 'upload.too_large' }])
})

test('a form cut off anywhere is read as far as it came', async () => {
  const form = new FormData()
  form.set('text', 'a')
  form.set('files', new File(['bcd'], 'b.txt'))
  const whole = new Response(form)
  const [type, bytes] = [whole.headers.get('content-type') ?? '', new Uint8Array(await whole.arrayBuffer())]
  const texts: unknown[] = []
  const begun = Buffer.from(bytes).indexOf('\r\n\r\n') + 4
  for (let length = begun; length < bytes.length; length++) {
    const read = await readBody(post(bytes, type), length)
    texts.push(typeof read === 'string' ? read : (await read.formData()).get('text'))
  }
  // An empty field, then all of it; never anything else and never a failure.
  expect(texts.filter((text, index) => text !== texts[index - 1])).toEqual(['', 'a'])
})

test('no more is held than the limit, whatever comes', async () => {
  let pulled = 0
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 65_536
      controller.enqueue(new Uint8Array(65_536))
    },
  })
  const request = new Request('http://localhost:8080/ask', {
    method: 'POST',
    body: endless,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as RequestInit)
  expect(await readBody(request, 1_000_000)).toBe('too_large')
  expect(pulled).toBeLessThan(1_200_000)
})

test.each([
  ['multipart without a boundary', post('x', 'multipart/form-data')],
  ['multipart that has no parts', post('halo', 'multipart/form-data; boundary=b')],
  ['plain text', post('text=halo', 'text/plain')],
  ['nothing at all', post(null)],
])('%s is unreadable, and no failure', async (_name, request) => {
  expect(await readBody(request)).toBe('unreadable')
})

test('a plain form, an empty one and JSON are read; the form as often as anybody asks', async () => {
  const read = await readBody(post(new URLSearchParams({ text: 'halo' })))
  expect((await formIn(read)).get('text')).toBe('halo')
  expect((await formIn(read)).get('text')).toBe('halo')
  expect([...(await formIn(await readBody(post('', 'application/x-www-form-urlencoded'))))]).toEqual([])
  const json = await readBody(post('{"a":1}', 'application/json'))
  expect(typeof json === 'string' ? json : await json.json()).toEqual({ a: 1 })
})
