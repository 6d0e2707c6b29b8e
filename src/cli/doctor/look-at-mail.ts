import { resolveMx } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { Call } from '../verb.ts'
import { endOfCertificate, readCertificate } from '../../server/channels/index.ts'
import { fine, isLoopbackHost, reasonOf, wrong, type Finding } from './finding.ts'

const WAIT_MS = 10_000

/** The way out (relay), the way in (our port), and the names by which other mail hosts find us. Sends no mail. */
export async function lookAtMail({ settings }: Call, running: boolean): Promise<Finding[]> {
  const findings = await Promise.all([
    lookAtRelay(settings),
    running ? lookAtPort(settings) : [],
    lookAtCertificate(settings),
    lookAtNames(settings),
  ])
  return findings.flat()
}

async function lookAtRelay({ PANDU_MAIL_RELAY, PANDU_ORIGIN }: Call['settings']): Promise<Finding[]> {
  if (!PANDU_MAIL_RELAY)
    return [
      wrong(
        'mail relay',
        'none is set: no mail leaves, all are kept in data/outbox/',
        'set PANDU_MAIL_RELAY=smtp://user:password@host:587',
      ),
    ]
  const url = new URL(PANDU_MAIL_RELAY)
  const secure = url.protocol === 'smtps:'
  const port = Number(url.port || (secure ? 465 : 587))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const findings: Finding[] = []
  try {
    const hello = await greet(secure ? connectTls({ host, port, servername: host }) : connect(port, host))
    const plain = !secure && !isLoopbackHost(host) && !/\bSTARTTLS\b/i.test(hello)
    findings.push(
      plain
        ? wrong(
            'mail relay',
            `${host}:${port} answers, but offers no encryption`,
            'use a relay with STARTTLS, or smtps://',
          )
        : fine('mail relay', `${host}:${port} answers`),
    )
  } catch (error) {
    findings.push(
      wrong(
        'mail relay',
        `${host}:${port} does not answer: ${reasonOf(error)}`,
        'check PANDU_MAIL_RELAY, and whether this machine may reach it; mails wait up to three days',
      ),
    )
  }
  if (isLoopbackHost(new URL(PANDU_ORIGIN).hostname) && !isLoopbackHost(host))
    findings.push(
      wrong(
        'mail relay',
        'is not used while PANDU_ORIGIN is this machine: links in mails would lead nowhere',
        'set PANDU_ORIGIN to the public address',
      ),
    )
  return findings
}

async function lookAtPort({
  PANDU_SMTP_HOST,
  PANDU_SMTP_PORT,
  PANDU_MAIL_DOMAIN,
}: Call['settings']): Promise<Finding[]> {
  if (PANDU_SMTP_PORT === 0) return [fine('mail in', 'is turned off (PANDU_SMTP_PORT=0)')]
  const host = ['0.0.0.0', '::'].includes(PANDU_SMTP_HOST) ? '127.0.0.1' : PANDU_SMTP_HOST
  try {
    await greet(connect(PANDU_SMTP_PORT, host))
    const outside = isLoopbackHost(PANDU_SMTP_HOST) ? '; from other machines only through a mail host on this one' : ''
    return [fine('mail in', `${host}:${PANDU_SMTP_PORT} takes mail for @${PANDU_MAIL_DOMAIN}${outside}`)]
  } catch (error) {
    return [
      wrong(
        'mail in',
        `${host}:${PANDU_SMTP_PORT} does not answer: ${reasonOf(error)}`,
        'look into the log of Pandu; is another program on that port?',
      ),
    ]
  }
}

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS_MIN = 14

async function lookAtCertificate({
  PANDU_SMTP_CERTIFICATE: cert_path,
  PANDU_SMTP_KEY: key_path,
  PANDU_SMTP_HOST,
}: Call['settings']): Promise<Finding[]> {
  if (!cert_path || !key_path)
    return isLoopbackHost(PANDU_SMTP_HOST)
      ? []
      : [
          wrong(
            'mail certificate',
            'none is set: other mail hosts bring mail unencrypted',
            'set PANDU_SMTP_CERTIFICATE and PANDU_SMTP_KEY',
          ),
        ]
  try {
    const end = endOfCertificate(await readCertificate({ cert_path, key_path }))
    const days = Math.floor(((end?.getTime() ?? 0) - Date.now()) / DAY_MS)
    return [
      days >= CERTIFICATE_DAYS_MIN
        ? fine('mail certificate', `is valid for ${days} more days`)
        : wrong(
            'mail certificate',
            days < 0 ? 'has ended' : `ends in ${days} days`,
            `renew ${cert_path}; it is used without restart`,
          ),
    ]
  } catch (error) {
    return [
      wrong('mail certificate', reasonOf(error), 'correct the files; until then the old certificate stays in use'),
    ]
  }
}

async function lookAtNames({
  PANDU_MAIL_DOMAIN,
  PANDU_REPLY_DOMAIN,
  PANDU_ORIGIN,
}: Call['settings']): Promise<Finding[]> {
  if (isLoopbackHost(new URL(PANDU_ORIGIN).hostname)) return []
  return Promise.all(
    [PANDU_MAIL_DOMAIN, PANDU_REPLY_DOMAIN].map(async (domain) => {
      try {
        const hosts = (await Promise.race([resolveMx(domain), sleep(WAIT_MS, [], { ref: false })])).map(
          ({ exchange }) => exchange,
        )
        if (hosts.length > 0) return fine('mail names', `mail for @${domain} goes to ${hosts.join(', ')}`)
      } catch {
        // No such name, or nobody to ask: the same to whoever wants to write to us.
      }
      return wrong(
        'mail names',
        `no MX record of ${domain} is found: answers to our mails would not come back`,
        `add an MX record for ${domain} that leads to this machine or to your mail host (docs/running.md)`,
      )
    }),
  )
}

/** Greeting and EHLO; answers what was offered. Nothing is sent. */
async function greet(socket: Socket): Promise<string> {
  let heard = ''
  socket.setEncoding('utf8')
  socket.setTimeout(WAIT_MS, () => socket.destroy(new Error(`no answer in ${WAIT_MS / 1000} s`)))
  try {
    // Each reply ends with a line whose code is followed by a blank.
    for await (const chunk of socket as AsyncIterable<string>) {
      heard += chunk
      const refused = /^[45]\d\d .*$/m.exec(heard)
      if (refused) throw new Error(refused[0].trim())
      if (/^250 [^\n]*\n/m.test(heard)) return heard
      if (/^220 [^\n]*\n$/m.test(heard)) socket.write('EHLO pandu-doctor.invalid\r\n')
    }
    throw new Error('it hung up')
  } finally {
    socket.end('QUIT\r\n')
  }
}
