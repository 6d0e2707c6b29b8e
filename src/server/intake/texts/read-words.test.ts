import { expect, test } from 'vitest'
import { MESSAGES } from './read-words.cases.ts'
import { readWords, spelled, type Heard, type Word } from './read-words.ts'

const NUMBER = '100014'

test.each<[string, Word]>([
  ['DATA SAYA', { word: 'DATA', what: 'copy' }],
  ['minta salinan data saya.', { word: 'DATA', what: 'copy' }],
  ['Hapus data', { word: 'DATA', what: 'erasure' }],
  ['HAPUS DATA PRIBADI SAYA', { word: 'DATA', what: 'erasure' }],
  ['batasi data saya', { word: 'DATA', what: 'restriction' }],
  ['perbaiki data saya', { word: 'DATA', what: 'correction' }],
  ['data 482915', { word: 'KODE', code: '482915' }],
  ['STATUS', { word: 'STATUS', number: null }],
  ['  status \n', { word: 'STATUS', number: null }],
  ['Status.', { word: 'STATUS', number: null }],
  ['“STATUS”', { word: 'STATUS', number: null }],
  ['ＳＴＡＴＵＳ', { word: 'STATUS', number: null }],
  [`status ${NUMBER}`, { word: 'STATUS', number: NUMBER }],
  [`STATUS #${NUMBER}`, { word: 'STATUS', number: NUMBER }],
  ['SELESAI', { word: 'SELESAI', number: null, weak: false }],
  ['beres!', { word: 'SELESAI', number: null, weak: false }],
  ['Sudah', { word: 'SELESAI', number: null, weak: true }],
  [`selesai ${NUMBER}`, { word: 'SELESAI', number: NUMBER, weak: false }],
  ['belum', { word: 'BELUM', number: null }],
  ['NILAI 5', { word: 'NILAI', score: 5, number: null, words: null }],
  [`nilai 1 ${NUMBER}`, { word: 'NILAI', score: 1, number: NUMBER, words: null }],
  ['nilai 2: lama sekali', { word: 'NILAI', score: 2, number: null, words: 'lama sekali' }],
  ['TARIK', { word: 'TARIK', number: null }],
  [`tarik ${NUMBER}`, { word: 'TARIK', number: NUMBER }],
  ['Keberatan: itu kantor tetangga kami', { word: 'KEBERATAN', number: null, words: 'itu kantor tetangga kami' }],
  [`KEBERATAN ${NUMBER}: jangan ke sana`, { word: 'KEBERATAN', number: NUMBER, words: 'jangan ke sana' }],
  ['tautan', { word: 'TAUTAN', number: null }],
  ['salah', { word: 'SALAH', number: null, weak: true }],
  ['Maaf, salah sambung pak', { word: 'SALAH', number: null, weak: false }],
  ['bukan saya', { word: 'SALAH', number: null, weak: true }],
  [`SALAH ${NUMBER}`, { word: 'SALAH', number: NUMBER, weak: false }],
  ['English', { word: 'BAHASA', language: 'en' }],
  ['bahasa indonesia', { word: 'BAHASA', language: 'id' }],
  ['bantuan', { word: 'BANTUAN' }],
  ['HELP', { word: 'BANTUAN' }],
  ['Batal', { word: 'BATAL' }],
  ['MULAI', { word: 'MULAI' }],
  ['baru', { word: 'BARU', text: null }],
  ['Ini soal lain', { word: 'BARU', text: null }],
  ['Ini soal lain: wifi di aula mati', { word: 'BARU', text: 'wifi di aula mati' }],
  ['BARU: pemindai tidak terbaca', { word: 'BARU', text: 'pemindai tidak terbaca' }],
  ['cari printer epson', { word: 'CARI', query: 'printer epson' }],
  ['CARI libreoffice 24.2 docx', { word: 'CARI', query: 'libreoffice 24.2 docx' }],
])('%j is a command', (text, command) => {
  expect(readWords(text)).toEqual({ kind: 'command', command })
})

