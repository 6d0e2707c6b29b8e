import { expect, test } from 'vitest'
import { openSecrets } from '../../../platform/secrets.ts'
import { readSettings } from '../../../../settings.ts'
import type { ReceivedRequest } from '../gateway-request.ts'
import { reportMark } from '../../texts/report-mark.ts'
import { UnreadableText } from '../../texts/adapter.ts'
import { kannelItem, kannelReport } from './item.ts'
import { readKannel } from './read.ts'

const DOOR = '/channels/sms/kannel'
const get = (query: string): ReceivedRequest => ({
  method: 'GET',
  target: `${DOOR}?${query}`,
  headers: { host: 'contoh', 'user-agent': 'Kannel/1.4.5' },
  body: Buffer.alloc(0),
  remote: '127.0.0.1',
})
const post = (query: string, headers: ReceivedRequest['headers'], body: string | Buffer): ReceivedRequest => ({
  ...get(query),
  method: 'POST',
  headers,
  body: Buffer.from(body as string),
})
const read = (asked: ReceivedRequest) => {
  const item = kannelItem(asked, 'satu')
  return readKannel({ raw: Buffer.from(item.raw), greeting: item.greeting!, received_at: new Date() })
}
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16()
const percent = (bytes: Buffer) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const WHO = 'from=%2B6281234567890&to=1500&id=0f358f76-382a-4df8-8b20-afd88516b887'

test.each<[string, ReceivedRequest, string]>([
  ['as Kannel sends it', get(`${WHO}&text=LAPOR+printer+mati&time=2026-11-21+19:13:56&coding=0&charset=UTF-8&udh=`), 'LAPOR printer mati'], // prettier-ignore
  ['blanks at the ends stay in bin', get(`${WHO}&text=a&bin=+a++b+&coding=0&charset=UTF-8`), ' a  b '],
  ['recoded to UTF-8', get(`${WHO}&text=%EA%A6%B1%20%F0%9F%98%80&coding=0&charset=UTF-8`), 'ꦱ 😀'],
  ['UTF-16BE', get(`${WHO}&text=${percent(utf16('ꦱ “😀”'))}&coding=2&charset=UTF-16BE`), 'ꦱ “😀”'],
  ['UTF-16BE without a name', get(`${WHO}&bin=${percent(utf16('ꦱ'))}&coding=2`), 'ꦱ'],
  ['half a letter at the end', get(`${WHO}&text=${percent(utf16('ab'))}%00&coding=2&charset=UTF-16BE`), 'ab'],
  ['half of an emoji', get(`${WHO}&text=%d8%3d&coding=2&charset=UTF-16BE`), '\uFFFD'],
  ['called UTF-8, and is not', get(`${WHO}&text=caf%E9&charset=UTF-8`), 'café'],
  ['Latin', get(`${WHO}&text=caf%E9&charset=ISO-8859-1`), 'café'],
  ['a percent sign alone', get(`${WHO}&text=50%+dari+100%25`), '50% dari 100%'],
  ['a byte that PostgreSQL cannot keep', get(`${WHO}&text=a%00b`), 'ab'],
  ['nothing written', get(`${WHO}&text=`), ''],
  ['letters sent as data', get(`${WHO}&bin=BEGIN:VCARD%0D%0AN:Ani&coding=1&charset=8-BIT`), 'BEGIN:VCARD\r\nN:Ani'],
  ['posted', post('id=7', { 'x-kannel-from': '0812', 'content-type': 'text/plain; charset="UTF-8"' }, ' é '), ' é '],
  ['posted in UTF-16BE', post(WHO, { 'content-type': 'text/plain; charset="UTF-16BE"' }, utf16('ꦱ')), 'ꦱ'],
  [
    'posted as a form',
    post('', { 'content-type': 'application/x-www-form-urlencoded' }, `${WHO}&text=a+%2B+b`),
    'a + b',
  ],
  ['posted empty', post(WHO, { 'content-type': 'text/plain' }, ''), ''],
])('the text: %s', (_, asked, text) => {
  expect(read(asked)).toMatchObject({ kind: 'text', text })
})

