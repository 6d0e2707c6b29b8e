/**
 * What people write when they are asked where they are, and what it must be understood as: a code, several codes that are asked back, or "-" for
 * what is no answer. Written by hand, as people write; never made from the code that it tests.
 */
export const answers = `
kab bdg = 32.04
Kota Sby = 35.78
jogja = 34 34.71
Jogjakarta = 34 34.71
yogya kota = 34.71
sleman diy = 34.04
Sleman, DIY = 34.04
sleman jogja = 34.04
DKI Jaksel = 31.74
0517 = 63.05 63.06 63.07
telp kantor 0341-361555 = 35.07 35.73 35.79
HST = 63.07
Barabai = 63.07
barabai HST kalsel = 63.07
kudus jateng = 33.19
Kab. Kepulauan Seribu = 31.01
pulau seribu = 31.01
solo = 33.72
Surakarta Jawa Tengah = 33.72
Solo jawa tengah = 33.72
Kota Surakarta (Solo) = 33.72
Singaraja = 51.08
singaraja bali = 51.08
Maumere = 53.07
maumere NTT = 53.07
Sampit = 62.02
Sampit Kotim Kalteng = 62.02
Purwokerto = 33.02
purwokerto banyumas = 33.02
Cikarang = 32.16
cikarang bekasi = 32.16
bogor = 32.01 32.71
Bandung = 32.04 32.73
bekasi = 32.16 32.75
cirebon = 32.09 32.74
sukabumi = 32.02 32.72
tasikmalaya = 32.06 32.78
magelang = 33.08 33.71
pekalongan = 33.26 33.75
semarang = 33.22 33.74
tegal = 33.28 33.76
blitar = 35.05 35.72
kediri = 35.06 35.71
madiun = 35.19 35.77
malang = 35.07 35.73
mojokerto = 35.16 35.76
pasuruan = 35.14 35.75
probolinggo = 35.13 35.74
serang = 36.04 36.73
tangerang = 36.03 36.71
bima = 52.06 52.72
kupang = 53.01 53.71
solok = 13.02 13.72
banjar = 32.79 63.03
gorontalo = 75 75.01 75.71
jayapura = 91.03 91.71
sorong = 96.01 96.71
di kediri pak = 35.06 35.71
saya di malang = 35.07 35.73
malang jatim = 35.07 35.73
SERANG BANTEN = 36.04 36.73
tegal, jawa tengah = 33.28 33.76
Kupang NTT bu = 53.01 53.71
bogor jabar = 32.01 32.71
banjar jabar = 32.79
banjar jawa barat = 32.79
banjar kalsel = 63.03
kab banjar = 63.03
kota banjar = 32.79
kabupaten bogor = 32.01
kota bogor = 32.71
bogor kota = 32.71
bogor kab = 32.01
kab. Malang = 35.07
pemkot malang = 35.73
pemkab malang = 35.07
malang kota kak = 35.73
sorong kota = 96.71
kab sorong papua barat daya = 96.01
Kab. Gorontalo = 75.01
kota gorontalo = 75.71
prov gorontalo = 75
kab solok = 13.02
kota solok sumbar = 13.72
Kab. Semarang = 33.22
kota semarang = 33.74
kab tgr = 36.03
kota tangerang = 36.71
tangsel = 36.74
Tangerang Selatan = 36.74
kota tasik = 32.78
kab tasik = 32.06
tasik = 32.06 32.78
kota cirebon = 32.74
kab cirebon = 32.09
kab. kupang = 53.01
kota kupang = 53.71
kab jayapura = 91.03
kodya jayapura = 91.71
kotamadya magelang = 33.71
kab pekalongan = 33.26
walikota probolinggo = 35.74
bupati probolinggo = 35.13
aceh = 11
NAD = 11
nanggroe aceh darussalam = 11
sumut = 12
Sumatra Utara = 12
sumbar = 13
sumatera barat = 13
riau = 14
prov riau = 14
jambi = 15 15.71
prov jambi = 15
provinsi jambi = 15
sumsel = 16
sumatra selatan = 16
bengkulu = 17 17.71
Provinsi Bengkulu = 17
lampung = 18
babel = 19
bangka belitung = 19
kep. bangka belitung = 19
kepri = 21
kep riau = 21
kepulauan riau = 21
DKI = 31
jakarta = 31
dki jakarta = 31
jkt = 31
jabar = 32
jawa barat = 32
jateng = 33
Jawa Tengah = 33
diy = 34
Daerah Istimewa Yogyakarta = 34
prov DI Yogyakarta = 34
jatim = 35
jawa timur pak = 35
banten = 36
bali = 51
NTB = 52
nusa tenggara barat = 52
NTT = 53
nusa tenggara timur = 53
kalbar = 61
kalteng = 62
kalsel = 63
kaltim = 64
kaltara = 65
kalimantan utara = 65
sulut = 71
sulteng = 72
sulsel = 73
sultra = 74
provinsi gorontalo = 75
sulbar = 76
maluku = 81
malut = 82
maluku utara = 82
papua = 91 92 93 94 95 96
prov papua = 91
Provinsi Papua = 91
papua barat = 92
pabar = 92
papua selatan = 93
papsel = 93
papua tengah = 94
papteng = 94
papua pegunungan = 95
papeg = 95
papua barat daya = 96
PBD = 96
irian jaya = 91 92 93 94 95 96
irian = 91 92 93 94 95 96
merauke papua = 93.01
merauke papua selatan = 93.01
wamena papua pegunungan = 95.01
timika papua tengah = 94.04
nabire papua = 94.01
manokwari papua barat = 92.02
sorong papua barat daya = 96.01 96.71
raja ampat pbd = 96.03
biak = 91.06
sentani papua = 91.03
boven digul = -
boven digoel = 93.02
tanah merah boven digoel = 93.02
agats asmat = 93.04
oksibil = 95.02
pegubin = 95.02
puncak jaya = 94.02
puncak = 32.01 94.05
kab puncak = 94.05
puncak bogor = 32.01
fakfak = 92.03
fak-fak = 92.03
bintuni = 92.06
teluk bintuni = 92.06
kaimana = 92.08
sumatera = 11 12 13 14 15 16 17 18 19 21
kalimantan = 61 62 63 64 65
sulawesi = 71 72 73 74 75 76
lombok = 52.01 52.02 52.03 52.08 52.71
lombok timur = 52.03
lotim = 52.03
selong lotim ntb = 52.03
praya = 52.02
madura = 35.26 35.27 35.28 35.29
sumba = 53.11 53.12 53.17 53.18
sumba barat daya = 53.18
toraja = 73.18 73.26
toraja utara = 73.26
rantepao = 73.26
makale tana toraja = 73.18
nias = 12.04 12.14 12.24 12.25 12.78
kab nias = 12.04
nias selatan = 12.14
gunung sitoli = 12.78
bangka = 19.01 19.03 19.04 19.05 19.71
kab. bangka = 19.01
pangkalpinang = 19.71
pangkal pinang babel = 19.71
surabaya = 35.78
sby = 35.78
dari surabaya pak = 35.78
Suroboyo = 35.78
surabaya timur = 35.78
malang selatan = 35.07 35.73
malang raya = 35.07 35.73
sidoarjo = 35.15
gresik = 35.25
kepanjen = 35.07
kab malang kepanjen = 35.07
kota batu = 35.79
batu = 35.79
jember = 35.09
saya dari Jember jawa timur = 35.09
bwi = 35.10
banyuwangi = 35.10
ponorogo = 35.02
tulung agung = 35.04
trenggalek = 35.03
nganjuk kak = 35.18
pare kediri = 35.06
bangil = 35.14
gunungkidul = 34.03
gunung kidul = 34.03
gunkid = 34.03
wonosari gunungkidul = 34.03
kulon progo = 34.01
kulonprogo = 34.01
wates = 34.01 35.05 35.06
wates kulon progo = 34.01
bantul = 34.02
bantul yogyakarta = 34.02
ungaran = 33.22
ambarawa = 18.10 33.22
ambarawa kab semarang = 33.22
purwodadi = 16.05 33.06 33.15 35.14
purwodadi grobogan = 33.15
grobogan = 33.15
cepu = 33.16
slawi = 33.28
bumiayu brebes = 33.29
kartasura sukoharjo = 33.11
mungkid = 33.08
kajen = 33.26
kebumen = 33.05
gombong = 33.05
cilacap = 33.01
wonosobo jateng = 33.07
salatiga = 33.73
kota salatiga = 33.73
soreang = 32.04 73.72
soreang kab bandung = 32.04
kbb = 32.17
bandung barat = 32.17
kab bandung barat = 32.17
kab. bdg barat = 32.17
kab bandung timur = 32.04 ?
konawe barat = 74.02 ?
solo raya = 33.72 ?
surabaya barat pak = 35.78
cimahi = 32.77
depok = 32.76
cibinong = 32.01
cikampek = 32.15
karawang = 32.15
krawang = 32.15
pelabuhan ratu = 32.02
singaparna = 32.06
rangkasbitung = 36.02
lebak banten = 36.02
tigaraksa = 36.03
serpong = 36.74
cilegon = 36.72
jakpus = 31.71
jakarta pusat = 31.71
jakarta selatan = 31.74
kota administrasi jakarta timur = 31.75
jakbar = 31.73
jakut dki jakarta = 31.72
jabodetabek = 31 32.01 32.16 32.71 32.75 32.76 36.03 36.71 36.74
denpasar = 51.71
dps = 51.71
ubud = 51.04
gianyar bali = 51.04
negara bali = 51.01
negara jembrana = 51.01
amlapura = 51.07
semarapura klungkung = 51.05
nusa penida = 51.05
kuta = 51.03
mataram = 52.71
taliwang = 52.07
ksb = 52.07
kota bima = 52.72
labuan bajo = 53.15
mabar ntt = 53.15
ruteng = 53.10
larantuka = 53.06
atambua = 53.04
TTS = 53.02
soe TTS = 53.02
kefamenanu ttu = 53.03
waingapu = 53.11
rote = 53.14
takengon = 11.04
banda aceh = 11.71
bna = 11.71
meulaboh = 11.05
lhokseumawe = 11.73
abdya = 11.12
pidie jaya = 11.18
langsa aceh = 11.74
medan = 12.71
mdn = 12.71
siantar = 12.08 12.72
pematang siantar = 12.72
pematangsiantar sumut = 12.72
deliserdang = 12.07
lubuk pakam = 12.07
kisaran = 12.09
rantau prapat = 12.10
sergai = 12.18
madina = 12.13
padang sidempuan = 12.77
padang lawas = 12.21
paluta = 12.20
tebing tinggi = 12.76
padang = 13.71
padang pariaman = 13.05
bukittinggi = 13.75
bukit tinggi sumbar = 13.75
payakumbuh = 13.76
50 kota = 13.07
lima puluh kota = 13.07
batusangkar tanah datar = 13.04
mentawai = 13.09
pekanbaru = 14.71
inhu = 14.02
inhil riau = 14.04
tembilahan = 14.04
bagansiapiapi = 14.07
kuansing = 14.09
selatpanjang = 14.10
tanjabbar = 15.06
kuala tungkal = 15.06
muara bulian = 15.04
kota jambi = 15.71
sungai penuh = 15.72
oku timur = 16.08
OKI sumsel = 16.02
ogan ilir = 16.10
muba = 16.06
mura = 16.05 62.12
mura sumsel = 16.05
lubuklinggau = 16.73
palembang = 16.71
plg = 16.71
curup = 17.02
rejang lebong = 17.02
kota bengkulu = 17.71
bengkulu utara = 17.03
lamsel = 18.01
tubaba = 18.12
bandar lampung = 18.71
bandarlampung = 18.71
tanjung karang = 18.71
metro lampung = 18.72
kota metro = 18.72
batam = 21.71
tj pinang = 21.72
tanjungpinang kepri = 21.72
karimun = 21.02
natuna = 21.03
pontianak = 61.71
singkawang = 61.72
putussibau = 61.06
kubu raya = 61.12
pangkalan bun = 62.01
kobar = 62.01
palangka raya = 62.71
palangkaraya = 62.71
kotabaru = 63.02
kota baru = -
koto baru = 63.02 ?
bone bone = 73.08 ?
batang-batang = 33.25 ?
sukaraja = 33.02 ?
sidoharjo = 35.15 ?
samatiga = 33.73 ?
tebing tinggi timur = 12.76 ?
pulau batu = 35.79 ?
pulau lombok = 52.01 52.02 52.03 52.08 52.71
buntok barsel = 62.04
muara teweh = 62.05
banjarmasin = 63.71
bjm = 63.71
banjarbaru = 63.72
banjar baru = 63.72
martapura = 16.08 63.03
martapura kalsel = 63.03
HSS = 63.06
kandangan = 33.23 35.06 63.06
kandangan hss = 63.06
HSU amuntai = 63.08
batulicin = 63.10
pelaihari = 63.01
kukar = 64.02
tenggarong = 64.02
balikpapan = 64.71
bpp = 64.71
samarinda = 64.72
ppu kaltim = 64.09
sangatta = 64.08
tanjung selor = 65.01
tarakan = 65.71
nunukan = 65.03
manado = 71.71
menado = 71.71
tondano = 71.02
bolmong = 71.01
bolmut = 71.08
kotamobagu = 71.74
palu = 72.71
luwuk banggai = 72.01
parimo = 72.08
tojo una-una = 72.09
tolitoli = 72.04
makassar = 73.71
makasar = 31.75 73.71
makasar sulsel = 73.71
mks = 73.71
sungguminasa gowa = 73.06
watampone bone = 73.08
bone = 73.08
pare pare = 73.72
parepare = 73.72
sidrap = 73.14
pangkep = 73.10
selayar = 21.04 73.01
lutim sulsel = 73.24
palopo = 73.73
kendari = 74.71
bau bau = 74.72
baubau = 74.72
wakatobi = 74.07
konsel = 74.05
limboto = 75.01
marisa = 75.04
polman = 76.04
polewali = 76.04
mamuju = 76.02
pasangkayu = 76.01
ambon = 81.71
masohi = 81.01
tual = 81.72
langgur = 81.02
dobo = 81.07
ternate = 82.71
tidore = 82.72
sofifi = 82.72
tobelo = 82.03
morotai = 82.07
pulau morotai = 82.07
0362 = 51.08
(0362) 22222 = 51.08
+62 362 22222 = 51.08
6236222222 = 51.08
telp 0291 43xxxx = -
0291 = 33.19 33.20 33.21
kudus 0291 = 33.19
021 = 31 32.01 32.16 32.75 32.76 36.03 36.71 36.74
depok 021 7777777 = 32.76
022 = 32.04 32.17 32.73 32.77
no telp 0362-22222 = 51.08
no. telp kantor (0362) 222 22 = 51.08
036212 = -
02112026 = 31 32.01 32.16 32.75 32.76 36.03 36.71 36.74
6201010101010001 = -
kec. Batu Ampar, Batam = 21.71
kec batu ampar = 35.79 ?
kec. Medan Satria kota bekasi = 32.75
desa Tegal Rejo kec. Sawit boyolali = 33.09
desa bandung tulungagung = 35.04
kantor camat kudus jateng = 33.19
sleman@contoh.id = -
https://sleman.contoh.id = -
sleman sleman = 34.04 ?
tangerang kota banten = 36.71
jabar kota bogor = 32.71
rumah saya di jember = 35.09
kantor saya di sleman tapi rumah di bantul = -
kampung melayu jakarta timur = 31.75
kota batu malang = 35.07 35.73 35.79
kuala lumpur = -
cimahi 022 = 32.77
0274 = 34.01 34.02 34.03 34.04 34.71
031 = 35.15 35.25 35.26 35.78
0351 = 35.19 35.20 35.21 35.77
magetan 0351 = 35.20
0966 = 91.10
0999 = -
08123456789 = -
sleman 08123456789 = 34.04
kode pos 55511 sleman = 34.04
surbaya = 35.78
banjarmsin = 63.71
banyuwnagi = 35.10
kulon porgo = 34.01
lhokseumwe = 11.73
balikpapann = 64.71
pontianka = 61.71
gunungkidull = 34.03
purwkerto = 33.02
bandung brat = 32.17
semarng = 33.22 33.74
tangernag = 36.03 36.71
kuds = -
bgor = -
bantulan = -
kantor camat sleman = 34.04
kantor camat kudus = 33.19
kantor camat Lowokwaru malang = 35.07 35.73
kec. Jekulo kudus = 33.19
kec banyumas = 18.10 33.02
kec. Banyumas, Pringsewu = 18.10
kec. Bandung, Tulungagung = 35.04
kecamatan Kandangan kab. Temanggung = 33.23
kec tegal selatan kota tegal = 33.76
kelurahan Kauman kota blitar = 35.72
desa Sukamaju kec. Cikande kab. Serang = 36.04
desa bandung = 32.04 32.73
desa Jati, Blora = 33.16
jl surabaya 5, kota malang = 35.73
jl. jakarta, bandung = 32.04 32.73
jalan surabaya = 35.78 ?
jl raya bogor = 32.01 32.71
dinas pendidikan kab kudus = 33.19
Dinas Kominfo Kota Madiun = 35.77
diskominfo sleman = 34.04
SMKN 1 Jepara = 33.20
SMA Negeri 3 Denpasar = 51.71
puskesmas wates kulon progo = 34.01
RSUD kab. Klaten = 33.10
universitas jember = 35.09
bagian umum setda lumajang = 35.08
kantor bupati sragen = 33.14
kab surabaya = 35.78 ?
kota kudus = 33.19 ?
kota purwokerto = 33.02
kota singaraja = 51.08
kudus jatim = 33.19 35 ?
Sleman Jawa Tengah = 33 34.04 ?
merauke papua barat = 92 93.01 ?
medan jabar = 12.71 32 ?
sleman atau bantul = -
sleman bantul = 34.02 34.04 ?
malang dan batu = 35.07 35.73 35.79
kab malang kota malang = 35.07 35.73
dari surabaya ke malang = 35.07 35.73 35.78
sleman 0362 = 34.04 51.08 ?
assalamualaikum, saya dari sleman pak = 34.04
selamat pagi bu, posisi di Kab. Bantul DIY = 34.02
lokasi kami kota kediri jawa timur = 35.71
kami di kantor bupati sleman ya kak = 34.04
tinggal di ngawi = 35.21
maaf, tepatnya kab. pati jateng = 33.18
Kab.Sleman = 34.04
KAB.BANDUNG = 32.04
sleman!!! = 34.04
  Sleman   = 34.04
Bukan sleman = -
tidak di sleman = -
pindah dari sleman = -
ke rinci = -
so lo = -
pa ti = -
malangnya = -
semarangan = -
batuk = -
palung = -
padangnya = -
sekarang = -
kabupaten = -
kota = -
provinsi = -
di kota = -
indonesia = -
ya = -
1 = -
terima kasih = -
tidak tahu = -
di mana ya = -
desa = -
kantor = -
kami di desa = -
`
/** Sentences of people who ask for help; none says where its writer is, though some hold a word that is a place elsewhere. */
export const helpRequests = `
Printer kantor kami tidak bisa mencetak sejak pagi
Tolong bantu pasang LibreOffice di komputer sekolah
Komputer saya mati terus setelah diperbarui
Bagaimana cara membuka file docx di LibreOffice
Kami minta pelatihan LibreOffice untuk 20 orang
Email kantor tidak bisa mengirim lampiran
Saya lupa kata sandi akun surel
Jaringan internet di ruang rapat putus terus
Aplikasi keuangan error waktu dibuka
Apakah ada pengganti Photoshop yang gratis
Mohon bantuan instal Ubuntu di laptop lama
Layar komputer berkedip dan tidak bisa masuk
Data laporan hilang setelah listrik padam
Kami ingin pindah dari Windows ke Linux
Bagaimana membuat surat dengan banyak penerima
Scanner tidak terbaca di Linux Mint
Server absensi tidak bisa diakses
Situs web dinas kena retas
Tolong ajari membuat diagram di Calc
File excel jadi berantakan kalau dibuka di Calc
Komputer lambat sekali, sudah seminggu
Virus menghapus semua dokumen di flashdisk
Saya tidak bisa login ke aplikasi SPBE
Minta tolong cek printer Epson L3110
Wifi kantor sering putus kalau hujan
Bagaimana mencetak amplop di Writer
Ada yang bisa bantu memasang antivirus
Kami butuh orang untuk merawat server
Apakah LibreOffice bisa membuka file pdf
Huruf Arab tidak tampil benar di dokumen
Suara rapat daring tidak terdengar
Kamera laptop tidak menyala waktu rapat
Tolong kirim panduan memasang Debian
Berapa biaya pelatihan untuk satu kelas
Kapan ada pelatihan berikutnya
Siapa yang bisa datang ke kantor kami
Laptop saya kena air, apa yang harus dilakukan
Hard disk berbunyi dan tidak terbaca
Bagaimana memulihkan berkas yang terhapus
Kami perlu surat keterangan sudah mengikuti pelatihan
Aplikasi SIPD tidak jalan di Firefox
Sertifikat elektronik tidak bisa dipasang
Tanda tangan elektronik selalu gagal
Bagaimana mengganti bahasa menu
Ukuran kertas F4 tidak ada di printer
Tinta printer habis tapi masih muncul galat
Komputer minta aktivasi Windows terus
Apakah legal memakai Windows tanpa lisensi
Kami ingin mengganti AutoCAD dengan yang bebas
QGIS tidak bisa membuka shapefile
Inkscape tertutup sendiri waktu menyimpan
Tolong bantu atur server surel
Nama domain kami hampir habis masa berlakunya
Cara mencadangkan data ke hard disk luar
Apakah boleh membagikan LibreOffice ke sekolah
Murid tidak bisa masuk ke ruang ujian daring
Moodle lambat kalau dipakai banyak orang
Proyektor tidak menampilkan gambar
Keyboard beberapa tombol tidak berfungsi
Baterai laptop cepat habis
Listrik padam dan server tidak mau menyala
Kami mau membuat situs web sekolah
Bagaimana memasang sertifikat HTTPS
Website kami tampil not secure
Tolong pindahkan tiket ini ke tim jaringan
Masih belum bisa, sudah dicoba tiga kali
Sudah bisa, terima kasih banyak
Selesai belum ya pak
Saya sudah kirim berkasnya kemarin
Kenapa belum ada jawaban
Tolong dipercepat karena besok ada rapat
Lampiran tidak bisa dibuka
Saya salah kirim, mohon diabaikan
Apakah nomor tiket saya masih ada
Bagaimana cara menilai jawaban
Komputer berbunyi tiga kali lalu mati
Kipas laptop berisik sekali
Layar biru muncul terus
Memori penuh tidak bisa menyimpan
Tolong hapus akun lama saya
Ada surel mencurigakan minta kata sandi
Saya terlanjur membuka tautan penipuan
Telepon kantor tidak bisa dihubungi
Mesin absen sidik jari tidak terbaca
CCTV tidak merekam sejak kemarin
Bagaimana menghubungkan printer lewat jaringan
Folder bersama tidak muncul di komputer lain
Samba minta kata sandi terus
Cetakan miring dan buram
Warna cetakan tidak sesuai
Macro excel tidak jalan di LibreOffice
Tabel pivot berubah setelah disimpan
Rumus VLOOKUP hasilnya salah
Presentasi berantakan di proyektor
Video tidak bisa diputar di Impress
Apakah ada versi bahasa Indonesia
Kamus ejaan Indonesia tidak ada
Cara membuat daftar isi otomatis
Nomor halaman tidak mau mulai dari satu
Kop surat selalu bergeser
Kami kesulitan membuat nota dinas
Tolong buatkan templat surat resmi
Bagaimana menggabungkan dua dokumen
Dokumen terkunci dan minta kata sandi
Tidak bisa menyimpan karena hanya baca
Bagaimana mengubah pdf menjadi teks
Unduhan selalu gagal di tengah jalan
Kuota internet cepat habis
Modem berkedip merah
Kabel jaringan putus digigit tikus
Router minta diatur ulang
Alamat IP bentrok di jaringan
DNS tidak bisa ditemukan
Tidak bisa terhubung ke VPN
Remote desktop putus terus
Waktu komputer selalu salah
Tanggal di komputer kembali ke tahun 2010
Bagaimana memasang huruf baru
Tampilan menu hilang semua
Layar terlalu kecil, tulisannya tidak terbaca
Saya tunanetra, adakah pembaca layar
Bagaimana memperbesar huruf
Komputer sekolah hanya dua gigabita
Sistem operasi apa yang ringan
Kami punya 30 komputer lama
Tolong bantu menghitung biaya pindah
Pimpinan meminta daftar perangkat lunak
Kami diminta bebas dari perangkat lunak bajakan
Apakah ada contoh surat edaran
Bagaimana mendaftar menjadi relawan
Saya ingin ikut membantu
Apakah bisa konsultasi lewat telepon
Tolong telepon saya kembali
Nomor saya sudah ganti
Saya tidak mengerti jawabannya
Mohon dijelaskan pelan-pelan
Langkah ketiga tidak ada di komputer saya
Tombolnya tidak ada
Gambar di panduan tidak muncul
Berhasil sampai langkah lima lalu gagal
Muncul tulisan permission denied
Galat kode 0517 saat memasang
Kode galat 0341 muncul di printer
Pesan error 0274 terus keluar
Nomor inventaris 021 belum terdaftar
Server batu baru diganti dan masih gagal
Hasil cetak seperti batang hitam
Pati dari dokumen itu apa
Komputer metro ini lambat
Serangan virus di jaringan
Ada yang menyerang server kami
Kami diserang ransomware
Malang sekali, semua data hilang
Sungguh malang nasib laptop saya
Program ini tegal lurus kah
Batang baris di grafik tidak muncul
Buru buru tolong printer mati
Puncak beban server terjadi pagi
Medan magnet merusak hard disk
Padang rumput jadi gambar latar, cara mengganti
Palu hakim di klip art tidak ada
Landak jadi gambar profil, bagaimana mengganti
Bone file tidak terbaca di Blender
Kuningan warnanya salah waktu dicetak
Demak demik suara kipas laptop
Aplikasi metro tidak bisa dipasang
Tema solo tidak bisa dipakai
Huruf Surabaya tidak ada di daftar
Templat Jepara tidak muncul di Impress
Berkas bernama kudus.odt tidak terbuka
Printer merek Siak tidak dikenal
Ujian hari Senin, tolong segera
Kami libur sampai Rabu
Rapat diundur ke minggu depan
Tolong buat tiket baru untuk masalah lain
Ini soal lain
Batal saja, sudah beres
Apakah ada biayanya
Terima kasih atas bantuannya
Baik pak, ditunggu
Siap, nanti kami coba
Belum sempat dicoba
Nanti sore kami kabari
Yang rusak komputer bendahara
Komputer kepala dinas tidak menyala
Bendahara tidak bisa membuka aplikasi pajak
Guru kami belum bisa memakai Linux
Perangkat desa perlu pelatihan
Operator sekolah minta pendampingan
Data siswa tidak tersimpan
Dapodik tidak bisa sinkron
Rapor daring tidak bisa dicetak
Aplikasi kepegawaian tertutup sendiri
Absensi pegawai tidak masuk
Anggaran belum turun
Alat belum datang
Mohon arahan selanjutnya
Apa syarat mengikuti pelatihan
Bisa datang ke tempat kami minggu ini
Tempatnya jauh, sinyal lemah
Sinyal hanya ada di atas bukit
Kirim lewat SMS saja
Tidak ada internet di sini
Balas lewat WhatsApp saja
`
