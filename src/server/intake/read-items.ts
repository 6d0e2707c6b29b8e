import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { bytesOf, Unreadable, type ClaimedItem, type KeptFile, type Mail, type MailReader } from '../channels/index.ts'

/** A mail that was read; its attachments are on disk already, so that rows may name them. */
export interface ReadMail {
  item: ClaimedItem
  mail: Mail
  attachments: KeptFile[]
}

/** What cannot be read, and why: its bytes stay in the ledger. */
export interface UnreadItem {
  item: ClaimedItem
  reason: string
}

const ATTACHMENTS_MAX = 200

/**
 * Reads items in worker threads. One that kills its thread or takes too long is told apart here and harms no other. Any other
 * failure (disk, database) is ours and rejects.
 */
export async function readItems(
  app: App,
  reader: MailReader,
  items: readonly ClaimedItem[],
): Promise<{ read: ReadMail[]; unread: UnreadItem[] }> {
  const results = await Promise.all(items.map((item) => readItem(app, reader, item)))
  return {
    read: results.filter((result): result is ReadMail => 'mail' in result),
    unread: results.filter((result): result is UnreadItem => 'reason' in result),
  }
}

async function readItem(app: App, reader: MailReader, item: ClaimedItem): Promise<ReadMail | UnreadItem> {
  const raw = await bytesOf(app, item).catch((error: unknown) => {
    // The blob is gone: nothing we do later brings it back, so nobody waits for it.
    if (codeOf(error) === 'ENOENT' || error instanceof TypeError) return null
    throw error
  })
  if (!raw) return { item, reason: 'bytes_missing' }
  try {
    const mail = await reader.read(raw)
    return { item, mail, attachments: await keepAttachments(app, mail) }
  } catch (error) {
    if (error instanceof Unreadable) return { item, reason: error.reason }
    throw error
  }
}

async function keepAttachments(app: App, mail: Mail): Promise<KeptFile[]> {
  const kept: KeptFile[] = []
  // One after the other: each flush is felt by everybody on this disk.
  for (const [index, { name, type, content }] of mail.attachments.slice(0, ATTACHMENTS_MAX).entries()) {
    const { sha256, size } = await app.files.keep(content)
    kept.push({ name: name ?? `lampiran-${index + 1}`, type, size, sha256 })
  }
  return kept
}
