import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { csvDownload, dispositionOf, downloadOf } from './download.ts'

test.each([
  ['foto.png', `attachment; filename="foto.png"; filename*=UTF-8''foto.png`],
  ['a"\r\nx: y.html', `attachment; filename="a___x_ y.html"; filename*=UTF-8''a%22%0D%0Ax%3A%20y.html`],
  [`l'été (1).txt`, `attachment; filename="l__t_ _1_.txt"; filename*=UTF-8''l%27%C3%A9t%C3%A9%20%281%29.txt`],
  ['\ud800.txt', `attachment; filename="_.txt"; filename*=UTF-8''%EF%BF%BD.txt`],
])('the name %j cannot leave its place in the header', (name, header) => {
  expect(dispositionOf(name)).toBe(header)
})

test('a web page that was attached is saved, not opened', async () => {
  const response = downloadOf(Readable.from([Buffer.from('<script>1</script>')]), { name: 'x.html', size: 18 })
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-security-policy': "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  })
  expect(await response.text()).toBe('<script>1</script>')
})

test('a table is saved under its name, its cells harmless', async () => {
  const response = csvDownload('jejak.csv', ['nama'], [['=1+1']])
  expect(response.headers.get('content-disposition')).toContain('attachment; filename="jejak.csv"')
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(response.headers.get('content-length')).toBeNull()
  expect(Buffer.from(await response.arrayBuffer()).toString()).toBe('\uFEFF"nama"\r\n"\'=1+1"\r\n')
})
