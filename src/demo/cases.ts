/** What offices ask in the demo, and what solved it. All invented; the facts in the steps hold for Debian and LibreOffice. */
export interface DemoCase {
  topic: string
  urgency: 'low' | 'normal' | 'high' | 'emergency'
  kind: 'free_help' | 'paid' | 'not_known'
  subject: string
  text: string
  answer: string
  problem: string
  cause: string
  steps: string
}

export const cases: readonly DemoCase[] = [
  {
    topic: 'perangkat-keras',
    urgency: 'high',
    kind: 'free_help',
    subject: 'Printer tidak mencetak setelah pindah ke Linux',
    text: 'Selamat pagi. Komputer loket kami baru dipindahkan ke Linux minggu lalu. Sejak itu printer tidak mencetak; lampunya menyala, tetapi antrean cetak penuh. Pasien menunggu surat rujukan. Mohon bantuannya.',
    answer:
      'Selamat pagi. Apakah printer tersambung dengan kabel USB atau lewat jaringan? Mohon juga kirimkan tulisan yang tertera pada stiker di belakang printer.',
    problem: 'Antrean cetak berhenti dan printer USB tidak mencetak setelah komputer dipindahkan ke Linux.',
    cause: 'Printer terdaftar dua kali; antrean yang dipakai menunjuk ke sambungan lama.',
    steps:
      '1. Buka Pengaturan > Printer.\n2. Hapus printer yang bertanda "berhenti".\n3. Cabut kabel USB, tunggu sepuluh detik, pasang lagi.\n4. Cetak halaman uji dari menu printer.',
  },
  {
    topic: 'perkantoran',
    urgency: 'normal',
    kind: 'free_help',
    subject: 'Tabel surat berantakan saat dibuka di kantor lain',
    text: 'Kami mengirim surat dalam format .docx dari LibreOffice Writer. Di kantor penerima, tabelnya bergeser dan nomor halaman hilang. Bagaimana supaya sama?',
    answer:
      'Terima kasih atas pertanyaannya. Bolehkah kami melihat satu contoh surat tanpa data pribadi? Kami akan memeriksa huruf dan tabelnya.',
    problem: 'Tata letak surat berubah ketika berkas .docx dibuka di aplikasi lain.',
    cause: 'Huruf yang dipakai tidak tersedia di komputer penerima dan lebar tabel diatur "otomatis".',
    steps:
      '1. Pakai huruf Liberation atau Carlito yang ukurannya sama dengan huruf pasaran.\n2. Atur lebar tabel menjadi tetap.\n3. Untuk surat yang tidak diubah lagi, kirim PDF; untuk yang disunting bersama, kirim ODF.',
  },
  {
    topic: 'migrasi',
    urgency: 'normal',
    kind: 'not_known',
    subject: 'Mulai dari mana memindahkan 40 komputer dinas?',
    text: 'Dinas kami berencana memindahkan sekitar empat puluh komputer ke Linux dan LibreOffice tahun ini. Kami belum tahu harus mulai dari mana dan aplikasi mana yang perlu diperiksa lebih dulu.',
    answer:
      'Rencana yang baik. Langkah pertama adalah pendataan aplikasi yang benar-benar dipakai. Apakah sudah ada daftar aplikasi tiap bagian?',
    problem: 'Dinas akan memindahkan 40 komputer dan memerlukan urutan kerja.',
    cause: 'Belum ada pendataan aplikasi dan perangkat.',
    steps:
      '1. Data aplikasi dan printer di tiap meja.\n2. Pilih satu bagian sebagai percontohan, paling banyak enam komputer.\n3. Latih pengguna sebelum pemasangan, bukan sesudahnya.\n4. Pindahkan bagian lain bertahap, sediakan satu orang penanya di tiap bagian.',
  },
  {
    topic: 'server-jaringan',
    urgency: 'emergency',
    kind: 'free_help',
    subject: 'Folder bersama tidak bisa dibuka semua pegawai',
    text: 'Sejak pagi ini folder bersama di server tidak bisa dibuka dari semua komputer. Muncul pesan "tidak ada izin". Kemarin sore masih bisa. Laporan keuangan harus dikirim siang ini.',
    answer:
      'Kami tangani sekarang. Apakah kemarin ada pemadaman listrik atau penggantian kata sandi? Mohon jangan mematikan server dulu.',
    problem: 'Semua pegawai ditolak oleh folder bersama Samba.',
    cause: 'Diska penuh, sehingga layanan berbagi berkas tidak dapat menulis berkas kunci.',
    steps:
      '1. Periksa sisa ruang dengan perintah df -h.\n2. Pindahkan cadangan lama ke diska luar.\n3. Mulai ulang layanan dengan systemctl restart smbd.\n4. Pasang peringatan bila ruang tersisa kurang dari sepersepuluh.',
  },
  {
    topic: 'aplikasi-pemerintah',
    urgency: 'high',
    kind: 'free_help',
    subject: 'Tombol unggah aplikasi keuangan tidak muncul di Firefox',
    text: 'Aplikasi keuangan berbasis web yang kami pakai tidak menampilkan tombol unggah bila dibuka dengan Firefox di Linux. Di komputer lama muncul. Kami harus mengunggah dokumen sebelum akhir bulan.',
    answer:
      'Mohon dicoba menekan Ctrl+F5 di halaman itu, lalu kirimkan tangkapan layarnya tanpa data pribadi. Versi Firefox tertera di menu Bantuan > Tentang.',
    problem: 'Tombol unggah tidak terlihat di Firefox versi lama.',
    cause: 'Peramban belum diperbarui sejak pemasangan.',
    steps:
      '1. Perbarui Firefox lewat pengelola paket.\n2. Kosongkan simpanan halaman situs tersebut.\n3. Buka kembali aplikasi dan masuk lagi.',
  },
  {
    topic: 'pelatihan',
    urgency: 'low',
    kind: 'not_known',
    subject: 'Permintaan pelatihan LibreOffice Calc untuk bendahara',
    text: 'Kami ingin mengadakan pelatihan LibreOffice Calc untuk 25 bendahara sekolah, dua hari. Apakah ada pendamping di provinsi kami, dan bagaimana biayanya?',
    answer:
      'Terima kasih. Ada lembaga di wilayah Anda yang dapat memberi pelatihan. Kapan kira-kira waktunya, dan apakah tersedia ruang dengan komputer?',
    problem: 'Bendahara sekolah memerlukan pelatihan Calc selama dua hari.',
    cause: 'Belum ada bahan pelatihan yang sesuai dengan format laporan sekolah.',
    steps:
      '1. Siapkan tiga contoh laporan nyata tanpa data pribadi.\n2. Hari pertama: rumus, format, cetak. Hari kedua: tabel poros dan pemeriksaan.\n3. Tunjuk dua peserta sebagai penanya pertama di daerahnya.',
  },
  {
    topic: 'lisensi-kebijakan',
    urgency: 'low',
    kind: 'free_help',
    subject: 'Bolehkah memasang aplikasi terbuka di komputer kantor?',
    text: 'Auditor menanyakan lisensi perangkat lunak di kantor kami. Apakah LibreOffice boleh dipasang di semua komputer tanpa membeli lisensi, dan surat apa yang bisa kami tunjukkan?',
    answer:
      'Boleh. LibreOffice berlisensi MPL 2.0 dan boleh dipasang tanpa batas jumlah. Kami siapkan ringkasan yang dapat Anda lampirkan.',
    problem: 'Kantor perlu menunjukkan dasar pemakaian LibreOffice kepada auditor.',
    cause: 'Daftar perangkat lunak kantor belum mencantumkan lisensi.',
    steps:
      '1. Catat nama, versi dan lisensi tiap aplikasi.\n2. Simpan teks lisensinya bersama daftar itu.\n3. Lampirkan daftar pada laporan aset.',
  },
  {
    topic: 'keamanan',
    urgency: 'high',
    kind: 'free_help',
    subject: 'Semua dokumen di diska lepas berubah menjadi pintasan',
    text: 'Diska lepas bagian umum berisi pintasan semua, dokumennya tidak kelihatan. Kami khawatir ada virus yang menyebar ke komputer lain.',
    answer:
      'Mohon diska lepas itu tidak dipasang lagi di komputer Windows mana pun. Bisa dibawa ke komputer Linux? Dokumen biasanya masih ada, hanya disembunyikan.',
    problem: 'Dokumen di diska lepas tersembunyi dan diganti pintasan.',
    cause: 'Virus pintasan dari komputer yang belum dipindahkan.',
    steps:
      '1. Pasang diska di komputer Linux dan tampilkan berkas tersembunyi (Ctrl+H).\n2. Salin dokumen ke komputer, hapus berkas .lnk dan .vbs.\n3. Format diska lepas, lalu salin kembali.',
  },
  {
    topic: 'instalasi',
    urgency: 'normal',
    kind: 'free_help',
    subject: 'Layar hitam setelah pemasangan di komputer lama',
    text: 'Pemasangan selesai, tetapi setelah dinyalakan ulang layarnya hitam. Komputernya dari tahun 2012 dengan memori 2 GB. Ada sepuluh komputer seperti ini di laboratorium sekolah.',
    answer:
      'Mohon saat menyala tekan Esc, pilih "mode pemulihan". Bila tampilan muncul, penyebabnya pengandar kartu grafis. Kami bantu langkah berikutnya.',
    problem: 'Layar hitam sesudah pemasangan pada komputer lama.',
    cause: 'Pengandar grafis bawaan tidak cocok dengan kartu lama.',
    steps:
      '1. Masuk lewat mode pemulihan.\n2. Tambahkan nomodeset pada baris kernel.\n3. Pasang desktop yang ringan, misalnya Xfce.\n4. Uji satu komputer selama sehari sebelum mengulang di sembilan lainnya.',
  },
  {
    topic: 'web-aplikasi',
    urgency: 'normal',
    kind: 'paid',
    subject: 'Perbaikan situs desa yang lambat',
    text: 'Situs desa kami sangat lambat dan kadang tidak bisa dibuka. Kami ada anggaran kecil untuk perbaikan. Siapa yang bisa membantu?',
    answer:
      'Kami dapat merujukkan ke lembaga di wilayah Anda. Sementara itu, mohon sebutkan aplikasi situsnya dan tempat penyimpanannya.',
    problem: 'Situs desa lambat dan sering tidak dapat dibuka.',
    cause: 'Gambar berukuran asli dari kamera dan versi aplikasi yang lama.',
    steps:
      '1. Kecilkan gambar sebelum diunggah.\n2. Perbarui aplikasi dan pasang cadangan mingguan.\n3. Pindahkan statistik pengunjung dari halaman depan.',
  },
  {
    topic: 'pengadaan-jasa',
    urgency: 'low',
    kind: 'free_help',
    subject: 'Contoh kerangka acuan kerja pendampingan migrasi',
    text: 'Kami menyusun kerangka acuan kerja untuk pendampingan migrasi. Apakah ada daftar hal yang sebaiknya tercantum supaya tidak mengikat pada satu merek?',
    answer: 'Ada. Kami kirimkan daftar periksanya. Penyusunan dan pengadaannya tetap dilakukan oleh kantor Anda.',
    problem: 'Kantor memerlukan daftar isi kerangka acuan kerja yang tidak mengikat merek.',
    cause: 'Contoh yang beredar menyebut nama produk.',
    steps:
      '1. Sebut kebutuhan dan standar terbuka, bukan merek.\n2. Minta serah terima berkas sumber, dokumentasi dan pelatihan.\n3. Cantumkan masa pendampingan setelah pemasangan.',
  },
  {
    topic: 'komunitas-kemitraan',
    urgency: 'low',
    kind: 'free_help',
    subject: 'Komunitas Linux di daerah kami ingin membantu',
    text: 'Kami komunitas pengguna Linux dengan sekitar tiga puluh anggota aktif. Kami ingin membantu kantor desa di kabupaten kami. Bagaimana caranya?',
    answer:
      'Terima kasih banyak. Mohon kirimkan daftar keahlian dan wilayah yang dapat dijangkau, beserta satu orang penghubung.',
    problem: 'Komunitas ingin terlibat sebagai pendamping.',
    cause: 'Belum ada penghubung yang tercatat.',
    steps:
      '1. Tunjuk penanggung jawab dan nomor yang dapat dihubungi.\n2. Catat keahlian tiap anggota.\n3. Mulai dari satu desa yang dekat.',
  },
]

