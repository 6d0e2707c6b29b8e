import { generateKeyPairSync } from 'node:crypto'
import { authenticate, dkimSign, sealMessage } from 'mailauth'
import { expect, test } from 'vitest'
import { dnsOf, noDns, type Dns } from '../../platform/dns.ts'
import { checkSenders, type CheckableMail, type SenderCheck } from './check-sender.ts'
import { sendingHost } from './sending-host.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
const dns = dnsOf({
  'TXT dinkes.contoh.test': [['v=spf1 ip4:203.0.113.5 -all']],
  'TXT satu._domainkey.dinkes.contoh.test': [[`v=DKIM1; k=rsa; p=${key}`]],
  'TXT _dmarc.dinkes.contoh.test': [['v=DMARC1; p=reject']],
  'TXT milis._domainkey.milis.contoh.test': [[`v=DKIM1; k=rsa; p=${key}`]],
  'TXT milis._domainkey.palsu.contoh.test': [[`v=DKIM1; k=rsa; p=${key}`]],
  'TXT lain.contoh.test': [['v=spf1 ip4:203.0.113.9 -all']],
})
const raw = (from = 'sari@dinkes.contoh.test', more = '') =>
  Buffer.from(
    `From: Sari <${from}>\r\n${more}To: helpdesk@pandu.test\r\nSubject: Pencetak\r\nDate: Sat, 21 Nov 2026 10:00:00 +0700\r\n\r\nPencetak kami mati.\r\n`,
  )
const aMail = (given: Partial<CheckableMail> = {}): CheckableMail => ({
  raw: raw(),
  remote: '203.0.113.5',
  greeting: 'mail.dinkes.contoh.test',
  envelope_from: 'sari@dinkes.contoh.test',
  ...given,
})
const check = async (
  mail: CheckableMail,
  given: { dns?: Dns; trusted?: string[]; authserv_id?: string; forwarders?: string[]; mail_ms?: number } = {},
) =>
  (await checkSenders({ dns, trusted: [], authserv_id: null, forwarders: [], name: 'pandu.test', ...given }, [mail]))[0]

async function signed(bytes: Buffer) {
  const { signatures } = await dkimSign(bytes, {
    canonicalization: 'relaxed/relaxed',
    signatureData: [
      {
        signingDomain: 'dinkes.contoh.test',
        selector: 'satu',
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      },
    ],
  } as never)
  return Buffer.concat([Buffer.from(signatures), bytes])
}

const cases: [string, Partial<CheckableMail>, Partial<SenderCheck> | null][] = [
  ['the domain’s own host', {}, { spf: 'pass', dkim: 'none', dmarc: 'pass', domain: 'dinkes.contoh.test' }],
  ['somebody else’s host', { remote: '203.0.113.9' }, { spf: 'fail', dmarc: 'fail', policy: 'reject' }],
  [
    'an envelope of another domain that may send, From forged',
    { remote: '203.0.113.9', envelope_from: 'x@lain.contoh.test' },
    { spf: 'pass', dmarc: 'fail' },
  ],
  [
    'a domain that says nothing',
    { raw: raw('budi@sepi.contoh.test'), envelope_from: 'budi@sepi.contoh.test' },
    { spf: 'none', dmarc: 'none' },
  ],
  ['a program on this machine', { remote: '127.0.0.1' }, null],
  ['a host of a private network', { remote: '10.1.2.3' }, null],
  [
    'two authors',
    { raw: raw('sari@dinkes.contoh.test', 'From: budi@lain.contoh.test\r\n') },
    { dmarc: 'fail', domain: null },
  ],
]
test.each(cases)('%s', async (_, given, expected) => {
  const found = await check(aMail(given))
  if (expected === null) expect(found).toBeNull()
  else expect(found).toMatchObject(expected)
})

