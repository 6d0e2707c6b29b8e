/**
 * Messages of SMPP 3.4 (PDUs) to bytes and back. The only file that knows the npm package `smpp`: its tables say which command has which
 * fields. Its sessions and its guessing of alphabets are not used: we keep the bytes as received, and answer after the commit (decision 29).
 */
import library from 'smpp'

export interface Pdu {
  /** As in the standard, such as deliver_sm; null for a number that it does not know. */
  command: string | null
  is_answer: boolean
  /** 0 is success. */
  status: number
  sequence: number
  fields: Fields
}

/** What of a PDU's fields and TLVs anybody asks; what is absent was not sent. */
export interface Fields {
  system_id?: string
  message_id?: string
  source_addr_ton?: number
  source_addr?: string
  dest_addr_ton?: number
  destination_addr?: string
  esm_class?: number
  data_coding?: number
  short_message?: Buffer
  message_payload?: Buffer
  sar_msg_ref_num?: number
  sar_total_segments?: number
  sar_segment_seqnum?: number
  receipted_message_id?: string
  message_state?: number
}

const HEADER_BYTES = 16

export class BrokenPdu extends Error {}

/** The four numbers in front of every PDU. @throws BrokenPdu for fewer bytes than they take */
export function readHeader(bytes: Buffer): Omit<Pdu, 'fields'> {
  if (bytes.length < HEADER_BYTES) throw new BrokenPdu('a PDU without a header')
  const id = bytes.readUInt32BE(4)
  return {
    command: library.commandsById[id]?.command ?? null,
    is_answer: id >= 0x80000000,
    status: bytes.readUInt32BE(8),
    sequence: bytes.readUInt32BE(12),
  }
}

/** @throws BrokenPdu for bytes that are none */
export function readPdu(bytes: Buffer): Pdu {
  const header = readHeader(bytes)
  try {
    return { ...header, fields: readFields(header.command, bytes) }
  } catch (error) {
    // What the library's types throw when they read beyond the end.
    if (error instanceof RangeError) throw new BrokenPdu('a PDU that ends too early')
    throw error
  }
}

function readFields(command: string | null, bytes: Buffer): Fields {
  const fields: Record<string, unknown> = {}
  if (command === null) return fields
  let at = HEADER_BYTES
  for (const [name, { type }] of Object.entries(library.commands[command]?.params ?? {})) {
    // An answer that says no may end behind its header.
    if (at >= bytes.length) break
    fields[name] = type.read(bytes, at)
    at += type.size(fields[name])
  }
  for (let length = 0; at + 4 <= bytes.length; at += 4 + length) {
    length = bytes.readUInt16BE(at + 2)
    const tlv = library.tlvsById[bytes.readUInt16BE(at)]
    if (tlv) readTlv(fields, tlv, bytes.subarray(at + 4, at + 4 + length))
  }
  return fields
}

/** One that is shorter than its type is left out: it must not make a citizen's words unreadable. */
function readTlv(
  fields: Record<string, unknown>,
  { tag, type }: (typeof library.tlvsById)[number],
  content: Buffer,
): void {
  try {
    fields[tag] = type.read(content, 0, content.length)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
}

/** @param fields as the standard names them; text as a Buffer goes out as it is */
export const writePdu = (
  command: string,
  fields: Record<string, string | number | Buffer>,
  { sequence, status = 0 }: { sequence: number; status?: number },
): Buffer => new library.PDU(command, { ...fields, sequence_number: sequence, command_status: status }).toBuffer()

const names = new Map(Object.entries(library.errors).map(([name, number]) => [number, name]))

/** For whoever looks after the line: ESME_RTHROTTLED, or an operator's own number as 0x400. */
export const statusName = (status: number): string => names.get(status) ?? `0x${status.toString(16)}`

export const statusOf = (name: string): number => library.errors[name]!
