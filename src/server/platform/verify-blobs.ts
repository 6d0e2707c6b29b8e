import { createHash } from 'node:crypto'
import type { App } from './app.ts'
import type { Verdict } from './verify-journal.ts'

const BLOBS_A_STEP = 500

/** Every blob that a row names is there and has the content that its name says. */
export async function verifyBlobs(app: App): Promise<Verdict> {
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
      blobs++
    }
  }
  return { seen: { blobs }, faults }
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
