/**
 * The same mail as another host or mailer would have written it. All must read the same. Works on bytes (`latin1` strings) and knows
 * nothing of the reader that it tests.
 */

export const MUTATIONS = [
  'lf',
  'crlf',
  'boundary',
  'base64',
  'quoted-printable',
  'charset',
  'folded',
  'unfolded',
  'reordered',
  'names',
] as const
export type Mutation = (typeof MUTATIONS)[number]

/** The mail changed in the given way; null where there is nothing in it that could be changed so. */
export function mutate(raw: Buffer, mutation: Mutation): Buffer | null {
  const mail = raw.toString('latin1')
  const changed = HOW[mutation](mail)
  return changed === mail ? null : Buffer.from(changed, 'latin1')
}

const HOW: Record<Mutation, (mail: string) => string> = {
  lf: (mail) => mail.replaceAll('\r\n', '\n'),
  crlf: (mail) => mail.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'),
  boundary: renameBoundaries,
  base64: (mail) => mapTexts(mail, (leaf) => encoded(leaf, 'base64')),
  'quoted-printable': (mail) => mapTexts(mail, (leaf) => encoded(leaf, 'quoted-printable')),
  charset: (mail) => mapTexts(mail, inAnotherCharset),
  folded: (mail) => mapHeader(mail, (fields) => fields.map(fold)),
  unfolded: (mail) => mapHeader(mail, (fields) => fields.map(unfold)),
  reordered: (mail) => mapHeader(mail, reorder),
  names: (mail) =>
    mapHeader(mail, (fields) =>
      fields.map((field, at) =>
        field.replace(/^[^:\s]+/, (name) => (at % 2 === 0 ? name.toUpperCase() : name.toLowerCase())),
      ),
    ),
}

function renameBoundaries(mail: string): string {
  let renamed = mail
  const names = new Set([...mail.matchAll(/boundary="?([^"\r\n;]+)/gi)].map((match) => match[1]!))
  for (const [index, name] of [...names].entries()) {
    const other = `----=_Lain_${index}_6F2A`
    const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    renamed = renamed
      .replace(new RegExp(`boundary="?${literal}"?`, 'gi'), `boundary="${other}"`)
      .replace(new RegExp(`^--${literal}(?=(?:--)?[ \\t]*\\r?$)`, 'gm'), `--${other}`)
  }
  return renamed
}

interface Leaf {
  header: string
  body: string
}

/** Changes every leaf that is a text, also below other multiparts, and leaves mails in the mail alone. */
function mapTexts(mail: string, change: (leaf: Leaf) => Leaf): string {
  const newline = mail.includes('\r\n') ? '\r\n' : '\n'
  const at = mail.indexOf(newline + newline)
  if (at < 0) return mail
  const [header, body] = [mail.slice(0, at), mail.slice(at + 2 * newline.length)]
  const type = fieldOf(header, 'content-type')
  const boundary = /boundary="?([^"\r\n;]+)/i.exec(type)?.[1]?.trim()
  if (/^\s*multipart\//i.test(type) && boundary)
    return header + newline + newline + mapParts(body, boundary, newline, change)
  const isText = type.trim() === '' || /^\s*text\/(plain|html)\b/i.test(type)
  if (!isText || /attachment|filename/i.test(fieldOf(header, 'content-disposition'))) return mail
  const changed = change({ header, body })
  return changed.header.replaceAll(/\r?\n/g, newline) + newline + newline + changed.body
}

function mapParts(body: string, boundary: string, newline: string, change: (leaf: Leaf) => Leaf): string {
  const pieces = body.split(`--${boundary}`)
  return pieces
    .map((piece, index) => {
      const isPart = index > 0 && /^[ \t]*\r?\n/.test(piece)
      if (!isPart) return piece
      const start = piece.indexOf('\n') + 1
      const isLast = index === pieces.length - 1
      const end = isLast ? piece.length : piece.length - newline.length
      const part = piece.slice(start, end)
      const hasHeader = !part.startsWith(newline)
      const changed = hasHeader ? mapTexts(part, change) : part
      return piece.slice(0, start) + changed + piece.slice(end)
    })
    .join(`--${boundary}`)
}

