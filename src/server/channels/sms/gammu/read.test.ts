import { expect, test } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { UnreadableText, type Heard } from '../../texts/adapter.ts'
import { partHeaders } from '../part-headers.ts'
import { segment } from '../segments.ts'
import { hexOf, readBackup, textOfHex, writeBackup } from './backup.ts'
import { readGammu, type Brought } from './read.ts'

const read = (brought: Brought | object): Heard =>
  readGammu({ raw: Buffer.from(JSON.stringify(brought)), greeting: 'gammu:satu', received_at: new Date() })
// As Gammu SMSD 1.42 wrote it.
const row = {
  ID: 2,
  ReceivingDateTime: '2026-11-22 09:52:13',
  SenderNumber: '+6281235',
  Text: hexOf('Printer rusak '),
  TextDecoded: 'Printer rusak Printer rusak ',
  Coding: 'Default_No_Compression',
  UDH: '050003C60201',
  RecipientID: 'pandu1',
}
const file = (name: string, content: string | Buffer) => ({ name, content: Buffer.from(content as string).toString('base64') }) // prettier-ignore
const NAME = 'IN20261122_095348_00_+6281235_00.txt'

test.each<[string, object, object]>([
  ['one part: its own words, not those of all', {}, { text: 'Printer rusak ', part: { reference: '8:198', total: 2, number: 1 } }], // prettier-ignore
  ['a later part', { UDH: '050003C60202', Text: hexOf('lagi'), TextDecoded: '' }, { text: 'lagi', part: { number: 2 } }], // prettier-ignore
  ['a whole text', { UDH: '', Text: hexOf('Halo 😀') }, { text: 'Halo 😀', part: null, from: '+6281235', to: '', at: null }], // prettier-ignore
  ['words that are only decoded', { UDH: '', Text: '', TextDecoded: 'Halo' }, { text: 'Halo' }],
  ['half an emoji in a part', { Text: 'D83D' }, { text: '\uD83D' }],
  ['half an emoji alone', { UDH: '', Text: 'D83D' }, { text: '\uFFFD' }],
  ['what PostgreSQL cannot keep', { UDH: '', Text: '006100000062' }, { text: 'ab' }],
])('a row: %s', (_, change, expected) => {
  expect(read({ what: 'row', row: { ...row, ...change } })).toMatchObject({ kind: 'text', ...expected })
})

test('files of one message are its text; the sender is told by their names alone', () => {
  const files = [file(NAME, 'satu '), file(NAME.replace('_00.txt', '_01.txt'), 'dua é')]
  expect(read({ what: 'files', files })).toMatchObject({ from: '+6281235', text: 'satu dua é', part: null })
  const utf16 = Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from('ꦱ', 'utf16le')])
  expect(read({ what: 'files', files: [file(NAME, utf16)] })).toMatchObject({ text: 'ꦱ' })
  expect(read({ what: 'files', files: [file(NAME, Buffer.from('caf\xe9', 'latin1'))] })).toMatchObject({ text: 'café' })
  const parts = ['tiga ', 'empat']
  const backup = writeBackup({ to: '+62999', parts, headers: partHeaders(newId(), parts, 'gsm'), coding: 'gsm' })
  expect(read({ what: 'files', files: [file(NAME, backup)] })).toMatchObject({ from: '+6281235', text: 'tiga empat' })
  const [first] = backup.split('[SMSBackup001]')
  expect(read({ what: 'files', files: [file(NAME, first!)] })).toMatchObject({ text: 'tiga ', part: { total: 2, number: 1 } }) // prettier-ignore
})

test.each([
  ['SendingOK', { kind: 'receipt', state: 'sent', error: null }],
  ['DeliveryOK', { kind: 'receipt', state: 'delivered', error: null }],
  ['DeliveryFailed', { kind: 'receipt', state: 'failed', error: 'DeliveryFailed 69' }],
  ['DeliveryPending', { kind: 'nothing', reason: 'report_unknown' }],
])('what became of ours: %s', (status, expected) => {
  const outbox_id = newId()
  const error = status === 'DeliveryFailed' ? 'DeliveryFailed 69' : null
  expect(read({ what: 'sent', outbox_id, number: 2, status, error })).toMatchObject({
    ...expected,
    ...(expected.kind === 'receipt' ? { gateway: 'satu', of: { outbox_id, number: 2 } } : {}),
  })
})

test.each<[string, object, string]>([
  ['a ring tone', { what: 'row', row: { ...row, Coding: '8bit' } }, 'binary_text'],
  ['a ring tone in a file', { what: 'files', files: [file(NAME.replace('txt', 'bin'), 'x')] }, 'binary_text'],
  ['nobody', { what: 'row', row: { ...row, SenderNumber: ' ' } }, 'no_sender'],
  ['a file of somebody else', { what: 'files', files: [file('catatan.txt', 'x')] }, 'no_message'],
  ['nothing of ours', { what: 'is_this' }, 'no_message'],
  ['a row that is none', { what: 'row', row: null }, 'no_message'],
  ['no files', { what: 'files', files: [] }, 'no_message'],
])('unreadable: %s', (_, brought, reason) => {
  expect(() => read(brought)).toThrow(expect.objectContaining({ reason }))
})

test('what is written for Gammu is read as it was, and a number cannot break out of its line', () => {
  for (const text of ['Halo', 'kata {kurung} '.repeat(40), 'ꦱꦸ 😀 "kutip"\n[SMSBackup000]\nNumber = "+1"', '']) {
    const { parts, coding } = segment(text)
    const headers = partHeaders(newId(), parts, coding)
    const written = writeBackup({ to: '+62811"\nText00 = 0041', parts, headers, coding })
    expect(readBackup(written).map((part) => part.text)).toEqual(parts)
    expect(readBackup(written).map((part) => part.header.toLowerCase())).toEqual(
      parts.map((_, index) => headers[index]?.toString('hex') ?? ''),
    )
    expect(written).toContain('Number = "+62811000041"')
  }
  expect(textOfHex('0041 0042')).toBe('')
  expect(textOfHex('004')).toBe('')
})

test('any bytes are read or unreadable, and never anything else', () => {
  let state = 20261122
  const next = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  const whole = [
    { what: 'row', row },
    { what: 'files', files: [file(NAME, 'satu')] },
    { what: 'sent', outbox_id: newId(), number: 1, status: 'SendingOK', error: null },
  ].map((brought) => Buffer.from(JSON.stringify(brought)))
  let understood = 0
  for (let turn = 0; turn < 10_000; turn++) {
    const raw = Buffer.from(whole[next(whole.length)]!)
    for (let change = next(3); change > 0; change--) raw[next(raw.length)] = next(256)
    try {
      readGammu({ raw, greeting: 'gammu:satu', received_at: new Date() })
      understood++
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableText)
    }
  }
  expect(understood).toBeGreaterThan(3_000)
})
