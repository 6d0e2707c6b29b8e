import { endOfHeader } from './tidy.ts'

/** One of several mails into which a mailer cut a large one (message/partial). */
export interface MailPiece {
  /** By which pieces of the same mail know each other. */
  id: string
  number: number
  /** Null where this piece does not say it; only the last has to. */
  total: number | null
}

const PIECES_MAX = 100
const ID_LENGTH_MAX = 998
/** What the whole takes from the mail that was cut; everything else is said by the first piece (RFC 2046 5.2.2.1). */
const OF_THE_WHOLE = /^(content-[^:]*|subject|message-id|encrypted|mime-version)[ \t]*:/i

/** What a Content-Type says of the piece that it is; null where that cannot be: such a mail stays as it came. */
export function pieceOf(type: string, parameters: Record<string, string>): MailPiece | null {
  if (type !== 'message/partial') return null
  const id = (parameters['id'] ?? '').trim()
  const number = countOf(parameters['number'])
  const total = parameters['total'] === undefined ? null : countOf(parameters['total'])
  if (id === '' || id.length > ID_LENGTH_MAX || /\p{Cc}/u.test(id) || number === null) return null
  if (parameters['total'] !== undefined && (total === null || total < number)) return null
  return { id, number, total }
}

const countOf = (text: string | undefined): number | null => {
  const count = /^\s*\d{1,4}\s*$/.test(text ?? '') ? Number(text) : 0
  return count >= 1 && count <= PIECES_MAX ? count : null
}

/** The mail that was cut, from its pieces as received, in their order. Pure. */
export function joinPieces(pieces: readonly Buffer[]): Buffer {
  const first = pieces[0] ?? Buffer.alloc(0)
  const cut = Buffer.concat(pieces.map(bodyOf))
  const outer = fieldsIn(first).filter((field) => !OF_THE_WHOLE.test(field))
  const inner = fieldsIn(cut).filter((field) => OF_THE_WHOLE.test(field))
  return Buffer.concat([Buffer.from([...outer, ...inner, '\r\n'].join(''), 'latin1'), bodyOf(cut)])
}

/** What stands below the empty line. */
function bodyOf(mail: Buffer): Buffer {
  const end = endOfHeader(mail)
  return mail.subarray(end + (mail.toString('latin1', end, end + 4) === '\r\n\r\n' ? 4 : 2))
}

/** Each with its folded lines and a line's end. */
const fieldsIn = (mail: Buffer): string[] =>
  (mail.toString('latin1', 0, endOfHeader(mail)).match(/^[^\s:]+[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*/gm) ?? []).map(
    (field) => `${field.trimEnd()}\r\n`,
  )
