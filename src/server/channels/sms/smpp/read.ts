/**
 * What an SMPP line brings (deliver_sm, data_sm): a message, one part of it, or a delivery receipt. The item is the PDU as received; its
 * greeting is `smpp:name`, followed by a blank and the operator's default alphabet where that is not GSM.
 */
import { UnreadableText, type DeliveryReceipt, type Heard, type HeardText, type Read } from '../../texts/adapter.ts'
import { readPart, type PartOf } from '../read-part.ts'
import { defaultAlphabets, textOf, type DefaultAlphabet } from './letters.ts'
import { numberOf } from './numbers.ts'
import { BrokenPdu, readPdu, type Fields } from './pdu.ts'

/** esm_class (5.2.12): bits 2 to 5 say what it is, bit 6 that a user data header stands in front of the text. */
const KIND = 0x3c
const RECEIPT = 0x04
const ON_ITS_WAY = 0x20
const HAS_HEADER = 0x40

export const readSmpp: Read = ({ raw, greeting }): Heard => {
  const { gateway, alphabet } = readGreeting(greeting)
  const fields = fieldsOf(raw)
  const kind = (fields.esm_class ?? 0) & KIND
  return kind === RECEIPT || kind === ON_ITS_WAY || fields.receipted_message_id !== undefined
    ? readReceipt(fields, gateway)
    : readMessage(fields, alphabet)
}

export const smppGreeting = (gateway: string, alphabet: DefaultAlphabet) =>
  alphabet === 'gsm' ? `smpp:${gateway}` : `smpp:${gateway} ${alphabet}`

function readGreeting(greeting: string): { gateway: string; alphabet: DefaultAlphabet } {
  const [gateway = '', told] = greeting.slice('smpp:'.length).split(' ')
  return { gateway, alphabet: defaultAlphabets.find((alphabet) => alphabet === told) ?? 'gsm' }
}

function fieldsOf(raw: Buffer): Fields {
  try {
    const { command, fields } = readPdu(raw)
    if (command !== 'deliver_sm' && command !== 'data_sm') throw new UnreadableText('no_message')
    return fields
  } catch (error) {
    if (error instanceof BrokenPdu) throw new UnreadableText('broken_pdu')
    throw error
  }
}

function readMessage(fields: Fields, alphabet: DefaultAlphabet): HeardText {
  const from = numberOf(fields.source_addr_ton, fields.source_addr)
  if (from === '') throw new UnreadableText('no_sender')
  const { header, octets } = splitHeader(fields)
  const part = (header ? readPart(header) : null) ?? partOfTlvs(fields)
  const text = textOf(octets, fields.data_coding ?? 0, alphabet)?.replaceAll('\0', '')
  if (text === undefined) throw new UnreadableText('binary_text')
  return {
    kind: 'text',
    from,
    to: numberOf(fields.dest_addr_ton, fields.destination_addr),
    name: '',
    // Half an emoji at a part's end becomes whole with the next part; at the end of a whole text it is nothing.
    text: part ? text : text.toWellFormed(),
    at: null,
    part,
    remote_id: null,
    answers_remote_id: null,
    button: null,
    media: [],
  }
}

/** message_payload stands in for a short_message that is empty (5.3.2.32). */
const octetsOf = ({ short_message, message_payload }: Fields): Buffer =>
  (short_message?.length ? short_message : message_payload) ?? Buffer.alloc(0)

function splitHeader(fields: Fields): { header: Buffer | null; octets: Buffer } {
  const octets = octetsOf(fields)
  if (!((fields.esm_class ?? 0) & HAS_HEADER) || octets.length === 0) return { header: null, octets }
  const end = Math.min(octets.length, octets[0]! + 1)
  return { header: octets.subarray(0, end), octets: octets.subarray(end) }
}

/** The operator says which part it is instead of the telephone (5.3.2.22 to 24). As readPart: a part that cannot be is shown alone. */
function partOfTlvs({ sar_msg_ref_num, sar_total_segments: total, sar_segment_seqnum: number }: Fields): PartOf | null {
  if (sar_msg_ref_num === undefined || total === undefined || number === undefined) return null
  return total < 2 || number < 1 || number > total ? null : { reference: `sar:${sar_msg_ref_num}`, total, number }
}

/** By message_state (5.2.28) and by the word behind `stat:` (appendix B). */
const STATES: Readonly<Record<number | string, DeliveryReceipt['state']>> = {
  1: 'sent',
  2: 'delivered',
  3: 'failed',
  4: 'failed',
  5: 'failed',
  6: 'sent',
  8: 'failed',
  ENROUTE: 'sent',
  ACCEPTD: 'sent',
  DELIVRD: 'delivered',
  EXPIRED: 'failed',
  DELETED: 'failed',
  UNDELIV: 'failed',
  REJECTD: 'failed',
}

function readReceipt(fields: Fields, gateway: string): Heard {
  const written = octetsOf(fields).toString('latin1')
  const [, id] = /\bid:([^\s]{1,64})/i.exec(written) ?? []
  const [, word = ''] = /\bstat:([a-z]{1,10})/i.exec(written) ?? []
  const [, code] = /\berr:([0-9a-z]{1,8})/i.exec(written) ?? []
  const remote_id = canonicalId(fields.receipted_message_id ?? id ?? '')
  if (remote_id === '') throw new UnreadableText('report_without_id')
  const state = STATES[word.toUpperCase()] ?? STATES[fields.message_state ?? 0]
  // UNKNOWN: the operator cannot say, and may say more later.
  if (state === undefined) return { kind: 'nothing', reason: 'report_unknown' }
  const error = state === 'failed' ? [word.toUpperCase(), code].filter(Boolean).join(' ') || 'failed' : null
  return { kind: 'receipt', gateway, of: { remote_id }, state, at: null, error }
}

/** Operators write one id with and without zeros in front, in small and in capital letters. */
export const canonicalId = (id: string): string =>
  id
    .replaceAll('\0', '')
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, '')
