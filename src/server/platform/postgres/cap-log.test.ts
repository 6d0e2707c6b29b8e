import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { capLog } from './cap-log.ts'

test('a long log moves to an older file, and who holds it open goes on writing at its new end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pandu-log-'))
  const path = join(folder, 'postgres.log')
  const writer = openSync(path, 'a')
  await capLog(join(folder, 'not-there.log'))
  writeSync(writer, 'short\n')
  await capLog(path)
  expect(readFileSync(path, 'utf8')).toBe('short\n')

  appendFileSync(path, Buffer.alloc(5 * 2 ** 20, 'x'))
  await capLog(path)
  writeSync(writer, 'after\n')
  closeSync(writer)
  expect(readFileSync(path, 'utf8')).toBe('after\n')
  expect(statSync(`${path}.1`).size).toBe(6 + 5 * 2 ** 20)
  rmSync(folder, { recursive: true })
})
