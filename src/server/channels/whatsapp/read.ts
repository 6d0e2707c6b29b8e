/**
 * What one item of WhatsApp means. Read: Meta's pages "messages webhook reference" (17 June 2026), "unsupported" (20 March 2026), "revoke"
 * (21 May 2026), "status" and "Business-scoped user IDs" (31 March 2026), for the Cloud API v25.0.
 */
import { say, type Key } from '../../platform/words.ts'
import {
  UnreadableText,
  type DeliveryReceipt,
  type Heard,
  type HeardText,
  type Media,
  type Read,
} from '../texts/adapter.ts'
import { countIn, listIn, recordIn, textIn, type Json } from './json.ts'
import { readOwnId } from './own-id.ts'
import { WHATSAPP, writerOf } from './split-batch.ts'

type Fields = Record<string, Json>

/** Pure; throws UnreadableText for what is no request of Meta's, or a message by nobody. */
export const readWhatsapp: Read = ({ raw, greeting, received_at }) => {
  const change = changeIn(raw)
  const value = recordIn(change['value'])
  const [message] = listIn(value, 'messages')
  const [status] = listIn(value, 'statuses')
  // Another number of the same account: somebody else answers there.
  if (greeting !== `whatsapp:${WHATSAPP}`) return { kind: 'nothing', reason: 'other_number' }
  if (message !== undefined) return hearMessage(value, recordIn(message), received_at)
  if (status !== undefined) return hearStatus(recordIn(status))
  if (listIn(value, 'errors').length > 0) return { kind: 'nothing', reason: 'provider_error' }
  // Templates were approved, a limit was raised.
  const field = textIn(change, 'field')
  if (field !== '' && field !== 'messages') return { kind: 'nothing', reason: 'account_news' }
  throw new UnreadableText('no_message')
}

function changeIn(raw: Buffer): Fields {
  let request: Json
  try {
    request = JSON.parse(raw.toString('utf8')) as Json
  } catch {
    throw new UnreadableText('no_json')
  }
  const [entry] = listIn(recordIn(request), 'entry')
  const [change] = listIn(recordIn(entry), 'changes')
  return recordIn(change)
}

function hearMessage(value: Fields, message: Fields, received_at: Date): Heard {
  const contacts = listIn(value, 'contacts')
  const from = writerOf(message, contacts)
  const said = whatIsSaid(message)
  if (typeof said === 'string') return { kind: 'nothing', reason: said }
  if (from === '') throw new UnreadableText('no_sender')
  const number = textIn(recordIn(value['metadata']), 'display_phone_number').replace(/\D/g, '')
  const context = recordIn(message['context'])
  // People also answer their own messages; those are none of ours.
  const answers = textIn(context, 'from') !== textIn(message, 'from') ? textIn(context, 'id') : ''
  return {
    kind: 'text',
    from,
    to: number === '' ? '' : `+${number}`,
    name: nameIn(recordIn(recordIn(contacts[0])['profile'])),
    at: momentIn(message, received_at),
    part: null,
    remote_id: textIn(message, 'id') || null,
    answers_remote_id: answers || null,
    button: null,
    media: [],
    ...said,
  } satisfies HeardText
}

const nameIn = (profile: Fields): string => {
  const username = textIn(profile, 'username').trim()
  return textIn(profile, 'name').trim() || (username === '' ? '' : `@${username}`)
}

type Said = Pick<HeardText, 'text'> &
  Partial<Pick<HeardText, 'button' | 'media' | 'edited' | 'deleted' | 'original_id'>>

/** Each kind of message in words; a code for what is nobody's business. What is not known is said to be so: nobody waits in vain. */
function whatIsSaid(message: Fields): Said | string {
  const kind = textIn(message, 'type')
  const body = recordIn(message[kind])
  // We are in no group: what is said there is not said to us.
  if (textIn(message, 'group_id') !== '') return 'group'
  switch (kind) {
    case 'text':
      return orUnsupported(textIn(body, 'body'), kind)
    case 'button':
      return { ...orUnsupported(textIn(body, 'text'), kind), button: textIn(body, 'payload') || null }
    case 'interactive':
      return pressed(body)
    case 'image':
    case 'document':
    case 'audio':
    case 'video':
    case 'sticker':
      return withFile(kind, body)
    case 'location':
      return { text: placeIn(body) }
    case 'contacts':
      return { text: listIn(message, 'contacts').map(contactIn).join('\n') || unsupported(kind) }
    case 'edit':
      return edited(body)
    case 'revoke':
      return { text: inWords('revoked'), deleted: true, ...changed(body) }
    case 'reaction':
      return 'reaction'
    // They changed their number, or opened the chat and said nothing yet.
    case 'system':
    case 'request_welcome':
      return 'account_news'
    default:
      return { text: unsupported(kind === 'unsupported' ? textIn(body, 'type') : kind) }
  }
}

