/** Files that come with a form. The limits are told beside the field before, and by a clear sentence after. */
import type { App as PanduApp } from '#server/platform/app.ts'
import type { Fault } from '#server/platform/refusal.ts'

export const UPLOAD_FILES_MAX = 10
export const UPLOAD_BYTES_MAX = 18 * 1024 * 1024

/** The files of a form field that were really chosen: browsers send an empty, nameless one when none was. */
export const uploadsOf = (form: FormData, field: string): File[] =>
  form.getAll(field).filter((file): file is File => file instanceof File && (file.size > 0 || file.name !== ''))

/** What is wrong with the files of a field, in the form's own terms. */
export function uploadFaults(files: readonly File[], field: string): Fault[] {
  if (files.length > UPLOAD_FILES_MAX) return [{ path: field, key: 'upload.too_many' }]
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  return bytes > UPLOAD_BYTES_MAX ? [{ path: field, key: 'upload.too_large' }] : []
}

/** Flushes the files to disk, one after the other (each is held in memory while it is written); a row may name them afterwards. */
export async function keepUploads(
  app: PanduApp,
  files: readonly File[],
): Promise<{ name: string; type: string; size: number; sha256: string }[]> {
  const kept = []
  for (const file of files) {
    const { sha256, size } = await app.files.keep(new Uint8Array(await file.arrayBuffer()))
    kept.push({ name: file.name, type: file.type, size, sha256 })
  }
  return kept
}
