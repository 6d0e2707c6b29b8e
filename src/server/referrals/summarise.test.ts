import { expect, test } from 'vitest'
import { SUMMARY_LENGTH_MAX, summarise } from './summarise.ts'

const known = {
  names: ['Sari Wulandari', 'Ma’ruf Bin Ali', 'Budi Santoso, S.Kom', 'Rina Desa'],
  addresses: ['sari.wulandari@dinkes-contoh.go.id', '+6281234567890'],
  organisations: ['Dinas Kesehatan Contoh', 'Dinkes Contoh'],
}
const tell = (text: string) => summarise(text, known)

test.each([
  // What a helper needs stays.
  ['Printer Epson L3110 tidak mencetak sejak 22-11-2026 08.30.', null],
  ['LibreOffice versi 24.8.3.2 di Ubuntu 22.04.5, kernel 6.8.0-45.', null],
  ['Anggaran Rp 12.500.000 untuk 40 komputer, RAM 8 GB.', null],
  ['Pak, mohon bantuan. Bapak/Ibu Kepala Dinas menunggu.', null],
  ['Masalah di printer. Mohon dibantu, jalan di Windows 10.', null],
  ['Laptop HP 240 G8, MS Office 2016, pukul 13:58:01.', null],
  ['Nama printer: Epson', null],
  // Names, known and heard.
  ['Saya Sari dari ruang lab.', 'Saya [nama] dari ruang lab.'],
  ['SARI WULANDARI tidak bisa masuk', '[nama] tidak bisa masuk'],
  ['berkas sariwulandari_laporan.odt dan laporan-Sari-2.odt', 'berkas [nama]_laporan.odt dan laporan-[nama]-2.odt'],
  ['Rina Desa dari kantor desa', '[nama] dari kantor desa'],
  ['Tanya Makruf atau Maruf', 'Tanya Makruf atau [nama]'],
  ['Hubungi Pak Joko Widagdo di lantai 2', 'Hubungi [nama] di lantai 2'],
  ['pak joko sudah mencoba', 'pak [nama] sudah mencoba'],
  ['oleh dr. Hj. Aminah', 'oleh dr. [nama]'],
  ['nama saya Tuti Rahayu, operator', 'nama saya [nama], operator'],
  ['Nama: tuti rahayu', 'Nama: [nama]'],
  // Telephones, in every spelling.
  ['WA 0812-3456-7890', 'WA [telepon]'],
  ['+62 812 3456 7890 atau 62812.3456.7890', '[telepon] atau [telepon]'],
  ['(0511) 3304567, (+62) 812 3456 7890', '[telepon]'],
  ['telp 330456 ext 112', 'telp [telepon] ext 112'],
  ['81234567890', '[telepon]'],
  ['nol delapan satu dua tiga empat lima enam tujuh', '[telepon]'],
  ['０８１２３４５６７８９０', '[telepon]'],
  // Numbers of identity, of cards.
  ['NIK 3201010203900001', 'NIK [NIK]'],
  ['NIP 19850101 201001 1 001', 'NIP [NIP]'],
  ['NPWP 01.234.567.8-901.000', 'NPWP [telepon]'],
  ['lahir 02-03-1990', 'lahir [nomor]'],
  ['anydesk 123 456 789', 'anydesk [nomor]'],
  // Mails, links, hosts, accounts.
  ['surat ke sari.wulandari@dinkes-contoh.go.id ya', 'surat ke [surel] ya'],
  ['budi [at] dinkes [dot] go [dot] id', '[surel]'],
  ['budi at dinkes.go.id', '[surel]'],
  ['lihat https://simpeg.contoh.go.id/a?user=sari', 'lihat [tautan]'],
  ['server simpeg.contoh.go.id:8443/masuk mati', 'server [alamat komputer] mati'],
  ['ping 192.168.10.25 dan fe80::1ff:fe23:4567:890a', 'ping [alamat komputer] dan [alamat komputer]'],
  ['MAC 00:1a:2b:3c:4d:5e', 'MAC [alamat perangkat]'],
  ['\\\\srv-dinkes\\bersama dan PC-KEUANGAN-03', '[alamat komputer] dan [alamat komputer]'],
  ['/home/wsari/Dokumen, C:\\Users\\joko\\Desktop', '/home/[nama]/Dokumen, C:\\Users\\[nama]\\Desktop'],
  ['root@simpeg:~# ls', '[surel]:~# ls'],
  ['password: Rahasia#1', 'password: [rahasia]'],
  ['username: jokow', 'username: [akun]'],
  ['di Jalan Merdeka No. 12 Kota Contoh', 'di [alamat]'],
  ['dari Dinas Kesehatan Contoh bagian umum', 'dari [instansi] bagian umum'],
  // What repeats, and who signs.
  ['Mohon bantuan.\n\n-- \nJoko\nKasubag', 'Mohon bantuan.'],
  ['Mohon bantuan.\nTerima kasih.\nTuti\nLab', 'Mohon bantuan.\nTerima kasih.\n[tanda tangan]'],
  ['Sudah.\n> Joko menulis\n> halo\nBelum.', 'Sudah.\n[kutipan]\nBelum.'],
  ['', '(tidak ada uraian)'],
])('%j', (text, told) => expect(tell(text)).toBe(told ?? text))

