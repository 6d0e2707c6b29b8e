import { expect, test } from 'vitest'
import { isOrdinary, makeCode } from './make-code.ts'
import { readCommand, type Command, type CommandWord } from './read-command.ts'

test.each<[string, Command]>([
  ['TERIMA 7K3', { word: 'TERIMA', code: '7K3' }],
  ['terima 7k3', { word: 'TERIMA', code: '7K3' }],
  ['  Terima   7K3 \n', { word: 'TERIMA', code: '7K3' }],
  ['“TERIMA 7K3”', { word: 'TERIMA', code: '7K3' }],
  ['TERIMA\t7K3', { word: 'TERIMA', code: '7K3' }],
  ['ＴＥＲＩＭＡ ７Ｋ３', { word: 'TERIMA', code: '7K3' }],
  [
    'TOLAK 7K3 sedang penuh sampai akhir bulan',
    { word: 'TOLAK', code: '7K3', reason: 'sedang penuh sampai akhir bulan' },
  ],
  ['tolak 7k3\nbukan bidang kami.', { word: 'TOLAK', code: '7K3', reason: 'bukan bidang kami.' }],
  ['Kembalikan 7K3 perlu teknisi di tempat', { word: 'KEMBALIKAN', code: '7K3', reason: 'perlu teknisi di tempat' }],
  ['SELESAI 7K3', { word: 'SELESAI', code: '7K3', words: null }],
  [
    'selesai 7K3 driver diganti, sudah mencetak',
    { word: 'SELESAI', code: '7K3', words: 'driver diganti, sudah mencetak' },
  ],
  [
    'SELESAI 7K3\n\nDriver diganti.\n\nSudah dicoba.',
    { word: 'SELESAI', code: '7K3', words: 'Driver diganti.\n\nSudah dicoba.' },
  ],
  ['LIBUR 5 hari', { word: 'LIBUR', days: 5, proof: null }],
  ['libur 14 HARI', { word: 'LIBUR', days: 14, proof: null }],
  ['libur 5 hari k7m3q', { word: 'LIBUR', days: 5, proof: 'K7M3Q' }],
  [
    'BALAS 7K3 Coba nyalakan ulang dahulu, lalu cetak halaman uji.',
    { word: 'BALAS', code: '7K3', words: 'Coba nyalakan ulang dahulu, lalu cetak halaman uji.' },
  ],
  [
    'balas 7k3\nSudah dicoba?\n\nPakai kabel lain.',
    { word: 'BALAS', code: '7K3', words: 'Sudah dicoba?\n\nPakai kabel lain.' },
  ],
  ['Balas 7K3 ya', { word: 'BALAS', code: '7K3', words: 'ya' }],
  ['BERMINAT 7K3', { word: 'BERMINAT', code: '7K3' }],
  ['tidak 7k3', { word: 'TIDAK', code: '7K3' }],
  ['TANYA 7K3 Berapa titik?', { word: 'TANYA', code: '7K3', words: 'Berapa titik?' }],
  ['BATAL', { word: 'BATAL' }],
  ['batal', { word: 'BATAL' }],
])('%j is a command', (text, command) => {
  expect(readCommand(text)).toEqual({ kind: 'command', command })
})

