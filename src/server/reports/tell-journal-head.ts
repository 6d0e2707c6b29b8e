import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { findHead } from '../platform/journal-head.ts'
import { say } from '../platform/words.ts'
import { queueMessages } from '../channels/index.ts'

/**
 * Once a day: the journal's newest seal goes where whoever looks after this machine cannot change it, into the log (which is shipped away)
 * and, if PANDU_JOURNAL_MAIL is set, to that mailbox. `./pandu verify --heads FILE` reads either as it is. Told twice it does no harm.
 */
export async function tellJournalHead(app: App): Promise<void> {
  const head = await findHead(app.worker)
  if (!head) return
  const line = `${head.number} ${head.root}`
  app.log.info({ journal_head: line }, 'the newest seal of the journal')
  const recipient = app.settings.PANDU_JOURNAL_MAIL
  if (!recipient) return
  const site = new URL(app.settings.PANDU_ORIGIN).host
  await write(app, system, (ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'notice',
        recipient,
        subject: say('id', 'journal.head_mail_subject', { site, number: String(head.number) }),
        text: say('id', 'journal.head_mail_text', { site, line, at: head.sealed_at.toISOString() }),
        language: 'id',
        automatic: true,
      },
    ]),
  )
}
