import type { Settings, SettingName, SettingSource } from '../../settings.ts'

export interface ShownSetting {
  name: SettingName
  /** For people: passwords in addresses and whole secrets are masked; null where nothing is set. */
  value: string | null
  source: SettingSource
}

const MASK = '••••••'
// Several addresses in one setting, each behind a word of its kind.
const CREDENTIALS = /(:\/\/[^\s/:@]*:)[^\s/]*@/g
const IN_QUERY = /([?&][^\s=&#]*(?:pass|secret|key|token)[^\s=&#]*=)[^\s&#]*/gi
/** Shown as set or not, and nothing more; by their names, so that the next token is not forgotten here. */
const SECRET = /_(SECRET|TOKEN|VERIFY)$|^PANDU_GATEWAY_KEY$/

/** The settings that are in force, each with where its value came from; nothing in the answer lets anybody in anywhere. */
export function shownSettings(settings: Settings, sources: Record<SettingName, SettingSource>): ShownSetting[] {
  // The sources name every setting, also those that have no value.
  return (Object.keys(sources) as SettingName[]).map((name) => ({
    name,
    value: shown(name, settings[name]),
    source: sources[name],
  }))
}

function shown(name: SettingName, value: Settings[SettingName]): string | null {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '')
  if (text === '') return null
  if (SECRET.test(name)) return MASK
  if (name === 'PANDU_SMS_GATEWAY') return text.replace(CREDENTIALS, `$1${MASK}@`).replace(IN_QUERY, `$1${MASK}`)
  return /^[a-z]+:\/\//.test(text) && URL.canParse(text) ? withoutPassword(text) : text
}

function withoutPassword(address: string): string {
  const url = new URL(address)
  if (url.password === '' && url.search === '') return address
  if (url.password !== '') url.password = 'MASK'
  // An address of PostgreSQL may carry its password as a parameter too.
  for (const [name] of new URLSearchParams(url.search))
    if (/pass|secret|key|token/i.test(name)) url.searchParams.set(name, 'MASK')
  return url.toString().replaceAll('MASK', MASK)
}
