import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { openLog } from '../../platform/log.ts'
import { closing, dial, endAll, listening } from './listen.testing.ts'
import { readCertificate, watchCertificate } from './watch-certificate.ts'

afterEach(endAll)
const folder = join(import.meta.dirname, '../../../../tests/certificates')
const pair = (number: 1 | 2) => ({
  cert_path: join(folder, `contoh-${number}.pem`),
  key_path: join(folder, `contoh-${number}.key.pem`),
})
const encrypted = async () => listening({ certificate: await readCertificate(pair(1)) })
const greet = 'EHLO klien.contoh.id\r\n'

test('STARTTLS is offered with a certificate and only then, and a mail comes through it', async () => {
  const { port, taken } = await encrypted()
  const { say, encrypt } = await dial(port)
  expect(await say(greet)).toContain('STARTTLS')
  expect(await say('STARTTLS\r\n')).toMatch(/^220/)
  expect(await encrypt()).toBe('contoh-1.test')
  expect(await say(greet)).not.toContain('STARTTLS')
  const transport = createTransport({ host: '127.0.0.1', port, requireTLS: true, tls: { rejectUnauthorized: false } })
  await transport.sendMail({ from: 'budi@contoh.id', to: 'helpdesk@contoh.go.id', subject: 'Halo', text: 'Isi' })
  expect(taken).toHaveLength(1)

  const plain = await dial((await listening()).port)
  expect(await plain.say(greet)).not.toContain('STARTTLS')
  expect(await plain.say('STARTTLS\r\n')).toMatch(/^50/)
})

test('what was said in the clear counts for nothing once it is encrypted', async () => {
  const { port, taken } = await encrypted()
  const { say, encrypt } = await dial(port)
  await say(greet)
  await say('MAIL FROM:<jahat@contoh.id>\r\n')
  // Commands behind STARTTLS in the same packet: an attacker on the way would put them there.
  expect(await say('STARTTLS\r\nRCPT TO:<helpdesk@contoh.go.id>\r\nNOOP\r\n')).toMatch(/^220/)
  await encrypt()
  expect(await say('RCPT TO:<helpdesk@contoh.go.id>\r\n')).toMatch(/^503/)
  expect(await say(greet)).toMatch(/^250/)
  expect(await say('DATA\r\n')).toMatch(/^503/)
  expect(await say('NOOP\r\n')).toBe('250 OK\r\n')
  expect(taken).toEqual([])
})

test('whoever drips inside the encryption, or never finishes shaking hands, is cut off and its place is free again', async () => {
  const certificate = await readCertificate(pair(1))
  const { port } = await listening({ certificate, limits: { connection_ms: 700, connections_max: 2 } })
  const slow = await dial(port)
  await slow.say(greet)
  await slow.say('STARTTLS\r\n')
  const shaken = await dial(port)
  await shaken.say(greet)
  await shaken.say('STARTTLS\r\n')
  await shaken.encrypt()
  expect(await shaken.reply()).toMatch(/^421 4\.4\.2/)
  await slow.closed
  await expect.poll(async () => (await dial(port)).greeting).toMatch(/^220/)
})

test('stopping tells an encrypted peer in its own tongue', async () => {
  const { port, stop } = await encrypted()
  const { say, encrypt, reply } = await dial(port)
  await say(greet)
  await say('STARTTLS\r\n')
  await encrypt()
  expect(await say(greet)).toMatch(/^250/)
  const stopped = stop()
  expect(await reply()).toMatch(/^421 4\.3\.2/)
  await stopped
})

test('renewed files are used without restart; what does not fit leaves the old ones in use and is said', async () => {
  const own = await mkdtemp(join(tmpdir(), 'pandu-certificate-'))
  closing.push(() => rm(own, { recursive: true }))
  const files = { cert_path: join(own, 'surel.pem'), key_path: join(own, 'surel.key.pem') }
  const lay = async (cert: 1 | 2, key: 1 | 2) => {
    await copyFile(pair(cert).cert_path, files.cert_path)
    await copyFile(pair(key).key_path, files.key_path)
  }
  await lay(1, 1)
  const { port, renew } = await listening({ certificate: await readCertificate(files) })
  const lines: string[] = []
  const log = openLog({ PANDU_LOG: 'info' }, { write: (line: string) => void lines.push(line) })
  const watch = watchCertificate(files, { log, onChange: renew })
  closing.push(() => watch.stop())
  const shown = async () => {
    const { say, encrypt } = await dial(port)
    await say(greet)
    await say('STARTTLS\r\n')
    return encrypt()
  }
  expect(await shown()).toBe('contoh-1.test')
  await lay(2, 1)
  await watch.look()
  expect(lines.join()).toMatch(/is not the key of .*the old one stays/)
  expect(await shown()).toBe('contoh-1.test')
  await writeFile(files.cert_path, 'setengah berkas')
  await watch.look()
  expect(await shown()).toBe('contoh-1.test')
  await lay(2, 2)
  await watch.look()
  expect(await shown()).toBe('contoh-2.test')
})

test('at the start a certificate that cannot be used is told in one line', async () => {
  await expect(readCertificate({ ...pair(1), key_path: pair(2).key_path })).rejects.toThrow(/is not the key of/)
  await expect(readCertificate({ ...pair(1), cert_path: '/tidak/ada.pem' })).rejects.toThrow(
    /cannot be read \(ENOENT\)/,
  )
  await expect(readCertificate({ ...pair(1), cert_path: import.meta.filename })).rejects.toThrow(/no certificate/)
})
