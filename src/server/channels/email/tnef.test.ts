import { expect, test } from 'vitest'
import { openLog } from '../../platform/log.ts'
import { openMailReader } from './reader.ts'
import { readRtf, unpackRtf } from './rtf.ts'
import { readTnef } from './tnef.ts'
import { binary, named, number, object, packedRtf, unicode, writeTnef } from './tnef.testing.ts'

const RTF = [
  '{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}{\\colortbl\\red0;}{\\*\\generator Outlook;}',
  "{\\*\\htmltag64 <p>}\\htmlrtf {\\b \\htmlrtf0 Caf\\'e9 \\u8211 ?tutup\\htmlrtf }\\htmlrtf0 {\\*\\htmltag72 </p>}\\par }",
].join('\r\n')
const full = () =>
  writeTnef({
    properties: [
      number(0x3fde, 65001),
      named('Keywords', 'contoh'),
      binary(0x1009, packedRtf(RTF)),
      unicode(0x0037, 'Laporan'),
    ],
    files: [
      {
        title: 'LAPORA~1.PDF',
        bytes: Buffer.from('%PDF'),
        properties: [unicode(0x3707, 'Laporan bulanan – é.pdf'), unicode(0x370e, 'application/pdf')],
      },
      { title: 'logo.png', bytes: Buffer.from([1, 2, 3]), properties: [unicode(0x3712, '<logo@contoh>')] },
      {
        title: 'Pesan lama',
        properties: [
          object(
            0x3701,
            writeTnef({ body: 'Isi pesan lama.', files: [{ title: 'dalam.txt', bytes: Buffer.from('dalam') }] }),
          ),
        ],
      },
    ],
  })

test('words and files of a winmail.dat: long names, pictures, a message within, HTML that was kept as RTF', () => {
  const read = readTnef(full())!
  expect(read.whole).toBe(true)
  expect(read.html.trim()).toBe('<p>Café –tutup</p>')
  expect(read.files.map(({ content, ...file }) => ({ ...file, content: content.toString('latin1') }))).toEqual([
    { name: 'Laporan bulanan – é.pdf', type: 'application/pdf', content: '%PDF', content_id: null },
    { name: 'logo.png', type: 'application/octet-stream', content: '\u0001\u0002\u0003', content_id: 'logo@contoh' },
    { name: 'Pesan lama.txt', type: 'text/plain', content: 'Isi pesan lama.', content_id: null },
    { name: 'dalam.txt', type: 'application/octet-stream', content: 'dalam', content_id: null },
  ])
  expect(readTnef(writeTnef({ body: 'Halo é' }))).toMatchObject({ text: 'Halo é', html: '', files: [] })
  expect(readTnef(Buffer.from('bukan TNEF'))).toBeNull()
})

test('packed RTF is unpacked as its specification shows, and its words are found', () => {
  const shown = '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c09002062770 5b06c647d0a800fa0'
  const packed = Buffer.from(shown.replaceAll(' ', ''), 'hex')
  expect(unpackRtf(packed).toString('latin1')).toBe('{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n')
  expect(readRtf(packed)).toEqual({ text: 'hello world', html: '' })
  const plain =
    '{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}Satu\\par Dua\\tab tiga {\\*\\unknown hilang}\\{empat\\}{\\pict 0102}}'
  expect(readRtf(packedRtf(plain)).text).toBe('Satu\nDua\ttiga {empat}')
})

test('whatever the bytes, reading ends: every beginning, every bit turned, lengths and counts without end', () => {
  const bytes = full()
  for (let length = 0; length <= bytes.length; length++) {
    const read = readTnef(bytes.subarray(0, length))
    if (length >= 6 && length < bytes.length) expect(read).not.toBeNull()
  }
  expect(readTnef(bytes.subarray(0, -1))).toMatchObject({ whole: false, html: expect.stringContaining('tutup') })
  for (let at = 6; at < bytes.length; at++)
    for (const value of [0, 0x7f, 0xff]) {
      const hostile = Buffer.from(bytes)
      hostile[at] = value
      const read = readTnef(hostile)!
      expect(read.files.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThanOrEqual(2 * bytes.length)
    }
  // A message in a message in a message: deeper than three it is a file.
  let deep = writeTnef({ body: 'di dalam' })
  for (let level = 0; level < 50; level++)
    deep = writeTnef({ files: [{ title: `${level}`, properties: [object(0x3701, deep)] }] })
  expect(readTnef(deep)!.files).toHaveLength(1)
})

test('RTF that claims gigabytes, opens groups without end or refers to itself costs no more than its bytes', () => {
  const claims = packedRtf('{\\rtf1 a}')
  claims.writeUInt32LE(0xffffffff, 4)
  expect(readRtf(claims).text).toBe('a')
  // Every reference repeats seventeen letters of what was just written.
  const repeats = Buffer.concat([claims.subarray(0, 16), Buffer.alloc(3_000_000, 0xff)])
  expect(unpackRtf(repeats).length).toBeLessThanOrEqual(2 * 1024 * 1024)
  for (const hostile of ['{'.repeat(500_000), '}'.repeat(500_000), '\\u1'.repeat(300_000), "\\'".repeat(500_000)])
    expect(readRtf(packedRtf(`{\\rtf1 ${hostile} akhir`)).text.length).toBeLessThan(600_000)
})

test('in a mail: its words stand where the mail has none, its files in the place of winmail.dat; a broken one stays beside them', async () => {
  const reader = openMailReader({ log: openLog({ PANDU_LOG: 'silent' }), threads: 1 })
  const mail = (tnef: Buffer, text = '') =>
    Buffer.from(
      `From: a@contoh.id\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n${text}\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n` +
        `Content-Transfer-Encoding: base64\n\n${tnef.toString('base64')}\n--b--\n`,
    )
  const names = ['Laporan bulanan – é.pdf', 'logo.png', 'Pesan lama.txt', 'dalam.txt']
  const empty = await reader.read(mail(full()))
  expect(empty).toMatchObject({ text: 'Café –tutup', remarks: [], html: { html: '<p>Café –tutup</p>\n' } })
  expect(empty.attachments.map(({ name }) => name)).toEqual(names)
  expect(await reader.read(mail(full(), 'Terlampir.'))).toMatchObject({ text: 'Terlampir.', html: null, remarks: [] })
  const broken = await reader.read(mail(full().subarray(0, -3), 'Terlampir.'))
  expect(broken.remarks).toEqual(['winmail'])
  expect(broken.attachments[0]!.name).toBe('winmail.dat')
  expect(broken.attachments.length).toBeGreaterThan(1)
  await reader.stop()
})
