import { createHash } from 'node:crypto'
import type { App } from './app.ts'
import { unnamed } from './sweep-blobs.ts'
import type { Progress, Verdict } from './verify-journal.ts'

const BLOBS_A_STEP = 500

/**
 * Every blob that a row names is there and has the content that its name says. What lies there without a row is counted, and is no fault:
 * a transaction on its way, or one that never committed (sweep-blobs.ts takes it after a day).
 */
export async function verifyBlobs(app: App, progress: Progress = () => undefined): Promise<Verdict> {
  const faults: string[] = []
  let after = ''
  let blobs = 0
  for (;;) {
    const rows = await app.worker
      .selectFrom('blobs')
      .select(['sha256', 'size'])
      .where('sha256', '>', after)
      .orderBy('sha256')
      .limit(BLOBS_A_STEP)
      .execute()
    if (rows.length === 0) break
    for (const { sha256, size } of rows) {
      const found = await hashOf(app, sha256)
      if (found === null) faults.push(`the blob ${sha256} is missing`)
      else if (found.sha256 !== sha256 || found.size !== size) faults.push(`the blob ${sha256} is damaged`)
      after = sha256
      progress(`${++blobs} attachments`)
    }
  }
  let unnamed_blobs = 0
  for await (const names of app.files.keptBefore(new Date(Date.now() + 1_000)))
    for (let at = 0; at < names.length; at += BLOBS_A_STEP)
      unnamed_blobs += (await unnamed(app, names.slice(at, at + BLOBS_A_STEP))).length
  return { seen: { blobs, unnamed_blobs }, faults }
}

async function hashOf(app: App, sha256: string): Promise<{ sha256: string; size: number } | null> {
  if (!(await app.files.has(sha256))) return null
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of await app.files.read(sha256)) {
    hash.update(chunk as Buffer)
    size += (chunk as Buffer).length
  }
  return { sha256: hash.digest('hex'), size }
}
