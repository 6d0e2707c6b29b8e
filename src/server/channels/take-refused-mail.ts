import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { fingerprint } from './email/fingerprint.ts'
import type { ReceivedMail } from './email/index.ts'
import { settleItems } from './settle-items.ts'
import { takeItems } from './take-items.ts'

/**
 * A mail that its peer is told we refuse, with its bytes and the reason: the ledger can say what became of it. Taken and settled in one
 * transaction, so that nobody reads it in between.
 */
export async function takeRefusedMail(app: App, mail: ReceivedMail, reason: 'false_end'): Promise<void> {
  await write(app, system, async (ctx) => {
    const [taken] = await takeItems(ctx, [
      {
        channel: 'email',
        raw: mail.raw,
        fingerprint: fingerprint(mail.raw),
        recipients: mail.recipients,
        remote: mail.remote,
        ...(mail.envelope_from === null ? {} : { envelope_from: mail.envelope_from }),
      },
    ])
    if (taken?.duplicate_of === null) await settleItems(ctx, [{ id: taken.id, outcome: 'refused', reason }])
  })
}
