import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { createServer as createSecure } from 'node:tls'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../server/platform/ids.ts'
import { takeLease } from '../../server/platform/leases.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { lookAtSms } from './look-at-sms.ts'

const database = useDatabase()
const operator = createServer((socket) => socket.end())
const folder = mkdtempSync(join(tmpdir(), 'pandu-gammu-'))
beforeAll(async () => {
  operator.listen(0, '127.0.0.1')
  await once(operator, 'listening')
})
afterAll(() => {
  operator.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a line without a prefix sends to any country, and that is said; whoever means it says so', async () => {
  const app = database.app()
  const client = await app.worker_pool.connect()
  const about = async (words: string) => {
    const settings = {
      ...app.settings,
      PANDU_SMS_GATEWAY: `kannel:http://u:rahasia@127.0.0.1:1/sendsms#name=satu${words}`,
    }
    const findings = await lookAtSms(client, settings)
    return findings.filter((one) => one.about.startsWith('sms prefix')).map(({ ok, says }) => [ok, says])
  }
  try {
    expect(await about('')).toEqual([[false, 'kannel: sends to numbers of any country, because it has no prefix']])
    expect(await about('&prefix=+62')).toEqual([])
    expect(await about('&prefix=+62,+60')).toEqual([])
  } finally {
    client.release()
  }
})

test('an operator by TLS: its certificate is looked at, and what is wrong with it is said with what to do', async () => {
  const certificate = (name: string) => join(import.meta.dirname, `../../../tests/certificates/${name}.pem`)
  const [key, cert] = ['contoh-1.key', 'contoh-1'].map((name) => readFileSync(certificate(name)))
  const secure = createSecure({ key, cert }, (socket) => socket.on('error', () => undefined))
  const plain = createServer((socket) => socket.on('error', () => undefined).end('bukan TLS'))
  for (const server of [secure, plain]) await once(server.listen(0, '127.0.0.1'), 'listening')
  const app = database.app()
  const client = await app.worker_pool.connect()
  const says = async (more: string, server: { address(): unknown } = secure) => {
    const { port } = server.address() as AddressInfo
    const line = `smpps://sistem:rahasia@127.0.0.1:${port}${more}#name=op&prefix=+62`
    const findings = await lookAtSms(client, { ...app.settings, PANDU_SMS_GATEWAY: line })
    const { ok, says: said, remedy } = findings.find(({ about }) => about === 'sms operator op')!
    return `${ok} ${said.replace(String(port), 'PORT')} → ${remedy ?? ''}`
  }
  try {
    expect(await says(`?ca=${certificate('contoh-1')}`)).toBe(
      'true 127.0.0.1:PORT answers, and its certificate is good → ',
    )
    expect(await says('')).toMatch(
      /^false .* certificate that is not to be trusted, DEPTH_ZERO_SELF_SIGNED_CERT.*\?ca=/,
    )
    expect(await says(`?ca=${certificate('contoh-2')}`)).toMatch(/^false .* not to be trusted/)
    expect(await says(`?ca=${certificate('contoh-1')}&tls_name=lain.contoh`)).toMatch(/ALTNAME_INVALID.*tls_name/)
    expect(await says('', plain)).toMatch(/^false 127.0.0.1:PORT answers, but not by TLS, ERR_SSL/)
    expect(await says('?ca=/tidak/ada.pem')).toMatch(/^false the file behind \?ca= cannot be read, ENOENT/)
  } finally {
    client.release()
    secure.close()
    plain.close()
  }
})

test('an operator and a Gammu: reachable or not, there or not, and whether a process holds the line', async () => {
  const app = database.app()
  const { port } = operator.address() as AddressInfo
  const smpp = `sistem:rahasia@127.0.0.1:${port}`
  const client = await app.worker_pool.connect()
  const look = async () => {
    const settings = {
      ...app.settings,
      PANDU_SMS_GATEWAY: `smpp://${smpp}#name=op&prefix=%2B62 gammu:files:${folder}#name=modem&prefix=+62`,
    }
    const findings = await lookAtSms(client, settings)
    expect(JSON.stringify(findings), 'no password').not.toContain('rahasia')
    return findings.map(({ about, ok, says }) => `${ok ? 'ok' : 'WRONG'} ${about}: ${says}`)
  }
  try {
    expect(await look()).toEqual([
      'WRONG sms gateway op: smpp: no running process sends by it',
      `ok sms operator op: 127.0.0.1:${port} answers`,
      'WRONG sms gateway modem: gammu: no running process sends by it',
      'WRONG gammu modem: its tables or folders cannot be used from here, ENOENT',
    ])
    for (const name of ['inbox', 'outbox', 'sent', 'error']) await mkdir(join(folder, name))
    for (const [name, kind] of [
      ['op', 'smpp'],
      ['modem', 'gammu'],
    ] as const)
      await sql`insert into gateway_states (process_id, name, kind, channel, connected, seen_at)
        values (${newId()}::uuid, ${name}, ${kind}, 'sms', true, now())`.execute(app.worker)
    await takeLease(app, `smpp sistem@127.0.0.1:${port}`, newId(), 30)
    operator.close()
    expect(await look()).toEqual([
      'ok sms gateway op: smpp: connected, one process holds the line',
      `WRONG sms operator op: 127.0.0.1:${port} cannot be reached from here, ECONNREFUSED`,
      'ok sms gateway modem: gammu: connected, nobody holds the line now',
      'ok gammu modem: its tables or folders are there and can be used',
    ])
  } finally {
    client.release()
  }
})
