import { expect, test } from 'vitest'
import { MESSAGES } from './read-words.cases.ts'
import { readTerms, spelledTerms } from './agreement-terms.ts'
import { readWords, spelled, type Heard, type Word } from './read-words.ts'

const NUMBER = '100014'
const TERMS = {
  kind: 'support',
  starts_on: '2027-01-01',
  ends_on: '2027-12-31',
  coverage: 'office_hours',
  response_minutes: 60,
  resolution_minutes: 480,
} as const

test.each<[string, Word]>([
  ['DATA SAYA', { word: 'DATA', what: 'copy' }],
  ['minta salinan data saya.', { word: 'DATA', what: 'copy' }],
  ['Hapus data', { word: 'DATA', what: 'erasure' }],
  ['HAPUS DATA PRIBADI SAYA', { word: 'DATA', what: 'erasure' }],
  ['batasi data saya', { word: 'DATA', what: 'restriction' }],
  ['TARIK PERSETUJUAN', { word: 'DATA', what: 'consent' }],
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
  ['kirim foto', { word: 'KIRIM BERKAS', number: null }],
  [`KIRIM BERKAS ${NUMBER}`, { word: 'KIRIM BERKAS', number: NUMBER }],
  ['LIHAT', { word: 'LIHAT', place: null, from: null, number: null }],
  ['lihat 12.', { word: 'LIHAT', place: 12, from: null, number: null }],
  [`Lihat dari 8 #${NUMBER}`, { word: 'LIHAT', place: null, from: 8, number: NUMBER }],
  [`lihat ${NUMBER}`, { word: 'LIHAT', place: null, from: null, number: NUMBER }],
  ['lihat pekerjaan', { word: 'LIHAT PEKERJAAN', number: null }],
  ['PILIH 1', { word: 'PILIH', places: [1], number: null }],
  ['pilih 1, 3 dan 12', { word: 'PILIH', places: [1, 3, 12], number: null }],
  ['pilih 2 2', { word: 'PILIH', places: [2], number: null }],
  [`pilih 1 3 ${NUMBER}`, { word: 'PILIH', places: [1, 3], number: NUMBER }],
  ['Pilih semua', { word: 'PILIH', places: null, number: null }],
  ['jawab 2: Dua puluh, di lantai 1.', { word: 'JAWAB', place: 2, number: null, words: 'Dua puluh, di lantai 1' }],
  [`JAWAB 2 ${NUMBER}: 20`, { word: 'JAWAB', place: 2, number: NUMBER, words: '20' }],
  ['kontak 1', { word: 'KONTAK', place: 1, number: null, code: null }],
  [`kontak 1 ${NUMBER} k3abc`, { word: 'KONTAK', place: 1, number: NUMBER, code: 'K3ABC' }],
  ['sepakat 0', { word: 'SEPAKAT', place: 0, number: null }],
  [`SEPAKAT 2 #${NUMBER}`, { word: 'SEPAKAT', place: 2, number: NUMBER }],
  ['tarik pekerjaan', { word: 'TARIK PEKERJAAN', number: null }],
  ['perjanjian 1', { word: 'PERJANJIAN', place: 1, number: null, step: 'see', code: null }],
  ['PERJANJIAN 1 BENAR K3ABC', { word: 'PERJANJIAN', place: 1, number: null, step: 'confirm', code: 'K3ABC' }],
  [`perjanjian 1 ${NUMBER} berakhir`, { word: 'PERJANJIAN', place: 1, number: NUMBER, step: 'end', code: null }],
  ['perjanjian 1: besok saja', { word: 'PERJANJIAN', place: 1, number: null, step: 'record', terms: null, code: null }],
  [`KONTAK 1 K3ABC ${NUMBER}`, { word: 'KONTAK', place: 1, number: NUMBER, code: 'K3ABC' }],
  [
    `perjanjian 1 benar k3abc ${NUMBER}`,
    { word: 'PERJANJIAN', place: 1, number: NUMBER, step: 'confirm', code: 'K3ABC' },
  ],
  [
    `PERJANJIAN 1 ${NUMBER}: DUKUNGAN 1-1-2027 31-12-2027 JAM KERJA 60 480 K3ABC`,
    { word: 'PERJANJIAN', place: 1, number: NUMBER, step: 'record', terms: TERMS, code: 'K3ABC' },
  ],
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

test.each<[string, string]>([
  ['pilih satu', 'PILIH 1'],
  ['saya pilih nomor 2', 'PILIH 2'],
  ['tanya semua', 'PILIH SEMUA'],
  ['minta kontak 3', 'KONTAK 3'],
  ['setuju dengan 1', 'SEPAKAT 1'],
  ['tidak sepakat', 'SEPAKAT 0'],
  ['lihat daftarnya', 'LIHAT'],
  ['jawab 1 dua puluh', 'JAWAB 1: isi jawaban'],
  ['pilih 1 100015', 'PILIH 1'],
  ['PILIH 1 👍', 'PILIH 1'],
])('%j is asked back of whoever needs paid work: %s?', (text, means) => {
  expect(readWords(text)).toEqual({ kind: 'asked', means, solved_only: false, paid_only: true })
})

test.each<[string, ReturnType<typeof readTerms>]>([
  [
    'DUKUNGAN 1-1-2027 31-12-2027 JAM KERJA 60 480',
    {
      kind: 'support',
      starts_on: '2027-01-01',
      ends_on: '2027-12-31',
      coverage: 'office_hours',
      response_minutes: 60,
      resolution_minutes: 480,
    },
  ],
  [
    'Training, 2027-03-01 to 1/3/2027, always, 5 minutes, 10 minutes',
    {
      kind: 'training',
      starts_on: '2027-03-01',
      ends_on: '2027-03-01',
      coverage: 'always',
      response_minutes: 5,
      resolution_minutes: 10,
    },
  ],
  ['dukungan 30-2-2027 31-12-2027 jam kerja 60 480', null],
  ['dukungan 31-12-2027 1-1-2027 jam kerja 60 480', null],
  ['dukungan 1-1-2027 31-12-2027 jam kerja 0 480', null],
  ['dukungan 1-1-2027 31-12-2027 malam 60 480', null],
  ['gratis 1-1-2027 31-12-2027 jam kerja 60 480', null],
])('terms %j', (text, terms) => {
  expect(readTerms(text)).toEqual(terms)
  // What is sent back to be repeated is read as the same terms.
  if (terms) expect(readTerms(spelledTerms(terms))).toEqual(terms)
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