/** Words for somebody: nothing is done and nothing is asked back. */
test.each([
  'balas dong',
  'balas 100057 sudah kami perbaiki',
  'balas cepat ya pak',
  'balas budi',
  'balas',
  'Mohon dibalas segera',
  'kapan dibalas 7K3 ini?',
  'balas 24jam ya',
  'tolong balas pesan saya kemarin',
  'terima kasih',
  'Terima kasih',
  'TERIMA KASIH',
  'terima kasih ya',
  'terima kasih banyak',
  'terima kasih tolak saja',
  'terima kasih, kami tolak',
  'terimakasih',
  'terima  kasih',
  'Terima kasih 7K3',
  'makasih 7K3',
  'terima kasih atas tawarannya 7K3',
  'terima banget',
  'TERIMA BANGET',
  'terima dulu ya',
  'terima saja',
  'terima beres',
  'terima apa adanya',
  'terima atau tolak?',
  'TERIMA atau TOLAK 7K3?',
  'terima tidak ya?',
  'berminat sekali',
  'kami berminat 7K3',
  'tidak 24jam',
  'tanya 7K3',
  'tanya dulu pak',
  'tidak terima',
  'kami tidak terima alasan itu',
  'sudah kami terima suratnya',
  'sudah diterima',
  'barang sudah saya terima kemarin',
  'kapan kami terima datanya?',
  'terima 2 unit printer',
  'terima 100 laptop bekas',
  'terima tamu sampai jam 3',
  'menerima laporan',
  'tolak angin',
  'tolak ukur',
  'tolak saja',
  'tolak dulu ya pak',
  'jangan tolak dulu',
  'jangan ditolak',
  'kami tolak bala',
  'kenapa ditolak?',
  'permohonan ditolak server',
  'access ditolak',
  'tolak atau terima terserah',
  'saya tolak kalau tidak ada teknisi',
  'kembalikan seperti semula',
  'kembalikan barangnya',
  'tolong kembalikan datanya',
  'bagaimana mengembalikan berkas terhapus?',
  'kembalikan ke pusat saja',
  'kembali',
  'kembali normal',
  'sudah kembali',
  'kembali lagi masalahnya',
  'nanti saya kembali',
  'selesai belum ya?',
  'sudah selesai?',
  'belum selesai',
  'sudah selesai pak',
  'kapan selesai?',
  'selesai jam berapa?',
  'selesai minggu depan',
  'pekerjaan selesai 80 persen',
  'hampir selesai',
  'tidak selesai-selesai',
  'selesai makan saya kerjakan',
  'selesai dalam 2 hari',
  'beres',
  'beres pak',
  'libur',
  'libur nasional',
  'libur lebaran sampai tanggal 5',
  'libur tidak?',
  'kami libur hari Jumat',
  'besok libur',
  'libur 2 hari lagi',
  'libur panjang',
  'hari libur',
  'libur 3 minggu',
  'libur dari 2 sampai 5 hari',
  'kantor libur 5 hari',
  'LIBUR 5 hari ya',
  'batal hadir',
  'rapat batal',
  'batal saja',
  'batal nikah',
  'dibatalkan',
  'kami batal berangkat',
  'batal wudu',
  'jangan batal ya',
  'lampu berhenti menyala',
  'bantu saya printer mati',
  'halo',
  'assalamualaikum',
  'siap',
  'ok',
  'oke pak',
  'ya',
  'baik',
  'setuju',
  'saya cek dulu',
  'siap 24jam',
  'ok printer L3110 sudah datang tadi',
  'printernya tipe apa?',
  'versi LibreOffice berapa?',
  'apakah ada anggaran?',
  'boleh minta fotonya?',
  'berapa komputer?',
  'Windows atau Linux?',
  'lokasinya di mana persisnya?',
  'kami bersedia kalau hari Senin',
  'bisa, tapi minggu depan',
  'bisa saya terima kalau ada tiket pesawat',
  'kode 7K3 itu untuk apa ya?',
  'apa bedanya kode 7K3 dan 8M4',
  'terima 7K3 atau 8M4 sama saja bagi kami semua di sini',
  'Kami terima kasih atas kepercayaannya dan akan menghubungi kantor tersebut mengenai 7K3 besok pagi',
  '',
  '   ',
  '?',
  '.',
  'K',
  '👍',
  '7',
  'tanggal 24 sore',
  'STOP',
  'STATUS',
  'BANTUAN',
  'MULAI',
  'nilai 5',
  'terim',
  'selesaikan 7 unit',
  'tolakan',
  'tolakan 7K3 sudah kami kirim lewat surat kemarin dulu itu ya pak',
])('%j is words', (text) => {
  // One of the list begins as a command does and goes on: that is asked.
  const heard = readCommand(text)
  expect(heard.kind).not.toBe('command')
  if (!/^(?:terima 7K3 atau|libur$)/.test(text)) expect(heard).toEqual({ kind: 'words' })
})

