import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { verbs } from './index.ts'
import type { Call } from './verb.ts'
import { bareEnvironment } from '../server/platform/testing-environment.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-words-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())

test.each([
  ['user', 'add', 'sari@dinkes.contoh.go.id', 'Sari', 'Contoh', '--admin'],
  ['user', 'list', '--all'],
  ['user', 'list', 'sari@dinkes.contoh.go.id'],
  ['user', 'reset', 'sari@dinkes.contoh.go.id', '--yes'],
  ['verify', 'alles'],
  ['verify', '--fast'],
  ['verify', '--head'],
  ['verify', '--head', 'latest'],
  ['verify', '--heads', 'no-such-file'],
  ['journal-head', '--all'],
  ['doctor', 'mail'],
  ['backup'],
  ['backup', 'file', '--passphrase-file'],
  ['backup', 'file', 'another'],
  ['restore'],
  ['restore', 'file', '--force'],
])('%s, asked with words that it does not know: 2 and the usage, before anything is opened', async (name, ...words) => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  expect(await (await verbs[name]!()).run({ words } as Call)).toBe(2)
  expect(said.mock.calls.join('\n')).toContain(`usage: ./pandu ${name}`)
})

test('a verb without words of its own refuses any, and does nothing', async () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('../cli.ts', import.meta.url)), 'migrate', '--dry-run'],
    { env: { ...bareEnvironment(), PANDU_DATA: data }, encoding: 'utf8', timeout: 60_000 },
  )
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain('usage: ./pandu migrate')
  expect(readdirSync(data)).toEqual([])
  const bare: string[] = []
  for (const [name, load] of Object.entries(verbs)) if ((await load()).bare) bare.push(name)
  expect(bare.sort()).toEqual(['demo', 'migrate', 'start', 'web', 'worker'])
})
