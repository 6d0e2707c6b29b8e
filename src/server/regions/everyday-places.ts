/**
 * What people write instead of an official name: abbreviations of provinces and regencies, seats and well known towns that are not the
 * name of a regency, islands. Left the codes that it may mean (several: it is asked), right the spellings between commas; spaces
 * do not matter. Written by hand. A name that many places carry stays out: nobody is put into a wrong regency by it.
 */
const names = `
11: nad, nanggroe aceh darussalam, di aceh
12: sumut
13: sumbar
16: sumsel
18: lpg
19: babel, bangka belitung
21: kepri
31: jakarta, dki, dki jakarta, jkt, dkj, daerah khusus jakarta, jakarta raya
32: jabar, jbr, jawa brt, west java
33: jateng, jtg, central java
34: diy, daerah istimewa jogja
35: jatim, jtm, east java
52: ntb
53: ntt
61: kalbar
62: kalteng
63: kalsel
64: kaltim
65: kaltara
71: sulut
72: sulteng
73: sulsel
74: sultra
76: sulbar
82: malut
92: pabar
93: papsel, pasel
94: papteng, pateng
95: papeg
96: pbd, pabardaya
15 15.71: jambi
17 17.71: bengkulu
34 34.71: yogyakarta
91 92 93 94 95 96: papua, irian, irian jaya
11 12 13 14 15 16 17 18 19 21: sumatera
61 62 63 64 65: kalimantan, borneo
71 72 73 74 75 76: sulawesi, celebes
32 33 34 35 36 31: jawa
52 53: nusa tenggara
31 32.01 32.71 32.16 32.75 32.76 36.03 36.71 36.74: jabodetabek
52.01 52.02 52.03 52.08 52.71: lombok
53.11 53.12 53.17 53.18: sumba
53.06 53.07 53.08 53.09 53.10 53.15 53.16 53.19: flores
35.26 35.27 35.28 35.29: madura
73.18 73.26: toraja, tator
82.01 82.02 82.03 82.04 82.06: halmahera
12.01 12.02 12.03: tapanuli
19.01 19.03 19.04 19.05 19.71: bangka
19.02 19.06: belitung
12.04 12.14 12.24 12.25 12.78: nias
32.01 94.05: puncak
64.02 64.07 64.08: kutai
11.01: tapaktuan, asel
11.02: agara, kutacane
11.03: atim
11.04: takengon
11.05: meulaboh
11.06: jantho
11.07: sigli
11.08: lhoksukon
11.09: sinabang
11.10: singkil
11.11: bireun
11.12: abdya, blangpidie
11.13: blangkejeren, blang kejeren, gayo luwes
11.14: calang
11.16: atam, kuala simpang
11.17: redelong
11.18: pijay, meureudu
11.71: bna, kutaraja
11.73: lhok, lhokseumawe
12.01: tapteng
12.02: taput, tarutung
12.03: tapsel, sipirok
12.05: stabat, pangkalan brandan
12.06: kabanjahe, berastagi, brastagi, tanah karo
12.07: lubuk pakam, deli
12.08: parapat
12.09: kisaran
12.10: rantauprapat
12.11: sidikalang
12.12: tobasa, toba samosir, balige
12.13: madina, panyabungan
12.14: nisel, teluk dalam
12.15: pakpak
12.16: humbahas, dolok sanggul
12.17: pangururan
12.18: sergai, sei rampah
12.20: paluta, gunung tua
12.21: palas, sibuhuan
12.22: labusel, kota pinang
12.23: labura, aek kanopan
12.71: mdn
12.72: siantar
12.77: sidimpuan, sidempuan, padang sidempuan
13.01: pessel, painan
13.02: arosuka
13.04: batusangkar
13.06: lubuk basung
13.07: 50 kota, sarilamak
13.08: lubuk sikaping
13.09: mentawai, tuapejat, tua pejat
13.11: solsel
13.12: pasbar
13.75: bukit tinggi, bkt
14.01: bangkinang
14.02: inhu, rengat
14.03: duri
14.04: inhil, tembilahan
14.05: pangkalan kerinci
14.06: rohul, pasir pengaraian
14.07: rohil, bagansiapiapi
14.08: siak sri indrapura
14.09: kuansing, teluk kuantan
14.10: meranti, selatpanjang
14.71: pku
15.02: bangko
15.04: muara bulian
15.05: muara jambi, sengeti
15.06: tanjabbar, tanjab barat, kuala tungkal
15.07: tanjabtim, tanjab timur, muara sabak
15.08: muara bungo
15.09: muara tebo
16.01: oku, baturaja
16.02: oki, kayuagung
16.05: muara beliti
16.06: muba, sekayu
16.07: pangkalan balai
16.08: okut, oku timur
16.09: okus, oku selatan, muaradua
16.10: indralaya, inderalaya
16.12: pali, talang ubi
16.13: muratara
16.05 62.12: mura
16.71: plg, plmbg
16.73: linggau
17.01: manna
17.02: curup
17.03: arga makmur
17.04: bintuhan
17.07: muara aman
18.01: lamsel, kalianda
18.02: lamteng, gunung sugih
18.03: lampura, kotabumi
18.04: lambar, liwa
18.05: tuba, menggala
18.07 61.11: sukadana
18.07: lamtim
18.08: blambangan umpu
18.09: gedong tataan
18.12: tubaba
18.13: pesbar, krui
18.71: balam, tanjung karang, teluk betung
19.01: sungailiat
19.02: tanjung pandan
19.03: basel, toboali
19.04: bateng
19.05: babar, muntok, mentok
19.06: beltim, manggar
21.01: tanjung uban
21.02: tanjung balai karimun
21.03: ranai
21.04: dabo singkep, daik
21.05: anambas, tarempa
21.71: btm
21.72: tpi
31.01: pulau seribu, kepulauan seribu
31.71: jakpus
31.72: jakut
31.73: jakbar
31.74: jaksel
31.75: jaktim
32.01: cibinong, cileungsi
32.02: pelabuhan ratu, palabuhanratu
32.04: soreang, majalaya
32.06: singaparna
32.15: krw, krwg, krawang, cikampek
32.16: cikarang, tambun
32.17: kbb, bdg barat, ngamprah, lembang, padalarang
32.05: grt
32.11 64.72: smd
32.04 32.73: bdg, bdng
32.01 32.71: bgr
32.16 32.75: bks
32.09 32.74: cbn, crb
32.06 32.78: tasik, tasikmalaya, tsm
32.02 32.72: skbm, smi
33.01: majenang, kroya
33.02: purwokerto, pwt, sokaraja, ajibarang
33.03: pbg
33.05: kbm, gombong
33.07: wsb
33.08: mungkid, muntilan
33.08 33.71: mgl
33.11: kartasura, kartosuro
33.15: purwodadi
33.16: cepu
33.17: lasem
33.18: juwana
33.22: ungaran, ambarawa
33.22 33.74: smg, smrg
33.23: tmg, parakan
33.24: weleri
33.26: kajen
33.26 33.75: pekalongan
33.27: pml, comal
33.28: slawi
33.29: bbs, bumiayu
33.72: solo
34.01: kulonprogo
34.03: gunkid, wonosari
34.04: slmn
34.01 35.06 35.05: wates
35.04: tagung, tulung agung
35.06: pare
35.06 35.71: kdr
35.07: kepanjen, singosari
35.07 35.73: mlg
35.10: bwi
35.11: bws
35.13: kraksaan
35.13 35.74: probo
35.14: bangil, pandaan
35.16: mojosari
35.16 35.76: mjk
35.19: caruban, mejayan
35.25: gsk, bawean
35.24: lmg
35.29: kangean
35.78: sby, suroboyo
36.02: rangkasbitung, rangkas
36.03: tigaraksa, balaraja, cikupa
36.03 36.71: tng, tgr
36.74: tangsel, serpong, ciputat, pamulang, bsd
51.01: gilimanuk
51.01 63.06: negara
51.03: kuta, nusa dua, mangupura
51.04: ubud
51.05: semarapura, nusa penida
51.07: amlapura
51.08: singaraja
51.71: dps, sanur
52.01: lobar, gerung
52.02: loteng, praya
52.03: lotim, selong
52.07: ksb, taliwang
52.08: klu, lotara
53.02: tts, soe
53.03: ttu, kefa, kefamenanu
53.04: atambua
53.05: kalabahi
53.06: flotim, larantuka
53.07: maumere
53.09: bajawa
53.10: ruteng
53.11: waingapu
53.12: waikabubak
53.13: lewoleba
53.14: rote
53.15: mabar, labuan bajo, labuhan bajo
53.16: mbay
53.17: waibakul
53.18: sbd, tambolaka, waitabula
53.19: matim
53.20: sabu
53.21: betun
61.04: ktp
61.06: putussibau, kapuas hulu
61.08: ngabang
61.10: nanga pinoh
61.12: kkr
61.71: ptk
61.72: skw
62.01: kobar, pangkalan bun
62.02: kotim, sampit
62.03: kuala kapuas
62.04: barsel, buntok
62.05: barut, muara teweh
62.06: kasongan
62.07: kuala pembuang
62.09: nanga bulik
62.10: kuala kurun
62.11: pulpis
62.12: puruk cahu
62.13: bartim, tamiang layang
62.71: pky
16.08 63.03: martapura
63.01: tala, pelaihari
63.04: batola, marabahan
63.06: hss, kandangan
63.07: hst, barabai
63.08: hsu, amuntai
63.10: tanbu, batulicin
63.11: paringin
63.71: bjm
63.72: bjb
64.01: tanah grogot
64.02: kukar, tenggarong
64.03: tanjung redeb
64.07: kubar, melak, sendawar
64.08: kutim, sangatta, sengata
64.09: ppu, penajam
64.11: mahulu
64.71: bpp, bppn
65.01: tanjung selor
65.04: ktt
71.01: bolmong
71.02: tondano
71.03: sangihe, tahuna
71.04: talaud, melonguane
71.05: minsel, amurang
71.06: minut, airmadidi
71.07: ratahan
71.08: bolmut, boroko
71.09: sitaro
71.10: boltim, tutuyan
71.11: bolsel
71.71: mdo, menado
72.01: luwuk
72.02: tentena
72.06: bungku
72.07: bangkep, salakan
72.08: parimo
72.09: touna, ampana
72.11: balut
72.12: morut, kolonedale
73.01: selayar
73.06: sungguminasa
73.08: watampone
73.10: pangkep
73.12: watansoppeng
73.13: sengkang
73.14: sidrap
73.17: belopa
73.18: makale, tana toraja
73.22: lutra, masamba
73.24: lutim, malili
73.26: torut, rantepao
73.71: mks, mksr, ujung pandang, makasar
74.02: unaaha
74.03: raha
74.05: konsel, andoolo
74.07: wanci, wangi wangi
74.08: kolut, lasusua
74.09: konut
74.10: butur
74.11: koltim
74.12: konkep
74.13: mubar
74.14: buteng
74.15: busel
75.01: limboto
75.02: tilamuta
75.03: bonebol, suwawa
75.04: marisa
75.05: gorut, kwandang
76.01: matra, mamuju utara
76.04: polman, polewali
76.06: mateng, topoyo
81.01: malteng, masohi
81.02: malra, langgur
81.03: mtb, tanimbar, saumlaku, maluku tenggara barat
81.04: namlea
81.05: sbt
81.06: sbb
81.07: aru, dobo
81.08: mbd
81.09: bursel, namrole
82.01: halbar, jailolo
82.02: halteng, weda
82.03: halut, tobelo
82.04: halsel, labuha
82.05: sula, sanana
82.06: haltim, maba
82.07: morotai
82.08: taliabu
82.72: tidore, soasio, soasiu, sofifi
91.03: sentani
91.05: yapen, serui
91.06: biak
91.20: mamra
92.06: bintuni
92.07: wondama
92.11: mansel, ransiki
92.12: pegaf, arfak
93.02: tanah merah
93.03: kepi
93.04: agats
94.03: enarotali
94.04: timika
94.05: ilaga
94.08: waghete
95.01: wamena
95.02: pegubin, oksibil
95.03: dekai
95.04: karubaga
95.05: mamteng
96.01: aimas
96.02: sorsel, teminabuan
96.03: waisai
`

/** Spelling → codes of the regions it may mean. */
export const everydayPlaces: readonly (readonly [name: string, codes: readonly string[]])[] = names
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [codes = '', spellings = ''] = line.split(': ')
    return spellings.split(', ').map((name) => [name, codes.split(' ')] as const)
  })
