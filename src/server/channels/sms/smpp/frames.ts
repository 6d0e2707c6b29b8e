/** Cuts what comes over a connection into whole PDUs; each begins with its length in four bytes. */

/** A message_payload may have 64 KB. Whoever announces more speaks something else than SMPP. */
const PDU_BYTES_MAX = 128 * 1024
const HEADER_BYTES = 16

export class NoSmpp extends Error {}

export interface Frames {
  /** What has come; answers the PDUs that are whole now. @throws NoSmpp for a length that cannot be */
  push(chunk: Buffer): Buffer[]
}

export function openFrames(): Frames {
  let chunks: Buffer[] = []
  let size = 0
  return {
    push(chunk) {
      chunks.push(chunk)
      size += chunk.length
      const whole: Buffer[] = []
      for (;;) {
        if (size < 4) return whole
        // Joined only when something can be taken out: a PDU that comes byte by byte must not be copied for each byte.
        if (chunks[0]!.length < 4) chunks = [Buffer.concat(chunks)]
        const length = chunks[0]!.readUInt32BE(0)
        if (length < HEADER_BYTES || length > PDU_BYTES_MAX) throw new NoSmpp(`a PDU of ${length} bytes`)
        if (size < length) return whole
        const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
        // A copy: the bytes go into the ledger, the chunk they came in goes away.
        whole.push(Buffer.from(all.subarray(0, length)))
        chunks = all.length === length ? [] : [all.subarray(length)]
        size -= length
      }
    },
  }
}