const PLANTED = [
  'Sari Wulandari', 'sari wulandari', 'WULANDARI', 'Pak Joko Widagdo', 'bu tuti', 'Ma’ruf', 'budisantoso', 'nama saya Kartika',
  '081234567890', '0812 3456 7890', '0812-3456-7890', '+62 812-3456-7890', '62 812.3456.7890', '(0511) 330-4567', '021 7654321',
  '3201010203900001', '3201 0102 0390 0001', '198501012010011001', '19850101 201001 1 001', '01.234.567.8-901.000',
  'sari.wulandari@dinkes-contoh.go.id', 'joko@kantor.local', 'joko (at) kantor.go.id', 'https://kantor.go.id/joko', 'www.kantor.go.id',
  'arsip.kantor.go.id', '10.20.30.40', '192.168.1.1:8080', 'fe80::1', '00-1A-2B-3C-4D-5E', 'PC-JOKO', '\\\\arsip\\joko', 'Dinkes Contoh',
  'password: jokojoko', 'user: joko', '/home/joko/a.odt', 'Jl. Kenanga 7',
] // prettier-ignore
const SECRETS =
  /sari|wulandari|joko|widagdo|tuti|ma’ruf|maruf|santoso|kartika|kenanga|0812|3456|7890|4567|7654|0102|0390|8501|2010|234\.567|dinkes|kantor|arsip|20\.30|168|fe80|1a-2b/i
const FILLER = ['Mohon', 'bantuan', 'printer', 'tidak', 'mencetak,', 'LibreOffice', '24.8', 'sejak', 'kemarin.', 'Pak', 'di', 'dan', '\n', '\n\n', '>', '—', '(', ')', 'a.n.', ':', '•', '12', '3', 'Rusak', '\t', '/', 'versi', 'Terima kasih.'] // prettier-ignore

test('personal data planted at random spots never comes through', () => {
  let seed = 20261122
  const random = (size: number) => (seed = (seed * 16807) % 2147483647) % size
  for (let round = 0; round < 4_000; round++) {
    const words = Array.from({ length: random(40) }, () => FILLER[random(FILLER.length)]!)
    for (let count = 1 + random(4); count > 0; count--)
      words.splice(random(words.length + 1), 0, PLANTED[random(PLANTED.length)]!)
    const text = words.join(random(5) === 0 ? '  ' : ' ')
    expect(tell(text), JSON.stringify(text)).not.toMatch(SECRETS)
  }
})

test('what was told is told the same again, and never longer than its column', () => {
  const once = tell('Sari, WA 0812 3456 7890, joko@kantor.local, /home/joko\n> x\n\nTerima kasih\nTuti')
  expect(tell(once)).toBe(once)
  expect(tell('Sari bilang: printer mati. '.repeat(2_000)).length).toBeLessThanOrEqual(SUMMARY_LENGTH_MAX)
})

test.each(['0812 ', 'Pak ', 'a.', 'a@', '1:', '> x\n', 'Terima kasih\n', '(', 'nama saya A ', '\\\\', 'aa-', '. '])(
  'the cost grows with the text, also of many %j',
  (piece) => {
    // Time of the processor, the quickest of some turns: what others do on this machine meanwhile is not ours.
    const spent = (size: number) => {
      const text = piece.repeat(size / piece.length)
      const turns = Array.from({ length: 6 }, () => {
        const before = process.cpuUsage()
        tell(text)
        return process.cpuUsage(before).user / 1000
      })
      return Math.min(...turns)
    }
    spent(5_000)
    // Eight times as much: a cost that grew with its square would be 64 times as high.
    expect(spent(40_000) / Math.max(1, spent(5_000))).toBeLessThan(32)
  },
)
