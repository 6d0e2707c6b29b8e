import { existsSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../platform/app.ts'
import type { AddressChannel, PersonTraces } from '../people/index.ts'

/** One line of `erasures.log`: whom to forget again in a database of before. Ids and keyed hashes only. */
export interface ListedErasure {
  at: string
  person_id: string
  keys: string[]
}

export const erasureListPath = (data: string): string => join(data, 'erasures.log')

/**
 * What tells a person again by whoever has our secret, and nobody else: each address together with the name; an address alone where
 * nobody else had it.
 */
export function keysOf(
  app: Pick<App, 'secrets'>,
  {
    addresses,
    folded_names,
  }: {
    folded_names: readonly string[]
    addresses: readonly Pick<PersonTraces['addresses'][number], 'channel' | 'normalised' | 'alone'>[]
  },
): string[] {
  const sign = (...parts: string[]) => app.secrets.sign('erasure', ...parts).toString('base64url')
  return addresses.flatMap(({ channel, normalised, alone }) => [
    ...folded_names.map((name) => sign('named', channel, normalised, name)),
    ...(alone ? [sign('alone', channel, normalised)] : []),
  ])
}

/** The same for a sender whom no person stands for yet. */
export const keyOfAddress = (app: Pick<App, 'secrets'>, channel: AddressChannel, normalised: string): string =>
  app.secrets.sign('erasure', 'alone', channel, normalised).toString('base64url')

/** Adds lines, on disk before it answers: whatever becomes of the database, these are known. Twice the same does no harm. */
export async function listErasures(data: string, erasures: readonly ListedErasure[]): Promise<void> {
  if (erasures.length === 0) return
  await mkdir(data, { recursive: true, mode: 0o700 })
  const file = await open(erasureListPath(data), 'a', 0o600)
  try {
    await file.appendFile(erasures.map((one) => JSON.stringify(one) + '\n').join(''))
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Takes over a list that was kept elsewhere, before a restore. Answers how many it names; throws for a file that is not there or not ours. */
export async function adoptErasureList(data: string, path: string): Promise<number> {
  if (!existsSync(path)) throw new Error(`${path} is not there`)
  const listed = await readErasureList(path)
  await listErasures(data, listed)
  return listed.length
}

/** Everything listed, each person once. A line that was cut by a crash names nobody; throws for a file that is not ours. */
export async function readErasureList(path: string): Promise<ListedErasure[]> {
  if (!existsSync(path)) return []
  const lines = (await readFile(path, 'utf8')).split('\n')
  const listed = lines.flatMap((line, number) => {
    if (line === '') return []
    const erasure = parse(line)
    // Only the last one can have been cut: the others were flushed before the next began.
    if (!erasure && number < lines.length - 2) throw new Error(`line ${number + 1} of ${path} is no erasure`)
    return erasure ? [erasure] : []
  })
  return [...new Map(listed.map((one) => [one.person_id, one])).values()]
}

function parse(line: string): ListedErasure | null {
  try {
    const { at, person_id, keys } = JSON.parse(line) as Partial<ListedErasure>
    return at && person_id && Array.isArray(keys) ? { at, person_id, keys } : null
  } catch {
    return null
  }
}
