import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { shapes } from './memory.testing.ts'

/**
 * While a mail of 25 MB is read the process grows by at most four times its size (trust R22), its own copy included. Measured from outside the thread
 * in a process of its own, because what other mails left behind would be used again; the least of three, because the collector comes when
 * it likes.
 */
const RATIO_MAX = 4
const TRIES = 3
const script = fileURLToPath(new URL('./memory.testing.ts', import.meta.url))

test.each(Object.keys(shapes))('%s', { timeout: 120_000 }, async (shape) => {
  const ratios: number[] = []
  for (let attempt = 0; attempt < TRIES && !(Math.min(...ratios) <= RATIO_MAX); attempt++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, shape])
    const { ratio, bytes } = JSON.parse(stdout) as { ratio: number; bytes: number }
    expect(bytes).toBeGreaterThan(24_000_000)
    ratios.push(ratio)
  }
  expect(Math.min(...ratios)).toBeLessThanOrEqual(RATIO_MAX)
})
