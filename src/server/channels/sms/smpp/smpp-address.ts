/** What stands in an SMPP line before `#`: `smpp://system:password@host:2775?window=10`. docs/channels.md lists the words behind `?`. */
import { SettingFault } from '../../../../settings.ts'
import { defaultAlphabets, type DefaultAlphabet } from './letters.ts'

export interface SmppAddress {
  host: string
  port: number
  /** TLS from the first byte (smpps). */
  secure: boolean
  /** A file with the certificates that may have signed the operator's, in place of those that the system trusts; null: those. */
  ca: string | null
  /** Whose certificate it must be; null: the host's. */
  tls_name: string | null
  system_id: string
  password: string
  system_type: string
  /** One connection for both ways, or one for each. */
  bind: 'transceiver' | 'pair'
  alphabet: DefaultAlphabet
  /** How many messages may wait for the operator's answer. */
  window: number
  /** After so long a silence the operator is asked whether it is there. */
  enquire_ms: number
  /** How long its answer may take. */
  answer_ms: number
  /** An operator that says "too much" is left alone for so long. */
  pause_ms: number
  /** The operator names a message in its reports otherwise than in its answer: there in decimal digits, or in hexadecimal ones. */
  reports: 'same' | 'decimal' | 'hex'
  /** Types and plans of numbers, where the operator wants others than they seem to have; null: as they seem. */
  source: { ton: number | null; npi: number | null }
  destination: { ton: number | null; npi: number | null }
  service_type: string
}

const PORT = 2775
const SECURE_PORT = 3550

/** @throws SettingFault that repeats no password */
export function readSmppAddress(text: string): SmppAddress {
  const url = new URL(text)
  const secure = url.protocol === 'smpps:'
  const given = url.searchParams
  for (const key of given.keys())
    if (!WORDS.has(key))
      throw new SettingFault(
        `PANDU_SMS_GATEWAY: smpp knows no ${key.slice(0, 30)} behind ?, only ${[...WORDS].join(', ')}`,
      )
  const of_tls = ['ca', 'tls_name'].find((key) => given.has(key))
  if (!secure && of_tls) throw new SettingFault(`PANDU_SMS_GATEWAY: smpp has ${of_tls}, which only smpps:// knows`)
  const ca = given.get('ca')
  if (ca !== null && !ca.startsWith('/'))
    throw new SettingFault('PANDU_SMS_GATEWAY: smpps has a wrong ca; it must be the whole path of a file in PEM')
  const number = (key: string, otherwise: number, most: number) => numberIn(given, key, most) ?? otherwise
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (secure ? SECURE_PORT : PORT)),
    secure,
    ca,
    tls_name: given.get('tls_name'),
    system_id: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    system_type: given.get('system_type') ?? '',
    bind: oneOf(given, 'bind', ['transceiver', 'pair'] as const),
    alphabet: oneOf(given, 'alphabet', defaultAlphabets),
    window: Math.max(1, number('window', 10, 1000)),
    enquire_ms: Math.max(1, number('enquire', 30, 3600)) * 1000,
    answer_ms: Math.max(1, number('answer', 30, 600)) * 1000,
    pause_ms: Math.max(1, number('pause', 5, 600)) * 1000,
    reports: oneOf(given, 'reports', ['same', 'decimal', 'hex'] as const),
    source: { ton: numberIn(given, 'source_ton', 6), npi: numberIn(given, 'source_npi', 18) },
    destination: { ton: numberIn(given, 'dest_ton', 6), npi: numberIn(given, 'dest_npi', 18) },
    service_type: given.get('service_type')?.slice(0, 5) ?? '',
  }
}

/** Whose line it is, without the password: two processes with the same name mean the same bind. */
export const bindName = ({ system_id, host, port }: SmppAddress) => `${system_id}@${host}:${port}`
/** The lease by which one process of all binds it. */
export const smppLease = (address: SmppAddress) => `smpp ${bindName(address)}`

const WORDS = new Set([
  'bind',
  'alphabet',
  'ca',
  'tls_name',
  'window',
  'enquire',
  'answer',
  'pause',
  'reports',
  'system_type',
  'service_type',
  'source_ton',
  'source_npi',
  'dest_ton',
  'dest_npi',
])

function oneOf<T extends string>(given: URLSearchParams, key: string, words: readonly [T, ...T[]]): T {
  const text = given.get(key)
  if (text === null) return words[0]
  const found = words.find((word) => word === text)
  if (!found) throw new SettingFault(`PANDU_SMS_GATEWAY: smpp has a wrong ${key}; it must be ${words.join(' or ')}`)
  return found
}

function numberIn(given: URLSearchParams, key: string, most: number): number | null {
  const text = given.get(key)
  if (text === null) return null
  if (!/^\d{1,4}$/.test(text) || Number(text) > most)
    throw new SettingFault(`PANDU_SMS_GATEWAY: smpp has a wrong ${key}; it must be a number up to ${most}`)
  return Number(text)
}
