import type { App } from '../platform/app.ts'
import { fault } from '../platform/fault.ts'
import { fingerprint } from './email/fingerprint.ts'
import type { ReceivedMail } from './email/index.ts'
import { takeItem } from './take-item.ts'
import { addRecipients, type TakenItem } from './take-items.ts'

/**
 * One mail into the ledger, committed when this resolves: what the `250` rests on. Throws {@link OutcomeUnknown} where nobody can know
 * whether it was committed (trust R3): then no answer may be given at all. Any other error means that nothing of it was written.
 */
export async function takeMail(app: App, mail: ReceivedMail): Promise<TakenItem> {
  const taken = await takeItem(app, {
    channel: 'email',
    raw: mail.raw,
    fingerprint: fingerprint(mail.raw),
    recipients: mail.recipients,
    remote: mail.remote,
    ...(mail.greeting === null ? {} : { greeting: mail.greeting.slice(0, 255) }),
    ...(mail.envelope_from === null ? {} : { envelope_from: mail.envelope_from }),
  })
  // A second statement, but before the 250: if it fails, the mail comes again and this is done then.
  if (taken.duplicate_of !== null) await addRecipients(app.worker, [taken])
  fault('intake.after_commit')
  return taken
}
