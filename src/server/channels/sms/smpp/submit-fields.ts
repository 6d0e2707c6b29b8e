/** One text as the PDUs (submit_sm) that carry it, and what their answers mean. Pure. */
import type { DueText } from '../../texts/adapter.ts'
import { partHeaders } from '../part-headers.ts'
import { defaultOctets, UCS2, ucs2Octets } from './letters.ts'
import { typedNumber } from './numbers.ts'
import { statusName, statusOf } from './pdu.ts'
import { canonicalId } from './read.ts'
import type { SmppAddress } from './smpp-address.ts'

export type SubmitFields = Record<string, string | number | Buffer>

const HAS_HEADER = 0x40
/** The final state, whatever it is (5.2.17). */
const WANT_RECEIPT = 1

/** One PDU a part, in their order. */
export function submitFields(
  text: Pick<DueText, 'outbox_id' | 'to' | 'text' | 'parts' | 'coding'>,
  address: Pick<SmppAddress, 'alphabet' | 'source' | 'destination' | 'service_type'>,
  from: string | null,
): SubmitFields[] {
  const source = typedNumber(from ?? '')
  const destination = typedNumber(text.to)
  const parts = text.parts.length > 0 ? text.parts : [text.text]
  const headers = partHeaders(text.outbox_id, parts, text.coding ?? 'ucs2')
  return parts.map((part, index) => ({
    service_type: address.service_type,
    source_addr_ton: address.source.ton ?? source.ton,
    source_addr_npi: address.source.npi ?? source.npi,
    source_addr: source.number,
    dest_addr_ton: address.destination.ton ?? destination.ton,
    dest_addr_npi: address.destination.npi ?? destination.npi,
    destination_addr: destination.number,
    esm_class: headers[index] ? HAS_HEADER : 0,
    registered_delivery: WANT_RECEIPT,
    data_coding: text.coding === 'gsm' ? 0 : UCS2,
    short_message: Buffer.concat([
      headers[index] ?? Buffer.alloc(0),
      text.coding === 'gsm' ? defaultOctets(part, address.alphabet) : ucs2Octets(part),
    ]),
  }))
}

/** What the operator's answer to one PDU says. */
export type Submitted =
  | { state: 'accepted'; id: string | null }
  /** Never for this recipient or this text. */
  | { state: 'refused'; error: string }
  /** Too much at once: the line rests. */
  | { state: 'throttled'; error: string }
  /** The operator, whoever the recipient is. */
  | { state: 'away'; error: string }

const THROTTLED = new Set(['ESME_RTHROTTLED', 'ESME_RMSGQFUL'].map(statusOf))
// Its own trouble, or something that only whoever owns the line can put right: the text is not at fault.
const AWAY = new Set(
  [
    'ESME_RSYSERR',
    'ESME_RINVBNDSTS',
    'ESME_RSUBMITFAIL',
    'ESME_RINVSRCADR',
    'ESME_RINVSRCTON',
    'ESME_RINVSRCNPI',
    'ESME_RINVSYSTYP',
    'ESME_RINVSERTYP',
    'ESME_RX_T_APPN',
    'ESME_RSERTYPUNAUTH',
    'ESME_RSERTYPUNAVAIL',
    'ESME_RUNKNOWNERR',
  ].map(statusOf),
)

export function readSubmitted(
  { status, message_id }: { status: number; message_id: string | undefined },
  reports: SmppAddress['reports'],
): Submitted {
  if (status === 0) return { state: 'accepted', id: idInReports(message_id ?? '', reports) }
  const error = statusName(status)
  if (THROTTLED.has(status)) return { state: 'throttled', error }
  return { state: AWAY.has(status) ? 'away' : 'refused', error }
}

/** The answer's id as the operator's reports will name it. */
function idInReports(given: string, reports: SmppAddress['reports']): string | null {
  const id = canonicalId(given)
  if (id === '') return null
  if (reports === 'decimal' && /^[0-9a-f]{1,64}$/.test(id)) return BigInt(`0x${id}`).toString()
  if (reports === 'hex' && /^\d{1,64}$/.test(id)) return BigInt(id).toString(16)
  return id
}