export const officeKinds = [
  { kind: 'regional_office', name: 'Dinas Komunikasi dan Informatika' },
  { kind: 'regional_office', name: 'Dinas Kesehatan' },
  { kind: 'vertical_office', name: 'Kantor Pertanahan' },
  { kind: 'village', name: 'Kantor Desa Sukamaju' },
  { kind: 'school', name: 'SMK Negeri 9' },
  { kind: 'community', name: 'Komunitas Pengguna Linux' },
] as const

export const givenNames = [
  'Sri',
  'Budi',
  'Dewi',
  'Agus',
  'Siti',
  'Made',
  'Yohanes',
  'Fatimah',
  'Andi',
  'Maria',
  'Rahmat',
  'Ketut',
  'Nur',
  'Petrus',
  'Lestari',
  'Hendra',
]
export const familyNames = ['Contoh', 'Contohwati', 'Contohono', 'Percontohan', 'Contohsari', 'Contohman']

export const thanks = [
  'Terima kasih, sudah bisa dipakai lagi.',
  'Sudah kami coba dan berhasil. Terima kasih banyak.',
  'Berhasil. Akan kami ajarkan ke kantor sebelah.',
]
export const ratingWords = [
  'Cepat dan jelas.',
  'Sangat membantu.',
  'Penjelasannya mudah diikuti.',
  'Agak lama menunggu, tetapi selesai.',
  '',
]
