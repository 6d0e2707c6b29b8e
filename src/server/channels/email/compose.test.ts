import { expect, test } from 'vitest'
import { composeMail, type OutgoingMail } from './compose.ts'
import { htmlOfText } from './html-of-text.ts'
import { readMail } from './read.ts'

const mail: OutgoingMail = {
  from: { name: 'Helpdesk Contoh', address: 'helpdesk@contoh.go.id' },
  to: { name: 'Budi Contoh', address: 'Budi@desa.contoh.id' },
  reply_to: { name: 'Helpdesk Contoh', address: '100057-a@balas.contoh.go.id' },
  subject: 'Permintaan Anda [#100057] – “printer”',
  text: 'Yth. Budi,\n\nPermintaan Anda sudah kami terima.\n\nSalam',
  message_id: '100057.abc.def@contoh.go.id',
  date: new Date('2026-11-21T03:00:00Z'),
  automatic: false,
  language: 'id',
  origin: 'https://bantuan.contoh.go.id',
}
const headerOf = (raw: Buffer) => raw.toString('latin1').split('\r\n\r\n', 1)[0]! + '\r\n'
const fieldNames = (raw: Buffer) => [...headerOf(raw).matchAll(/^([\w-]+):/gm)].map((match) => match[1])

test('what we compose is read again as it was meant', async () => {
  const { raw, envelope } = await composeMail({
    ...mail,
    in_reply_to: 'satu@desa.contoh.id',
    references: ['akar@desa.contoh.id', 'satu@desa.contoh.id'],
    attachments: [{ name: 'Surat – desa.pdf', type: 'application/pdf', content: Uint8Array.of(1, 2, 3) }],
  })
  const read = await readMail(raw)
  expect(read).toMatchObject({
    from: mail.from,
    reply_to: mail.reply_to,
    to: [mail.to],
    subject: mail.subject,
    text: mail.text,
    message_id: mail.message_id,
    in_reply_to: ['satu@desa.contoh.id'],
    references: ['akar@desa.contoh.id', 'satu@desa.contoh.id'],
    date: mail.date,
    auto: { automatic: false, reason: null },
    attachments: [{ name: 'Surat – desa.pdf', type: 'application/pdf', content: Uint8Array.of(1, 2, 3) }],
  })
  expect(envelope).toEqual({ from: 'helpdesk@contoh.go.id', to: ['Budi@desa.contoh.id'] })
  expect(raw.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(
    Math.max(
      ...raw
        .toString('latin1')
        .split('\r\n')
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(998)
})

test('an automatic mail says so in every way that machines understand', async () => {
  const notice = await composeMail({ ...mail, automatic: true, return_path: null })
  const header = headerOf(notice.raw)
  expect(header).toContain('Auto-Submitted: auto-generated\r\n')
  expect(header).toContain('X-Auto-Response-Suppress: All\r\n')
  expect(header).toContain('X-Loop: pandu@contoh.go.id\r\n')
  expect(notice.envelope.from).toBe('')
  const answer = await composeMail({ ...mail, automatic: true, in_reply_to: 'satu@desa.contoh.id' })
  expect(headerOf(answer.raw)).toContain('Auto-Submitted: auto-replied\r\n')
  expect((await readMail(answer.raw)).auto).toEqual({ automatic: true, reason: 'loop' })
})

test('nobody can add a line to the header or a recipient', async () => {
  const names = fieldNames((await composeMail({ ...mail, in_reply_to: 'a@b', references: ['c@d'] })).raw)
  for (const bad of [
    '\r\nBcc: korban@contoh.id',
    '\nBcc: korban@contoh.id',
    '\rBcc: x',
    '\0\r\n\r\nbadan',
    '\u2028Bcc: x',
  ]) {
    const { raw, envelope } = await composeMail({
      ...mail,
      from: { ...mail.from, name: `Helpdesk${bad}` },
      to: { ...mail.to, name: `Budi" <korban@contoh.id>, "${bad}` },
      subject: `Halo${bad}`,
      in_reply_to: 'a@b',
      references: ['c@d', `x@y>${bad}`],
      attachments: [{ name: `a${bad}.pdf`, type: `application/pdf${bad}`, content: Uint8Array.of(1) }],
    })
    expect(fieldNames(raw)).toEqual(names)
    expect(envelope.to).toEqual(['Budi@desa.contoh.id'])
    const read = await readMail(raw)
    expect(read.to).toHaveLength(1)
    expect(read.to[0]?.address).toBe('Budi@desa.contoh.id')
    expect(raw.toString('latin1')).not.toMatch(/^Bcc:/im)
  }
  const notIds = { in_reply_to: 'x@y>\r\nBcc: z', message_id: 'x@y\r\nBcc: z' }
  await expect(composeMail({ ...mail, message_id: notIds.message_id })).rejects.toThrow('Message-ID')
  expect(fieldNames((await composeMail({ ...mail, in_reply_to: notIds.in_reply_to })).raw)).not.toContain('In-Reply-To')
  for (const address of ['"a@korban.example x"@contoh.id', 'a@b.id, c@d.id', 'a@b.id\r\nRCPT TO:<c@d.id>', '']) {
    await expect(composeMail({ ...mail, to: { name: '', address } })).rejects.toThrow('not a mail address')
  }
})

test('the HTML part is the text, escaped, with only our links to click', () => {
  const html = htmlOfText({
    subject: '<b>x',
    language: 'id',
    origin: 'https://bantuan.contoh.go.id',
    text:
      'Ikuti: https://bantuan.contoh.go.id/ikuti/abc.\n<script>alert("1")</script>\n\n' +
      'https://jahat.example https://bantuan.contoh.go.id@jahat.example/x https://bantuan.contoh.go.id.jahat.example/',
  })
  expect([...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).toEqual([
    'https://bantuan.contoh.go.id/ikuti/abc',
  ])
  expect(html).toContain('<title>&lt;b&gt;x</title>')
  expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</p>')
  expect(html.match(/<p>/g)).toHaveLength(2)
  expect(html).not.toMatch(/src=|url\(|<img|<link|<style/i)
})

test('odd text arrives whole: NUL, dots, long lines, half characters', async () => {
  const text = `.\n..\n${'panjang '.repeat(500)}\nFrom kami\nakhir\0`
  const { raw } = await composeMail({ ...mail, text, to: { name: '', address: 'budi@bücher.example' } })
  expect((await readMail(raw)).text.replaceAll(/\s+/g, ' ')).toBe(text.replace('\0', '').replaceAll(/\s+/g, ' '))
  const { envelope } = await composeMail({ ...mail, text: '\ud800', to: { name: '', address: 'budi@bücher.example' } })
  expect(envelope.to).toEqual(['budi@xn--bcher-kva.example'])
})

test.each([
  ['comma, semicolon', 'Budi, korban@lain.example; Sari <lain@lain.example>'],
  ['encoded word', '=?utf-8?Q?Budi=0D=0ABcc:_korban=40lain.example?='],
  ['encoded word of an address', '=?utf-8?B?a29yYmFuQGxhaW4uZXhhbXBsZQ==?= <korban@lain.example>'],
  ['group', 'Semua: korban@lain.example, lain@lain.example;'],
  ['quotes and brackets', '"Budi" <korban@lain.example>\\" ('],
  ['a very long name', 'N'.repeat(5_000)],
  ['a very long name of four bytes each', '\u{1f600}'.repeat(2_000)],
  ['line separators', 'Budi\u2028Bcc: korban@lain.example\u2029\u0085\v\f'],
])('a name with %s is a name, and the mail goes to one person', async (_, name) => {
  const { raw, envelope } = await composeMail({
    ...mail,
    from: { ...mail.from, name },
    to: { ...mail.to, name },
    reply_to: { name, address: mail.reply_to!.address },
    subject: name,
  })
  expect(envelope.to).toEqual([mail.to.address])
  expect(raw.toString('latin1')).not.toMatch(/^(Bcc|Cc):/im)
  // RFC 5322 2.1.1: a line has at most 998 octets, also in a header.
  expect(
    Math.max(
      ...raw
        .toString('latin1')
        .split('\r\n')
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(998)
  const read = await readMail(raw)
  expect(read.to.map(({ address }) => address)).toEqual([mail.to.address])
  expect(read.cc).toEqual([])
  expect(read.from?.address).toBe(mail.from.address)
  expect(read.reply_to?.address).toBe(mail.reply_to!.address)
})

test.each([
  'a@b.id,c@d.id',
  'a@b.id;c@d.id',
  '<a@b.id>',
  'a@b.id>',
  'Budi <a@b.id>',
  '"a b"@c.id',
  'a@[127.0.0.1]',
  '=?utf-8?Q?a?=@b.id',
  'a\u2028@b.id',
  'a@b.id\0',
  `${'a'.repeat(65)}@b.id`,
  `a@${'b'.repeat(250)}.id`,
])('to “%s” nothing is sent', async (address) => {
  await expect(composeMail({ ...mail, to: { name: '', address } })).rejects.toThrow('not a mail address')
  await expect(composeMail({ ...mail, reply_to: { name: '', address } })).rejects.toThrow('not a mail address')
})
