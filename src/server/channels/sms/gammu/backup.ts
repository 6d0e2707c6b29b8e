/** Gammu's own format for messages in files (`.smsbackup`, and what comes in with `inboxformat = detail`). Texts stand in it as UTF-16 in hexadecimal digits. */
import type { Coding } from '../segments.ts'

export interface BackupPart {
  text: string
  /** The user data header in hexadecimal digits; '' for a whole text. */
  header: string
  /** Ring tones and the like: `text` is empty. */
  is_binary: boolean
}

const SECTION = /^\[SMSBackup\d{3,}\]$/
/** As Gammu itself breaks them. */
const DIGITS_IN_LINE = 200

export const isBackup = (content: string): boolean =>
  content.startsWith('; This file format was designed for Gammu') && /^\[SMSBackup000\]/m.test(content)

/** The parts in the order of the file; what is no part of the format is passed over. */
export function readBackup(content: string): BackupPart[] {
  const sections: Map<string, string>[] = []
  for (const line of content.split(/\r?\n/)) {
    if (SECTION.test(line)) sections.push(new Map())
    const [, name, value] = /^(\w{1,40}) = (.*)$/.exec(line) ?? []
    if (name !== undefined) sections.at(-1)?.set(name, value!)
  }
  return sections.map((fields) => {
    const is_binary = fields.get('Coding') === '8bit'
    const lines = [...fields].flatMap(([name, value]) => (/^Text\d{2,}$/.test(name) ? [value] : []))
    return { text: is_binary ? '' : textOfHex(lines.join('')), header: fields.get('UDH') ?? '', is_binary }
  })
}

/** A text as one file; the number and the digits cannot break out of their lines. */
export function writeBackup(text: {
  to: string
  parts: readonly string[]
  headers: readonly Buffer[]
  coding: Coding
}): string {
  const number = text.to.replaceAll(/[^+\d]/g, '')
  const sections = text.parts.map((part, index) => {
    const digits = hexOf(part).match(new RegExp(`.{1,${DIGITS_IN_LINE}}`, 'g')) ?? ['']
    return [
      `[SMSBackup${String(index).padStart(3, '0')}]`,
      // With this word a delivery report is asked for.
      'PDU = Status_Report',
      'State = Sent',
      `Number = "${number}"`,
      `NumberUnicode = ${hexOf(number)}`,
      'Name = ""',
      'NameUnicode = ',
      ...(text.headers[index] ? [`UDH = ${text.headers[index].toString('hex').toUpperCase()}`] : []),
      ...digits.map((line, place) => `Text${String(place).padStart(2, '0')} = ${line}`),
      `Coding = ${CODINGS[text.coding]}`,
      'Folder = 1',
      `Length = ${part.length}`,
      'Class = -1',
      'ReplySMSC = False',
      'RejectDuplicates = False',
      'ReplaceMessage = 0',
      'MessageReference = 0',
      '',
    ].join('\n')
  })
  return [
    '; This file format was designed for Gammu and is compatible with Gammu+\n; See <http://www.gammu.org> for more info\n',
    ...sections,
  ].join('\n')
}

/** Gammu's names, in files and in its tables. */
export const CODINGS = { gsm: 'Default_No_Compression', ucs2: 'Unicode_No_Compression' } as const

export const hexOf = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()

/** '' for digits that are none. */
export function textOfHex(digits: string): string {
  if (!/^(?:[0-9a-f]{4})*$/i.test(digits)) return ''
  return Buffer.from(digits, 'hex').swap16().toString('utf16le')
}
