/**
 * Districts (kecamatan) that are called like a regency or a known town and lie in another one: "Kec. Banyumas" may be in Pringsewu.
 * Reckoned from the districts of idn-area-data (data under ODbL), against the names that this folder understands.
 */
const districts = `
ambarawa: 18.10
bandung: 35.04 36.04
banggai: 72.11
bangko: 14.07
banjar: 51.08 36.01
banjarbaru: 18.05
banyumas: 18.10
batang: 73.04
batanghari: 18.07
binjai: 12.05
bone: 75.03 74.03
buru: 21.02
cimahi: 32.08
depok: 32.09 34.04
jayapura: 16.08
jombang: 36.72 35.09
kandangan: 33.23 35.06
kapuas: 61.03
kapuashulu: 62.03
karanganyar: 33.26 33.03 33.05 33.21 35.21
kediri: 51.02 52.01
kendal: 35.21
ketapang: 18.01 35.27
kotabaru: 15.71 53.08 32.15
kroya: 32.12
lembang: 73.15
majalaya: 32.15
makasar: 31.75
mamberamotengah: 91.20
manokwariselatan: 92.02
meranti: 61.08 12.09
mesuji: 16.02
muaradua: 11.73
padang: 35.08
palas: 18.01
pasaman: 13.12
payakumbuh: 13.07
pekalongan: 18.07
pesisirselatan: 18.13
purwakarta: 36.72
purwodadi: 33.06 35.14 16.05
purworejo: 35.75
rembang: 33.03 35.14
salatiga: 61.01
sampang: 33.01
selayar: 21.04
siantar: 12.08
singkil: 71.71
soreang: 73.72
subang: 32.08
sukabumi: 18.71
sukadana: 32.07
sukoharjo: 18.10 33.07
tanahmerah: 14.04 35.26
tanjungbalai: 12.09
tebingtinggi: 12.18 63.11 14.10 16.11 15.06
telukdalam: 11.09 12.09
toba: 61.03
wajo: 73.71
wonosari: 35.11 75.02 33.10 35.07
wonosobo: 18.06
`

/** Name without spaces → regencies in which a district of that name lies, beside the place that the name means itself. */
export const districtsOfTheSameName: ReadonlyMap<string, readonly string[]> = new Map(
  districts
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', codes = ''] = line.split(': ')
      return [name, codes.split(' ')] as const
    }),
)
