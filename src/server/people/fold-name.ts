/**
 * The form of a name that is compared: without case, accents, titles' dots and double spaces. 'Ir. Sitti  Nurhaliza' and
 * 'ir sitti nurhaliza' are one; nothing cleverer, because a wrong "same person" shows one person's requests to another.
 */
export const foldName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

export const NAME_LENGTH_MAX = 200

/** A name as it is stored: one line, no control characters, at most 200 characters; '' when nothing is left. */
export const cleanName = (name: string): string =>
  [
    ...name
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
      .trim(),
  ]
    .slice(0, NAME_LENGTH_MAX)
    .join('')
    .trim()
