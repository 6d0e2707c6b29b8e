import { readNumber } from '../../tickets/index.ts'

/** What whoever holds a number may ask about their own data; what becomes of it is the folder privacy's, and everything begins with a code. */
export type DataWord =
  | { word: 'DATA'; what: 'copy' | 'correction' | 'restriction' | 'erasure' | 'consent' }
  /** The code that was sent to the number, sent back. */
  | { word: 'KODE'; code: string }

const WORDS: readonly (readonly [RegExp, DataWord & { word: 'DATA' }])[] = [
  [/^(?:(?:minta|salinan|minta salinan) )?data (?:pribadi )?saya$/i, { word: 'DATA', what: 'copy' }],
  [/^hapus data(?: (?:pribadi )?saya)?$/i, { word: 'DATA', what: 'erasure' }],
  [/^batasi data(?: (?:pribadi )?saya)?$/i, { word: 'DATA', what: 'restriction' }],
  [/^tarik persetujuan(?: (?:data )?(?:pribadi )?saya)?$/i, { word: 'DATA', what: 'consent' }],
  [/^(?:perbaiki|koreksi) data (?:pribadi )?saya$/i, { word: 'DATA', what: 'correction' }],
]

/** Of a whole text, tidied; null for anything else. A code is never the number of a ticket. */
export function readDataWord(message: string): DataWord | null {
  const word = WORDS.find(([spelling]) => spelling.test(message))?.[1]
  if (word) return word
  const code = /^data (\d{6})$/i.exec(message)?.[1]
  return code !== undefined && readNumber(code) === null ? { word: 'KODE', code } : null
}

/** Nothing but six figures, from whoever was sent a code: what they type who are asked to. */
export function readBareCode(text: string): DataWord | null {
  const code = /^\s*(\d{3}) ?(\d{3})[\s.]*$/.exec(text)?.slice(1).join('')
  return code !== undefined && readNumber(code) === null ? { word: 'KODE', code } : null
}

const SPELLED = {
  copy: 'DATA SAYA',
  correction: 'PERBAIKI DATA SAYA',
  restriction: 'BATASI DATA SAYA',
  erasure: 'HAPUS DATA SAYA',
  consent: 'TARIK PERSETUJUAN',
} as const
export const spelledData = (command: DataWord): string =>
  command.word === 'DATA' ? SPELLED[command.what] : `DATA ${command.code}`
