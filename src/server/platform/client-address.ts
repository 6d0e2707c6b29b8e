import { BlockList, isIP } from 'node:net'

/**
 * Whose request it is. A forwarding header is believed only from a named proxy, read from the right: the first address that is not
 * one of our proxies is the client. Everyone else's header is ignored, so nobody can borrow an address.
 */
export function clientAddress(peer: string, forwarded: string | null, trusted: readonly string[]): string {
  const plain = plainAddress(peer)
  if (forwarded === null || trusted.length === 0) return plain
  const proxies = blockListOf(trusted)
  if (!stands(proxies, plain)) return plain
  for (const part of forwarded.split(',').reverse()) {
    const address = plainAddress(part.trim())
    if (isIP(address) === 0) return plain
    if (!stands(proxies, address)) return address
  }
  return plain
}

// ::ffff:10.0.0.1 is 10.0.0.1
const plainAddress = (address: string) =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address

// The lists of the settings are asked with each request, and never change.
const lists = new WeakMap<readonly string[], BlockList>()

function blockListOf(addresses: readonly string[]): BlockList {
  const known = lists.get(addresses)
  if (known) return known
  const list = new BlockList()
  lists.set(addresses, list)
  for (const entry of addresses) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** Whether an address is one of these, or in one of these networks (10.0.0.0/8). */
export const isIn = (addresses: readonly string[], address: string): boolean =>
  stands(blockListOf(addresses), plainAddress(address))

const stands = (list: BlockList, address: string) =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/**
 * As whom an address counts where something is limited by address: of IPv6 its /64, which is what one house or one machine is given and may use as it
 * likes; of IPv4, also written as IPv6, the address itself; what is no address stays as it is.
 */
export function netOf(address: string): string {
  if (isIP(address) !== 6) return address
  const groups = groupsOf(address)
  const [high, low] = groups.slice(6).map((group) => Number.parseInt(group, 16)) as [number, number]
  if (groups.slice(0, 6).join() === '0,0,0,0,0,ffff') return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups, without leading zeros. */
function groupsOf(address: string): string[] {
  // Without the name of a network card behind it; addresses of the web are written in one way only.
  const [before = '', after] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::')
  const [head, tail] = [before, after ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]]
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
}
