import { BlockList, isIP } from 'node:net'

/** Where a mail really came from, as far as we can know it. */
export interface SendingHost {
  ip: string
  greeting: string | null
}

const HEADER_BYTES_EXAMINED = 65_536
const HOPS_MAX = 10
/** RFC 5321 4.4: `from <what it called itself> (<name> [<address>] …)`; the address is what the writing host saw. */
const RECEIVED = /^from\s+(\S{1,255})\s+\((?!(?:HELO|EHLO)\b)[^()]{0,255}?\[(?:IPv6:)?([0-9a-f.:]{2,45})\]/i

/**
 * The host outside that handed the mail in. That is the peer, unless the peer is this machine or one of `trusted` (a mail server of our
 * own in front): then what that server wrote into its Received line. Null where nobody outside is known: a host of a private network, or
 * a program on this machine. A Received line of anybody else is never believed.
 */
export function sendingHost(
  { remote, greeting, raw }: { remote: string | null; greeting: string | null; raw: Uint8Array },
  trusted: readonly string[],
): SendingHost | null {
  const ours = networks([...LOOPBACK, ...trusted])
  let host: SendingHost | null = remote ? { ip: plainAddress(remote), greeting } : null
  const lines = host && isIn(ours, host.ip) ? receivedLines(raw) : []
  for (const line of lines) {
    if (!host || !isIn(ours, host.ip)) break
    const [, name = '', ip = ''] = RECEIVED.exec(line) ?? []
    host = isIP(ip) ? { ip: plainAddress(ip), greeting: name } : null
  }
  return host && !isIn(ours, host.ip) && !isIn(PRIVATE_NETWORKS(), host.ip) ? host : null
}

const LOOPBACK = ['127.0.0.0/8', '::1/128']
const PRIVATE_NETWORKS = () =>
  networks([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '169.254.0.0/16',
    'fc00::/7',
    'fe80::/10',
  ])

function networks(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}

/** Whether this address is among these addresses and networks. */
export const isOneOf = (entries: readonly string[], ip: string): boolean =>
  isIP(plainAddress(ip)) !== 0 && isIn(networks(entries), plainAddress(ip))

const isIn = (list: BlockList, ip: string) => list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')

// ::ffff:10.0.0.1 is 10.0.0.1
const plainAddress = (ip: string) =>
  ip.toLowerCase().startsWith('::ffff:') && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip

/** The Received fields from the top, unfolded: every host puts its own above the others. */
function receivedLines(raw: Uint8Array): string[] {
  const text = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, HEADER_BYTES_EXAMINED)).toString(
    'latin1',
  )
  const header = text.split(/\r?\n\r?\n/, 1)[0]!.replace(/\r?\n[ \t]+/g, ' ')
  return [...header.matchAll(/^received:[ \t]*(.*)$/gim)].slice(0, HOPS_MAX).map((match) => match[1]!)
}
