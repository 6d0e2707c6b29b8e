/** The demo, as somebody starts it who tries Pandu out: it fills itself by the commands that people use, answers, and ends cleanly. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { buildPages, freePorts } from './e2e/start-pandu.ts'
import { bareEnvironment } from '../src/server/platform/testing-environment.ts'

const data = mkdtempSync(join(tmpdir(), 'pandu-demo-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

test('fills all 38 provinces, prints a sign-in, answers, and stops when asked', { timeout: 600_000 }, async () => {
  await buildPages()
  const [port, smtp] = await freePorts()
  const demo = spawn(process.execPath, ['src/cli.ts', 'demo'], {
    env: {
      ...bareEnvironment(),
      PANDU_DATA: data,
      PANDU_PORT: String(port),
      PANDU_SMTP_PORT: String(smtp),
      PANDU_LOG: 'warn',
    },
  })
  let printed = ''
  for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString()))
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve))
  try {
    const ready = new Promise<'ready'>((resolve) => {
      demo.stdout.on('data', () => printed.includes('Pandu is ready') && resolve('ready'))
    })
    expect(await Promise.race([ready, ended]), printed).toBe('ready')
    expect(printed).toContain('38 of 38 provinces, 266 requests')
    expect(readFileSync(join(data, 'demo-accounts.txt'), 'utf8')).toMatch(
      /^administrator@contoh\.id\t\S+\npetugas@contoh\.id\t\S+\n$/,
    )
    const home = await fetch(`http://127.0.0.1:${port}/`)
    expect([home.status, await home.text()]).toEqual([200, expect.stringContaining('Helpdesk Contoh')])
    demo.kill('SIGTERM')
    expect(await ended).toBe(0)
  } finally {
    demo.kill('SIGKILL')
  }
})
