import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { joinIfComplete } from './join-pieces.ts'
import {
  bytesOf,
  checkSenders,
  headerOf,
  Unreadable,
  type ClaimedItem,
  type KeptFile,
  type Mail,
  type MailReader,
  type SenderCheck,
} from '../channels/index.ts'

/** A mail that was read; its attachments are on disk already, so that rows may name them. */
export interface ReadMail {
  item: ClaimedItem
  mail: Mail
  attachments: ReadFile[]
  /** What checking its sender found; null where there was nothing to check. */
  check: SenderCheck | null
  /** The items of all pieces from which it was made whole; null for a mail that came whole. */
  pieces: string[] | null
}

/** A file that came with a mail; its bytes are on disk. */
export type ReadFile = KeptFile & { content_id: string | null }

/** What cannot be read, and why: its bytes stay in the ledger. */
export interface UnreadItem {
  item: ClaimedItem
  reason: string
  /** What its header alone says: from whom, about what. Null where even that cannot be read. */
  header?: Mail | null
}

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
    const [mail, check] = await Promise.all([reader.read(raw), checkSender(app, item, raw)])
    const joined = mail.piece && (await joinIfComplete(app, reader, { item_id: item.id, check }))
    const read = joined ?? { mail, check, pieces: null }
    return { item, ...read, attachments: await keepAttachments(app, read.mail) }
  } catch (error) {
    if (error instanceof Unreadable) return { item, reason: error.reason, header: await readHeader(reader, raw) }
    throw error
  }
}

/** So that whoever finds it put aside sees whose it is without opening the bytes. */
async function readHeader(reader: MailReader, raw: Buffer): Promise<Mail | null> {
  try {
    return await reader.read(headerOf(raw))
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

/** While the mail is read: who sent it costs no time of its own, and at most a few seconds where name servers are slow. */
async function checkSender(app: App, item: ClaimedItem, raw: Buffer): Promise<SenderCheck | null> {
  const { PANDU_MAIL_DOMAIN, PANDU_TRUSTED_PROXIES, PANDU_MAIL_AUTHSERV_ID, PANDU_MAIL_FORWARDERS } = app.settings
  const checks = {
    dns: app.dns,
    trusted: PANDU_TRUSTED_PROXIES,
    authserv_id: PANDU_MAIL_AUTHSERV_ID ?? null,
    forwarders: PANDU_MAIL_FORWARDERS,
    name: PANDU_MAIL_DOMAIN,
  }
  const [check] = await checkSenders(checks, [{ ...item, raw }])
  return check ?? null
}

/** For files whose sender gave them no name: people open them by it. */
const EXTENSIONS: Record<string, string> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
  'text/html': '.html',
  'text/csv': '.csv',
}

async function keepAttachments(app: App, mail: Mail): Promise<ReadFile[]> {
  const kept: ReadFile[] = []
  // One after the other: each flush is felt by everybody on this disk.
  for (const [index, { name, type, content, content_id }] of mail.attachments.entries()) {
    const { sha256, size } = await app.files.keep(content)
    kept.push({
      name: name ?? `lampiran-${index + 1}${EXTENSIONS[type] ?? ''}`,
      type,
      size,
      sha256,
      content_id: content_id ?? null,
    })
  }
  return kept
}
