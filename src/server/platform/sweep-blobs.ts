import { sql } from 'kysely'
import type { App } from './app.ts'

const UNNAMED_HOURS = 24
const NAMES_A_STEP = 1_000

/**
 * Removes blobs that no row names: the transaction that wanted them never committed. Only those that nobody kept for 24 hours, so that
 * none goes whose row is still on its way. Answers how many went.
 */
export async function sweepBlobs(app: App): Promise<number> {
  const moment = new Date(Date.now() - UNNAMED_HOURS * 3_600_000)
  let gone = 0
  await app.files.tidy(moment)
  for await (const old of app.files.keptBefore(moment))
    for (let at = 0; at < old.length; at += NAMES_A_STEP)
      for (const sha256 of await unnamed(app, old.slice(at, at + NAMES_A_STEP)))
        if (await app.files.removeKeptBefore(sha256, moment)) gone++
  if (gone > 0) app.log.info({ blobs: gone }, 'attachments that no row names were swept')
  return gone
}

/** Those of the names that no row has. */
export async function unnamed(app: App, names: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`select sha256 from unnest(${names}::text[]) as kept (sha256)
    where not exists (select from blobs b where b.sha256 = kept.sha256) order by sha256`.execute(app.worker)
  return rows.map(({ sha256 }) => sha256)
}
