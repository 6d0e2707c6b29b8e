/** A text that its sender changed or deleted later goes to the ticket in which the original stands, and to no other. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { say } from '../../platform/words.ts'
import { takeItem } from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { textsOnce } from './start-texts.ts'
import { answersTo, itemOf, saidOn } from './testing.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))

type Channel = 'whatsapp' | 'telegram'
/** Takes requests of the gateway into the ledger in this order and settles all. Answers what became of each. */
async function takeIn(channel: Channel, ...requests: object[]) {
  const app = database.app()
  const ids: string[] = []
  for (const request of requests) {
    const raw = Buffer.from(JSON.stringify(request))
    const greeting = channel === 'telegram' ? 'telegram:77' : 'whatsapp:whatsapp'
    ids.push((await takeItem(app, { channel, raw, fingerprint: newId(), recipients: [], greeting })).id)
  }
  const settled = async () => Promise.all(ids.map((id) => itemOf(app, id)))
  do await textsOnce(app, channel)
  while ((await settled()).some(({ outcome }) => outcome === null))
  return settled()
}

const byWhatsapp = (message: object, from = '6281255900001') => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      changes: [
        {
          field: 'messages',
          value: {
            metadata: { display_phone_number: '6281100000000', phone_number_id: '1' },
            contacts: [{ wa_id: from, profile: { name: 'Sari (contoh)' } }],
            messages: [{ from, ...message }],
          },
        },
      ],
    },
  ],
})
const text = (id: string, body: string) => byWhatsapp({ id, type: 'text', text: { body } })
const edit = (id: string, original_message_id: string, body: string) =>
  byWhatsapp({ id, type: 'edit', edit: { original_message_id, message: { type: 'text', text: { body } } } })
const revoke = (id: string, original_message_id: string, from?: string) =>
  byWhatsapp({ id, type: 'revoke', revoke: { original_message_id } }, from)

test('WhatsApp: to where the original stands, not to where they spoke last; of an unknown original nothing enters a ticket', async () => {
  const [first] = await takeIn('whatsapp', text('wamid.1', 'printer mati'))
  const [second] = await takeIn('whatsapp', text('wamid.2', 'Ini soal lain: wifi di aula putus terus'))
  expect(second!.ticket_id).not.toBe(first!.ticket_id)
  expect(await takeIn('whatsapp', edit('wamid.3', 'wamid.1', 'printer lantai dua mati'))).toMatchObject([
    { outcome: 'message', ticket_id: first!.ticket_id },
  ])
  expect((await saidOn(database.app(), first!.ticket_id!)).at(-1)).toContain('printer lantai dua mati')
  // Nobody changes what somebody else wrote, and what we never had stands nowhere.
  const unknown = { outcome: 'report', reason: 'edited', ticket_id: null }
  expect(await takeIn('whatsapp', revoke('wamid.4', 'wamid.unknown'))).toMatchObject([unknown])
  expect(await takeIn('whatsapp', revoke('wamid.5', 'wamid.1', '6281255900002'))).toMatchObject([unknown])
  expect(await saidOn(database.app(), second!.ticket_id!)).toHaveLength(1)
})

test('the new version of a text that waits to be told for which ticket it is waits with it, and goes where it goes', async () => {
  const from = '6281255900003'
  const write = (id: string, body: string) => byWhatsapp({ id, type: 'text', text: { body } }, from)
  const [first] = await takeIn('whatsapp', write('wamid.31', 'printer mati'))
  await takeIn('whatsapp', write('wamid.32', 'Ini soal lain: wifi di aula putus terus'))
  const { app } = database
  await sql`update conversations set ticket_id = null, continues_until = null where address = ${`+${from}`}::text`.execute(
    app().worker,
  )
  const [held] = await takeIn('whatsapp', write('wamid.33', 'lampunya merah'))
  expect(held).toMatchObject({ outcome: 'quarantined', reason: 'which_ticket' })
  const change = { original_message_id: 'wamid.33', message: { type: 'text', text: { body: 'lampunya kuning' } } }
  const [changed] = await takeIn('whatsapp', byWhatsapp({ id: 'wamid.34', type: 'edit', edit: change }, from))
  expect(changed).toMatchObject({ outcome: 'quarantined', reason: 'which_ticket' })
  await takeIn('whatsapp', write('wamid.35', `#${await numberOf(first!.ticket_id!)}`))
  while (await textsOnce(app(), 'whatsapp'));
  const said = await saidOn(app(), first!.ticket_id!)
  expect(said).toHaveLength(3)
  expect(said[1]).toBe('lampunya merah')
  expect(said[2]).toContain('lampunya kuning')
  // Of a command nothing can be changed afterwards; they are told so.
  await takeIn('whatsapp', write('wamid.36', 'STATUS'))
  const again = { original_message_id: 'wamid.36', message: { type: 'text', text: { body: 'STATUS 1' } } }
  await takeIn('whatsapp', byWhatsapp({ id: 'wamid.37', type: 'edit', edit: again }, from))
  expect((await answersTo(app(), `+${from}`)).at(-1)).toBe(say('id', 'sms.edit_lost'))
})

const numberOf = async (id: string) =>
  (
    await sql<{ number: string }>`select number::text as number from tickets where id = ${id}::uuid`.execute(
      database.app().worker,
    )
  ).rows[0]!.number

test('Telegram: by the number of the message, also where the original came in the same moment', async () => {
  const chat = { id: 5501, type: 'private' }
  const message = (message_id: number, says: string) => ({
    message_id,
    date: 1_790_000_000,
    chat,
    from: { id: 5501, first_name: 'Budi' },
    text: says,
  })
  const [first, changed] = await takeIn(
    'telegram',
    { update_id: 1, message: message(1, 'printer mati') },
    { update_id: 2, edited_message: message(1, 'printer lantai dua mati') },
  )
  expect(changed).toMatchObject({ outcome: 'message', ticket_id: first!.ticket_id })
  const [second, again] = await takeIn(
    'telegram',
    { update_id: 3, message: message(2, 'Ini soal lain: wifi di aula putus terus') },
    { update_id: 4, edited_message: message(1, 'printer lantai tiga mati') },
  )
  expect(second!.ticket_id).not.toBe(first!.ticket_id)
  expect(again).toMatchObject({ outcome: 'message', ticket_id: first!.ticket_id })
})
