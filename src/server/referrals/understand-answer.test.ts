import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { firstTopics } from '../desks/first-vocabulary.ts'
import { helpRequests } from '../regions/understand-place.cases.ts'
import { understandAnswer, type OpenQuestion } from './understand-answer.ts'

const rowsOf = (file: string) =>
  readFileSync(fileURLToPath(import.meta.resolve(`idn-area-data/data/${file}`)), 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','))
const regions = [
  ...rowsOf('provinces.csv').map(([code = '', name = '']) => ({ code, name })),
  ...rowsOf('regencies.csv').map(([code = '', , name = '']) => ({ code, name: name.trim() })),
]
const known = { regions, topics: firstTopics }
const region: OpenQuestion = { asks: 'region', candidates: null, province_code: null }
const regency = (province_code: string): OpenQuestion => ({ asks: 'regency', candidates: null, province_code })
const again = (...candidates: string[]): OpenQuestion => ({ asks: 'region', candidates, province_code: null })
const topic: OpenQuestion = { asks: 'topic', candidates: firstTopics.map(({ code }) => code), province_code: null }

const shown = (text: string, question: OpenQuestion): string => {
  const answer = understandAnswer(text, question, known)
  return answer.kind === 'known' ? answer.code : answer.kind === 'candidates' ? `${answer.codes.join(' ')} ?` : '-'
}

test.each([
  // Where are you?
  [region, 'Kab. Kudus, Jawa Tengah', '33.19'],
  [region, 'kudus jateng', '33.19'],
  [region, 'Kami di kota semarang pak, terima kasih', '33.74'],
  [region, 'jawa tengah', '33'],
  [region, '0517', '63.05 63.06 63.07 ?'],
  [region, 'bogor', '32.01 32.71 ?'],
  [region, 'malang', '35.07 35.73 ?'],
  // A message in which a place is only mentioned is no answer.
  [region, 'Printer di kantor kami di Kudus tidak mau mencetak sejak kemarin, tolong ya', '-'],
  [region, 'Kemarin ada pelatihan di Semarang, apakah ada lagi?', '-'],
  [region, 'Kepala dinas sedang di Jakarta, besok saya tanyakan', '-'],
  [region, 'Mas Malang yang pasang kemarin', '-'],
  [region, 'kenapa ditanya?', '-'],
  [region, 'sudah saya tulis tadi', '-'],
  [region, '1', '-'],
  [region, 'ya', '-'],
  [region, '', '-'],
  // Where in Jawa Tengah? What lies elsewhere contradicts what is known, and is left to people.
  [regency('33'), 'kudus', '33.19'],
  [regency('33'), 'semarang', '33.22 33.74 ?'],
  [regency('33'), 'sleman', '-'],
  [regency('33'), 'jawa tengah', '-'],
  [regency('33'), 'bogor', '-'],
  [regency('32'), 'banjar', '32.79 ?'],
  [regency('63'), 'banjar', '63.03 ?'],
  [regency('15'), 'jambi', '15.71 ?'],
  // Which of these? By number, by kind, by a whole name; and nothing is asked a third time.
  [again('32.01', '32.71'), '2', '32.71'],
  [again('32.01', '32.71'), 'no. 1', '32.01'],
  [again('32.01', '32.71'), 'yang nomor 2', '32.71'],
  [again('32.01', '32.71'), 'yang kota pak', '32.71'],
  [again('32.01', '32.71'), 'kabupaten', '32.01'],
  [again('32.01', '32.71'), 'kota depok', '32.76'],
  [again('32.01', '32.71'), 'bogor', '-'],
  [again('32.01', '32.71'), '3', '-'],
  [again('32.01', '32.71'), '0', '-'],
  [again('32.01', '32.71'), 'ya', '-'],
  [again('32.01', '32.71'), '2 hari lagi', '-'],
  [again('32.01', '32.71'), 'malang', '-'],
  [again('15.71'), 'ya', '15.71'],
  [again('15.71'), 'Ya.', '15.71'],
  [again('15.71'), 'bukan', '-'],
  [again('15.71'), 'ya, tapi printernya belum bisa', '-'],
  // What is it about?
  [topic, '3', 'perkantoran'],
  [topic, 'nomor 3', 'perkantoran'],
  [topic, 'aplikasi perkantoran dan dokumen', 'perkantoran'],
  [topic, 'Pelatihan.', 'pelatihan'],
  [topic, '14', '-'],
  [topic, 'pelatihan kapan?', '-'],
  [topic, 'saya butuh keamanan jaringan', '-'],
  [topic, 'ya', '-'],
] as const)('%j said %j is %j', (question, text, expected) => {
  expect(shown(text, question)).toBe(expected)
})

test('No request for help answers a question, whichever stands open', () => {
  const sentences = helpRequests.split('\n').filter((line) => line.trim() !== '')
  for (const question of [region, regency('33'), again('32.01', '32.71'), again('33.74'), topic])
    expect(sentences.filter((text) => shown(text, question) !== '-')).toEqual([])
})

test('More than five places are no question that anybody could answer', () => {
  for (const { name } of regions) {
    const answer = understandAnswer(name.split(' ').at(-1)!, region, known)
    if (answer.kind === 'candidates') expect(answer.codes.length).toBeLessThanOrEqual(5)
  }
})
