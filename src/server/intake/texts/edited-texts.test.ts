/** A text that its sender changed or deleted later goes to the ticket in which the original stands, and to no other. */
import { beforeAll, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { takeItem } from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { textsOnce } from './start-texts.ts'
import { itemOf, saidOn } from './testing.ts'

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