/** As a real Kannel 1.4.5 wrote it, with its blanks. */
const xml = ({
  oa = '+6281234567890',
  ud = '',
  coding = '0',
  udh = '',
  encoding = 'ISO-8859-1',
}) => `<?xml version="1.0" encoding="${encoding}"?>
<message cid="1">
\t<submit>
${oa ? `  \t\t<oa>  \t\t<number>${oa}</number>\n</oa>\n` : ''}  \t\t<da>  \t\t<number>1500</number>
</da>
${udh ? `  \t\t<udh>${udh}</udh>\n` : ''}  \t\t<ud>${ud}</ud>
  \t\t<dcs>  \t\t<coding>${coding}</coding>
</dcs>
  \t\t<at><year>2026</year><month>11</month><day>22</day><hour>13</hour><minute>34</minute><second>51</second><timezone>0</timezone></at>
  \t\t<from>  \t\t<account>PALSU</account>
</from>
  \t\t<to>  \t\t<service>default</service>
</to>
\t</submit>
</message>
`
const posted = (given: Parameters<typeof xml>[0], query = 'id=7') =>
  post(query, { 'content-type': 'text/xml' }, xml(given))
test.each<[string, ReceivedRequest, object]>([
  [
    'letters, marks and what XML would mean by them',
    posted({ ud: 'Halo+%3Cb%3E+%26+%22satu%22+100%25+%C3%A9' }),
    { text: 'Halo <b> & "satu" 100% é' },
  ],
  ['recoded to UTF-8', posted({ ud: '%EA%A6%B1+%F0%9F%98%80', coding: '2', encoding: 'UTF-8' }), { text: 'ꦱ 😀' }],
  ['UTF-16BE', posted({ ud: percent(utf16('ꦱ “😀”')), coding: '2' }), { text: 'ꦱ “😀”' }],
  [
    'a part of a longer text',
    posted({ ud: 'satu%2C+', udh: '%05%00%03%2A%02%01' }),
    { text: 'satu, ', part: { reference: '8:42', total: 2, number: 1 } },
  ],
  ['nothing written', posted({}), { text: '' }],
  ['the sender in the address only', posted({ oa: '', ud: 'a' }, 'id=7&from=%2B62811'), { from: '+62811', text: 'a' }],
])('by post-xml: %s', (_, asked, expected) => {
  expect(read(asked)).toMatchObject({ kind: 'text', from: '+6281234567890', to: '1500', remote_id: '7', ...expected })
})

test('who wrote it, to whom, when, and which part it is', () => {
  expect(read(get(`${WHO}&text=a&time=1795288683&udh=%05%00%03%2A%02%01`))).toEqual({
    kind: 'text',
    from: '+6281234567890',
    to: '1500',
    name: '',
    text: 'a',
    at: new Date('2026-11-21T19:18:03Z'),
    part: { reference: '8:42', total: 2, number: 1 },
    remote_id: '0f358f76-382a-4df8-8b20-afd88516b887',
    answers_remote_id: null,
    button: null,
    media: [],
  })
  // A time without a zone says nothing; a number that nobody encoded begins with a blank.
  expect(read(get('from=+62812&text=a&time=2026-11-21+19:13:56'))).toMatchObject({ from: '62812', to: '', at: null, part: null, remote_id: null }) // prettier-ignore
  const told = {
    'x-kannel-from': '08123',
    'x-kannel-to': '1500',
    'x-kannel-udh': '%05%00%03%2A%02%02',
    'content-type': 'text/plain',
  }
  expect(read(post('', told, 'b'))).toMatchObject({ from: '08123', to: '1500', part: { number: 2 } })
})

test.each<[string, ReceivedRequest, string]>([
  ['ring tones', get(`${WHO}&bin=%00%01%02&coding=1&charset=8-BIT`), 'binary_text'],
  ['posted bytes', post(WHO, { 'content-type': 'application/octet-stream' }, Buffer.from([6, 5, 4])), 'binary_text'],
  ['no sender', get('text=halo'), 'no_sender'],
  ['no field with a text', get(`${WHO}&pesan=halo`), 'no_text'],
  ['XML that is not Kannel’s', post(WHO, { 'content-type': 'text/xml' }, '<message/>'), 'kannel_xml'],
  ['XML without its sender', posted({ oa: '', ud: 'halo' }), 'no_sender'],
  ['ring tones by XML', posted({ ud: '%00%01%02%FF', coding: '1', udh: '%06%05%04%15%82%00' }), 'binary_text'],
])('kept, and said to be unreadable: %s', (_, asked, reason) => {
  const item = kannelItem(asked, 'satu')
  expect(item.raw.length).toBeGreaterThan(10)
  expect(() => read(asked)).toThrow(expect.objectContaining<Partial<UnreadableText>>({ reason }))
})

