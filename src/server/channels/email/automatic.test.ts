import { expect, test } from 'vitest'
import { automaticReason, type AutomaticReason } from './automatic.ts'

type Header = Record<string, string | string[]>
const reasonOf = (header: Header, content_type = 'text/plain', written = {}) =>
  automaticReason(
    new Map(Object.entries(header).map(([name, value]) => [name.toLowerCase(), [value].flat()])),
    content_type,
    written,
  )

test.each<[Header, AutomaticReason | null]>([
  [{}, null],
  // RFC 3834 5: `no` is a human, whatever its case and comment; everything else is not, also words that nobody knows yet.
  [{ 'Auto-Submitted': 'no' }, null],
  [{ 'Auto-Submitted': ' NO (ditulis orang)' }, null],
  [{ 'Auto-Submitted': '' }, null],
  [{ 'Auto-Submitted': 'auto-replied' }, 'auto_submitted'],
  [{ 'Auto-Submitted': 'auto-generated; owner-email="a@contoh.id"' }, 'auto_submitted'],
  [{ 'Auto-Submitted': 'auto-notified' }, 'auto_submitted'],
  [{ 'Auto-Submitted': 'no-one-knows' }, 'auto_submitted'],
  [{ 'Auto-Submitted': ['no', 'auto-replied'] }, 'auto_submitted'],
  [{ 'X-Loop': 'pandu@contoh.go.id' }, 'loop'],
  [{ 'X-Loop': 'PANDU@lain.example' }, 'loop'],
  [{ 'X-Loop': 'milis@contoh.go.id' }, null],
  [{ Precedence: 'bulk' }, 'precedence'],
  [{ Precedence: 'Junk' }, 'precedence'],
  [{ Precedence: 'list' }, 'precedence'],
  [{ Precedence: 'auto_reply' }, 'precedence'],
  [{ Precedence: 'first-class' }, null],
  [{ Precedence: 'normal' }, null],
  // osTicket compares upper-cased fields with a mixed-case word and never finds one; ours do not mind.
  [{ 'X-Auto-Response-Suppress': 'All' }, 'suppressed'],
  [{ 'X-Auto-Response-Suppress': 'OOF, AutoReply' }, 'suppressed'],
  [{ 'X-Auto-Response-Suppress': 'dr, oof' }, 'suppressed'],
  [{ 'x-auto-response-suppress': 'AUTOREPLY' }, 'suppressed'],
  // Somebody's mail program that wants no receipts; Outlook writes this on the mails of people.
  [{ 'X-Auto-Response-Suppress': 'DR, RN, NRN' }, null],
  [{ 'X-Auto-Response-Suppress': 'None' }, null],
  [{ 'X-Autoreply': 'yes' }, 'auto_reply'],
  [{ 'X-Autoreply': 'no' }, null],
  [{ 'X-Autorespond': 'Re: Printer' }, 'auto_reply'],
  [{ 'X-Auto-Reply-From': 'a@contoh.id' }, 'auto_reply'],
  [{ 'X-FC-MachineGenerated': 'true' }, 'auto_reply'],
  [{ 'List-Id': '<warga.contoh.id>' }, 'list'],
  [{ 'List-Unsubscribe': '<mailto:x@contoh.id>' }, 'list'],
  [{ 'List-Post': 'NO' }, 'list'],
  // A person who writes through a list is still on a list: everybody would read our answer.
  [{ 'Auto-Submitted': 'no', 'List-Id': '<warga.contoh.id>' }, 'list'],
  // Nothing of ours is believed from outside.
  [{ 'X-Pandu-Ticket': '100057', 'X-Pandu-Automatic': 'yes' }, null],
])('%j is %s', (header, expected) => {
  expect(reasonOf(header)).toBe(expected)
})

test.each([
  ['multipart/report', 'report'],
  ['message/delivery-status', 'report'],
  ['multipart/mixed', null],
  ['text/html', null],
])('%s is %s', (content_type, expected) => {
  expect(reasonOf({}, content_type)).toBe(expected)
})

test.each([
  'Automatic reply: [#100057] Printer mati',
  'Automatic Reply: Re: Printer mati',
  'Auto-Reply: Printer',
  'AutoReply',
  'Auto Response: Printer',
  'Automated response',
  'Out of Office',
  'Out of the office: Printer',
  'Out of Office AutoReply: Printer',
  'OUT OF OFFICE RE: Printer'.replace(' RE', ': RE'),
  '[Auto-Reply] Printer mati',
  'Vacation reply: Printer',
  'Balasan otomatis: Re: [#100057] Printer mati',
  'Balasan Otomatis',
  'Jawaban otomatis: Printer',
  '[Balasan otomatis] Printer',
  'Respon otomatis: Printer',
  'Pesan otomatis',
  'Sedang cuti',
  'Saya sedang cuti: Re: Printer mati',
  'Sedang di luar kantor.',
  'Di luar kantor: Bls: Printer mati',
  'Tidak di tempat',
  'On leave: Re: Printer',
  'I am out of the office',
])('the subject “%s” is of a program that answers for somebody', (subject) => {
  expect(reasonOf({}, 'text/plain', { subject })).toBe('vacation')
  // A mailer that says that a human wrote it is believed.
  expect(reasonOf({ 'Auto-Submitted': 'no' }, 'text/plain', { subject })).toBeNull()
})

test.each([
  '',
  'Printer mati',
  'Re: Automatic reply: Printer mati',
  'Fwd: Out of office',
  'Balasan otomatis tidak berfungsi di Thunderbird',
  'Automatic replies do not work after the update',
  'Cara membuat balasan otomatis',
  'Out of office hours support',
  'Out of office message cannot be saved',
  'Cuti',
  'Cuti: aplikasi tidak bisa dibuka',
  'Aplikasi cuti tidak bisa dibuka',
  'Sedang cuti: siapa yang menggantikan Ibu?',
  'Sedang cuti, mohon bantuan reset sandi',
  'Di luar kantor: VPN tidak tersambung',
  'Office tidak bisa dibuka',
  'Auto',
  'On leave application: error 500',
])('the subject “%s” is a person’s', (subject) => {
  expect(reasonOf({}, 'text/plain', { subject })).toBeNull()
})

test.each([
  ['noreply@contoh.id', 'unattended'],
  ['No-Reply@contoh.id', 'unattended'],
  ['do-not-reply@contoh.id', 'unattended'],
  ['donotreply+abc@contoh.id', 'unattended'],
  ['jangan-dibalas@contoh.id', 'unattended'],
  ['MAILER-DAEMON@contoh.id', 'unattended'],
  ['noreplyana@contoh.id', null],
  ['replyno@contoh.id', null],
  ['sari@noreply.contoh.id', null],
  ['postmaster@contoh.id', null],
])('%s is %s', (from, expected) => {
  expect(reasonOf({}, 'text/plain', { from })).toBe(expected)
})

test('a subject of any length is judged at once', () => {
  const started = performance.now()
  for (const subject of [
    '[',
    'out of '.repeat(20_000),
    'a:'.repeat(50_000),
    `[${'x'.repeat(100_000)}`,
    ' '.repeat(100_000),
  ])
    expect(reasonOf({}, 'text/plain', { subject })).toBeNull()
  expect(performance.now() - started).toBeLessThan(1_000)
})
