/**
 * Text in `format=flowed` (RFC 3676) with its soft line breaks taken out: a line that ends in a space goes on in the next one of the
 * same quoting depth; `delsp` says that this space was put there by the mailer. "-- " is never a soft break.
 */
export function unflow(text: string, delsp: boolean): string {
  const paragraphs: string[] = []
  let depth = -1
  let goesOn = false
  for (const line of text.split('\n')) {
    const quotes = /^>*/.exec(line)![0].length
    const rest = line.slice(quotes)
    const words = rest.startsWith(' ') ? rest.slice(1) : rest
    const soft = words.endsWith(' ') && words !== '-- '
    const kept = soft && delsp ? words.slice(0, -1) : words
    if (goesOn && quotes === depth && words !== '-- ') paragraphs[paragraphs.length - 1] += kept
    else paragraphs.push(quotes > 0 ? `${'>'.repeat(quotes)} ${kept}` : kept)
    depth = quotes
    goesOn = soft
  }
  return paragraphs.map((paragraph) => (paragraph === '-- ' ? paragraph : paragraph.trimEnd())).join('\n')
}