const inWords = (name: string, values?: Record<string, string>) => say('id', `whatsapp.heard_${name}` as Key, values)
const unsupported = (kind: string) =>
  inWords('unsupported', { kind: /^[a-z_]{1,40}$/.test(kind) && kind !== 'unsupported' ? kind : '-' })
const orUnsupported = (text: string, kind: string): Said => ({ text: text.trim() === '' ? unsupported(kind) : text })

/** A button of ours, a line of a list, or a form that was filled in. */
function pressed(body: Fields): Said {
  const reply = recordIn(body['button_reply'] ?? body['list_reply'])
  const id = textIn(reply, 'id')
  if (id !== '') return { text: textIn(reply, 'title') || id, button: id }
  return orUnsupported(textIn(recordIn(body['nfm_reply']), 'body'), 'interactive')
}

function withFile(kind: 'image' | 'document' | 'audio' | 'video' | 'sticker', body: Fields): Said {
  const name = textIn(body, 'filename').trim()
  const remote_id = textIn(body, 'id')
  const caption = textIn(body, 'caption')
  const media: Media[] =
    remote_id === ''
      ? []
      : [
          {
            remote_id,
            name: name || null,
            type: textIn(body, 'mime_type').split(';', 1)[0]!.trim().toLowerCase() || 'application/octet-stream',
            size: countIn(body, 'file_size'),
          },
        ]
  const missing = remote_id === '' ? `\n${unsupported(kind)}` : ''
  return { text: (caption.trim() === '' ? inWords(kind, { name: name || '-' }) : caption) + missing, media }
}

function placeIn(body: Fields): string {
  const [latitude, longitude] = [Number(textIn(body, 'latitude')), Number(textIn(body, 'longitude'))]
  const known = textIn(body, 'latitude') !== '' && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  const place = [textIn(body, 'name'), textIn(body, 'address')].filter((part) => part.trim() !== '').join(', ')
  const point = known ? `${latitude}, ${longitude}` : ''
  return inWords('location', { place: [place, point].filter((part) => part !== '').join(' · ') || '-' })
}

function contactIn(contact: Json): string {
  const told = recordIn(contact)
  const name = textIn(recordIn(told['name']), 'formatted_name') || '-'
  const numbers = [
    ...listIn(told, 'phones').map((phone) => textIn(recordIn(phone), 'phone')),
    ...listIn(told, 'emails').map((email) => textIn(recordIn(email), 'email')),
  ].filter((text) => text.trim() !== '')
  return inWords('contact', { name, numbers: numbers.join(', ') || '-' })
}

/** What the sender made of an earlier message. In a sentence of ours, so that it never counts as a command. */
function edited(body: Fields): Said {
  const now = whatIsSaid(recordIn(body['message']))
  return typeof now === 'string'
    ? { text: unsupported('edit'), ...changed(body) }
    : { text: inWords('edited', { text: now.text }), media: now.media ?? [], ...changed(body) }
}

const changed = (body: Fields) => ({ edited: true, original_id: textIn(body, 'original_message_id') || null })

const states: Readonly<Record<string, DeliveryReceipt['state']>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  // A voice message was listened to.
  played: 'read',
  failed: 'failed',
}

function hearStatus(status: Fields): Heard {
  const told = textIn(status, 'status')
  if (told === '') throw new UnreadableText('no_message')
  const state = Object.hasOwn(states, told) ? states[told] : undefined
  if (!state) return { kind: 'nothing', reason: 'other_state' }
  const ours = readOwnId(textIn(status, 'biz_opaque_callback_data'))
  const remote_id = textIn(status, 'id')
  if (!ours && remote_id === '') throw new UnreadableText('no_message')
  const [error] = listIn(status, 'errors')
  return {
    kind: 'receipt',
    gateway: WHATSAPP,
    of: ours ?? { remote_id },
    state,
    at: momentIn(status, new Date(8.64e15)),
    error: state === 'failed' ? errorIn(recordIn(error)) : null,
  }
}

/** "131026 Message undeliverable": the code to look up, and what Meta says to it. */
export function errorIn(error: Fields): string {
  const details = textIn(recordIn(error['error_data']), 'details') || textIn(error, 'title') || textIn(error, 'message')
  return `${countIn(error, 'code') ?? ''} ${details}`.trim().slice(0, 300) || 'unknown'
}

/** Seconds since 1970; null for what is none, or not yet: their clock would then set the end of the 24 hours. */
function momentIn(fields: Fields, latest: Date): Date | null {
  const seconds = countIn(fields, 'timestamp')
  if (seconds === null || seconds < 1_000_000_000 || seconds > 8e12) return null
  const at = new Date(seconds * 1000)
  return at <= latest ? at : null
}
