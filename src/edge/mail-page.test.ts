import { expect, test } from 'vitest'
import { useDatabase } from '../server/platform/testing.ts'
import { mailPage } from './mail-page.ts'

const database = useDatabase()
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** The body of the page that shows this HTML, as the sanitiser writes it (harmless-html.test.ts), with one picture under each of these names. */
async function bodyOf(html: string, content_ids: readonly string[]): Promise<string> {
  const { files } = database.app()
  const { sha256, size } = await files.keep(PIXEL)
  const form = {
    html,
    remote_images: 0,
    pictures: content_ids.map((content_id) => ({ content_id, sha256, size })),
  }
  const page = await mailPage(database.app(), form as never, { language: 'id', remote: false })
  return /<body>(.*)<\/body>/s.exec(await page.text())![1]!
}

test('a picture of the mail stands in the page, one from outside is its words', async () => {
  const html = '<img alt="Logo" data-cid="logo@contoh" /><img alt="Iklan" data-remote="https://contoh.id/a.png" />'
  const body = await bodyOf(html, ['logo@contoh'])
  expect(body).toBe(
    `<img alt="Logo" src="data:image/png;base64,${PIXEL.toString('base64')}"><span class="blocked">Iklan</span>`,
  )
})

test('what stands inside the value of an attribute is never taken for an attribute: it would end the quotes of another', async () => {
  // Without its policy the page must run nothing either (trust: HTML-mail XSS, with CSP off).
  const html = '<img alt="x data-cid=" width=" onerror=alert(1) y=" data-remote="https://contoh.id/a.png" />'
  expect(await bodyOf(html, [' width=', 'width='])).toBe('<span class="blocked">x data-cid=</span>')
})
