import type { App } from '../platform/app.ts'
import type { Actor } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { mustAdminister } from '../people/index.ts'
import { MailboxFault, openMailbox, readMailboxUrl, type MailboxFaultKind } from './email/open-mailbox.ts'

/** What became of connecting to the mailbox just now: how many mails lie there, or what is wrong. */
export type TriedMailbox = { mails: number; fault: null } | { mails: null; fault: MailboxFaultKind }

/**
 * Connects to the mailbox of `PANDU_IMAP_URL` at once, looks and leaves; nothing is taken and nothing marked. So whoever corrected a
 * setting need not wait until the watch tries again (up to five minutes). Administrators only (forbidden); refuses not_found without one.
 */
export async function tryMailbox(app: App, actor: Actor): Promise<TriedMailbox> {
  mustAdminister(actor)
  const { PANDU_IMAP_URL } = app.settings
  if (!PANDU_IMAP_URL) refuse('not_found', 'page')
  try {
    const box = await openMailbox(readMailboxUrl(PANDU_IMAP_URL))
    try {
      return { mails: (await box.look()).mails, fault: null }
    } finally {
      await box.close()
    }
  } catch (thrown) {
    if (thrown instanceof MailboxFault) return { mails: null, fault: thrown.kind }
    throw thrown
  }
}
