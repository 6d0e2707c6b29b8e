import { sameBytes, type Secrets } from '../../platform/secrets.ts'

const ID_BYTES = 16
/** Whoever wants to guess one has to ask us 2^63 times. */
const SIGNATURE_BYTES = 8

/**
 * How a gateway names a text of ours in its reports: the outbox row's id and a signature over it, 32 letters of A-Z a-z 0-9 - _.
 * Without the signature anybody who may speak to us as a gateway could tell us that texts arrived.
 */
export function reportMark(secrets: Secrets, outbox_id: string): string {
  const id = Buffer.from(outbox_id.replaceAll('-', ''), 'hex')
  return Buffer.concat([id, signature(secrets, outbox_id)]).toString('base64url')
}

/** The outbox row's id; null for whatever was not made here. */
export function readReportMark(secrets: Secrets, mark: string): string | null {
  const bytes = Buffer.from(mark, 'base64url')
  if (bytes.length !== ID_BYTES + SIGNATURE_BYTES) return null
  const outbox_id = bytes
    .subarray(0, ID_BYTES)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return sameBytes(bytes.subarray(ID_BYTES), signature(secrets, outbox_id)) ? outbox_id : null
}

const signature = (secrets: Secrets, outbox_id: string) =>
  secrets.sign('text_report', outbox_id).subarray(0, SIGNATURE_BYTES)
