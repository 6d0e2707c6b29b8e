import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import { afterAll, expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../server/platform/embedded-postgres.ts'
import { enter } from '../server/platform/context.ts'
import { openLog } from '../server/platform/log.ts'
import { newId } from '../server/platform/ids.ts'
import {
  acceptInvitation,
  beginFactor,
  confirmFactor,
  newKeyOf,
  resetPassword,
  signIn,
} from '../server/people/index.ts'
import { bareEnvironment } from '../server/platform/testing-environment.ts'
import { putCluster } from '../../tests/e2e/prepared-cluster.ts'
import { readSettings } from '../settings.ts'
import { withApp } from './with-app.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-user-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))
const environment = { ...bareEnvironment(), HOME: process.env['HOME'], PANDU_DATA: data, PANDU_LOG: 'error' }
const PASSWORD = 'jembatan biru di atas sungai'
const tokenOf = (link: string) => link.trim().split('/').at(-1)!

/** The command line as an administrator types it. */
async function pandu(...words: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../cli.ts', import.meta.url)), 'user', ...words], {
    env: environment,
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, stdout, stderr }
}

test(
  'when nobody gets in any more: an administrator is made on this machine, and one who lost telephone, codes and password comes back',
  { timeout: 300_000 },
  async () => {
    const { settings, sources } = readSettings(environment)
    const log = openLog(settings)
    await putCluster(data)
    const postgres = await startEmbeddedPostgres({ data, log })
    try {
      const added = await pandu('add', 'kepala@contoh.example', 'Kepala', 'Contoh', '--administrator')
      expect([added.code, added.stderr]).toEqual([0, ''])
      await withApp({ words: [], settings, sources, log }, async (app) => {
        const door = <T>(work: Parameters<typeof enter<T>>[2]) => enter(app, 'sign_in', work)
        const { person_id } = await door((ctx) =>
          acceptInvitation(ctx, { token: tokenOf(added.stdout), password: PASSWORD }),
        )
        const session = { person_id, waits_for: newId() }
        await door((ctx) => beginFactor(ctx, session))
        const key = (await door((ctx) => newKeyOf(ctx, session)))!.text.replaceAll(' ', '')
        const code = new TOTP({ secret: Secret.fromBase32(key) }).generate()
        await door((ctx) => confirmFactor(ctx, { person_id, code, kept_id: session.waits_for }))
        const came = (password: string) =>
          signIn(app, { email: 'kepala@contoh.example', password, client: '192.0.2.1' }).then(({ step }) => step)
        expect(await came(PASSWORD)).toBe('second_factor')

        // Without the option the second factor stays.
        const link = await pandu('reset', 'kepala@contoh.example')
        expect([link.code, await came(PASSWORD)]).toEqual([0, 'second_factor'])

        const reset = await pandu('reset', 'kepala@contoh.example', '--second-factor')
        expect([reset.code, reset.stderr]).toEqual([0, ''])
        expect(reset.stdout).toMatch(/^http:\/\/localhost:8080\/reset\/[a-z2-7]{32}\n$/)
        expect(await came(PASSWORD)).toBe('signed_in')
        await door((ctx) => resetPassword(ctx, { token: tokenOf(reset.stdout), password: 'perahu kayu di danau luas' }))
        expect(await came('perahu kayu di danau luas')).toBe('signed_in')
        const { rows } = await sql`select actor_kind from facts where kind = 'account.factor_reset'`.execute(app.worker)
        expect(rows).toEqual([{ actor_kind: 'system' }])
      })
      const unknown = await pandu('reset', 'tidak.ada@contoh.example', '--second-factor')
      expect([unknown.code, unknown.stdout]).toEqual([1, ''])
      expect(unknown.stderr).toContain('tidak.ada@contoh.example')
    } finally {
      await postgres.stop()
    }
  },
)
