import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { simulateNetwork } from './simulate.ts'
import type { Call } from './verb.ts'

const run = promisify(execFile)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pandu-simulate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())

const pandu = (...words: string[]) =>
  run(process.execPath, ['src/cli.ts', 'simulate', ...words]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

test('the example runs, as a table and as JSON with one more partner', async () => {
  const said = vi.spyOn(console, 'log').mockReturnValue()
  expect(await simulateNetwork.run({ words: ['--example'] } as Call)).toBe(0)
  const example = JSON.parse(String(said.mock.lastCall)) as { requests: { total: number } }
  example.requests.total = 2_000
  const file = join(folder, 'contoh.json')
  await writeFile(file, JSON.stringify(example))
  const [table, json] = await Promise.all([pandu(file), pandu(file, '--one-more', '94', '--json')])
  expect(table).toMatchObject({ code: 0 })
  expect(table.stdout).toMatch(/^requests +2000$/m)
  const result = JSON.parse(json.stdout) as { requests: number; one_more: { province: string; requests: number } }
  expect(result).toMatchObject({ requests: 2_000, one_more: { province: '94', requests: 2_000 } })
})

test('wrong words, and files that say nothing, are told apart', async () => {
  const broken = join(folder, 'rusak.json')
  await writeFile(broken, '{"seed": "x", "from": "besok"}')
  const said = vi.spyOn(console, 'error').mockReturnValue()
  const codeOf = (...words: string[]) => simulateNetwork.run({ words } as Call)
  // Words are read before anything else, and a file before any database.
  expect([await codeOf(), await codeOf(broken, '--one-more', 'Papua'), await codeOf(broken, '--fast')]).toEqual([
    2, 2, 2,
  ])
  expect(await codeOf(join(folder, 'tidak-ada.json'))).toBe(1)
  expect(await codeOf(broken)).toBe(1)
  expect(said.mock.calls).toHaveLength(5)
  expect(String(said.mock.lastCall)).toMatch(/ {2}from: .*\n {2}days: /)
})
