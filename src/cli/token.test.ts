import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { Call } from './verb.ts'
import { token } from './token.ts'
import { bareEnvironment } from '../server/platform/testing-environment.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-token-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

/** The command line as an outsider's script runs it, on an empty data folder with nothing running. */
async function pandu(...words: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../cli.ts', import.meta.url)), 'token', ...words], {
    env: { ...bareEnvironment(), HOME: process.env['HOME'], PANDU_DATA: data, PANDU_LOG: 'info' },
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, stdout, stderr }
}

test(
  'create prints one line before there is an administrator, revoke ends it, list tells',
  { timeout: 180_000 },
  async () => {
    const created = await pandu('create', '--scopes', 'tickets:write,tickets:read', '--days', '2', '--json')
    expect([created.code, created.stdout.split('\n').length]).toEqual([0, 2])
    const made = JSON.parse(created.stdout) as Record<string, unknown>
    expect(Object.keys(made)).toEqual(['id', 'token', 'account', 'scopes', 'expires_at'])
    expect(made).toMatchObject({ account: 'cli', scopes: ['tickets:read', 'tickets:write'] })
    const days = (new Date(String(made['expires_at'])).getTime() - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(1.9)
    expect(days).toBeLessThan(2.1)

    expect((await pandu('revoke', String(made['id']))).code).toBe(0)
    const listed = await pandu('list', '--json')
    expect(JSON.parse(listed.stdout)).toMatchObject({
      id: made['id'],
      account: 'cli',
      revoked_at: expect.any(String) as unknown,
    })
    expect(listed.stdout).not.toContain(String(made['token']))

    const unknown = await pandu('create', '--account', 'tidak.ada@contoh.id', '--json')
    expect([unknown.code, unknown.stdout]).toEqual([1, ''])
    expect(unknown.stderr).toContain('tidak.ada@contoh.id')
  },
)

test.each([
  [[]],
  [['buat']],
  [['create', '--scopes', 'tickets:hapus']],
  [['create', '--days', '0']],
  [['create', '--days', 'x']],
  [['create', '--surplus']],
  [['revoke']],
  [['list', 'semua']],
  [['list', '--scopes', 'tickets:read']],
  [['revoke', '0192f0c0-0000-7000-8000-000000000001', '--days', '2']],
])('wrong words %j: exit 2 with the usage, and nothing on stdout', async (words) => {
  const [told, answered] = [vi.spyOn(console, 'error').mockReturnValue(), vi.spyOn(console, 'log')]
  // Words are read before anything else, so there is no need of a database or of settings.
  expect(await token.run({ words } as Call)).toBe(2)
  expect(told.mock.lastCall).toEqual([expect.stringContaining('usage: ./pandu token create')])
  expect(answered).not.toHaveBeenCalled()
})
afterEach(() => vi.restoreAllMocks())
