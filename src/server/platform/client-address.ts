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

function blockListOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
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
