import { expect, test } from 'vitest'
import { foldMail, partsOfFolded } from './fold-mail.ts'

const quote = 'Pada 23/11/26 07.58, Meja Bantuan menulis:\n> Coba lagi.'
const unmarked =
  'Dari: Meja Bantuan <helpdesk@contoh.go.id>\nDikirim: 23 November 2026 07.58\nKepada: Sari\nSubjek: x\n\nCoba lagi.'

test.each<[string, string, object]>([
  ['nothing to fold', 'Halo.', { text: 'Halo.', quoted_text: null, signature_text: null }],
  ['a quotation', `Bisa.\n\n${quote}`, { text: 'Bisa.', quoted_text: quote }],
  ['a quotation without marks', `Bisa.\n\n${unmarked}`, { text: 'Bisa.', quoted_text: unmarked }],
  [
    'a signature above it',
    `Bisa.\n-- \nSari\n\n${unmarked}`,
    { text: 'Bisa.', signature_text: '-- \nSari', quoted_text: unmarked },
  ],
  [
    'a signature below it',
    `Bisa.\n\n${quote}\n\n-- \nSari`,
    { text: 'Bisa.', signature_text: '-- \nSari', quoted_text: quote },
  ],
  [
    'signatures above and below it',
    `Bisa.\n\nDikirim dari ponsel saya\n\n${quote}\n\n-- \nSari`,
    { text: 'Bisa.', signature_text: 'Dikirim dari ponsel saya\n\n-- \nSari', quoted_text: quote },
  ],
  [
    'a signature of whom it quotes',
    `Bisa.\n\n${unmarked}\n-- \nMeja`,
    { quoted_text: `${unmarked}\n-- \nMeja`, signature_text: null },
  ],
  ['only a quotation', quote, { text: quote, quoted_text: null }],
  ['only a telephone', 'Dikirim dari iPhone saya', { text: 'Dikirim dari iPhone saya', signature_text: null }],
  ['a telephone named in a sentence', 'Dikirim dari loket dua kemarin.\nSudah sampai?', { signature_text: null }],
  ['a parcel', 'Paketnya belum tiba.\nDikirim dari Bandung tanggal 3', { signature_text: null }],
  ['answers between', '> a?\nya\n> b?\ntidak', { text: '> a?\nya\n> b?\ntidak', quoted_text: null }],
  ['answers between, and a tail', '> a?\nya\n> b?', { text: '> a?\nya', quoted_text: '> b?' }],
  ['something passed on', `Mohon dibantu.\n\nBegin forwarded message:\n\n${unmarked}`, { quoted_text: null }],
])('%s', (_, text, parts) => {
  expect(foldMail(text)).toMatchObject(parts)
})

test('the subject tells that a block of fields was passed on and not answered', () => {
  expect(foldMail(`Mohon dibantu.\n\n${unmarked}`, { forwarded: true }).quoted_text).toBeNull()
})

const PIECES = [
  'Halo',
  '',
  '> kutipan',
  'On Fri 2026, A wrote:',
  'Pada 1/1/26, B menulis:',
  '-----Pesan Asli-----',
  'Dari: A',
  'Kepada: B',
  'Tanggal: 1 Jan 08.00',
  '-- ',
  'Sari',
  'Dikirim dari ponsel saya',
  '__________',
  '---------- Forwarded message ---------',
]

test('folding only divides, and what was kept is divided in the same way again', () => {
  let seed = 7
  const random = () => (seed = (seed * 16807) % 2147483647)
  const words = (text: string | null) =>
    (text ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  for (let round = 0; round < 5000; round++) {
    const lines = Array.from({ length: random() % 12 }, () => PIECES[random() % PIECES.length]!)
    const { folded_text, ...parts } = foldMail(lines.join('\n'))
    const whole = words(lines.join('\n'))
    expect([...words(parts.text), ...words(folded_text)]).toEqual(whole)
    const again = partsOfFolded(parts.text, folded_text)
    expect([again.text, again.quoted_text, again.signature_text].flatMap(words).toSorted()).toEqual(whole.toSorted())
  }
})
