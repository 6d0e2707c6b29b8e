import { copyFile, stat, truncate } from 'node:fs/promises'

const LOG_BYTES_MAX = 5 * 2 ** 20

/**
 * Keeps PostgreSQL's log under 5 MiB and one older file of the same size beside it. It is cut in place: PostgreSQL holds it
 * open for appending and goes on at its new end.
 */
export async function capLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (!found || found.size < LOG_BYTES_MAX) return
  await copyFile(path, `${path}.1`)
  await truncate(path)
}
