import { readInvitations, type Invitation } from './calendar.ts'
import { decodeText } from './charset.ts'
import { parseMime, type ParsedAttachment, type ParsedMime } from './parse.ts'
import { textOfHtml } from './html-text.ts'
import { readTnef } from './tnef.ts'
import { endOfHeader, tidyMail } from './tidy.ts'
import { takeUuencoded } from './uuencode.ts'

/** What has to be said about a mail beside its own words. */
export type MailRemark =
  /** S/MIME or OpenPGP: its words cannot be read here. */
  | 'sealed_smime'
  | 'sealed_pgp'
  /** S/MIME that wraps its text in a signature instead of adding one. */
  | 'wrapped_smime'
  /** One piece of a mail that was cut for sending (RFC 2046 5.2.2). */
  | 'partial'
  /** Outlook's own format, of which not everything could be read: it is kept as it came. */
  | 'winmail'
  | 'text_cut'
  | 'attachments_cut'

const EMBEDDED_NAMED_MAX = 50
const EMBEDDED_HEADER_MAX = 65_536
const PGP_BEGINS = '-----BEGIN PGP MESSAGE-----'
const PGP_ENDS = '-----END PGP MESSAGE-----'

/**
 * The text without the files that stand in it, and all files, those that say what they are without a name with one. What a mailer
 * encoded in an old way is decoded here.
 */
export async function takeFiles(mime: ParsedMime): Promise<{ text: string; html: string; files: ParsedAttachment[] }> {
  const opened = openWinmails(mime)
  const { text, files } = takeUuencoded(opened.text)
  const armoured = armouredIn(text)
  const inText = [
    ...files.map(({ name, content }) => aFile(name, 'application/octet-stream', content)),
    ...(armoured ? [aFile('pesan-terenkripsi.asc', 'application/pgp-encrypted', Buffer.from(armoured))] : []),
  ]
  const own: ParsedAttachment[] = []
  for (const [index, part] of opened.attachments.entries()) own.push(await withName(decoded(part), index))
  return {
    text: armoured ? text.replace(armoured, () => '') : text,
    html: opened.html,
    files: [...own, ...inText],
  }
}

const isWinmail = ({ name, type }: Pick<ParsedAttachment, 'name' | 'type'>) =>
  /^application\/(vnd\.)?ms-tnef$/.test(type) || /^winmail\.dat$/i.test(name ?? '')

/**
 * What Outlook wrapped, unwrapped: the files in the place of winmail.dat, and its words where the mail has none of its own (it usually repeats
 * them). Where it is broken or none, it stays beside what was found in it.
 */
function openWinmails(mime: ParsedMime): Pick<ParsedMime, 'text' | 'html' | 'attachments'> {
  let { text, html } = mime
  const attachments = mime.attachments.flatMap((part) => {
    const tnef = isWinmail(part) ? readTnef(part.content) : null
    if (!tnef) return part
    if (text.trim() === '' && html.trim() === '') {
      html = tnef.html
      text = tnef.html === '' ? tnef.text : textOfHtml(tnef.html)
    }
    const files = tnef.files.map(({ name, type, content, content_id }) => ({
      ...aFile(name, type.toLowerCase(), content),
      content_id,
      inline: content_id !== null,
    }))
    const found = files.length > 0 || tnef.text !== '' || tnef.html !== ''
    return tnef.whole && found ? files : [part, ...files]
  })
  return { text, html, attachments }
}

/** The first message sealed by OpenPGP that stands in the text itself. */
function armouredIn(text: string): string | null {
  const begins = text.indexOf(PGP_BEGINS)
  const ends = begins < 0 ? -1 : text.indexOf(PGP_ENDS, begins)
  return ends < 0 ? null : text.slice(begins, ends + PGP_ENDS.length)
}

const aFile = (name: string | null, type: string, content: Buffer): ParsedAttachment => ({
  name,
  type,
  content,
  charset: null,
  encoding: '',
  inline: false,
  content_id: null,
})

function decoded(part: ParsedAttachment): ParsedAttachment {
  if (!/^(x-)?uu(e|encode)?$/.test(part.encoding)) return part
  const file = takeUuencoded(part.content.toString('latin1')).files[0]
  return file ? { ...part, name: part.name ?? file.name, content: file.content } : part
}

/** A mail inside the mail is named by its subject. Only its header is read: what it holds is its own. */
async function withName(part: ParsedAttachment, index: number): Promise<ParsedAttachment> {
  if (part.name) return part
  if (part.type === 'text/calendar') return { ...part, name: 'undangan.ics' }
  if (part.type === 'message/delivery-status') return { ...part, name: 'laporan-pengiriman.txt' }
  if (part.type === 'message/partial') return { ...part, name: 'potongan.eml' }
  if (part.type !== 'message/rfc822' && part.type !== 'message/global') return part
  return { ...part, name: `${index < EMBEDDED_NAMED_MAX ? await subjectOf(part.content) : 'surel'}.eml` }
}

async function subjectOf(content: Buffer): Promise<string> {
  const header = content.subarray(0, Math.min(endOfHeader(content), EMBEDDED_HEADER_MAX))
  const { headers } = await parseMime(
    tidyMail(Buffer.concat([header, Buffer.from('\r\nContent-Type: text/plain\r\n\r\n')])),
  )
  const subject = String(headers.get('subject') ?? '')
    .replace(/[\p{Cc}/\\:*?"<>|]+/gu, ' ')
    .trim()
    .slice(0, 120)
    .trim()
  return subject || 'surel'
}

/** Also from the calendar that Outlook hangs on as a file. */
export function invitationsIn(files: readonly ParsedAttachment[]): Invitation[] {
  const calendar =
    files.find(({ type }) => type === 'text/calendar') ?? files.find(({ type }) => type === 'application/ics')
  return calendar ? readInvitations(decodeText(calendar.content, calendar.charset)) : []
}

/** What the types of the parts, and the files found, tell about the mail. */
export function remarksOn({ types }: ParsedMime, files: readonly ParsedAttachment[]): MailRemark[] {
  const remarks = new Set<MailRemark>()
  for (const { type, parameters } of types) {
    if (/^application\/(x-)?pkcs7-mime$/.test(type))
      remarks.add(isWrapped(parameters['smime-type']) ? 'wrapped_smime' : 'sealed_smime')
    if (type === 'multipart/encrypted') remarks.add('sealed_pgp')
    if (type === 'message/partial') remarks.add('partial')
  }
  for (const { name, type } of files) {
    if (type === 'application/pgp-encrypted') remarks.add('sealed_pgp')
    if (isWinmail({ name, type })) remarks.add('winmail')
  }
  return [...remarks]
}

const isWrapped = (kind: string | undefined) =>
  /^(signed-data|signed-receipt|compressed-data)$/i.test(kind?.trim() ?? '')
