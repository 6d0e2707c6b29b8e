import { expect, test } from 'vitest'
import { clientAddress, netOf } from './client-address.ts'

test.each([
  ['nobody is trusted: the header is ignored', '203.0.113.9', '10.1.1.1', [], '203.0.113.9'],
  ['a stranger sends the header', '203.0.113.9', '10.1.1.1', ['192.0.2.1'], '203.0.113.9'],
  ['our proxy names the client', '192.0.2.1', '198.51.100.7', ['192.0.2.1'], '198.51.100.7'],
  ['the client forged an entry before the proxy', '192.0.2.1', '10.9.9.9, 198.51.100.7', ['192.0.2.1'], '198.51.100.7'],
  [
    'two proxies, one by its network',
    '192.0.2.1',
    '198.51.100.7, 10.0.3.4',
    ['192.0.2.1', '10.0.0.0/8'],
    '198.51.100.7',
  ],
  ['an IPv4 address inside IPv6', '::ffff:192.0.2.1', '198.51.100.7', ['192.0.2.1'], '198.51.100.7'],
  ['an IPv6 proxy and client', '2001:db8::1', '2001:db8:ffff::7', ['2001:db8::/48'], '2001:db8:ffff::7'],
  ['rubbish in the header', '192.0.2.1', 'unknown', ['192.0.2.1'], '192.0.2.1'],
  ['only proxies in the header', '192.0.2.1', '192.0.2.1', ['192.0.2.1'], '192.0.2.1'],
])('%s', (_name, peer, forwarded, trusted, expected) => {
  expect(clientAddress(peer, forwarded, trusted)).toBe(expected)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['sari@contoh.example', 'sari@contoh.example'],
])('%s counts as %s', (address, net) => {
  expect(netOf(address)).toBe(net)
})
