/**
 * The lines of `PANDU_SMS_GATEWAY`, separated by blanks: `kannel:http://user:password@host:13013/cgi-bin/sendsms#name=satu&prefix=+62811`. What stands
 * before `#` is the gateway's own address, what stands behind it is ours. Pure; beside the settings because a wrong line stops the start.
 */

/** What carries texts; an item's `greeting` begins with it: "kannel:name". */
export type GatewayKind = 'kannel' | 'smpp' | 'gammu' | 'http' | 'whatsapp' | 'telegram'

/** One way out, as the settings describe it. */
export interface OpenedLine {
  /** Unique; stands in `outbox.gateway` and in the greeting of what it brings. */
  name: string
  kind: GatewayKind
  /** The gateway's own part, without the word of the kind where that is not its scheme: `http://…` of a Kannel, `sqlite:/path` of a Gammu. */
  url: string
  /** Of the numbers that it serves, `+62811`; none: it serves all. */
  prefixes: string[]
  /** What the recipient sees as sender, where the gateway lets us say it. */
  from: string | null
  /** Of one part, in rupiah; null: not known, then none is shown. */
  cost: number | null
  /** Parts that it takes in a second; null: as many as it answers. */
  per_second: number | null
  /** Parts of one message that it takes; some drop the rest silently. */
  parts_max: number
  /** Where the gateway reaches us with its reports, `http://10.0.0.5:8080`; not given: reckoned from our own settings. */
  reports?: string
}

/** Why a line cannot be read; the message goes on after the name of the setting. */
export class GatewayLineFault extends Error {}

const PARTS_MAX = 10
/** The part's place in a longer message is one byte (3GPP TS 23.040). */
const PARTS_LIMIT = 255
const NAME = /^[a-z0-9][a-z0-9-]{0,29}$/
const PREFIX = /^\+\d{1,15}$/
/** Eleven letters or a number, as networks show them. */
const FROM = /^(\+?\d{1,15}|[A-Za-z0-9 ._&-]{1,11})$/

const EXAMPLES = {
  kannel: 'kannel:http://user:password@127.0.0.1:13013/cgi-bin/sendsms',
  smpp: 'smpp://system:password@smsc.contoh.net.id:2775',
  gammu:
    'gammu:sqlite:/var/lib/gammu/smsd.db, gammu:files:/var/spool/gammu or gammu:postgres://user:password@host/smsd',
  http: 'http:/etc/pandu/gateway.json',
} as const

/**
 * Reads the whole setting.
 * @throws GatewayLineFault with half a sentence that says which line is wrong and what a right one looks like; passwords are not repeated
 */
export function readGatewayLines(text: string): OpenedLine[] {
  const lines = text
    .split(/\s+/)
    .filter((line) => line !== '')
    .map(readLine)
  const names = new Set<string>()
  return lines.map(({ name, ...line }) => {
    const given = name ?? freeName(line.kind, names)
    if (names.has(given)) throw new GatewayLineFault(`names two gateways ${given}; give each its own #name=`)
    names.add(given)
    return { name: given, ...line }
  })
}

function freeName(kind: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? kind : `${kind}-${number}`
    if (!taken.has(name)) return name
  }
}

function readLine(line: string): Omit<OpenedLine, 'name'> & { name: string | null } {
  const at = line.indexOf('#')
  const ours = at < 0 ? '' : line.slice(at + 1)
  return { ...readAddress(at < 0 ? line : line.slice(0, at)), ...readOurs(ours) }
}

function readAddress(address: string): { kind: keyof typeof EXAMPLES; url: string } {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/.exec(address) ?? []
  switch (scheme) {
    case 'kannel':
      if (!isUrl(rest, /^https?:$/)) return wrong('kannel')
      return { kind: 'kannel', url: rest }
    case 'smpp':
    case 'smpps':
      if (!isUrl(address, /^smpps?:$/)) return wrong('smpp')
      return { kind: 'smpp', url: address }
    case 'gammu':
      if (!/^(sqlite|files):\/./.test(rest) && !isUrl(rest, /^postgres(ql)?:$/)) return wrong('gammu')
      return { kind: 'gammu', url: rest }
    case 'http':
      if (!/^\/[^/]/.test(rest)) return wrong('http')
      return { kind: 'http', url: rest }
    default:
      throw new GatewayLineFault(
        `must be gateways separated by blanks, each beginning with kannel:, smpp:, smpps:, gammu: or http:, such as ${EXAMPLES.kannel}`,
      )
  }
}

const wrong = (kind: keyof typeof EXAMPLES): never => {
  throw new GatewayLineFault(`has a wrong line of ${kind}; it must look like ${EXAMPLES[kind]}`)
}

const isUrl = (text: string, protocol: RegExp) =>
  URL.canParse(text) && protocol.test(new URL(text).protocol) && new URL(text).hostname !== ''

function readOurs(text: string): Omit<OpenedLine, 'kind' | 'url' | 'name'> & { name: string | null } {
  // Not URLSearchParams: the plus of +62811 would become a blank.
  const given = new Map<string, string>()
  for (const pair of text.split('&').filter((one) => one !== '')) {
    const [key = '', ...value] = pair.split('=')
    if (!(key in CHECKS))
      throw new GatewayLineFault(`knows no ${key.slice(0, 30)} behind #, only ${Object.keys(CHECKS).join(', ')}`)
    if (given.has(key)) throw new GatewayLineFault(`has ${key} twice behind one #`)
    given.set(key, decode(value.join('=')))
  }
  for (const [key, value] of given) {
    const [check, sentence] = CHECKS[key as keyof typeof CHECKS]
    if (!check(value)) throw new GatewayLineFault(`has a wrong ${key} behind #: ${sentence}`)
  }
  const number = (key: string) => (given.has(key) ? Number(given.get(key)) : null)
  return {
    name: given.get('name') ?? null,
    prefixes: given.get('prefix')?.split(',') ?? [],
    from: given.get('from') ?? null,
    cost: number('cost'),
    per_second: number('per_second'),
    parts_max: number('parts') ?? PARTS_MAX,
    ...(given.has('reports') ? { reports: new URL(given.get('reports')!).origin } : {}),
  }
}

const CHECKS = {
  name: [(text: string) => NAME.test(text), 'small letters, digits and hyphens, at most 30'],
  prefix: [
    (text: string) => text.split(',').every((one) => PREFIX.test(one)),
    'beginnings of numbers with their country, such as +62811,+62812',
  ],
  from: [(text: string) => FROM.test(text), 'a number, or at most 11 letters'],
  cost: [(text: string) => /^\d{1,7}(\.\d{1,4})?$/.test(text), 'what one part costs in rupiah, such as 210'],
  per_second: [
    (text: string) => /^\d{1,4}(\.\d{1,3})?$/.test(text) && Number(text) > 0,
    'parts in a second, such as 20 or 0.5',
  ],
  parts: [
    (text: string) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= PARTS_LIMIT,
    `how many parts of one message it takes, from 1 to ${PARTS_LIMIT}`,
  ],
  reports: [
    (text: string) => isUrl(text, /^https?:$/) && new URL(text).pathname === '/',
    'where the gateway reaches Pandu, such as http://10.0.0.5:8080',
  ],
} as const

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