test('the key is not kept, and nobody but us notes anything in an item', () => {
  const { raw } = kannelItem(
    { ...get(`key=rahasia-sekali&${WHO}&text=a&%6bey=x`), headers: { 'pandu-of': 'x' } },
    'satu',
  )
  expect(Buffer.from(raw).toString()).toBe(`GET ${DOOR}?${WHO}&text=a HTTP/1.1\r\n\r\n`)
})

test('the same message id again is the same message; a wrong configuration loses none', () => {
  const fingerprintOf = (query: string, name = 'satu') => kannelItem(get(query), name).fingerprint
  const first = fingerprintOf(`${WHO}&text=ya&charset=UTF-8`)
  expect(fingerprintOf(`${WHO}&text=ya&charset=UTF-8`)).toBe(first)
  expect(fingerprintOf(`${WHO}&text=ya`, 'dua')).not.toBe(first)
  // Every message with the same id: %i was written for %I.
  expect(fingerprintOf('from=081&id=SATU&text=ya')).not.toBe(fingerprintOf('from=081&id=SATU&text=tidak'))
  // No id: the time tells them apart; neither: each request is its own.
  expect(fingerprintOf('from=081&text=ya&time=1795288683')).toBe(fingerprintOf('from=081&text=ya&time=1795288683'))
  expect(fingerprintOf('from=081&text=ya&time=1795288683')).not.toBe(fingerprintOf('from=081&text=ya&time=1795288699'))
  expect(fingerprintOf('from=081&text=ya')).not.toBe(fingerprintOf('from=081&text=ya'))
  const ofXml = (ud: string, query: string) => kannelItem(posted({ ud }, query), 'satu').fingerprint
  expect(ofXml('ya', 'id=7')).toBe(ofXml('ya', 'id=7'))
  expect(ofXml('ya', 'id=7')).not.toBe(ofXml('ya', 'id=8'))
  expect(ofXml('ya', '')).toBe(ofXml('ya', ''))
  expect(ofXml('ya', '')).not.toBe(ofXml('tidak', ''))
})

const secrets = openSecrets(readSettings({ PANDU_SECRET: 'contoh-contoh-contoh-contoh-contoh-contoh' }).settings)
const TEXT = '01990b2a-7c11-7d3e-8f00-1a2b3c4d5e6f'
const reportOf = (query: string) => {
  const report = kannelReport(secrets, { ...get(''), target: `${DOOR}/report?${query}` }, 'satu')
  if (!report) return null
  const { raw, greeting } = report.item
  const heard = readKannel({ raw: Buffer.from(raw), greeting: greeting!, received_at: new Date() })
  // What is done at once is what a later reader of the ledger finds.
  expect(report.heard).toEqual(heard)
  return heard
}

test.each<[string, string, unknown]>([
  ['the SMSC took it', 'type=8&answer=ACK%2F&at=1795288683&id=00000004', { state: 'sent', error: null, at: new Date('2026-11-21T19:18:03Z') }], // prettier-ignore
  ['it arrived', 'type=1&answer=id%3A4+stat%3ADELIVRD+err%3A000+text%3AHalo', { state: 'delivered', error: null }],
  [
    'it did not',
    'type=2&answer=id%3A4+stat%3AUNDELIV+err%3A034+text%3AHalo',
    { state: 'failed', error: 'UNDELIV 034' },
  ],
  ['the SMSC refused it', 'type=16&answer=NACK%2F0x0000000b%2FInvalid+Destination+Address&id=', { state: 'failed', error: 'NACK/0x0000000b/Invalid Destination Address' }], // prettier-ignore
])('a report: %s', (_, query, expected) => {
  expect(reportOf(`of=${reportMark(secrets, TEXT)}&${query}`)).toMatchObject({
    kind: 'receipt',
    gateway: 'satu',
    of: { outbox_id: TEXT, number: null },
    ...(expected as object),
  })
})

test('a report without our mark is none, whatever id it names', () => {
  const mark = reportMark(secrets, TEXT)
  expect(mark).toMatch(/^[\w-]{32}$/)
  for (const of of [TEXT, '', mark.slice(0, -1), `${mark.slice(0, 21)}A${mark.slice(22)}`, `${mark}AAAA`])
    expect(reportOf(`of=${of}&type=1`)).toBeNull()
  expect(reportOf(`of=${mark}&type=99`)).toEqual({ kind: 'nothing', reason: 'report_unknown' })
})