test('a signature that holds passes from any host, one changed letter of the body and it does not', async () => {
  const good = await signed(raw())
  expect(await check(aMail({ raw: good, remote: '203.0.113.77' }))).toMatchObject({ dkim: 'pass', dmarc: 'pass' })
  const changed = Buffer.from(good.toString('latin1').replace('kami mati', 'kami mata'), 'latin1')
  expect(await check(aMail({ raw: changed, remote: '203.0.113.77' }))).toMatchObject({ dkim: 'fail', dmarc: 'fail' })
  // Behind our own server the host is not known, but the signature is enough.
  expect(await check(aMail({ raw: good, remote: '127.0.0.1' }))).toMatchObject({ spf: 'unknown', dmarc: 'pass' })
})

test('where a domain has no policy, somebody else’s signature proves nothing of its mail', async () => {
  const mail = { remote: '203.0.113.9', envelope_from: 'budi@lain.contoh.test' }
  const open = dnsOf({
    'TXT satu._domainkey.dinkes.contoh.test': [[`v=DKIM1; k=rsa; p=${key}`]],
    'TXT tanpa.contoh.test': [['v=spf1 -all']],
  })
  const foreign = aMail({ ...mail, raw: await signed(raw('budi@tanpa.test')) })
  expect(await check(foreign, { dns: open })).toMatchObject({ dkim: 'none', dmarc: 'none' })
  expect(await check(aMail({ ...mail, raw: await signed(raw()) }), { dns: open })).toMatchObject({
    dkim: 'pass',
    dmarc: 'none',
  })
})

test('where nobody answers, nothing is passed and nothing fails', async () => {
  const unknown = { spf: 'unknown', dkim: 'none', dmarc: 'unknown' }
  expect(await check(aMail(), { dns: noDns })).toMatchObject(unknown)
  const good = await signed(raw())
  expect(await check(aMail({ raw: good, remote: '203.0.113.9' }), { dns: noDns })).toMatchObject({
    dkim: 'unknown',
    dmarc: 'unknown',
  })
  // Half an answer: the signature's key cannot be asked for, so the host alone proves nothing against the sender.
  const half: Dns = {
    resolve: (name, kind) => (name.includes('_domainkey') ? noDns : dns).resolve(name, kind),
  }
  expect(await check(aMail({ raw: good, remote: '203.0.113.9' }), { dns: half })).toMatchObject({
    spf: 'fail',
    dmarc: 'unknown',
  })
})

test('name servers that never answer cost the batch its deadline and no more', async () => {
  const hanging: Dns = { resolve: () => new Promise(() => undefined) }
  const mails = Array.from({ length: 100 }, () => aMail())
  const found = await checkSenders(
    { dns: hanging, trusted: [], authserv_id: null, forwarders: [], name: 'pandu.test', mail_ms: 50, total_ms: 100 },
    mails,
  )
  expect(found).toHaveLength(100)
  expect(found.every((one) => one?.dmarc === 'unknown')).toBe(true)
})

test('a mail with more signatures than anybody writes proves nothing and is not searched for one that holds', async () => {
  const asked: string[] = []
  const counting: Dns = { resolve: (name, kind) => (asked.push(name), dns.resolve(name, kind)) }
  const more = 'DKIM-Signature: v=1; a=rsa-sha256; d=lain.contoh.test; s=x; h=from; bh=AA; b=AA\r\n'.repeat(20)
  const found = await check(aMail({ raw: Buffer.concat([Buffer.from(more), await signed(raw())]) }), { dns: counting })
  expect(found).toMatchObject({ dkim: 'fail', dmarc: 'fail', domain: null })
  expect(asked).toEqual([])
})

