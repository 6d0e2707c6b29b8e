import {
  MailboxFault,
  mailboxName,
  openMailbox,
  readMailboxUrl,
  whatIsUnchecked,
  type MailboxAddress,
  type MailboxFaultKind,
} from '../../server/channels/index.ts'
import type { Call } from '../verb.ts'
import { fine, reasonOf, wrong, type Finding } from './finding.ts'

const REMEDIES: Record<MailboxFaultKind, string> = {
  unreachable: 'check host and port in PANDU_IMAP_URL, and whether this machine may reach them',
  encryption:
    'the server needs a certificate that this machine trusts; use imaps://, and the name that it was given for',
  sign_in: 'check user and password in PANDU_IMAP_URL (letters such as @ : / are written as %40 %3A %2F)',
  no_folder: 'check the folder at the end of PANDU_IMAP_URL',
  lost: 'the server hung up; try again, and look into its log',
  refused: 'look into the log of the mail server',
}

/** Signs in and opens the folder of `PANDU_IMAP_URL`; takes nothing and marks nothing. */
export async function lookAtMailbox({ settings }: Call): Promise<Finding[]> {
  if (!settings.PANDU_IMAP_URL) return []
  const address = readMailboxUrl(settings.PANDU_IMAP_URL)
  return [...(await lookInto(address)), ...lookAtSenders(settings)]
}

/** In a mailbox nobody sees where a mail came from: what is not signed can be checked only through what its host found out. */
const lookAtSenders = (settings: Call['settings']): Finding[] =>
  whatIsUnchecked(settings, []).mailbox
    ? [
        wrong(
          'mailbox senders',
          'no host is named whose findings are believed: the sender of an unsigned mail is not checked, and a forged one can enter a ticket',
          'open the source of a mail in that mailbox and set PANDU_MAIL_AUTHSERV_ID to the first word of its topmost Authentication-Results (docs/running.md)',
        ),
      ]
    : []

async function lookInto(address: MailboxAddress): Promise<Finding[]> {
  try {
    const box = await openMailbox(address)
    try {
      const { mails } = await box.look()
      return [fine('mailbox', `${mailboxName(address)} opens; ${mails} mails lie there`)]
    } finally {
      await box.close()
    }
  } catch (error) {
    if (!(error instanceof MailboxFault)) return [wrong('mailbox', reasonOf(error), REMEDIES.refused)]
    return [wrong('mailbox', `${mailboxName(address)}: ${error.message}`, REMEDIES[error.kind])]
  }
}
