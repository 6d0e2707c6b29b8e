import { BlockList, isIP } from 'node:net'

/** IANA's registries of special-purpose addresses (RFC 6890 and what followed): nothing there is somebody else's public server. */
// prettier-ignore
const SPECIAL_4 = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'] as const
/** Inside 2000::/3; whatever is outside of it is no public address either. */
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const

/**
 * Whether an address can be a public server: not this machine, not its networks, not the cloud's own service addresses, and no form of
 * IPv6 that carries an IPv4 address inside.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !listOf(SPECIAL_4, 'ipv4').check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false
  return listOf(['2000::/3'], 'ipv6').check(address, 'ipv6') && !listOf(SPECIAL_6, 'ipv6').check(address, 'ipv6')
}

/** Networks that an office gives itself (RFC 1918, RFC 4193, RFC 6598), and this machine. Not the link-local ones, where clouds answer with keys. */
// prettier-ignore
const OWN_4 = ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const

/** Whether an address can be a server of an office's own network. Ask it only where an administrator has allowed one. */
export function isOwnNetworkAddress(address: string): boolean {
  if (isIP(address) === 4) return listOf(OWN_4, 'ipv4').check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false
  return listOf(['fc00::/7', '::1/128'], 'ipv6').check(address, 'ipv6') && address.toLowerCase() !== 'fd00:ec2::254'
}

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
