import { expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { findHead, headsIn } from '../platform/journal-head.ts'
import { relayOnce } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { tellJournalHead } from './index.ts'

const database = useDatabase({ PANDU_JOURNAL_MAIL: 'arsip@kantor-lain.contoh.example' })

test('the newest seal goes to a mailbox outside, in a line that verify reads; nothing goes while nothing is sealed', async () => {
  const app = database.app()
  const mails = () => app.worker.selectFrom('outbox').select(['recipient', 'text']).orderBy('id').execute()
  await tellJournalHead(app)
  expect(await mails()).toEqual([])
  await write(app, system, (ctx) => record(ctx, 'page.saved'))
  await relayOnce(app)
  await tellJournalHead(app)
  const head = (await findHead(app.worker))!
  const [mail, ...more] = await mails()
  expect([mail!.recipient, more]).toEqual(['arsip@kantor-lain.contoh.example', []])
  expect(headsIn(mail!.text)).toEqual([{ number: head.number, root: head.root }])
})
