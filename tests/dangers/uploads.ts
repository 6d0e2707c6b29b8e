/** What a stranger attaches is kept by its content, outside of everything that is served, and comes back as bytes for saving (ASVS 5). */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { sendMail } from '../e2e/mail.ts'
import { ask } from './client.ts'
import { aRequest, HELPDESK, locationOf, ORIGIN, type House } from './house.ts'

const SCRIPT = '<script>fetch("https://jahat.example")</script>'
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`
/** A GIF that is a page as well, an image that begins an archive, a PDF that runs a program when it is opened. */
const GIF_PAGE = Buffer.from(`GIF89a/*${SCRIPT}*/`)
const PDF = '%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n%%EOF'
const EVIL: [name: string, type: string, content: string | Buffer][] = [
  ['surat.html', 'text/html', SCRIPT],
  ['surat.html;.png', 'text/html;x', SCRIPT],
  ['gambar.svg', 'image/svg+xml', SVG],
  ['daftar.xml', 'application/xml', '<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?><a/>'],
  ['halaman.xhtml', 'application/xhtml+xml', `<html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</html>`],
  ['laporan.pdf', 'application/pdf', PDF],
  ['foto.gif', 'image/gif', GIF_PAGE],
  ['program.js', 'text/javascript', 'alert(1)'],
  ['muat.node', 'application/octet-stream', 'ELF'],
  ['../../../../build/client/jahat.html', 'text/html', SCRIPT],
  ['..\\..\\jahat.cjs', 'text/html', SCRIPT],
  ['/etc/passwd', 'text/plain', 'root'],
  ['a".html; filename=b.html', 'text/html', SCRIPT],
]
const WEB_ROOT = resolve(import.meta.dirname, '../../build')

export function uploads(house: () => House): void {
  /** Multipart as we write it ourselves: a browser would tidy names and types before they come to us. */
  const multipart = (fields: Record<string, string>, files: typeof EVIL) => {
    const edge = 'batas-contoh'
    const parts = [
      ...Object.entries(fields).map(([name, value]) =>
        Buffer.from(`--${edge}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
      ),
      ...files.flatMap(([name, type, content]) => [
        Buffer.from(
          `--${edge}\r\ncontent-disposition: form-data; name="files"; filename="${name.replaceAll('"', '%22')}"\r\ncontent-type: ${type}\r\n\r\n`,
        ),
        Buffer.from(content as string),
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${edge}--\r\n`),
    ]
    return { type: `multipart/form-data; boundary=${edge}`, body: Buffer.concat(parts) }
  }
  const post = (path: string, { type, body }: ReturnType<typeof multipart>) =>
    house()
      .visitor()
      .ask(path, { method: 'POST', headers: { origin: ORIGIN, 'content-type': type }, body })
  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())

  /** Each file of a request as its requester gets it. */
  async function download(follow: string) {
    const page = await house().visitor().get(follow)
    const links = [
      ...new Set([...page.text.matchAll(/\/follow\/[a-z2-7]+\/files\/[0-9a-f-]{36}/g)].map(([link]) => link)),
    ]
    return Promise.all(
      links.map(async (link) => {
        const leads = locationOf(await house().visitor().get(link))
        return { leads, ...(await ask(house().pandu.port, leads)) }
      }),
    )
  }
  function expectHarmless(files: Awaited<ReturnType<typeof download>>) {
    for (const { headers, leads, status } of files) {
      expect(status).toBe(200)
      expect(leads).toMatch(/^\/files\/[\w.-]+$/)
      expect(headers['content-type']).toBe('application/octet-stream')
      expect(headers['content-disposition']).toMatch(/^attachment; filename="[\w. -]*"; filename\*=UTF-8''[\w.%~!-]*$/)
      expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['x-jahat']).toBeUndefined()
    }
  }

  test('by the public form, by an answer and by mail: whatever it says it is, it is bytes for saving, and unchanged', async () => {
    const { pandu, mails, ticket } = house()
    const root_before = filesIn(WEB_ROOT).length
    const [first, second] = [EVIL.slice(0, 7), EVIL.slice(7)]
    const sent = await post('/ask?/send', multipart(aRequest({ email: 'unggah.bahaya@contoh.test' }), first))
    const by_form = await download(locationOf(sent).replace(/\?.*/, ''))
    expect(by_form.map(({ bytes }) => bytes.toString()).sort()).toEqual(
      first.map(([, , content]) => String(content)).sort(),
    )
    const answered = await post(`${ticket.follow}?/answer`, multipart({ answer: 'Ini berkasnya.' }, second))
    expect(answered.status).toBe(303)
    const by_answer = (await download(ticket.follow)).filter(({ bytes }) =>
      second.some(([, , content]) => bytes.equals(Buffer.from(content as string))),
    )
    expect(by_answer.length).toBeGreaterThanOrEqual(second.length)

    const from = 'surat.bahaya@contoh.test'
    const attachments = EVIL.map(([filename, contentType, content]) => ({ filename, contentType, content }))
    attachments.push({
      filename: 'x.txt\r\nX-Jahat: 1',
      contentType: 'text/plain; x="a\r\nX-Jahat: 1"',
      content: 'baris',
    })
    await sendMail(pandu.smtp_port, { from, to: HELPDESK, subject: 'Berkas', text: 'Terlampir.', attachments })
    const mail = await mails.waitFor((one) => one.to.includes(from))
    const by_mail = await download(new URL(/https:\/\/\S+\/follow\/[a-z2-7]+/.exec(mail.text)![0]).pathname)
    expect(by_mail.length).toBe(attachments.length)

    expectHarmless([...by_form, ...by_answer, ...by_mail])
    // Kept under the sum of their bytes, in the data folder; the folder that is served is as it was.
    const kept = filesIn(pandu.data).map(({ name, parentPath }) => join(parentPath, name))
    expect(kept.filter((path) => /jahat|surat\.html|gambar\.svg|program\.js|muat\.node|laporan/.test(path))).toEqual([])
    expect(filesIn(WEB_ROOT).length).toBe(root_before)
    for (const path of ['/jahat.html', '/files/surat.html', '/_app/jahat.html', '/data/blobs', '/blobs/x'])
      expect((await house().visitor().get(path)).status).toBe(404)
  })

  test('a name or a type that breaks its line is refused, or cannot leave it', async () => {
    const head = 'content-disposition: form-data; name="files"; filename='
    for (const line of [
      '"a.txt\r\nx-jahat: 1"',
      '"a.txt"\r\nx-jahat: 1\r\ncontent-type: text/html\r\n',
      '"a\0.html"',
    ]) {
      const body = Buffer.from(`--b\r\n${head}${line}\r\n\r\nisi\r\n--b--\r\n`)
      const { status, headers } = await post('/ask?/send', { type: 'multipart/form-data; boundary=b', body })
      expect([400, 422]).toContain(status)
      expect(headers['x-jahat']).toBeUndefined()
    }
  })

  test('the logo is a picture by its bytes, and what is drawn runs nothing', async () => {
    const { staff } = house()
    const send = (name: string, type: string, content: string | Buffer) =>
      staff.post('/desk/settings/operator', {
        name: 'Bantuan Contoh',
        short_name: 'Contoh',
        logo: new File([content as BlobPart], name, { type }),
      })
    for (const [name, type, content] of EVIL.filter(([, kind]) => !/svg|gif/.test(kind)))
      expect((await send('logo.png', 'image/png', content)).status, `${name} ${type}`).toBe(422)
    const drawn = await send('logo.png', 'image/png', SVG)
    if (drawn.status === 303) {
      const address = /\/logo\/[0-9a-f]{64}/.exec((await house().visitor().get('/')).text)?.[0]
      const logo = await house()
        .visitor()
        .get(address ?? '/logo/none')
      expect(logo.headers['content-type']).toBe('image/svg+xml')
      expect(logo.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
    } else expect(drawn.status).toBe(422)
  })
}
