import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { familiesOfCodes, ownCodes } from '../src/lib/desk/outbox-codes.ts'

const ROOT = join(import.meta.dirname, '..')
const words = ['id', 'en'].map(
  (language) => JSON.parse(readFileSync(join(ROOT, `messages/${language}.json`), 'utf8')) as Record<string, string>,
)
const withoutWords = (keys: Iterable<string>) =>
  [...new Set(keys)].filter((key) => words.some((sentences) => !sentences[key])).sort()

/** What these files hand over between the brackets of these patterns; a pattern that finds nothing any more is wrong. */
function codesIn(globs: string[], patterns: RegExp[], without: RegExp = /\.test\.|testing|\.svelte$/): string[] {
  const texts = globSync(globs, { cwd: ROOT })
    .filter((file) => !without.test(file))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  return patterns.flatMap((pattern) => {
    const found = texts.flatMap((text) => [...text.matchAll(pattern)].map(([, code]) => code!))
    expect(found.length, String(pattern)).toBeGreaterThan(0)
    return found
  })
}

test('every reason for which an item of the ledger is set aside, refused or left alone has words', () => {
  const reasons = codesIn(
    ['src/server/{channels,intake,referrals}/**/*.ts'],
    [
      /new UnreadableText\('(\w+)'\)/g,
      /kind: 'nothing', reason: '(\w+)'/g,
      /\bnothing\('(\w+)'\)/g,
      /outcome: '\w+'(?: as const)?,(?: \w+,)* reason: '(\w+)'/g,
      /\b(?:item|mail)(?:\.item)?(?:: \{[^}]*\})?,? ?\}?, reason: '(\w+)'/g,
    ],
  )
  const calls = codesIn(['src/server/intake/calls/keep-missed.ts'], [/reasons\.set\(id, (?:[^')]*\? )?'(\w+)'/g])
  expect(reasons.length).toBeGreaterThan(40)
  expect(
    withoutWords([...reasons, ...calls.map((code) => `missed_${code}`)].map((code) => `intake.reason_${code}`)),
  ).toEqual([])
})

test('every word for why a text has not gone, and how a gateway is found, stands on the page as a sentence', () => {
  const codes = codesIn(
    ['src/server/channels/{texts,sms,telegram}/**/*.ts'],
    [
      /\berror: '([\w ]+)'/g,
      /\berror: [^'\n]*\?\? '([\w ]+)'/g,
      /(?:LinkFault|Unanswered|GammuAway|TelegramAway)\((?:[^'\n)]*\)? \?\? )?'(\w+)'/g,
      /\bcut\('(\w+)'\)/g,
      /reason \?\?= (?:[^'\n]*\?\? )?'(\w+)'/g,
      /letGo\.resolve\('(\w+)'\)/g,
      /const ELSEWHERE = '(\w+)'/g,
      /may: false, why: '(\w+)'/g,
    ],
  )
  const known = (code: string) =>
    ownCodes.some((own) => own === code) || familiesOfCodes.some(([pattern]) => pattern.test(code))
  expect(codes.length).toBeGreaterThan(30)
  expect([...new Set(codes)].filter((code) => !known(code))).toEqual([])
  expect(withoutWords([...ownCodes, ...familiesOfCodes.map(([, family]) => family)].map((code) => `outbox.reason_${code}`))).toEqual([]) // prettier-ignore
})

test.each([
  ['ESME_RINVDSTADR', 'number_unknown'],
  ['ESME_RTHROTTLED', 'throttled'],
  ['ESME_RINVPASWD', 'login_refused'],
  ['0x400', 'operator_refused'],
  ['EXPIRED 027', 'expired'],
  ['UNDELIV 034', 'undelivered'],
  ['SendingError 69', 'gammu_failed'],
  ['SQLITE_BUSY', 'gammu_database'],
  ['EACCES', 'no_permission'],
  ['ENOENT', 'gone_path'],
  ['ECONNREFUSED', 'not_reached'],
  ['403 Forbidden: bot was blocked by the user', 'bot_blocked'],
  ['550 5.1.1 no such user', undefined],
])('%s is told as %s', (code, family) => {
  expect(familiesOfCodes.find(([pattern]) => pattern.test(code))?.[1]).toBe(family)
})
