/**
 * The walk (trust: tenant isolation): in a whole Pandu with two offices, the people of one ask every route, every form and every operation of the
 * API for the other's things, by path, query and body. The routes are found on the disk, so that a new one is walked or fails here.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putCluster } from './e2e/prepared-cluster.ts'
import { buildPages, freePorts } from './e2e/start-pandu.ts'
import { bareEnvironment } from '../src/server/platform/testing-environment.ts'

interface Walked {
  found: Record<'leak' | 'written' | 'told_apart' | 'unknown' | 'unanswered', string[]>
  counted: Record<'routes' | 'actions' | 'operations' | 'requests', number>
}
let folder: string
let walked: Walked

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pandu-walls-'))
  await chmod(folder, 0o755)
  await buildPages()
  await putCluster(folder)
  const [port] = await freePorts()
  walked = await new Promise<Walked>((answer, fail) =>
    execFile(
      process.execPath,
      [resolve(import.meta.dirname, 'walls/child.ts')],
      {
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...bareEnvironment(),
          PANDU_DATA: folder,
          PANDU_PORT: String(port),
          PANDU_ORIGIN: `http://localhost:${port}`,
          PANDU_SMTP_PORT: '0',
          PANDU_MAIL_DOMAIN: 'pandu.test',
          PANDU_LOG: 'silent',
        },
      },
      (error, out, err) =>
        error
          ? fail(new Error(err.slice(-4_000), { cause: error }))
          : answer(JSON.parse(out.trim().split('\n').at(-1) ?? '') as Walked),
    ),
  )
}, 1_200_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

test('every route, form and operation was walked', () => {
  expect(walked.found.unknown).toEqual([])
  expect(walked.counted.routes).toBeGreaterThan(60)
  expect(walked.counted.actions).toBeGreaterThan(80)
  expect(walked.counted.operations).toBeGreaterThan(15)
})
test('no word of another office in any answer, search, live update or mail', () =>
  expect(walked.found.leak).toEqual([]))
test('what is another office’s is refused, and one’s own is answered', () =>
  expect(walked.found.unanswered).toEqual([]))
test('a refused request writes nothing', () => expect(walked.found.written).toEqual([]))
test('somebody else’s thing and one that there is not: the same answer, after the same questions to the database', () =>
  expect(walked.found.told_apart).toEqual([]))
