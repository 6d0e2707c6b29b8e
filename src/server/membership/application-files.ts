import { sql } from 'kysely'
import { z } from 'zod'
import { nameBlobs } from '../platform/blobs.ts'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'

const FILES_MAX = 10
/** Of one application in all, however often its applicant comes back. */
const FILES_ALL_MAX = 50

/** Files whose bytes `app.files.keep()` has flushed to disk. */
export const ApplicationFiles = z
  .array(
    z.strictObject({
      name: z.string().max(1_000),
      type: z.string().max(255),
      size: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  )
  .max(FILES_MAX, 'upload.too_many')
  .default([])
export type ApplicationFile = z.output<typeof ApplicationFiles>[number]

/** Puts documents beside an application. Refuses `invalid` with the fault `files` above fifty in all. */
export async function keepApplicationFiles(
  ctx: Writing,
  { application_id, files }: { application_id: string; files: readonly ApplicationFile[] },
): Promise<void> {
  if (files.length === 0) return
  const { rows: had } = await sql<{ many: number }>`select count(*)::int as many from application_files
    where application_id = ${application_id}::uuid`.execute(ctx.db)
  if (had[0]!.many + files.length > FILES_ALL_MAX)
    refuse('invalid', 'form', [{ path: 'files', key: 'upload.too_many' }])
  const rows = files.map(({ name, ...file }) => ({ id: newId(), name: named(name), ...file }))
  const given = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (id uuid, name text, type text, size bigint, sha256 text)`
  await nameBlobs(sql`select sha256, size, type from ${given}`).execute(ctx.tx)
  await sql`insert into application_files (application_id, id, name, type, size, sha256, at)
    select ${application_id}::uuid, id, name, type, size, sha256, ${ctx.now}::timestamptz from ${given}`.execute(ctx.tx)
}

// A name is shown and saved on somebody's disk: no control characters, no path.
export const named = (name: string): string => {
  const last = name
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .split(/[\\/]/)
    .at(-1)!
    .trim()
    .toWellFormed()
    .slice(0, 255)
  return last === '' ? 'dokumen' : last
}
