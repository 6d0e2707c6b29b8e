const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** What says that a Kabupaten, a Kota or a province is named: before the name ("Kab. Malang", "Pemkot Malang") or behind it ("malang kota"). */
export const kindWords: ReadonlyMap<string, 'kabupaten' | 'kota' | 'province'> = new Map([
  ...['kab', 'kabupaten', 'kabupten', 'kabupatn', 'kbupaten', 'kabup', 'kabptn', 'pemkab', 'bupati'].map(
    (word) => [word, 'kabupaten'] as const,
  ),
  ...['kota', 'kotamadya', 'kodya', 'kotip', 'kotif', 'pemkot', 'walikota'].map((word) => [word, 'kota'] as const),
  ...['prov', 'provinsi', 'propinsi', 'prop', 'prv', 'pemprov', 'gubernur'].map((word) => [word, 'province'] as const),
])

/** Parts of names as people shorten them. */
export const shortened: ReadonlyMap<string, string> = new Map(
  Object.entries({
    jogja: 'yogyakarta',
    yogya: 'yogyakarta',
    jogjakarta: 'yogyakarta',
    djogja: 'yogyakarta',
    jogya: 'yogyakarta',
    ykt: 'yogyakarta',
    yogjakarta: 'yogyakarta',
    sumatra: 'sumatera',
    kep: 'kepulauan',
    kepl: 'kepulauan',
    tj: 'tanjung',
    tjg: 'tanjung',
    tg: 'tanjung',
    tanjong: 'tanjung',
    sel: 'selatan',
    slt: 'selatan',
    sltn: 'selatan',
    utr: 'utara',
    brt: 'barat',
    tmr: 'timur',
    tgh: 'tengah',
    tngh: 'tengah',
    jkrt: 'jakarta',
  }),
)

/** A part of a place ("Surabaya timur") that is no name of its own, or more than the place itself ("Malang raya"). */
export const parts = words('barat timur utara selatan tengah tenggara pusat raya kulon wetan lor kidul')

/** Words around a place in an answer to "where are you?"; they say nothing about another place and nothing else of weight. */
export const wordsAround = words(`
  saya sy aku ak kami kmi kita abdi kulo ini itu nih ni sini situ ada berada brada posisi lokasi lokasinya alamat alamatnya rumah tinggal domisili
  berdomisili wilayah wil daerah daerahnya area kawasan sekitar sekitarnya bertugas tugas tugasnya kantor kantornya ktr kntr kerja bekerja
  pak bu bapak ibu mas mba mbak kak kakak bang abang min admin gan sis bos om tante bro dik dek kang teh teteh ya yah y iya iyaa yap nggih njih
  inggih sekarang skrg skg lagi lg sedang sdg dong deh kok aja saja sih lah tepatnya persisnya yaitu yakni adalah ialah namanya
  kotanya kabupatennya provinsinya kabupaten nya jawabannya jawab jawaban selamat slmt pagi siang sore malam assalamualaikum assalamu
  alaikum ass wr wb salam halo hallo hai hi hello terima kasih trims trimakasih terimakasih makasih mksh mks tks thx tq suwun nuwun matur
  maaf mohon punten untuk utk u pada yg yang masuk masuknya termasuk masih msh dalam dlm indonesia ri pemda pemerintah pemerintahan administrasi
  adm administratif asal asli warga orang org dekat deket dkt baik oke ok okay siap betul benar bener ke and dan
  kode pos kodepos wali sebelah untuknya khusus ibukota ibu
  regency city province of in im from i am at
  ing neng nang ning ten teng wonten saking ti
`)

/** A number follows. */
export const telephoneWords = words('telp tlp telepon tel telpon telpn tilpun fax faks hp wa')

/** After them a new piece of the answer begins. */
export const prepositions = words('di d dari dr ing neng nang teng ti in from at')

/** What is named next is a street, a village (or an island), a district or an office; its own name is passed over. */
export const namedNext: ReadonlyMap<string, 'street' | 'village' | 'district' | 'office'> = new Map([
  ...'jl jln jalan gang gg perum perumahan komplek kompleks blok gedung lantai lt pasar simpang rt rw km nomor no'
    .split(' ')
    .map((word) => [word, 'street'] as const),
  ...'desa ds kelurahan kel lurah kampung kp dusun dsn nagari gampong gp pekon kades pulau p'
    .split(' ')
    .map((word) => [word, 'village'] as const),
  ...'kec kecamatan camat distrik kapanewon kemantren'.split(' ').map((word) => [word, 'district'] as const),
  ...(
    'dinas badan bagian bag bidang seksi subbag sekretariat setda kecamatannya instansi lembaga opd skpd upt uptd balai puskesmas pkm rsud rs rumahsakit ' +
    'sd sdn smp smpn sma sman smk smkn mi mts man madrasah sekolah kampus univ universitas politeknik poltek institut pesantren ponpes ' +
    'diskominfo kominfo bappeda disdik dinkes dukcapil disdukcapil dpmptsp bkd bkpsdm bpkad bapenda inspektorat dprd kpu polres polsek kodim ' +
    'kemenag kua pn pengadilan koperasi yayasan lsm komunitas perpustakaan'
  )
    .split(' ')
    .map((word) => [word, 'office'] as const),
])

/** A text that holds one of these says more than where somebody is, so it is a message: never a name of a street or of an office. */
export const wordsOfMessages = words(`
  tidak tdk tak gak ga nggak ngga enggak gk bukan belum blm sudah sdh udah bisa bs dapat tolong tlg tolongin bantu bantuan dibantu minta mau ingin
  perlu butuh rusak mati hilang error eror gagal lambat lemot hang macet masalah kendala komputer laptop printer server jaringan internet wifi aplikasi
  program file berkas dokumen data email sandi password akun login instal install pasang cetak scan virus kenapa mengapa bagaimana gimana
  kapan apa apakah siapa mana dimana kemana pindah pindahan bagi atau jika kalau karena tapi tetapi akan harus saat waktu pelatihan kirim dikirim
  kunjungan datang pergi beli jual harga surat laporan rapat acara belajar ajar cara
`)
