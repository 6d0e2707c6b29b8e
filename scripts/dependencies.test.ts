import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { judge, type Excused } from './audit.ts'
import { fits } from './licences.ts'

test.each([
  ['MIT', true],
  ['(MIT OR EUPL-1.1+)', true],
  ['EUPL-1.1+', false],
  ['MIT AND Zlib', true],
  ['MIT AND CC-BY-NC-4.0', false],
  ['GPL-2.0-only', false],
  ['SEE LICENSE IN LICENSE', false],
  ['UNLICENSED', false],
  ['SSPL-1.0', false],
  ['BUSL-1.1', false],
  [null, false],
])('a package under %s fits our licence: %s', (licence, fit) => expect(fits(licence)).toBe(fit))

const report = JSON.stringify({
  vulnerabilities: {
    contoh: { via: [{ title: 'Reads beside', url: 'https://github.com/advisories/GHSA-aaaa', severity: 'high' }] },
    atas: { via: ['contoh'] },
  },
})
const excuse: Excused = { id: 'GHSA-aaaa', reason: 'not reached', until: '2026-11-30' }

test('a known weakness is told once, excused only until its day', () => {
  expect(judge(report, [], '2026-11-22')).toEqual({ known: ['contoh: Reads beside (high, GHSA-aaaa)'], excused: 0 })
  expect(judge(report, [excuse], '2026-11-30')).toEqual({ known: [], excused: 1 })
  expect(judge(report, [excuse], '2026-12-01')?.known).toHaveLength(1)
  expect(judge('{"vulnerabilities":{}}', [], '2026-11-22')).toEqual({ known: [], excused: 0 })
})

test('a registry that refuses the question is no good news', () => {
  expect(judge('{"message":"405 Method Not Allowed","error":{}}', [], '2026-11-22')).toBeNull()
  expect(judge('', [], '2026-11-22')).toBeNull()
})

test('every excuse has a reason and a day', () => {
  const excused = JSON.parse(readFileSync(new URL('advisories.json', import.meta.url), 'utf8')) as Excused[]
  for (const one of excused)
    expect(one).toEqual({
      id: expect.stringMatching(/^GHSA-/) as string,
      reason: expect.stringMatching(/\S{3}.*\s/) as string,
      until: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
    })
})
