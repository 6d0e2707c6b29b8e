import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBounce, type BouncedRecipient } from './read-bounce.ts'
import { readMail } from './read.ts'

/** Written for this after what the hosts write; the expected reading stands beside each. */
const FOLDER = join(import.meta.dirname, 'bounces')
interface Expected {
  null_return_path: boolean
  not_a_report?: true
  recipients?: (Omit<BouncedRecipient, 'said'> & { _said: string })[]
  mail_ids?: string[]
}
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -4))
const mailOf = (name: string) => readFileSync(join(FOLDER, `${name}.eml`))
const expectedOf = (name: string) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Expected

test('there are reports of every kind of host', () => {
  expect(names.length).toBeGreaterThanOrEqual(20)
})

test.each(names)('%s', async (name) => {
  const expected = expectedOf(name)
  for (const raw of [mailOf(name), Buffer.from(mailOf(name).toString().replaceAll('\r\n', '\n'))]) {
    const bounce = readBounce(await readMail(raw), expected.null_return_path)
    if (expected.not_a_report) {
      expect(bounce).toBeNull()
      continue
    }
    expect(bounce?.recipients).toHaveLength(expected.recipients!.length)
    for (const [index, { _said, addresses, ...rest }] of expected.recipients!.entries()) {
      const found = bounce!.recipients[index]!
      expect(found).toMatchObject(rest)
      expect([...found.addresses].sort()).toEqual([...addresses].sort())
      expect(found.said).toContain(_said)
    }
    expect(bounce?.mail_ids).toEqual(expected.mail_ids)
  }
})

test('a report of any size and shape is read at once', async () => {
  const mail = await readMail(mailOf('qmail'))
  const times = [20_000, 40_000].map((count) => {
    const text = `${'<a@b'.repeat(count)}\n${'Action: failed\n\n'.repeat(count / 20)}${'5.1.'.repeat(count)}`
    const started = performance.now()
    readBounce({ ...mail, text, quoted_text: text }, true)
    return performance.now() - started
  })
  expect(Math.max(...times)).toBeLessThan(1_000)
})
