import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { enter } from '../platform/context.ts'
import { relayOnce, type FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { acceptInvitation, inviteStaff, resetFactor, signIn } from '../people/index.ts'
import { tellAccountOwner } from './index.ts'

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'

test('who signs in with a browser that they never used is told once, where from and with what; so is whose factor was taken', async () => {
  const app = database.app()
  const email = 'pemilik@contoh.example'
  const { link } = await enter(app, 'sign_in', (ctx) => inviteStaff(ctx, { email, name: 'Pemilik Contoh' }))
  const token = link.split('/').at(-1)!
  const { person_id } = await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token, password: PASSWORD }))
  const user_agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
  for (const client of ['192.0.2.1', '192.0.2.77']) await signIn(app, { email, password: PASSWORD, client, user_agent })
  await enter(app, 'sign_in', (ctx) => resetFactor(ctx, { person_id }))
  const { rows: facts } = await sql<FactJob>`select id as fact_id, kind, ticket_id, about from facts
    where kind in ('account.new_device', 'account.factor_reset') order by id`.execute(app.worker)
  await tellAccountOwner(app, facts)
  await tellAccountOwner(app, facts)
  const { rows: mails } = await sql<{ recipient: string; kind: string; subject: string; text: string }>`
    select recipient, kind, subject, text from outbox order by created_at, id`.execute(app.worker)
  expect(mails).toHaveLength(2)
  expect(mails[0]).toMatchObject({ recipient: email, kind: 'sign_in' })
  expect(mails[0]!.text).toContain('192.0.2.77')
  expect(mails[0]!.text).toContain('Firefox di Linux')
  expect(mails[1]!.subject).toContain('dilepas oleh pengelola')
  for (const { text } of mails) expect(text).not.toContain('{')
  // The relay makes a job of each of these facts.
  await relayOnce(app)
  const { rows: jobs } = await sql<{ task_identifier: string }>`select task_identifier from graphile_worker.jobs
    where task_identifier = 'channels.tell_owner'`.execute(app.worker)
  expect(jobs).toHaveLength(1)
})
