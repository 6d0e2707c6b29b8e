/**
 * The harness proves itself on a page of its own, without Pandu: a browser that shows no letters, an axe that finds
 * nothing, or a scale that weighs nothing would make every other browser test worthless.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { checkEveryForm, checkPage, compareRoutes, everyRoute } from './axe.ts'
import { linkIn, sendMail, startMailSink } from './mail.ts'
import { noScript } from './pandu.ts'
import { weigh } from './weight.ts'

const STYLE = `body { color: #16202a; background: #fbfaf7 } @media (prefers-color-scheme: dark) { body { color: #fbfaf7; background: #16202a } }
.pale { color: #b8b8b8; background: #fff } hr { background: url("/dots.png") }`
const pageIn = (
  language: string,
  body: string,
) => `<!doctype html><html lang="${language}"><head><title>Halaman contoh</title>
<link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,"></head><body><main><h1>Halaman contoh</h1>${body}</main></body></html>`
const PAGES: Record<string, string> = {
  '/sound': '<p id="words">Selamat datang</p>',
  '/faulty': '<p class="pale">Pucat</p><form><input name="email"></form>',
  '/scripted': `<p id="words">Tanpa skrip</p><script>document.querySelector('#words').textContent = 'Dengan skrip'</script>`,
}
const style = brotliCompressSync(STYLE)
const picture = Buffer.alloc(300, 7)

let server: Server
let origin: string

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const language = /language=en/.test(request.headers.cookie ?? '') ? 'en' : 'id'
    const body = PAGES[request.url ?? '']
    if (body !== undefined) {
      // Pandu's public pages forbid all scripts; the check must work there all the same.
      if (request.url !== '/scripted') response.setHeader('content-security-policy', "script-src 'none'")
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-encoding', 'gzip')
      return response.end(gzipSync(pageIn(language, body)))
    }
    if (request.url === '/style.css') {
      response.setHeader('content-type', 'text/css')
      response.setHeader('content-encoding', 'br')
      return response.end(style)
    }
    if (request.url === '/dots.png') return response.setHeader('content-type', 'image/png').end(picture)
    return response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

test.afterAll(() => void server.close())

test('letters are drawn, and different ones differ', async ({ page }) => {
  // A browser without fonts draws nothing, or the same empty box for every letter.
  const drawing = async (text: string) => {
    await page.setContent(`<p style="font: 40px system-ui; display: inline-block; margin: 0">${text}</p>`)
    return page.locator('p').screenshot()
  }
  const blank = await drawing('<span style="visibility: hidden">ma</span>')
  expect((await drawing('ma')).equals(blank)).toBe(false)
  expect((await drawing('ma')).equals(await drawing('am'))).toBe(false)
  const width = async (text: string) => {
    await page.setContent(`<span style="font: 40px system-ui">${text}</span>`)
    return page.locator('span').evaluate((span) => span.getBoundingClientRect().width)
  }
  expect(await width('MMMM')).toBeGreaterThan(2 * (await width('iiii')))
})

test('two people have two browsers that know nothing of each other', async ({ page, browser }) => {
  await page.goto(`${origin}/sound`)
  await page.context().addCookies([{ name: 'language', value: 'en', url: origin }])
  const other = await browser.newContext()
  const second = await other.newPage()
  await second.goto(`${origin}/sound`)
  await page.reload()
  expect(await page.locator('html').getAttribute('lang')).toBe('en')
  expect(await second.locator('html').getAttribute('lang')).toBe('id')
  await other.close()
})

test('scripts run by default', async ({ page }) => {
  await page.goto(`${origin}/scripted`)
  await expect(page.locator('#words')).toHaveText('Dengan skrip')
})

test.describe('without scripts', () => {
  test.use(noScript)
  test('a page shows what the server sent', async ({ page }) => {
    await page.goto(`${origin}/scripted`)
    await expect(page.locator('#words')).toHaveText('Tanpa skrip')
  })
})

test('axe passes a sound page in every form and names the faults of another', async ({ page }) => {
  await checkEveryForm(page, `${origin}/sound`, { label: 'sound' })
  await page.goto(`${origin}/faulty`)
  const faults = (rules?: 'colours' | 'all but colours') =>
    checkPage(page, { label: 'faulty', ...(rules ? { rules } : {}) }).then(
      () => [],
      (error: Error) => error.message.match(/color-contrast|(?<=: )label/g),
    )
  expect(await faults()).toEqual(['color-contrast', 'label'])
  expect(await faults('colours')).toEqual(['color-contrast'])
  expect(await faults('all but colours')).toEqual(['label'])
})

test('a page weighs what travels: compressed, with all that it names', async () => {
  const weight = await weigh(origin, '/sound')
  const html = gzipSync(pageIn('id', PAGES['/sound'] ?? '')).length
  expect(weight).toMatchObject({ requests: 3, html_bytes: html, css_bytes: style.length })
  expect(weight.total_bytes).toBe(html + style.length + picture.length)
})

test('routes are read from their folders, without groups', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pandu-routes-'))
  const files = [
    '(public)/+page.svelte',
    '(public)/follow/[token]/+page.svelte',
    '(public)/follow/[token]/+page.server.ts',
  ]
  for (const file of [...files, '(desk)/desk/sign-out/+page.server.ts', 'feed/+server.ts', '(desk)/+layout.svelte']) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
  const routes = everyRoute(folder)
  expect(routes).toEqual([
    { id: '/', kind: 'page' },
    { id: '/desk/sign-out', kind: 'endpoint' },
    { id: '/feed', kind: 'endpoint' },
    { id: '/follow/[token]', kind: 'page' },
  ])
  expect(compareRoutes({ '/': origin, '/gone': origin }, routes)).toEqual({
    unvisited: ['/follow/[token]'],
    unknown: ['/gone'],
  })
  rmSync(folder, { recursive: true })
})

test('the mail sink takes a mail, refuses one when told to, and finds the link in it', async () => {
  const sink = await startMailSink()
  const mail = {
    from: 'desk@pandu.test',
    to: 'ani@contoh.test',
    subject: 'Tautan',
    text: `Buka <${origin}/follow/abc>.`,
  }
  const arrival = sink.waitFor(({ to }) => to.includes('ani@contoh.test'))
  await sendMail(sink.port, mail)
  expect(linkIn(await arrival, '/follow/')).toBe(`${origin}/follow/abc`)
  sink.refusal = { code: 451, text: '4.3.0 try again later' }
  await expect(sendMail(sink.port, mail)).rejects.toMatchObject({ responseCode: 451 })
  expect(sink.to('ani@contoh.test')).toHaveLength(1)
  await sink.close()
})