test('only a server of our own is believed about where a mail came from', () => {
  const line =
    'Received: from mail.contoh.test (unknown [203.0.113.9])\r\n\tby mx.pandu.test with ESMTP; Sat, 21 Nov 2026 10:00:00 +0700\r\n'
  const inside =
    'Received: from localhost (localhost [127.0.0.1])\r\n\tby mx.pandu.test; Sat, 21 Nov 2026 10:00:00 +0700\r\n'
  const of = (text: string) => Buffer.concat([Buffer.from(text), raw()])
  const host = (remote: string, text: string, trusted: string[] = []) =>
    sendingHost({ remote, greeting: 'halo', raw: of(text) }, trusted)
  expect(host('127.0.0.1', line)).toEqual({ ip: '203.0.113.9', greeting: 'mail.contoh.test' })
  expect(host('::ffff:127.0.0.1', inside + line)).toEqual({ ip: '203.0.113.9', greeting: 'mail.contoh.test' })
  expect(host('10.0.0.7', line, ['10.0.0.0/24'])).toEqual({ ip: '203.0.113.9', greeting: 'mail.contoh.test' })
  expect(host('10.0.0.7', line)).toBeNull()
  expect(host('198.51.100.3', line)).toEqual({ ip: '198.51.100.3', greeting: 'halo' })
  expect(host('127.0.0.1', '')).toBeNull()
  expect(host('127.0.0.1', 'Received: from x (HELO [203.0.113.5])\r\n')).toBeNull()
})

const PASSED = 'dmarc=pass (p=reject dis=none) header.from=dinkes.contoh.test'
const wrote = (results: string, id = 'mx.kotak.test') => `Authentication-Results: ${id};\r\n\t${results}\r\n`
test.each<[string, string, Partial<SenderCheck>]>([
  [
    'what it says',
    wrote(`spf=pass smtp.mailfrom=sari@dinkes.contoh.test;\r\n dkim=none; ${PASSED}`),
    { spf: 'pass', dkim: 'none', dmarc: 'pass', domain: 'dinkes.contoh.test' },
  ],
  ['with a version, in other letters', wrote(PASSED, 'MX.Kotak.test 1'), { dmarc: 'pass' }],
  [
    'a forged one',
    wrote('spf=softfail smtp.mailfrom=x@palsu.test; dmarc=fail header.from=dinkes.contoh.test'),
    { spf: 'softfail', dmarc: 'fail' },
  ],
  ['in another name', wrote(PASSED, 'mx.palsu.test'), { dmarc: 'unknown' }],
  [
    'below another: it may have come with the mail',
    wrote('none', 'mx.palsu.test') + wrote(PASSED),
    { dmarc: 'unknown' },
  ],
  ['below a failing one of its own', wrote('dmarc=fail') + wrote(PASSED), { dmarc: 'fail' }],
  [
    'a comment or a quotation that looks like a result',
    wrote('spf=none (x; dmarc=pass (y)) reason="; dmarc=pass"'),
    { dmarc: 'unknown' },
  ],
  ['nothing', '', { dmarc: 'unknown', spf: 'unknown' }],
  [
    'no DMARC, but the author’s domain signed',
    wrote('dkim=pass header.d=contoh.test header.s=a'),
    { dkim: 'pass', dmarc: 'pass' },
  ],
  [
    'no DMARC, and another domain signed and sent',
    wrote('spf=pass smtp.mailfrom=palsu.test; dkim=pass header.d=palsu.test'),
    { dmarc: 'unknown' },
  ],
  ['a pass for one of two authors', `${wrote(PASSED)}From: budi@lain.contoh.test\r\n`, { dmarc: 'fail' }],
])('the host of the mailbox wrote: %s', async (_, header, expected) => {
  const bytes = Buffer.concat([Buffer.from(header), raw()])
  const given = { authserv_id: 'mx.kotak.test' }
  for (const remote of [null, '10.1.2.3'])
    expect(await check(aMail({ raw: bytes, remote }), given)).toMatchObject(expected)
  // Whoever hands a mail in from outside can write the same: there we look ourselves. And unasked nobody is believed.
  expect(
    await check(aMail({ raw: Buffer.concat([Buffer.from(wrote(PASSED)), raw()]), remote: '203.0.113.9' }), given),
  ).toMatchObject({ dmarc: 'fail' })
  expect(await check(aMail({ raw: bytes, remote: null }))).toBeNull()
})

test('a signature that holds is proof enough, whatever the host of the mailbox wrote', async () => {
  const bytes = Buffer.concat([Buffer.from(wrote('dmarc=fail')), await signed(raw())])
  expect(await check(aMail({ raw: bytes, remote: null }), { authserv_id: 'mx.kotak.test' })).toMatchObject({
    dmarc: 'pass',
  })
})

