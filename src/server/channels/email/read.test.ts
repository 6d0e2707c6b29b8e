import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeText } from './charset.ts'
import { readMail, type Mail } from './read.ts'

const corpus = new URL('./corpus/', import.meta.url)
const names = readdirSync(corpus)
  .filter((file) => file.endsWith('.eml'))
  .map((file) => file.slice(0, -'.eml'.length))

function expectPlain(mail: Mail) {
  expect(structuredClone(mail)).toEqual(mail)
  expect(JSON.stringify(mail, (_, value) => (value instanceof Uint8Array ? value.length : value))).not.toContain(
    '\\u0000',
  )
  expect(mail.subject).not.toMatch(/[\r\n]/)
}

const mail = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))

test('lists and lengths are capped', async () => {
  const people = Array.from({ length: 10_000 }, (_, at) => `Orang ${at} <orang${at}@contoh.id>`).join(',\n ')
  const ids = Array.from({ length: 300 }, (_, at) => `<${at}@contoh.id>`).join('\n ')
  const read = await readMail(
    mail(
      `From: a@contoh.id\nCc: ${people}\nReferences: ${ids}\nSubject: ${'s'.repeat(2000)}\n\n${'kata '.repeat(50_000)}`,
    ),
  )
  expect(read.cc).toHaveLength(200)
  expect(read.references).toHaveLength(100)
  expect(read.references.at(0)).toBe('0@contoh.id')
  expect(read.references.at(-1)).toBe('299@contoh.id')
  expect(read.subject).toHaveLength(500)
  expect(read.text_cut).toBe(true)
  expect(read.text.length).toBeLessThanOrEqual(200_000)
})

test('what is decoded block by block is what it was: lines, soft breaks, blanks, and one line without end', async () => {
  const texts = [
    Array.from({ length: 30_000 }, (_, at) => `baris ${at} é=3D \t`).join('\n'),
    `${'a=C3=A9 '.repeat(60_000)}b`,
    `${'kata ='.repeat(60_000)}`,
  ]
  for (const text of texts) {
    const raw = mail(
      `From: a@contoh.id\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: text/csv; name=a.csv\n` +
        `Content-Transfer-Encoding: quoted-printable\nContent-Disposition: attachment\n\n${text}\n--b--\n`,
    )
    const [file] = (await readMail(raw)).attachments
    const said = text
      .replaceAll('\n', '\r\n')
      .replace(/[\t ]+$/gm, '')
      .replace(/=(\r\n|$)/g, '')
      .replaceAll('=C3=A9', 'é')
      .replaceAll('=3D', '=')
    expect(Buffer.from(file!.content).equals(Buffer.from(said))).toBe(true)
  }
})

test('of a text without end the beginning is read, and the mail says so; the files beside it are whole', async () => {
  const raw = mail(
    `From: a@contoh.id\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n${'<p>kata</p>\n'.repeat(300_000)}` +
      `--b\n\nSesudahnya.\n--b\nContent-Type: application/pdf; name=a.pdf\n\n${'x'.repeat(3_000_000)}\n--b--\n`,
  )
  const read = await readMail(raw)
  expect(read.text_cut).toBe(true)
  expect(read.remarks).toContain('text_cut')
  expect(read.attachments.map(({ size }) => size)).toEqual([3_000_000])
})

test('an address too long to be one is no address', async () => {
  const read = await readMail(mail(`From: <${'a'.repeat(300)}@contoh.id>\nMessage-ID: <${'i'.repeat(999)}>\n\nHalo\n`))
  expect(read).toMatchObject({ from: null, message_id: null, text: 'Halo' })
})

test('no bytes make the reader fail: prefixes and flipped bytes of the whole corpus', async () => {
  for (const [index, name] of names.entries()) {
    const raw = readFileSync(new URL(`${name}.eml`, corpus))
    const share = [0.1, 0.3, 0.5, 0.7, 0.9][index % 5]!
    expectPlain(await readMail(raw.subarray(0, Math.floor(raw.length * share))))
    const flipped = Buffer.from(raw)
    for (let at = index % 37; at < raw.length; at += 37) flipped[at] = flipped[at]! ^ 0x91
    expectPlain(await readMail(flipped))
  }
})

test('every label of the web’s charset list is understood', () => {
  const labels = [
    'utf-8',
    'ibm866',
    'iso-8859-2',
    'iso-8859-7',
    'iso-8859-15',
    'koi8-u',
    'macintosh',
    'windows-874',
    'windows-1251',
  ]
  labels.push(
    'gbk',
    'big5',
    'euc-jp',
    'shift_jis',
    'euc-kr',
    'utf-16le',
    'ks_c_5601-1987',
    'latin1',
    'us-ascii',
    'CP1252',
  )
  for (const label of labels) {
    const bytes = label === 'utf-16le' ? Buffer.from('kata', 'utf16le') : Buffer.from('kata')
    expect(decodeText(bytes, label), label).toBe('kata')
  }
  expect(decodeText(Buffer.from('één', 'latin1'), 'us-ascii')).toBe('één')
  expect(decodeText(Buffer.from(`${'é'.repeat(20)}`).subarray(0, 39), null)).toBe('é'.repeat(19) + '\ufffd')
})