const fieldOf = (header: string, name: string) =>
  unfold(fieldsOf(header).find((field) => field.toLowerCase().startsWith(`${name}:`)) ?? '').slice(name.length + 1)

const fieldsOf = (header: string) => header.split(/\r?\n(?![ \t])/)

function bytesOf({ header, body }: Leaf): Buffer | null {
  const encoding = fieldOf(header, 'content-transfer-encoding').trim().toLowerCase()
  if (encoding === 'base64') return Buffer.from(body, 'base64')
  if (encoding === 'quoted-printable')
    return Buffer.from(
      body
        .replace(/[ \t]*=\r?\n/g, (soft) => soft.replace(/=\r?\n/, ''))
        .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    )
  return ['', '7bit', '8bit', 'binary'].includes(encoding) ? Buffer.from(body, 'latin1') : null
}

function encoded(leaf: Leaf, encoding: 'base64' | 'quoted-printable'): Leaf {
  const bytes = bytesOf(leaf)
  if (!bytes) return leaf
  return {
    header: withField(leaf.header, 'Content-Transfer-Encoding', encoding),
    body: encoding === 'base64' ? base64(bytes) : quoted(bytes),
  }
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n')

/** Everything that is not a letter or a digit is written as code: the strictest mailer there is. */
function quoted(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .split(/\r?\n/)
    .map((line) => {
      const codes = line.replace(
        /[^A-Za-z0-9 ,]|[ ]$/g,
        (letter) => '=' + letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'),
      )
      return codes.replace(/(?:=[0-9A-F]{2}|[^=]){1,60}(?=.)/g, '$&=\r\n')
    })
    .join('\r\n')
}

/** Into UTF-8, or out of it: into windows-1252 where its letters suffice, else into UTF-16. Only where the label is known. */
function inAnotherCharset(leaf: Leaf): Leaf {
  const type = fieldOf(leaf.header, 'content-type').trim() || 'text/plain'
  const label = /charset="?([^"\s;]+)/i.exec(type)?.[1] ?? 'us-ascii'
  const bytes = bytesOf(leaf)
  const text = bytes && decoded(bytes, label)
  if (text === null) return leaf
  const isUnicode = /^utf-?8$/i.test(label)
  const fits = /^[\0-\x7f\xa0-\xff]*$/.test(text)
  const [name, other] = !isUnicode
    ? ['utf-8', Buffer.from(text)]
    : fits
      ? ['windows-1252', Buffer.from(text, 'latin1')]
      : ['utf-16be', Buffer.from(text, 'utf16le').swap16()]
  const header = withField(
    leaf.header,
    'Content-Type',
    /charset=/i.test(type) ? type.replace(/charset="?[^"\s;]+"?/i, `charset=${name}`) : `${type}; charset=${name}`,
  )
  return { header: withField(header, 'Content-Transfer-Encoding', 'base64'), body: base64(other) }
}

function decoded(bytes: Buffer, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function withField(header: string, name: string, value: string): string {
  const others = fieldsOf(header).filter((field) => !field.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return [...others, `${name}: ${value}`].join('\r\n')
}

function mapHeader(mail: string, change: (fields: string[]) => string[]): string {
  const newline = mail.includes('\r\n') ? '\r\n' : '\n'
  const at = mail.indexOf(newline + newline)
  if (at < 0) return mail
  return (
    change(fieldsOf(mail.slice(0, at)))
      .join(newline)
      .replaceAll(/\r?\n/g, newline) + mail.slice(at)
  )
}

const unfold = (field: string) => field.replace(/\r?\n(?=[ \t])/g, '')

/** At every space that is allowed to be a fold: outside of quotes and comments, not where a line would be blank. */
function fold(field: string): string {
  let quotes = false
  return unfold(field).replace(/"|(?<=\S)[ \t](?=\S)/g, (found, at: number) => {
    if (found === '"') quotes = !quotes
    return found === '"' || quotes || at < field.indexOf(':') + 2 ? found : `\r\n${found}`
  })
}

/** Backwards, but fields of one name stay in their order. */
function reorder(fields: string[]): string[] {
  const byName = Map.groupBy(fields, (field) => field.split(':', 1)[0]!.toLowerCase())
  return [...byName.values()].toReversed().flat()
}
