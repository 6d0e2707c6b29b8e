/** For tests only: texts as Kannel brings them, and taking them through the whole intake. Not exported by any index.ts. */
import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { newId } from '../../platform/ids.ts'
import { takeItem } from '../../channels/index.ts'
import { kannelItem } from '../../channels/sms/kannel/item.ts'
import { segment } from '../../channels/sms/segments.ts'
import { textsOnce } from './start-texts.ts'

export interface TestText {
  from: string
  text: string
  to?: string
  /** Of the gateway. */
  id?: string
  /** A user data header in hexadecimal. */
  udh?: string
}

export function aText({ from, text, to = '1500', id = newId(), udh }: TestText) {
  const fields = new URLSearchParams({ from, to, id, coding: '0', charset: 'UTF-8' })
  const bytes = (hex: string) => hex.replace(/../g, '%$&')
  const target = `/channels/sms/kannel?${fields}&bin=${bytes(Buffer.from(text).toString('hex'))}${udh ? `&udh=${bytes(udh)}` : ''}`
  return kannelItem({ method: 'GET', target, headers: {}, body: new Uint8Array(), remote: '127.0.0.1' }, 'satu')
}

/** The parts of a long text, as a telephone cuts it. */
export function partsOf(given: TestText, reference: number): TestText[] {
  const { parts } = segment(given.text)
  const hex = (n: number) => n.toString(16).padStart(2, '0')
  return parts.map((text, index) => ({
    ...given,
    text,
    id: newId(),
    udh: `050003${hex(reference)}${hex(parts.length)}${hex(index + 1)}`,
  }))
}

/** Takes texts into the ledger in this order and settles all that waits. Answers the ids of their items. */
export async function takeInTexts(app: App, ...texts: TestText[]): Promise<string[]> {
  const ids: string[] = []
  for (const text of texts) ids.push((await takeItem(app, aText(text))).id)
  await settleWaitingTexts(app)
  return ids
}

/** Takes a text in as Meta brings it, settles it, and answers what stands in the ledger of it. */
export async function takeInWhatsapp(app: App, { from, body }: { from: string; body: string }) {
  const id = newId()
  const value = {
    metadata: { display_phone_number: '6281100000000', phone_number_id: '1' },
    contacts: [{ wa_id: from.slice(1), profile: { name: 'Sari (contoh)' } }],
    messages: [{ from: from.slice(1), id: `wamid.${id}`, type: 'text', text: { body } }],
  }
  const raw = Buffer.from(
    JSON.stringify({ object: 'whatsapp_business_account', entry: [{ changes: [{ field: 'messages', value }] }] }),
  )
  const item = await takeItem(app, {
    channel: 'whatsapp',
    raw,
    fingerprint: id,
    recipients: [],
    greeting: 'whatsapp:whatsapp',
  })
  do await textsOnce(app, 'whatsapp')
  while ((await itemOf(app, item.id)).outcome === null)
  return itemOf(app, item.id)
}

export async function settleWaitingTexts(app: App): Promise<void> {
  const waits = async () =>
    (
      await sql`select from intake_items where outcome is null and channel = 'sms' and (lease_until is null or lease_until < now()) limit 1`.execute(
        app.worker,
      )
    ).rows.length > 0
  do while (await textsOnce(app, 'sms'));
  while (await waits())
}

/** What stands in the ledger of an item. */
export async function itemOf(app: App, id: string) {
  return app.worker
    .selectFrom('intake_items')
    .select(['outcome', 'reason', 'ticket_id', 'ticket_message_id', 'duplicate_of', 'text', 'sender_address'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

/** What was answered to a number, oldest first. */
export async function answersTo(app: App, address: string): Promise<string[]> {
  const rows = await app.worker
    .selectFrom('outbox')
    .select('text')
    .where('address', '=', address)
    .orderBy('id')
    .execute()
  return rows.map(({ text }) => text)
}

/** Everything said on a ticket, oldest first. */
export async function saidOn(app: App, ticket_id: string): Promise<string[]> {
  const rows = await app.worker
    .selectFrom('messages')
    .select('text')
    .where('ticket_id', '=', ticket_id)
    .orderBy('id')
    .execute()
  return rows.map(({ text }) => text)
}
