/**
 * Every setting of Pandu with its schema, its default and its remedy (docs/settings.md is written from the same list).
 * Read once at start from the environment and from `pandu.env` in the data folder; the environment wins.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { GatewayLineFault, readGatewayLines } from './gateway-lines.ts'

const PORT = 'must be a port number from 0 to 65535'
const port = z.coerce.number(PORT).int(PORT).min(0, PORT).max(65535, PORT)
/** An address with a scheme of the list and a host; the sentence says what one looks like. */
const address = (protocols: readonly string[], sentence: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), sentence)
const postgres = address(
  ['postgres:', 'postgresql:'],
  'must be a PostgreSQL address, such as postgres://user:password@host:5432/pandu or postgres:///pandu?host=/run/postgresql&user=pandu',
)
const TELEGRAM_API = 'must be an address such as https://api.telegram.org; http:// only for this machine'
const isThisMachine = (hostname: string) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
const relay = address(
  ['smtp:', 'smtps:'],
  'must be a mail server, such as smtp://user:password@mail.contoh.go.id:587',
).refine(
  (text) => !URL.canParse(text) || new URL(text).hostname !== '',
  'must name a mail server, such as smtp://mail.contoh.go.id:25',
)
// What a socket can be bound to: an address, or a name that may stand for one. 999.1.1.1 is neither.
const host = z
  .string()
  .refine(
    (text) =>
      isIP(text) !== 0 ||
      (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text) && !/^[\d.]+$/.test(text)),
    'must be an IP address or a host name, such as 127.0.0.1 or 0.0.0.0',
  )
const imap = address(
  ['imap:', 'imaps:'],
  'must be a mailbox, such as imaps://helpdesk:password@mail.contoh.go.id/INBOX',
).refine(
  (text) => !URL.canParse(text) || (new URL(text).hostname !== '' && new URL(text).username !== ''),
  'must name a mail server and a user, such as imaps://helpdesk:password@mail.contoh.go.id/INBOX',
)
// Read again by whoever opens them: the settings keep what was written.
const gateways = z.string().superRefine((text, context) => {
  try {
    readGatewayLines(text)
  } catch (fault) {
    if (!(fault instanceof GatewayLineFault)) throw fault
    context.addIssue({ code: 'custom', message: fault.message })
  }
})
// The token stands in the path of every call: unencrypted it may go to this machine only (a Bot API server of one's own).
const botApi = z
  .string()
  .refine((text) => {
    if (!URL.canParse(text)) return false
    const { protocol, hostname, search, hash } = new URL(text)
    return (protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname))) && search + hash === ''
  }, TELEGRAM_API)
  .transform((text) => text.replace(/\/+$/, ''))
// A port, or the path of a socket that the mail host may open.
const PORT_OR_PATH = `${PORT}, or the path of a socket such as /run/pandu/lmtp`
const portOrPath = z
  .string()
  .refine((text) => /^\/[^\0]{1,100}$/.test(text) || (/^\d{1,5}$/.test(text) && Number(text) <= 65535), PORT_OR_PATH)
  .transform((text) => (text.startsWith('/') ? text : Number(text)))
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
const isOrigin = (text: string) =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).pathname === '/'
const origin = z
  .string()
  .refine((text) => isOrigin(text) && !/[?#]/.test(text), 'must be an origin, such as https://bantuan.contoh.go.id')
  .transform((text) => new URL(text).origin)
const mailDomain = z
  .string()
  .toLowerCase()
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'must be a domain name, such as contoh.go.id',
  )
// 10.0.0.1, 10.0.0.1:5353, 2001:db8::1, [2001:db8::1]:5353
function isServer(text: string): boolean {
  const [, v6, v4, port] = /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  return isIP(text) !== 0 || (isIP(v6 ?? v4 ?? '') !== 0 && Number(port ?? 53) <= 65535)
}
// 10.0.0.1, 10.0.0.0/8, fd00::/8
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  const known = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
  return family !== 0 && known && rest.length === 0
}
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

