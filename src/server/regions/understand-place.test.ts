import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { telephoneAreaCodes } from './telephone-area-codes.ts'
import { understandPlace, type UnderstoodPlace } from './understand-place.ts'
import { answers, helpRequests } from './understand-place.cases.ts'

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

const shown = (place: UnderstoodPlace): string =>
  place.kind === 'region' ? place.code : place.kind === 'ask' ? `${place.candidates.join(' ')} ?` : '-'
const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
/** Several codes are always a question; one code is a question only where it says so. */
const table = linesOf(answers).map((line) => {
  const [input = '', expected = ''] = line.split(' = ')
  return [input, / \d/.test(expected) && !expected.endsWith('?') ? `${expected} ?` : expected] as const
})

test('What people write is understood as they mean it, or asked back', () => {
  expect(new Set(table.map(([input]) => input)).size).toBeGreaterThanOrEqual(300)
  expect(Object.fromEntries(table.map(([input]) => [input, shown(understandPlace(input, regions))]))).toEqual(
    Object.fromEntries(table),
  )
})

describe('Official names', () => {
  /** Names of a province that are the name of a city too, or of more than one province in everyday speech. */
  const alwaysAsked = ['15', '17', '75', '91']

  test('Each is understood as itself, in any case', () => {
    const wrong = regions.filter(
      ({ code, name }) =>
        !alwaysAsked.includes(code) &&
        [name, name.toUpperCase(), `Saya di ${name} pak`].some(
          (text) => shown(understandPlace(text, regions)) !== code,
        ),
    )
    expect(wrong).toEqual([])
    for (const code of alwaysAsked) {
      const { name } = regions.find((region) => region.code === code)!
      expect(understandPlace(name, regions).kind).toBe('ask')
      expect(understandPlace(`Provinsi ${name}`, regions)).toEqual({ kind: 'region', code })
    }
  })

  test('Each with its own province is itself, with another one it is asked', () => {
    for (const { code, name } of regions.filter((region) => region.code.length === 5)) {
      const [own, other] = [code.slice(0, 2), code.startsWith('33') ? '35' : '33']
      const named = (province: string) =>
        `${name}, Provinsi ${regions.find((region) => region.code === province)!.name}`
      expect([name, shown(understandPlace(named(own), regions))]).toEqual([name, code])
      expect([name, understandPlace(named(other), regions)]).toEqual([
        name,
        { kind: 'ask', candidates: [code, other].sort(), why: 'wrong_province' },
      ])
    }
  })

  test('Without "Kabupaten" or "Kota" none is taken for another; the 26 that are both are always asked', () => {
    const bare = (name: string) => name.replace(/^(Kabupaten|Kota)( Administrasi)? /, '')
    const regencies = regions.filter((region) => region.code.length === 5)
    const both = new Map<string, string[]>()
    for (const { code, name } of regencies) both.set(bare(name), [...(both.get(bare(name)) ?? []), code])
    expect([...both.values()].filter((codes) => codes.length === 2)).toHaveLength(26)
    for (const [name, codes] of both) {
      const place = understandPlace(name, regions)
      if (codes.length > 1) expect(place).toMatchObject({ kind: 'ask', candidates: expect.arrayContaining(codes) })
      else
        expect([name, place.kind === 'ask' ? place.candidates.includes(codes[0]!) : shown(place) === codes[0]]).toEqual(
          [name, true],
        )
    }
  })

  test('Between letters of another word it counts for nothing', () => {
    const wrong = regions.filter(({ name }) => {
      const last = name.split(' ').at(-1)!
      return understandPlace(`x${last}x`, regions).kind !== 'unknown'
    })
    expect(wrong).toEqual([])
  })
})

test('No request for help is taken for a place', () => {
  const sentences = linesOf(helpRequests)
  expect(new Set(sentences).size).toBeGreaterThanOrEqual(200)
  expect(sentences.filter((text) => understandPlace(text, regions).kind !== 'unknown')).toEqual([])
})

test('No word of our own sentences is taken for a place by correcting it', () => {
  const said = Object.values(
    JSON.parse(readFileSync(new URL('../../../messages/id.json', import.meta.url), 'utf8')) as Record<string, string>,
  )
  const words = new Set(said.flatMap((text) => text.toLowerCase().match(/\p{L}{7,}/gu) ?? []))
  const official = new Set(regions.flatMap(({ name }) => name.toLowerCase().split(' ')))
  expect(words.size).toBeGreaterThan(1000)
  expect([...words].filter((word) => !official.has(word) && understandPlace(word, regions).kind === 'region')).toEqual(
    [],
  )
})

test('The candidates of a question can be given back: then the kind alone decides', () => {
  const bogor = regions.filter(({ code }) => code === '32.01' || code === '32.71')
  expect(understandPlace('yang kota pak', bogor)).toEqual({ kind: 'region', code: '32.71' })
  expect(understandPlace('kabupaten', bogor)).toEqual({ kind: 'region', code: '32.01' })
  expect(understandPlace('bogor', bogor).kind).toBe('ask')
  expect(understandPlace('sleman', bogor)).toEqual({ kind: 'unknown' })
})

test('All area codes are there, none begins with another, and each means a region', () => {
  const codes = [...telephoneAreaCodes.keys()]
  const known = new Set(regions.map((region) => region.code))
  expect(codes).toHaveLength(296)
  expect(codes.filter((code) => codes.some((other) => other !== code && other.startsWith(code)))).toEqual([])
  expect([...telephoneAreaCodes.values()].flat().filter((code) => !known.has(code))).toEqual([])
})

test('The work grows with the text and no faster', () => {
  // Counted in looks into the tables, not in time: a busy machine must not fail this.
  const looksFor = (text: string): number => {
    const get = vi.spyOn(Map.prototype, 'get')
    understandPlace(text, regions)
    const looks = get.mock.calls.length
    get.mockRestore()
    return looks
  }
  understandPlace('', regions)
  for (const piece of [
    'desa karang sari, ',
    'kota ',
    'a ',
    'kutai timr ',
    '0341 ',
    '+62 ',
    'tanjung ',
    'sumba barat day ',
  ]) {
    const [few, many] = [looksFor(piece.repeat(10)), looksFor(piece.repeat(20))]
    expect([piece, many <= few * 2.5]).toEqual([piece, true])
  }
  expect(understandPlace('sleman '.repeat(100_000), regions)).toEqual({ kind: 'unknown' })
})