/** Nearly a command: nothing is done, and what was probably meant is asked back. */
test.each<[string, CommandWord | null, string | null]>([
  ['TERIMA', 'TERIMA', null],
  ['terima.', 'TERIMA', null],
  ['Tolak', 'TOLAK', null],
  ['selesai!', 'SELESAI', null],
  ['kembalikan', 'KEMBALIKAN', null],
  ['TERIMA 7K3.', 'TERIMA', '7K3'],
  ['TERIMA 7K3!', 'TERIMA', '7K3'],
  ['TERIMA: 7K3', 'TERIMA', '7K3'],
  ['TERIMA, 7K3', 'TERIMA', '7K3'],
  ['TERIMA (7K3)', 'TERIMA', '7K3'],
  ['TERIMA 7K3 ya', 'TERIMA', '7K3'],
  ['TERIMA 7K3 terima kasih', 'TERIMA', '7K3'],
  ['TERIMA 7K3?', 'TERIMA', '7K3'],
  ['TERIMA 7K3\n\nSalam,\nTuti', 'TERIMA', '7K3'],
  ['TERIMA 7K3 TOLAK 8M4', 'TERIMA', '7K3'],
  ['TERIMA 7K3 8M4', 'TERIMA', '7K3'],
  ['7K3 TERIMA', 'TERIMA', '7K3'],
  ['trima 7k3', 'TERIMA', '7K3'],
  ['terimah 7K3', 'TERIMA', '7K3'],
  ['saya terima 7K3', 'TERIMA', '7K3'],
  ['kami terima tawaran 7K3', 'TERIMA', '7K3'],
  ['ok 7K3', 'TERIMA', '7K3'],
  ['siap 7K3', 'TERIMA', '7K3'],
  ['7K3', null, '7K3'],
  ['7k3?', null, '7K3'],
  ['TERIMA 7KO', 'TERIMA', null],
  ['TERIMA 1K3', 'TERIMA', null],
  ['TERIMA 7KI3', 'TERIMA', null],
  ['terima kode 7K3', 'TERIMA', '7K3'],
  ['TOLAK 7K3', 'TOLAK', '7K3'],
  ['tolak 7K3 ?', 'TOLAK', '7K3'],
  ['tolak 7K3 ya?', 'TOLAK', '7K3'],
  ['TOLAK 7K3 ok', 'TOLAK', '7K3'],
  ['TOLAK 7K3 8M4 penuh', 'TOLAK', '7K3'],
  ['TOLAK 7K3 dan terima 8M4', 'TOLAK', '7K3'],
  ['tolok 7K3 penuh', 'TOLAK', '7K3'],
  ['kami tolak 7K3', 'TOLAK', '7K3'],
  ['TOLAK 7K3 penuh.\n\nTapi TERIMA kalau bulan depan', 'TOLAK', '7K3'],
  ['KEMBALIKAN 7K3', 'KEMBALIKAN', '7K3'],
  ['kembalikan 7K3 bisa?', 'KEMBALIKAN', '7K3'],
  ['SELESAI 7K3 belum ya?', 'SELESAI', '7K3'],
  ['slesai 7K3', 'SELESAI', '7K3'],
  ['sudah selesai 7K3', 'SELESAI', '7K3'],
  ['7K3 selesai', 'SELESAI', '7K3'],
  ['SELESAI 7K3 TERIMA 8M4', 'SELESAI', '7K3'],
  ['BALAS 7K3', 'BALAS', '7K3'],
  ['balas 7k3 ?', 'BALAS', '7K3'],
  ['BALAS 7K3 8M4 sudah', 'BALAS', '7K3'],
  ['BALAS 7K3 selesai 8M4 ya', 'BALAS', '7K3'],
  ['Balas TERIMA 7K3', 'TERIMA', '7K3'],
])('%j is asked back', (text, word, code) => {
  expect(readCommand(text)).toEqual({ kind: 'asked', word, code, days: null })
})

test.each<[string, number | null]>([
  ['LIBUR 5', 5],
  ['libur lima hari', 5],
  ['LIBUR 0 hari', null],
  ['LIBUR 61 hari', null],
  ['LIBUR 400 hari', null],
  ['libur', null],
])('%j: for how long is asked back', (text, days) => {
  expect(readCommand(text)).toEqual({ kind: 'asked', word: 'LIBUR', code: null, days })
})

test('a long run of signs costs no more than letters', () => {
  const started = performance.now()
  for (const sign of ['"', '!']) expect(readCommand(`x${sign.repeat(19_990)}x`).kind).toBe('words')
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('no words of a letter make a command, however they are put together', () => {
  const WORDS = ['terima', 'kasih', 'tolak', 'selesai', 'kembalikan', 'libur', 'batal', 'ya', 'saja', 'belum', '?', '5', 'hari', 'pak', 'printer', 'tidak'] // prettier-ignore
  let seed = 11
  const random = (size: number) => (seed = (seed * 16807) % 2147483647) % size
  for (let round = 0; round < 5_000; round++) {
    const text = Array.from({ length: 1 + random(6) }, () => WORDS[random(WORDS.length)]!).join(' ')
    if (/^batal$|^libur 5 hari$/.test(text)) continue
    expect(readCommand(text).kind, text).not.toBe('command')
  }
})

test('every code that is made is read behind every word: none is a number or an ordinary name ("2449", "22GB")', () => {
  expect(['2449', '22GB', '9999', '55KM'].map(isOrdinary)).toEqual([true, true, true, true])
  const unread = Array.from({ length: 20_000 }, () => makeCode(4)).filter(
    (code) =>
      readCommand(`BALAS ${code} Coba nyalakan ulang`).kind !== 'command' ||
      readCommand(`BERMINAT ${code}`).kind !== 'command' ||
      readCommand(code.toLowerCase()).kind !== 'asked',
  )
  expect(unread).toEqual([])
})
