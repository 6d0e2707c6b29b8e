import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { listOutbox, seeOutboxRow } from './list-outbox.ts'
import { queueMessages } from './queue-messages.ts'

const SECRET = 'abcdefghijklmnopqrstuvwxyz234567'
const database = useDatabase({
  PANDU_ORIGIN: 'https://bantuan.contoh.go.id',
  PANDU_MAIL_RELAY: 'smtp://relay.contoh.go.id',
})

test(
  'who reads the outbox does not get the link for a new password of somebody else with it; administrators see the mail, and nobody what a link opens',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const secretariat = await aDesk(setting, { kind: 'secretariat' })
    const agent = await aStaff(setting, { desk: secretariat, role: 'coordinator' })
    const administrator = await aStaff(setting, { role: 'administrator' })
    const message = {
      channel: 'email' as const,
      recipient: 'admin@contoh.example',
      subject: 'Kata sandi baru',
      language: 'id' as const,
    }
    const [reset, notice] = await queueMessages(setting, [
      { ...message, kind: 'sign_in', text: `https://bantuan.contoh.go.id/reset/${SECRET}`, automatic: true },
      { ...message, kind: 'notice', text: 'Rapat besok.', automatic: false },
    ])
    const atDesk = await as(agent)
    expect((await listOutbox(atDesk)).items.map((row) => row.id)).toEqual([notice])
    await expect(seeOutboxRow(atDesk, reset!)).rejects.toMatchObject({ kind: 'not_found' })
    const atHouse = await as(administrator)
    expect((await listOutbox(atHouse)).items.map((row) => row.id)).toEqual([notice, reset])
    expect((await seeOutboxRow(atHouse, reset!)).text).toBe('https://bantuan.contoh.go.id/reset/••••')
    expect((await seeOutboxRow(atDesk, notice!)).text).toBe('Rapat besok.')
  }),
)
