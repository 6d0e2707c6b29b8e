import { createHash } from 'node:crypto'
import type { NewItem } from '../take-items.ts'
import { listIn, recordIn, textIn, type Json } from './json.ts'

/** The name by which the outbox and receipts know this way out. There is one number, so there is one gateway. */
export const WHATSAPP = 'whatsapp'
/** What Meta brings about other numbers of the same account, which somebody else works. */
const OTHER = 'other'
/** Meta puts at most a thousand updates into one request; what claims more is kept as it came. */
const ITEMS_MAX = 10_000
/** Fields of a change that say where it belongs, or that are taken out of it one by one. */
const FRAME = new Set(['messaging_product', 'metadata', 'contacts', 'messages', 'statuses', 'errors'])

/** Our number: the provider's id of it, and the number itself. */
export interface OurNumber {
  number_id: string
  number: string
}

/**
 * One request of Meta's as items of the ledger: one for each message and each status, so that a bad one harms no other and each is known
 * when it comes again. Each is a request of the same form with that one thing in it; a request that holds one thing stays byte for byte
 * as it came, and so does what cannot be taken apart. Pure.
 * @param body whose signature was checked
 */
export function splitBatch(body: Buffer, ours: OurNumber, remote: string): NewItem[] {
  const things = thingsOf(body)
  if (things === null) return [itemOf(body, { kind: 'whole', id: sha256(body) }, ours, ours.number_id, '', remote)]
  return things.map((thing) =>
    itemOf(things.length === 1 ? body : thing.bytes(), thing, ours, thing.number_id, thing.from, remote),
  )
}

interface Thing {
  kind: 'message' | 'status' | 'errors' | 'rest'
  /** Names it, together with its kind. */
  id: string
  /** Of the number that it came to; '' where none is told. */
  number_id: string
  from: string
  bytes(): Buffer
}

function thingsOf(body: Buffer): Thing[] | null {
  try {
    const request = recordIn(JSON.parse(body.toString('utf8')) as Json)
    const things = listIn(request, 'entry').flatMap((entry) =>
      listIn(recordIn(entry), 'changes').flatMap((change) =>
        thingsOfChange(request, recordIn(entry), recordIn(change)),
      ),
    )
    return things.length > 0 && things.length <= ITEMS_MAX ? things : null
  } catch (error) {
    // No JSON, or nested deeper than can be written again.
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}

function thingsOfChange(request: Record<string, Json>, entry: Record<string, Json>, change: Record<string, Json>) {
  const value = recordIn(change['value'])
  const number_id = textIn(recordIn(value['metadata']), 'phone_number_id')
  const frame = Object.fromEntries(
    Object.entries(value).filter(([name]) => name === 'messaging_product' || name === 'metadata'),
  )
  const write = (inside: Record<string, Json>) => () =>
    Buffer.from(
      JSON.stringify({ ...request, entry: [{ ...entry, changes: [{ ...change, value: { ...frame, ...inside } }] }] }),
    )
  const things: Thing[] = []
  for (const message of listIn(value, 'messages')) {
    const contacts = contactsOf(value, recordIn(message))
    const bytes = write({ ...(contacts.length > 0 ? { contacts } : {}), messages: [message] })
    const id = textIn(recordIn(message), 'id') || sha256(bytes())
    things.push({ kind: 'message', id, number_id, from: writerOf(recordIn(message), contacts), bytes })
  }
  for (const status of listIn(value, 'statuses')) {
    const bytes = write({ statuses: [status] })
    const told = recordIn(status)
    const [of, state] = [textIn(told, 'id'), textIn(told, 'status')]
    // In a group each member's state is told for itself.
    const member = textIn(told, 'recipient_participant_id')
    things.push({ kind: 'status', id: of ? `${of} ${state} ${member}` : sha256(bytes()), number_id, from: '', bytes })
  }
  if (listIn(value, 'errors').length > 0) {
    const bytes = write({ errors: value['errors']! })
    things.push({ kind: 'errors', id: sha256(bytes()), number_id, from: '', bytes })
  }
  const rest = Object.entries(value).filter(([name]) => !FRAME.has(name))
  if (things.length === 0 || rest.length > 0) {
    const bytes = things.length === 0 ? writeWhole(request, entry, change) : write(Object.fromEntries(rest))
    things.push({ kind: 'rest', id: sha256(bytes()), number_id, from: '', bytes })
  }
  return things
}

const writeWhole =
  (request: Record<string, Json>, entry: Record<string, Json>, change: Record<string, Json>) => (): Buffer =>
    Buffer.from(JSON.stringify({ ...request, entry: [{ ...entry, changes: [change] }] }))

/** Who is meant, of those whom the request names; names of others do not belong to this message. */
function contactsOf(value: Record<string, Json>, message: Record<string, Json>): Json[] {
  const contacts = listIn(value, 'contacts')
  const own = contacts.filter((contact) => {
    const told = recordIn(contact)
    const [number, user] = [textIn(message, 'from'), textIn(message, 'from_user_id')]
    return (number !== '' && textIn(told, 'wa_id') === number) || (user !== '' && textIn(told, 'user_id') === user)
  })
  return own.length > 0 || contacts.length !== 1 ? own : contacts
}

/**
 * Whoever wrote, as channels know them: +62… or, for somebody who goes by a username and shows no number (since 2026), the id that Meta
 * gives them for us: `ID.13491208655302741918`. '' where neither is told.
 */
export function writerOf(message: Record<string, Json>, contacts: readonly Json[]): string {
  const number = textIn(message, 'from').replace(/^\+/, '')
  if (/^\d{5,20}$/.test(number)) return `+${number}`
  const user = [
    textIn(message, 'from_user_id'),
    textIn(message, 'from'),
    ...contacts.map((contact) => textIn(recordIn(contact), 'user_id')),
  ].find((id) => USER_ID.test(id))
  return user ?? ''
}

/** Of a person who shows no number (business-scoped user ID): a country, a point, letters and digits. */
export const USER_ID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{10,128}$/

function itemOf(
  raw: Buffer,
  { kind, id }: { kind: string; id: string },
  ours: OurNumber,
  number_id: string,
  from: string,
  remote: string,
): NewItem {
  const mine = number_id === '' || number_id === ours.number_id
  return {
    channel: 'whatsapp',
    raw,
    fingerprint: sha256(Buffer.from(JSON.stringify([WHATSAPP, kind, id]))),
    recipients: mine ? [ours.number] : [],
    ...(from === '' ? {} : { envelope_from: from }),
    remote,
    greeting: `whatsapp:${mine ? WHATSAPP : OTHER}`,
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
