import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { enter, read, write, type Actor } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { must } from '../../platform/may.ts'
import { refuse } from '../../platform/refusal.ts'
import {
  bytesOf,
  completeItem,
  fetchMedia,
  readText,
  seeItem,
  type KeptFile,
  type Media,
} from '../../channels/index.ts'
import { completeMessages } from '../../tickets/index.ts'
import { missingLines, nameOfFile } from './read-texts.ts'

/** Whether under these words stands that a file could not be fetched. */
export const lacksFiles = (text: string | null): boolean =>
  (text ?? '').split('\n').some((line) => missingLines('\u0000').some((form) => fits(line, form)))

const fits = (line: string, form: string): boolean => {
  const [front = '', back = ''] = form.split('\u0000')
  return line.startsWith(front) && line.endsWith(back) && line.length > front.length + back.length
}

/**
 * Fetches once more the files of a text that could not be had when it came; what comes now stands with its message. For whoever may let items be read
 * again. `not_found` for what they do not see, `conflict` where nothing is missing, `unavailable` where it still cannot be had.
 */
export async function fetchFilesAgain(app: App, actor: Actor, { id }: { id: string }): Promise<void> {
  const item = await read(app, actor, async (ctx) => {
    if (ctx.actor.kind !== 'staff') refuse('forbidden', 'intake.staff')
    const seen = await seeItem(ctx, id)
    must(ctx.actor, 'item.retry')
    if (!seen.ticket || !lacksFiles(seen.text)) refuse('conflict', 'intake.settled')
    const { rows } = await sql<{
      raw: Buffer | null
      in_blob: boolean
      sha256: string
      greeting: string | null
      received_at: Date
      text: string
    }>`select raw, in_blob, sha256, greeting, received_at, text from intake_items where id = ${id}::uuid`.execute(
      ctx.db,
    )
    return rows[0]!
  })
  // Older than bytes are kept: nobody knows any more by what name the file was called.
  if (!item.raw && !item.in_blob) refuse('unavailable', 'intake.files_missing')
  const heard = readText(item, await bytesOf(app, item))
  const wanted = heard.kind === 'text' ? missingOf(heard.media, item.text) : []
  const files = await Promise.all(wanted.map(({ media, name }) => fetchOne(app, item, media, name)))
  const fetched = files.filter((file) => file !== null)
  if (fetched.length === 0) refuse('unavailable', 'intake.files_missing')
  await enter(app, 'intake', async (ctx) => {
    const completed = await completeItem(ctx, id, (text) => {
      // Somebody else may have pressed it too: each file comes once.
      const files = fetched.filter(({ name }) => missingLines(name).some((line) => text.split('\n').includes(line)))
      const lines = new Set(files.flatMap(({ name }) => missingLines(name)))
      return {
        text: text
          .split('\n')
          .filter((line) => !lines.has(line))
          .join('\n'),
        files,
      }
    })
    if (completed) await completeMessages(ctx, [completed])
  })
  await write(app, actor, (ctx) => record(ctx, 'intake.retried', { about: { item_id: id, by: 'files' } }))
}

const missingOf = (media: readonly Media[], text: string) =>
  media
    .map((one, index) => ({ media: one, name: nameOfFile(one, index) }))
    .filter(({ name }) => missingLines(name).some((line) => text.split('\n').includes(line)))

/** Null where it cannot be had, for whatever reason: whoever pressed the button is told so. */
const fetchOne = (app: App, item: { greeting: string | null }, media: Media, name: string): Promise<KeptFile | null> =>
  fetchMedia(app, item, media).then(
    (file) => ({ ...file, name }),
    () => null,
  )
