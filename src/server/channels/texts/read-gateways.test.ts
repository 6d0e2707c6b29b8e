import { expect, test } from 'vitest'
import { linesServing, readGatewayLines, type OpenedLine } from './read-gateways.ts'

const plain: Omit<OpenedLine, 'name' | 'kind' | 'url'> = {
  prefixes: [],
  from: null,
  cost: null,
  per_second: null,
  parts_max: 10,
}

test('each kind is told by its first word; what stands behind # is ours', () => {
  expect(
    readGatewayLines(
      `kannel:http://pandu:rahasia@127.0.0.1:13013/cgi-bin/sendsms?smsc=A#name=satu&prefix=+62811,+62812&from=1500&cost=210&per_second=20
       smpps://sistem:s%23ndi@smsc.contoh.test:3550 gammu:sqlite:/var/lib/gammu/smsd.db#parts=4&from=Pandu%20Riau gammu:postgres://u:p@db/smsd
       http:/etc/pandu/gateway.json`,
    ),
  ).toEqual([
    {
      name: 'satu',
      kind: 'kannel',
      url: 'http://pandu:rahasia@127.0.0.1:13013/cgi-bin/sendsms?smsc=A',
      prefixes: ['+62811', '+62812'],
      from: '1500',
      cost: 210,
      per_second: 20,
      parts_max: 10,
    },
    { ...plain, name: 'smpp', kind: 'smpp', url: 'smpps://sistem:s%23ndi@smsc.contoh.test:3550' },
    {
      ...plain,
      name: 'gammu',
      kind: 'gammu',
      url: 'sqlite:/var/lib/gammu/smsd.db',
      parts_max: 4,
      from: 'Pandu Riau',
    },
    { ...plain, name: 'gammu-2', kind: 'gammu', url: 'postgres://u:p@db/smsd' },
    { ...plain, name: 'http', kind: 'http', url: '/etc/pandu/gateway.json' },
  ])
  expect(readGatewayLines('  ')).toEqual([])
})

test.each<[string, RegExp]>([
  ['http://gateway.contoh.test/kirim', /wrong line of http.*http:\/etc/],
  ['kannel:127.0.0.1:13013', /wrong line of kannel.*kannel:http:/],
  ['gammu:/var/spool', /wrong line of gammu/],
  ['smpp:smsc.contoh.test', /wrong line of smpp/],
  ['modem:/dev/ttyUSB0', /must be gateways separated by blanks/],
  ['smpp://u:rahasia@a#nama=x', /knows no nama behind #, only name, prefix/],
  ['smpp://u:rahasia@a#prefix=0811', /wrong prefix behind #/],
  ['smpp://u:rahasia@a#name=satu smpp://u:rahasia@b#name=satu', /two gateways satu/],
  ['smpp://u:rahasia@a#per_second=0', /wrong per_second/],
  ['smpp://u:rahasia@a#parts=300', /from 1 to 255/],
  ['smpp://u:rahasia@a#cost=Rp210', /wrong cost/],
  ['smpp://u:rahasia@a#from=NamaYangTerlaluPanjang', /wrong from/],
  ['smpp://u:rahasia@a#cost=1&cost=2', /cost twice/],
])('%s says what is wrong, and no password', (text, sentence) => {
  expect(() => readGatewayLines(text)).toThrow(sentence)
  try {
    readGatewayLines(text)
  } catch (fault) {
    expect(String(fault)).not.toContain('rahasia')
  }
})

test('the longest prefix is first, a line without prefix serves everybody, and of equals the order decides', () => {
  const lines = readGatewayLines(
    'smpp://u:p@a#name=semua smpp://u:p@b#name=telkomsel&prefix=+62811,+62812 smpp://u:p@c#name=indonesia&prefix=+62 smpp://u:p@d#name=cadangan&prefix=+62',
  )
  const serving = (address: string) => linesServing(lines, address).map(({ name }) => name)
  expect(serving('+628121234567')).toEqual(['telkomsel', 'indonesia', 'cadangan', 'semua'])
  expect(serving('+628571234567')).toEqual(['indonesia', 'cadangan', 'semua'])
  expect(serving('+6591234567')).toEqual(['semua'])
  expect(linesServing(lines.slice(1), '+6591234567')).toEqual([])
})