// The access token goes there with every request: only to this machine without encryption, for tests.
const whatsappApi = z
  .string()
  .refine(
    (text) =>
      URL.canParse(text) &&
      (new URL(text).protocol === 'https:' || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(text)) &&
      /^[^?#]+\/v\d+\.\d+$/.test(text),
    'must be an https address that ends in a version, such as https://graph.facebook.com/v25.0',
  )
const SECRET_TEXT = /^[!-~]+$/

const schema = z.object({
  PANDU_DATA: z.string().min(1).default('./data'),
  DATABASE_URL: optional(postgres),
  PANDU_DATABASE_WEB_URL: optional(postgres),
  PANDU_DATABASE_WORKER_URL: optional(postgres),
  PANDU_ORIGIN: origin.optional(),
  PANDU_HOST: host.default('127.0.0.1'),
  PANDU_PORT: port.default(8080),
  PANDU_SMTP_HOST: host.default('127.0.0.1'),
  PANDU_SMTP_PORT: port.default(2525),
  PANDU_SMTP_CERTIFICATE: optional(z.string()),
  PANDU_SMTP_KEY: optional(z.string()),
  PANDU_LMTP_PORT: portOrPath.default(0),
  PANDU_IMAP_URL: optional(imap),
  PANDU_IMAP_AFTER: z
    .string()
    .regex(/^(seen|flagged|move:.+)$/, 'must be seen, flagged or move:FOLDER, such as move:Taken')
    .default('seen'),
  PANDU_MAIL_AUTHSERV_ID: optional(
    z
      .string()
      .regex(/^[!-:<-~]{1,255}$/, 'must be the name that stands first in the Authentication-Results of your mail host'),
  ),
  PANDU_MAIL_FORWARDERS: list
    .transform((domains) => domains.map((domain) => domain.toLowerCase()))
    .refine(
      (domains) => domains.every((domain) => mailDomain.safeParse(domain).success),
      'must be domain names, such as milis.contoh.go.id',
    )
    .default([]),
  PANDU_MAIL_DOMAIN: optional(mailDomain),
  PANDU_REPLY_DOMAIN: optional(mailDomain),
  PANDU_TRUSTED_PROXIES: list
    .refine((entries) => entries.every(isNetwork), 'must be IP addresses or networks, separated by commas')
    .default([]),
  PANDU_DNS: list
    .refine((entries) => entries.every(isServer), 'must be IP addresses of name servers, separated by commas')
    .default([]),
  PANDU_FILES_ORIGIN: optional(origin),
  PANDU_MAIL_RELAY: optional(relay),
  PANDU_SMS_GATEWAY: optional(gateways),
  PANDU_GATEWAYS: list
    .refine((entries) => entries.every(isNetwork), 'must be IP addresses or networks, separated by commas')
    .default(['127.0.0.0/8', '::1']),
  PANDU_GATEWAY_KEY: optional(z.string().min(16, 'must have at least 16 characters')),
  PANDU_WHATSAPP_NUMBER_ID: optional(z.string().regex(/^\d{5,30}$/, 'must be the Phone number ID: digits only')),
  PANDU_WHATSAPP_NUMBER: optional(
    z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a number with country code and no blanks, such as +6281112345678'),
  ),
  PANDU_WHATSAPP_TOKEN: optional(z.string().regex(SECRET_TEXT, 'must be the access token, without blanks')),
  PANDU_WHATSAPP_SECRET: optional(
    z.string().regex(/^[0-9a-f]{32}$/, 'must be the App secret: 32 digits and letters a to f'),
  ),
  PANDU_WHATSAPP_VERIFY: optional(
    z
      .string()
      .min(16, 'must have at least 16 characters')
      .max(200, 'must have at most 200 characters')
      .regex(SECRET_TEXT, 'must be of letters, digits and signs without blanks'),
  ),
  PANDU_WHATSAPP_API: whatsappApi.default('https://graph.facebook.com/v25.0'),
  PANDU_TELEGRAM_TOKEN: optional(
    z.string().regex(/^\d{1,20}:[\w-]{20,100}$/, 'must be the token that @BotFather gave, such as 123456789:AAE…'),
  ),
  PANDU_TELEGRAM_SECRET: optional(
    z.string().regex(/^[\w-]{16,256}$/, 'must have 16 to 256 letters, digits, _ and -, such as a long random word'),
  ),
  PANDU_TELEGRAM_MODE: optional(z.enum(['webhook', 'polling'], 'must be webhook or polling')),
  PANDU_TELEGRAM_API: botApi.default('https://api.telegram.org'),
  PANDU_JOURNAL_MAIL: optional(z.email('must be a mail address, such as arsip@contoh.go.id')),
  PANDU_LOG: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  PANDU_SECRET: optional(z.string().min(32, 'must have at least 32 characters')),
})

export type Settings = Readonly<
  Omit<z.infer<typeof schema>, 'PANDU_ORIGIN' | 'PANDU_MAIL_DOMAIN' | 'PANDU_REPLY_DOMAIN'> & {
    PANDU_ORIGIN: string
    PANDU_MAIL_DOMAIN: string
    PANDU_REPLY_DOMAIN: string
  }
>
export type SettingName = keyof Settings

/** Where a setting's value came from; the settings page shows it. */
export type SettingSource = 'environment' | 'pandu.env' | 'default'

export class SettingFault extends Error {}

/**
 * Reads and checks all settings; an empty one counts as not set. Throws {@link SettingFault} whose message is one line: the setting, the fault, the remedy.
 * An unknown name that begins with PANDU_ in `pandu.env` is a fault too: a misspelt setting must not be ignored silently.
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): {
  settings: Settings
  sources: Record<SettingName, SettingSource>
} {
  const data = resolve(filled(environment['PANDU_DATA']) ?? './data')
  const path = join(data, 'pandu.env')
  const file = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {}
  const names = Object.keys(schema.shape) as SettingName[]
  const known = new Set<string>([...names, 'PANDU_FAULT'])
  const unknown = Object.keys(file).find((name) => !known.has(name))
  if (unknown)
    throw new SettingFault(`${unknown} in ${path} is not a setting of Pandu; remove the line or correct its name`)

  const given: Record<string, string | undefined> = {}
  const sources = {} as Record<SettingName, SettingSource>
  for (const name of names) {
    const [outside, written] = [filled(environment[name]), filled(file[name])]
    sources[name] = outside !== undefined ? 'environment' : written !== undefined ? 'pandu.env' : 'default'
    given[name] = outside ?? written
  }
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0])
    const where = sources[name as SettingName] === 'pandu.env' ? path : 'the environment'
    throw new SettingFault(`${name} ${faultOf(issue?.message)}; correct it in ${where} or remove it to use the default`)
  }
  if (!parsed.data.PANDU_SMTP_CERTIFICATE !== !parsed.data.PANDU_SMTP_KEY)
    throw new SettingFault(
      'PANDU_SMTP_CERTIFICATE and PANDU_SMTP_KEY belong together; set both to files in PEM form, or remove the other',
    )
  const whatsapp = WHATSAPP.filter((name) => parsed.data[name] !== undefined)
  if (whatsapp.length > 0 && whatsapp.length < WHATSAPP.length)
    throw new SettingFault(
      `${WHATSAPP.find((name) => parsed.data[name] === undefined)} is missing beside ${whatsapp[0]}; set all of ${WHATSAPP.join(', ')}, or remove all`,
    )
  if (parsed.data.PANDU_TELEGRAM_MODE === 'webhook' && !parsed.data.PANDU_TELEGRAM_SECRET)
    throw new SettingFault(
      'PANDU_TELEGRAM_MODE is webhook, and PANDU_TELEGRAM_SECRET is missing; set it to a long random word, or remove the mode',
    )
  // Whoever moves only the port gets a house whose address has it.
  const address = parsed.data.PANDU_ORIGIN ?? new URL(`http://localhost:${parsed.data.PANDU_PORT}`).origin
  const mail = parsed.data.PANDU_MAIL_DOMAIN ?? new URL(address).hostname
  return {
    settings: {
      ...parsed.data,
      PANDU_DATA: data,
      PANDU_ORIGIN: address,
      PANDU_MAIL_DOMAIN: mail,
      PANDU_REPLY_DOMAIN: parsed.data.PANDU_REPLY_DOMAIN ?? `balas.${mail}`,
    },
    sources,
  }
}

/** WhatsApp works with all of them or not at all. */
const WHATSAPP = [
  'PANDU_WHATSAPP_NUMBER_ID',
  'PANDU_WHATSAPP_NUMBER',
  'PANDU_WHATSAPP_TOKEN',
  'PANDU_WHATSAPP_SECRET',
  'PANDU_WHATSAPP_VERIFY',
] as const

/** `NAME=` says nothing, so the default counts. */
const filled = (value: string | undefined) => (value?.trim() ? value : undefined)

const faultOf = (message: string | undefined) =>
  message ? message.replace(/^./, (first) => first.toLowerCase()) : 'is wrong'