test.each(['STOP', 'stopall', 'Unsubscribe', 'cancel', 'END', 'quit', 'Berhenti', 'stop.'])('%s stops', (text) => {
  expect(readWords(text)).toEqual({ kind: 'command', command: { word: 'STOP' } })
})
test.each(['START', 'unstop', 'Mulai'])('%s goes on', (text) => {
  expect(readWords(text)).toEqual({ kind: 'command', command: { word: 'MULAI' } })
})

test('there are at least 150 texts that only look like commands', () => {
  expect(new Set(MESSAGES).size).toBe(MESSAGES.length)
  expect(MESSAGES.length).toBeGreaterThanOrEqual(150)
})
test.each(MESSAGES)('%j stays a message', (text) => {
  expect(['words', 'number']).toContain(readWords(text).kind)
})

test.each<[string, string]>([
  ['setatus', 'STATUS'],
  ['cek status', 'STATUS'],
  ['status?', 'STATUS'],
  ['slesai', 'SELESAI'],
  ['SELESAI 👍', 'SELESAI'],
  ['nilai 6', 'NILAI 5'],
  ['ganti nomor', 'SALAH NOMOR'],
  ['tidak jadi', 'TARIK'],
  ['kirim ulang tautan', 'TAUTAN'],
  ['batalkan tiket', 'TARIK'],
  ['keberatan', 'KEBERATAN: alasan Anda'],
  ['nilai lima', 'NILAI 5'],
  ['nilai 4/5', 'NILAI 5'],
  ['NILAI3', 'NILAI 3'],
  ['batalkan', 'BATAL'],
  ['stop sms', 'STOP'],
  ['stop please', 'STOP'],
  ['jangan sms lagi', 'STOP'],
  ['mulai lagi', 'MULAI'],
  ['cari', 'CARI printer'],
])('%j is asked back: %s?', (text, means) => {
  expect(readWords(text)).toEqual({ kind: 'asked', means, solved_only: false })
})

test.each(['sudah teratasi', 'sudah bisa', 'udah beres pak', 'Sudah normal kembali', 'selesai, terima kasih'])(
  '%j is asked back only of a ticket that waits to be confirmed',
  (text) => {
    const heard = readWords(text)
    if (heard.kind === 'asked') expect(heard).toEqual({ kind: 'asked', means: 'SELESAI', solved_only: true })
    else expect(heard).toEqual({ kind: 'words' })
  },
)

test.each<[string, Heard]>([
  ['1', { kind: 'choice', choice: 1 }],
  [' 2. ', { kind: 'choice', choice: 2 }],
  [NUMBER, { kind: 'number', number: NUMBER }],
  [`#${NUMBER}`, { kind: 'number', number: NUMBER }],
  ['STATUS 100015', { kind: 'slip' }],
  ['Terima kasih', { kind: 'thanks' }],
  ['makasih banyak pak', { kind: 'thanks' }],
  ['ok', { kind: 'thanks' }],
  ['Oke, terima kasih', { kind: 'thanks' }],
  ['siap, makasih gan', { kind: 'thanks' }],
  ['Alhamdulillah terima kasih banyak', { kind: 'thanks' }],
])('%j', (text, heard) => {
  expect(readWords(text)).toEqual(heard)
})

test('what is spelled is what is understood', () => {
  for (const text of ['STATUS', `STATUS ${NUMBER}`, 'SELESAI', 'BELUM', 'NILAI 4', 'BANTUAN', 'CARI printer']) {
    const heard = readWords(text)
    expect(heard.kind === 'command' && spelled(heard.command)).toBe(text)
  }
})

test('one long word costs no more than many', () => {
  const started = performance.now()
  expect(readWords(`cari ${'a'.repeat(1_900)}?`)).toEqual({ kind: 'words' })
  expect(readWords('cari printer epson l3110 macet kertas sekali')).toEqual({ kind: 'words' })
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a text of 100,000 letters costs no more than a short one', () => {
  const started = performance.now()
  for (const piece of ['oke ', 'sudah ', 'cari a ', 'terima kasih ', '1 ', 'ini soal lain '])
    readWords(piece.repeat(100_000 / piece.length))
  expect(performance.now() - started).toBeLessThan(1_000)
})
