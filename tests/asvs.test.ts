import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
/** The levels of OWASP ASVS 5.0.0, section by section: the n-th digit is the level of the n-th requirement. */
// prettier-ignore
const LEVELS: Readonly<Record<string, string>> = {
  '1.1': '22', '1.2': '1111122223', '1.3': '112222222223', '1.4': '222', '1.5': '123',
  '2.1': '122', '2.2': '112', '2.3': '12223', '2.4': '23',
  '3.1': '3', '3.2': '113', '3.3': '12223', '3.4': '11222233', '3.5': '11122333', '3.6': '3', '3.7': '22333',
  '4.1': '12233', '4.2': '23333', '4.3': '22', '4.4': '1222',
  '5.1': '2', '5.2': '112333', '5.3': '113', '5.4': '222',
  '6.1': '122', '6.2': '111111112222', '6.3': '11223333', '6.4': '112233', '6.5': '22222333', '6.6': '2223', '6.7': '33', '6.8': '2222',
  '7.1': '222', '7.2': '1111', '7.3': '22', '7.4': '11222', '7.5': '223', '7.6': '22',
  '8.1': '1233', '8.2': '1123', '8.3': '133', '8.4': '23',
  '9.1': '111', '9.2': '1222',
  '10.1': '22', '10.2': '223', '10.3': '22223', '10.4': '1111122222233333', '10.5': '22222', '10.6': '22', '10.7': '222',
  '11.1': '2233', '11.2': '22233', '11.3': '11233', '11.4': '1222', '11.5': '23', '11.6': '23', '11.7': '33',
  '12.1': '12233', '12.2': '11', '12.3': '22223',
  '13.1': '2333', '13.2': '222223', '13.3': '2233', '13.4': '1222233',
  '14.1': '22', '14.2': '12223333', '14.3': '122',
  '15.1': '12233', '15.2': '12233', '15.3': '1222222', '15.4': '3333',
  '16.1': '2', '16.2': '22222', '16.3': '2222', '16.4': '222', '16.5': '2223',
  '17.1': '23', '17.2': '22223333', '17.3': '22',
}
const asked = Object.entries(LEVELS).flatMap(([section, levels]) =>
  [...levels].map((level, index) => ({ id: `${section}.${index + 1}`, level })),
)

const page = readFileSync(join(ROOT, 'docs/asvs.md'), 'utf8')
const rows = [...page.matchAll(/^\| ([\d.]+) +\| ([12]) +\| (.+?) \| (.+?) *\|$/gm)].map(
  ([, id = '', level = '', gist = '', kept = '']) => ({ id, level, gist, kept }),
)

test('the list is that of ASVS 5.0.0: 70 of level 1, 183 of level 2, 92 of level 3', () => {
  const count = (wanted: string) => asked.filter(({ level }) => level === wanted).length
  expect([count('1'), count('2'), count('3')]).toEqual([70, 183, 92])
})

test('the page answers every requirement of level 1 and 2, once and in order', () => {
  const wanted = asked.filter(({ level }) => level !== '3').map(({ id, level }) => `${id} ${level}`)
  expect(rows.map(({ id, level }) => `${id} ${level}`)).toEqual(wanted)
})

test('each answer names a file that is there, or says why it does not apply, or that it is open', () => {
  const faults: string[] = []
  let files = 0
  for (const { id, kept } of rows) {
    const named = [...kept.matchAll(/`((?:src|tests|docs|scripts|packaging|migrations)\/[^`]+)`/g)].map(
      ([, path]) => path!,
    )
    files += named.length
    for (const path of named) if (!existsSync(join(ROOT, path))) faults.push(`${id} names ${path}`)
    if (
      named.length === 0 &&
      !/^(N\/A|Not yet): \S/.test(kept) &&
      !/^(The same|There are none|Sentences are)/.test(kept)
    )
      faults.push(`${id} shows nothing: ${kept}`)
  }
  expect(files).toBeGreaterThan(250)
  expect(faults).toEqual([])
})

test('the sums on top are those of the table', () => {
  const [kept, partly, not_yet, not_ours] = /(\d+) are kept, (\d+) partly, (\d+) not yet, (\d+) do not apply/
    .exec(page)!
    .slice(1)
    .map(Number)
  const without = rows.filter(({ kept: how }) => how.startsWith('N/A:')).length
  const open = rows.filter(({ kept: how }) => how.includes('Not yet:')).length
  const half = rows.filter(({ kept: how }) => how.includes('Partly:')).length
  expect([kept, partly, not_yet, not_ours]).toEqual([rows.length - without - open - half, half, open, without])
})
