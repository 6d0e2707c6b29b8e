import { expect, test } from 'vitest'
import { joinParts, placePart, type OpenText, type Part } from './join-parts.ts'
import { readPart } from './read-part.ts'
import { segment } from './segments.ts'

const at = new Date('2026-11-22T08:00:00Z')
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

test.each<[string, string, ReturnType<typeof readPart>]>([
  ['8 bits', '0500032a0201', { reference: '8:42', total: 2, number: 1 }],
  ['16 bits', '060804abcd0302', { reference: '16:43981', total: 3, number: 2 }],
  ['behind a port', '0b0504158a00000003690302', { reference: '8:105', total: 3, number: 2 }],
  ['nothing', '', null],
  ['a length alone', '00', null],
  ['no part of anything: ports', '060504158a0000', null],
  ['of none', '0500032a0001', null],
  ['the part before the first', '0500032a0200', null],
  ['part 3 of 2', '0500032a0203', null],
  ['one of one stands alone', '0500032a0101', null],
  ['cut off', '0500032a02', null],
  ['a length that lies', 'ff00032a0201', { reference: '8:42', total: 2, number: 1 }],
  ['an element that lies', '0500ff2a0201', null],
])('a header: %s', (_, hex, expected) => {
  expect(readPart(bytes(hex))).toEqual(expected)
})

/** As whoever keeps them does: each part goes where it belongs, or begins a text. */
function receive(parts: readonly Part[]): { texts: OpenText[]; doubles: number } {
  const texts: OpenText[] = []
  let doubles = 0
  for (const part of parts) {
    const place = placePart(texts, part)
    if (place?.again) doubles++
    else if (place) texts[texts.indexOf(place.text)] = { ...place.text, parts: [...place.text.parts, part] }
    else texts.push({ id: String(texts.length), reference: part.reference, total: part.total, parts: [part] })
  }
  return { texts, doubles }
}
const partsOf = (text: string, reference: string, from = at): Part[] => {
  const { parts } = segment(text)
  return parts.map((part, index) => ({ reference, total: parts.length, number: index + 1, text: part, at: from }))
}
const orders = <T>(list: readonly T[]): T[][] =>
  list.length < 2
    ? [[...list]]
    : list.flatMap((one, index) => orders(list.toSpliced(index, 1)).map((rest) => [one, ...rest]))

test('any order of four parts gives the same text', () => {
  const text = 'Selamat pagi, printer di ruang tata usaha tidak mau mencetak. '.repeat(9)
  const parts = partsOf(text, '8:1')
  expect(parts).toHaveLength(4)
  for (const order of orders(parts)) {
    const { texts } = receive(order)
    expect(texts).toHaveLength(1)
    expect(joinParts(texts[0]!)).toEqual({ text, missing: [] })
  }
})

test('the same part twice is one; another body in its place is another text, and both are kept', () => {
  const [first, second] = partsOf('a'.repeat(200), '8:7') as [Part, Part]
  expect(receive([first, first, second, second])).toMatchObject({ texts: [{ parts: [first, second] }], doubles: 2 })
  const other = { ...first, text: 'lain' }
  // Whose end the second part is nobody can know; the newest text's is likelier, and nothing is lost.
  const { texts } = receive([first, other, second])
  expect(texts.map(({ parts }) => parts)).toEqual([[first], [other, second]])
})

test('what is missing is told, and a late part completes it', () => {
  const parts = partsOf('b'.repeat(400), '16:9')
  const { texts } = receive([parts[0]!, parts[2]!])
  expect(joinParts(texts[0]!)).toMatchObject({ missing: [2] })
  const late = { ...parts[1]!, at: new Date(at.getTime() + 23 * 3_600_000) }
  expect(joinParts(receive([parts[0]!, parts[2]!, late]).texts[0]!)).toEqual({ text: 'b'.repeat(400), missing: [] })
})

test('a reference that comes round again begins a new text: 300 long ones from one number stay 300', () => {
  const texts = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(3, '0')} ${'pesan panjang '.repeat(15)}`)
  const parts = texts.flatMap((text, i) => partsOf(text, `8:${i % 256}`, new Date(at.getTime() + i * 60_000)))
  const kept = receive(parts).texts.map((text) => joinParts(text))
  expect(kept.map(({ text }) => text)).toEqual(texts)
  // Of a text whose second part was lost, the next one with its reference does not take the place, a day later.
  const lost = parts.filter((_, index) => index !== 1)
  expect(
    receive(lost.map((part, i) => (i === 0 ? { ...part, at: new Date(at.getTime() - 2 * 86_400_000) } : part))).texts,
  ).toHaveLength(300)
})
