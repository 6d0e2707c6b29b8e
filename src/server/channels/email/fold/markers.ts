/**
 * The lines by which mailers set off what they repeat and what they add, in Indonesian and English: Gmail, Outlook (desktop, web,
 * telephone), Apple Mail, Thunderbird, Zimbra, Yahoo, Roundcube, Samsung and the like. Each takes one trimmed line.
 */

/** A day or a time of day: a person may well write "Pada rapat kemarin kepala dinas menulis:" and go on. */
const MOMENT = /\d{1,2}[.:]\d{2}|\b(?:19|20)\d{2}\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b/
const ATTRIBUTIONS = [
  // Gmail, Apple Mail, Thunderbird, Yahoo, Roundcube: "On … wrote:", "Pada … menulis:"
  /^(?:On|Pada)\b.{5,600}\b(?:wrote|writes|menulis|menuliskan)\s?:$/,
  // SeaMonkey, older Thunderbird: "Budi menulis pada 21/11/2026 09.12:"
  /^.{2,300}\b(?:wrote|menulis)\s(?:on|at|pada)\s.{4,80}:$/,
  // Older Gmail: "2026-11-21 9:12 GMT+07:00 Budi <budi@contoh.id>:"
  /^\d{4}-\d{2}-\d{2} \d{1,2}[.:]\d{2} .{1,300}<[^<>]{3,254}>:$/,
]
/** Mutt and terse settings: "Budi <budi@contoh.id> menulis:" */
const ATTRIBUTION_BY_ADDRESS = /^[^<>]{0,200}<[^<>\s]{1,64}@[^<>\s]{1,255}>\s(?:wrote|menulis)\s?:$/

/** The line, or up to three lines joined, with which a mailer introduces what it quotes. */
export const isAttribution = (line: string): boolean =>
  line.endsWith(':') &&
  ((MOMENT.test(line) && ATTRIBUTIONS.some((attribution) => attribution.test(line))) ||
    ATTRIBUTION_BY_ADDRESS.test(line))

/** Could be the first of the lines that an attribution was broken into; cheap, because it is asked of every line. */
export const mayBeginAttribution = (line: string): boolean =>
  /^(?:On|Pada)\s|^\d{4}-\d{2}-\d{2} \d|<|\bwrote\b|\bmenulis\b/.test(line)

/** Outlook, Zimbra, Samsung, web mailers: "-----Original Message-----", "-------- Pesan asli --------". */
export const isOriginalMessage = (line: string): boolean =>
  /^-{2,}\s*(?:Original Message|Original Appointment|Pesan Asli|Pesan Awal|Pesan Orisinal)\s*-{2,}$/i.test(line)

/** What follows is what the sender wants to be read, so it is never folded away. */
export const isForwardMark = (line: string): boolean =>
  /^-{2,}\s*(?:Forwarded Message|Pesan (?:yang )?(?:Terusan|Diteruskan))(?: .{0,80}?)?\s*-{2,}$/i.test(line) ||
  /^(?:Begin forwarded message|Awal pesan yang diteruskan|Pesan yang diteruskan)\s?:$/i.test(line)

/** The subject of what was passed on: Outlook then writes the same block of fields as in an answer. */
export const isForwardedSubject = (subject: string): boolean => /^\s*(?:fwd?|fw|terusan|trs)\s*:/i.test(subject)

/** Whether a mail passes on what somebody else wrote. */
export const isForwarded = ({ subject, text }: { subject: string; text: string }): boolean =>
  isForwardedSubject(subject) || text.split('\n').some((line) => isForwardMark(line.slice(0, 200).trim()))

const FROM = /^\*?(?:From|Dari)\s?\*?\s*:\*?\s*\S/i
const TO_OR_SUBJECT = /^\*?(?:To|Cc|Subject|Kepada|Ke|Tembusan|Subjek|Perihal|Hal)\s?\*?\s*:/i
const WHEN = /^\*?(?:Sent|Date|Dikirim|Terkirim|Tanggal|Waktu)\s?\*?\s*:.*\d{1,2}[.:]\d{2}/i
const BLOCK_LINES = 7

/**
 * Outlook, Zimbra and Samsung repeat the fields of the mail they answer: "Dari: … Dikirim: … Kepada: … Perihal: …". The time of day
 * tells it from an office memo (nota dinas), which has the same fields and a day without time.
 */
export function isFieldBlock(lines: readonly string[], at: number): boolean {
  if (!FROM.test(lines[at]!)) return false
  const block = lines.slice(at + 1, at + BLOCK_LINES)
  return block.some((line) => WHEN.test(line)) && block.some((line) => TO_OR_SUBJECT.test(line))
}

/** Drawn by Outlook and web mailers above what they quote. */
export const isRule = (line: string): boolean => /^(?:_{10,}|-{10,}|—{5,})$/.test(line)

/** RFC 3676 4.3, also where the mailer lost the space. */
export const isSignatureDelimiter = (line: string): boolean => line === '--' || line === '—'

const SENT_FROM = /^(?:Sent|Dikirim|Terkirim) (?:from|with|via|dari|dengan|melalui|menggunakan) /i
/** What a telephone or a program calls itself. "Dikirim dari Bandung" is somebody's sentence about a parcel. */
const DEVICE =
  /\b(?:iPhone|iPad|Galaxy|Samsung|Yahoo|Outlook|Mail|Gmail|Android|Windows|Huawei|Xiaomi|Redmi|POCO|OPPO|vivo|realme|Infinix|Nokia|Proton|BlackBerry|Zimbra|Spark|Thunderbird|mobile|phone|smartphone|ponsel|telepon|HP|gawai|perangkat)\b/i

/** One line that a telephone or a program puts under every mail. */
export const isDeviceLine = (line: string): boolean =>
  line.length <= 160 &&
  ((SENT_FROM.test(line) && DEVICE.test(line) && !/[.?!]$/.test(line)) ||
    /^(?:Get|Dapatkan|Unduh) (?:Outlook|BlueMail|Yahoo|TypeApp)\b.{0,20}\b(?:for|untuk)\b/.test(line) ||
    /^(?:Yahoo Mail|Surel Yahoo)\s?:\s/.test(line))

/** Below every mail of an office or a list: notices of confidentiality, how to leave. */
export const isFooterMark = (line: string): boolean =>
  /^(?:\*{0,2})(?:disclaimer|penafian|confidentiality notice|pemberitahuan kerahasiaan)\b/i.test(line) ||
  /^_{5,60}$/.test(line)
export const isListFooter = (line: string): boolean =>
  /mailing list|milis|unsubscribe|berhenti berlangganan|listinfo|to this group|grup ini/i.test(line)

/** Ends a text signed with OpenPGP. */
export const isPgpSignature = (line: string): boolean => line === '-----BEGIN PGP SIGNATURE-----'
