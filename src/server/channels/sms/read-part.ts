/**
 * Which part of a longer text an SMS is, from its user data header (3GPP TS 23.040, 9.2.3.24.1): elements of identifier, length and
 * content; 0x00 is a reference of 8 bits, 0x08 one of 16.
 */
export interface PartOf {
  /** Told apart from references of the other width. */
  reference: string
  total: number
  /** 1 is the first. */
  number: number
}

/**
 * @param header with its length byte in front, as gateways hand it on
 * @returns null for a text that stands alone, and for an element that cannot be (part 3 of 2): then it is shown alone, never dropped
 */
export function readPart(header: Uint8Array): PartOf | null {
  const end = Math.min(header.length, 1 + (header[0] ?? 0))
  for (let at = 1; at + 1 < end; at += 2 + header[at + 1]!) {
    const [element, length] = [header[at]!, header[at + 1]!]
    const content = header.subarray(at + 2, Math.min(end, at + 2 + length))
    const wide = element === 0x08 && length === 4
    if (!(wide || (element === 0x00 && length === 3)) || content.length !== length) continue
    const [total, number] = [content[length - 2]!, content[length - 1]!]
    if (total < 2 || number < 1 || number > total) return null
    const reference = wide ? `16:${(content[0]! << 8) | content[1]!}` : `8:${content[0]!}`
    return { reference, total, number }
  }
  return null
}