/** As a mailing list hands a mail on: sealed with what it had found (RFC 8617), from a host of its own. */
async function sealed(bytes: Buffer, given: { by?: string; ip?: string } = {}) {
  const seal = {
    signingDomain: given.by ?? 'milis.contoh.test',
    selector: 'milis',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
  const findings = {
    sender: 'sari@dinkes.contoh.test',
    ip: given.ip ?? '203.0.113.5',
    helo: 'mail.dinkes.contoh.test',
    mta: 'mx.milis.contoh.test',
    resolver: (name: string, kind: string) => dns.resolve(name, kind as 'TXT') as Promise<string[]>,
    disableBimi: true,
  }
  const before = await authenticate(bytes, findings)
  const changed = Buffer.from(bytes.toString('latin1').replace('\r\nSubject: ', '\r\nSubject: [warga] '), 'latin1')
  const value = /^Authentication-Results: ([\s\S]*?)\r\n(?! )/m.exec(`${before.headers}X: y\r\n`)![1]!
  const headers = await sealMessage(changed, {
    ...seal,
    authResults: value,
    cv: before.arc && before.arc.status.result === 'pass' ? 'pass' : 'none',
  } as never)
  return Buffer.concat([headers as unknown as Buffer, changed])
}

test('a list that changed the mail is believed about who wrote it, if the administrator named it and its seal holds', async () => {
  const from_list = { remote: '203.0.113.44', greeting: 'milis.contoh.test', envelope_from: 'warga@milis.contoh.test' }
  const passed_on = aMail({ ...from_list, raw: await sealed(await signed(raw())) })
  const named = { forwarders: ['milis.contoh.test'] }
  expect(await check(passed_on)).toMatchObject({ dmarc: 'fail' })
  expect(await check(passed_on, named)).toMatchObject({
    dmarc: 'pass',
    domain: 'dinkes.contoh.test',
    forwarder: 'milis.contoh.test',
  })
  // Out of a mailbox, too, where no host is known.
  expect(await check({ ...passed_on, remote: null }, named)).toMatchObject({ dmarc: 'pass' })
  expect(await check(passed_on, { ...named, dns: noDns })).toMatchObject({ dmarc: 'unknown' })

  const altered = (from: string, to: string) =>
    check({ ...passed_on, raw: Buffer.from(passed_on.raw.toString().replace(from, to)) }, named)
  expect(await altered('kami mati', 'kami mata')).toMatchObject({ dmarc: 'fail' })
  expect(await altered('From: Sari', 'From: Budi')).toMatchObject({ dmarc: 'fail' })
  expect(await altered('dmarc=pass', 'dmarc=PASS')).toMatchObject({ dmarc: 'fail' })
  expect(await altered('From: Sari', 'From: x@lain.contoh.test\r\nFrom: Sari')).toMatchObject({ dmarc: 'fail' })

  // What the list itself had found forged it does not vouch for; nor is a seal believed that nobody named, or one below such a seal.
  const forged = await sealed(raw(), { ip: '203.0.113.66' })
  expect(await check(aMail({ ...from_list, raw: forged }), named)).toMatchObject({ dmarc: 'fail' })
  const by_another = await sealed(await signed(raw()), { by: 'palsu.contoh.test' })
  expect(await check(aMail({ ...from_list, raw: by_another }), named)).toMatchObject({ dmarc: 'fail' })
  const below_another = await sealed(await sealed(await signed(raw())), {
    by: 'palsu.contoh.test',
    ip: '203.0.113.44',
  })
  const both = { forwarders: ['milis.contoh.test', 'palsu.contoh.test'] }
  expect(await check(aMail({ ...from_list, raw: below_another }), named)).toMatchObject({ dmarc: 'fail' })
  expect(await check(aMail({ ...from_list, raw: below_another }), both)).toMatchObject({
    dmarc: 'pass',
    forwarder: 'milis.contoh.test',
  })
})
