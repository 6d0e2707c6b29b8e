import { codeOf } from '../../platform/database.ts'
import type { App } from '../../platform/app.ts'
import { say, type Language } from '../../platform/words.ts'
import {
  bytesOf,
  fetchMedia,
  MediaGone,
  readText,
  UnreadableText,
  type ClaimedItem,
  type DeliveryReceipt,
  type HeardText,
  type KeptFile,
  type Media,
  type Speaker,
  type TextChannel,
} from '../../channels/index.ts'
import { guessLanguage } from '../guess-language.ts'
import { findSpeaker } from './find-speaker.ts'

export interface ReadText {
  item: ClaimedItem
  heard: HeardText
  /** Null for whom nobody can answer. */
  speaker: Speaker | null
}
export interface ReadItems {
  texts: ReadText[]
  receipts: (DeliveryReceipt & { item_id: string })[]
  nothing: { item: ClaimedItem; reason: string }[]
  unread: { item: ClaimedItem; reason: string }[]
}

/** What items mean. Bytes that make no sense are told apart here and harm no other; a failure of the disk or the database is ours and rejects. */
export async function readTexts(app: App, items: readonly ClaimedItem[]): Promise<ReadItems> {
  const read: ReadItems = { texts: [], receipts: [], nothing: [], unread: [] }
  const bytes = await Promise.all(items.map((item) => rawOf(app, item)))
  for (const [index, item] of items.entries()) {
    const raw = bytes[index]
    if (!raw) {
      read.unread.push({ item, reason: 'bytes_missing' })
      continue
    }
    try {
      const heard = readText(item, raw)
      if (heard.kind === 'text')
        read.texts.push({ item, heard, speaker: findSpeaker(item.channel as TextChannel, heard) })
      else if (heard.kind === 'receipt') read.receipts.push({ ...heard, item_id: item.id })
      else read.nothing.push({ item, reason: heard.reason })
    } catch (error) {
      // A reader that falls over its item is a bug of ours; the item is put aside with its bytes, and seen.
      if (!(error instanceof UnreadableText))
        app.log.error({ item_id: item.id, code: codeOf(error) }, 'a text could not be read')
      read.unread.push({ item, reason: error instanceof UnreadableText ? error.reason : 'failed' })
    }
  }
  return read
}

async function rawOf(app: App, item: ClaimedItem): Promise<Buffer | null> {
  try {
    return await bytesOf(app, item)
  } catch (error) {
    // The blob is gone: nothing we do later brings it back, so nobody waits for it.
    if (codeOf(error) === 'ENOENT' || error instanceof TypeError) return null
    throw error
  }
}

/** Files that have not come for so long are waited for no longer: the words must be seen. */
const FILES_WAITED_MS = 10 * 60_000
/** At the same moment, of one batch. */
const FETCHES_MAX = 8

export type Fetched = ReadText & { attachments: KeptFile[]; missing: string[] }

/**
 * The files of texts, fetched and on disk. What can never be had is named in `missing`; a text whose files cannot be had now waits (`later`) with whatever
 * its number wrote behind it, ten minutes at most.
 */
export async function fetchFiles(
  app: App,
  texts: readonly ReadText[],
  now: Date = new Date(),
): Promise<{ fetched: Fetched[]; later: ReadText[] }> {
  const fetched: Fetched[] = []
  const later: ReadText[] = []
  const queue = [...texts]
  const work = async () => {
    for (let text = queue.shift(); text; text = queue.shift()) {
      const files = await filesOf(app, text, now.getTime() - text.item.received_at.getTime() > FILES_WAITED_MS)
      if (files) fetched.push({ ...text, ...files })
      else later.push(text)
    }
  }
  await Promise.all(Array.from({ length: FETCHES_MAX }, work))
  return { fetched: fetched.sort(byItem), later: later.sort(byItem) }
}

const byItem = (a: ReadText, b: ReadText) => (a.item.id < b.item.id ? -1 : 1)

/** For files whose sender gave them no name: people open them by it. */
const EXTENSIONS: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'audio/ogg': '.ogg',
  'audio/mpeg': '.mp3',
  'audio/amr': '.amr',
  'video/mp4': '.mp4',
  'application/pdf': '.pdf',
  'text/vcard': '.vcf',
}

/** As its sender called it, or by its place among theirs. */
export const nameOfFile = ({ name, type }: Media, index: number): string =>
  name ?? `lampiran-${index + 1}${EXTENSIONS[type.split(';', 1)[0]!] ?? ''}`

async function filesOf(app: App, { item, heard }: ReadText, last_try: boolean) {
  const attachments: KeptFile[] = []
  const missing: string[] = []
  for (const [index, media] of heard.media.entries()) {
    const name = nameOfFile(media, index)
    try {
      attachments.push({ ...(await fetchMedia(app, item, media)), name })
    } catch (error) {
      if (!(error instanceof MediaGone) && !last_try) {
        app.log.warn({ item_id: item.id, code: codeOf(error) }, 'a file of a text could not be fetched yet')
        return null
      }
      missing.push(name)
    }
  }
  return { attachments, missing }
}

/** The words as people read them: what could not be had is named under them. */
export const withMissing = (text: string, missing: readonly string[]): string =>
  [text, ...missing.map((name) => missingLine(guessLanguage(text), name))].join('\n').trim()

const missingLine = (language: Language, name: string) => say(language, 'texts.file_missing', { name })
/** In either language. */
export const missingLines = (name: string): string[] => [missingLine('id', name), missingLine('en', name)]
