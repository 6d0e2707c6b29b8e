/** PostgreSQL's text and jsonb hold neither NUL nor half a surrogate pair; both come in mails and pasted text. */
export const plainText = (text: string): string => text.replaceAll('\0', '').toWellFormed()

/** One line without control characters, cut at a length: subjects and file names. */
export const oneLine = (text: string, length_max: number): string => {
  const line = plainText(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return Array.from(line).length <= length_max
    ? line
    : Array.from(line)
        .slice(0, length_max - 1)
        .join('')
        .trimEnd() + '…'
}
