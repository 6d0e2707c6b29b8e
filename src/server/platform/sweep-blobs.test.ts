import { existsSync, readdirSync } from 'node:fs'
import { rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { system, write } from './context.ts'
import { nameBlob } from './name-blob.ts'
import { sweepBlobs } from './sweep-blobs.ts'
import { useDatabase } from './testing.ts'
import { verifyBlobs } from './verify-blobs.ts'

const database = useDatabase()
const app = () => database.app()
const pathOf = (sha256: string) => join(app().settings.PANDU_DATA, 'blobs', sha256.slice(0, 2), sha256)
const keep = async (text: string) => (await app().files.keep(Buffer.from(text))).sha256
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
const age = (path: string, hours: number) => utimes(path, hoursAgo(hours), hoursAgo(hours))

test('a blob whose row never committed goes after a day; one that is named stays, a young one stays', async () => {
  const [named, young, orphan, half] = [await keep('bernama'), await keep('baru'), await keep('yatim'), 'x.tmp']
  await write(app(), system, (ctx) => nameBlob(ctx, { sha256: named, size: 7, type: 'text/plain' }))
  await expect(
    write(app(), system, async (ctx) => {
      await nameBlob(ctx, { sha256: orphan, size: 5, type: 'text/plain' })
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  const left_behind = `${pathOf(orphan)}.${half}`
  await writeFile(left_behind, 'ya')
  for (const path of [pathOf(named), pathOf(orphan), left_behind]) await age(path, 25)
  expect(await verifyBlobs(app())).toEqual({ seen: { blobs: 1, unnamed_blobs: 2 }, faults: [] })

  expect(await sweepBlobs(app())).toBe(1)
  expect([named, young, orphan].map((sha256) => existsSync(pathOf(sha256)))).toEqual([true, true, false])
  expect(existsSync(left_behind)).toBe(false)
  expect(await verifyBlobs(app())).toEqual({ seen: { blobs: 1, unnamed_blobs: 1 }, faults: [] })
  expect(await sweepBlobs(app())).toBe(0)
})

test('what is kept again is young again, also while the sweep is at it', async () => {
  const sha256 = await keep('lagi')
  await age(pathOf(sha256), 30)
  expect(await keep('lagi')).toBe(sha256)
  expect(await app().files.removeKeptBefore(sha256, hoursAgo(24))).toBe(false)
  expect(existsSync(pathOf(sha256))).toBe(true)

  // Whoever keeps it names it then, so it must be there whatever the sweep did meanwhile.
  for (let round = 0; round < 50; round++) {
    await age(pathOf(sha256), 30)
    await Promise.all([app().files.removeKeptBefore(sha256, hoursAgo(24)), keep('lagi')])
    expect(await app().files.has(sha256)).toBe(true)
  }
  expect(readdirSync(join(pathOf(sha256), '..'))).toEqual([sha256])
})

test('a sweep that was killed with a blob in its hand loses nothing', async () => {
  const sha256 = await keep('di tangan')
  await write(app(), system, (ctx) => nameBlob(ctx, { sha256, size: 9, type: 'text/plain' }))
  await rename(pathOf(sha256), `${pathOf(sha256)}.x.gone`)
  await sweepBlobs(app())
  expect((await verifyBlobs(app())).faults).toEqual([])
})

test('without any blob there is nothing to sweep', async () => {
  const { keptBefore } = (await import('./files.ts')).openFiles(join(app().settings.PANDU_DATA, 'none'))
  for await (const names of keptBefore(new Date())) expect(names).toEqual([])
})
