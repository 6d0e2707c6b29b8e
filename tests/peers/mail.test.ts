/** Pandu among real peers: swaks writes, a Postfix stands in front and behind, and the world reads what comes out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkIn, startMailSink, type MailSink, type SunkMail } from '../e2e/mail.ts'
import { buildPages, MAIL_DOMAIN, startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { findPrograms, whyNoPostfix, type Programs } from './debian.ts'
import { startPostfix, type Postfix } from './postfix.ts'
import { swaks } from './swaks.ts'

const SIZE_MAX_BYTES = 26_214_400
const RECIPIENTS_MAX = 100
const HELPDESK = `helpdesk@${MAIL_DOMAIN}`

const found = await findPrograms()
const reason = 'missing' in found ? found.missing : whyNoPostfix()
const programs: Programs = 'missing' in found ? { root: '/' } : found

let world: MailSink
let postfix: Postfix
let pandu: RunningPandu

beforeAll(async () => {
  if (reason) return
  world = await startMailSink()
  postfix = await startPostfix(programs, { routes: {}, world: world.port })
  await buildPages()
  pandu = await startPandu({ env: { PANDU_MAIL_RELAY: postfix.url } })
  await postfix.route({ [MAIL_DOMAIN]: pandu.smtp_port, [`balas.${MAIL_DOMAIN}`]: pandu.smtp_port })
}, 480_000)

afterAll(async () => {
  await pandu?.stop()
  await postfix?.stop()
  await world?.close()
}, 90_000)

const numberOf = (mail: SunkMail) => /\[#(\d+)\]/.exec(mail.subject)?.[1]
const messageId = (word: string) => `<${word}.${process.pid}.${Date.now()}@contoh.test>`
const acknowledgementTo = (address: string) => world.waitFor(({ to }) => to.includes(address), 60_000)
const letter = (headers: Record<string, string>, text: string) =>
  [...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', text, ''].join('\r\n')

/** Gives a question to Postfix as a person's mail program does; answers its Message-ID. */
async function ask(from: string, subject: string, text: string): Promise<string> {
  const id = messageId('tanya')
  const mail = letter(
    { From: `Ani Contoh <${from}>`, To: HELPDESK, Subject: subject, 'Message-ID': id, Date: new Date().toUTCString() },
    text,
  )
  const { code, transcript } = await swaks(programs, { port: postfix.port, from, to: [HELPDESK], mail })
  expect(code, transcript).toBe(0)
  return id
}

describe('behind and in front of a real Postfix', () => {
  test(
    'a question by mail is acknowledged on its own thread, and the answer to that lands on the same ticket',
    { timeout: 120_000 },
    async ({ skip }) => {
      if (reason) return skip(reason)
      const asked = await ask('ani@contoh.test', 'Pencetak tidak terbaca', 'Pencetak di kantor kami tidak terbaca.')
      const acknowledgement = await acknowledgementTo('ani@contoh.test')
      expect(numberOf(acknowledgement)).toMatch(/^\d+$/)
      expect(acknowledgement.headers.get('in-reply-to')).toBe(asked)
      expect(acknowledgement.headers.get('auto-submitted')).toBe('auto-replied')
      const link = linkIn(acknowledgement, '/follow/')

      const reply_to =
        acknowledgement.parsed.replyTo?.value[0]?.address ?? acknowledgement.parsed.from?.value[0]?.address ?? ''
      const answer = letter(
        {
          From: 'ani@contoh.test',
          To: reply_to,
          Subject: `Re: ${acknowledgement.subject}`,
          'Message-ID': messageId('jawab'),
          'In-Reply-To': acknowledgement.parsed.messageId ?? '',
        },
        'Sekarang lampunya berkedip merah.',
      )
      const { code, transcript } = await swaks(programs, {
        port: postfix.port,
        from: 'ani@contoh.test',
        to: [reply_to],
        mail: answer,
      })
      expect(code, transcript).toBe(0)
      await expect
        .poll(async () => (await fetch(link)).text(), { timeout: 60_000, interval: 500 })
        .toContain('Sekarang lampunya berkedip merah.')
    },
  )

  test(
    'what comes while Pandu is dead waits at Postfix and is taken once when it lives again',
    { timeout: 240_000 },
    async ({ skip }) => {
      if (reason) return skip(reason)
      await pandu.kill()
      await ask('budi@contoh.test', 'Layar gelap', 'Layar kami gelap.')
      await expect
        .poll(async () => (await postfix.queue()).map(({ address }) => address), { timeout: 30_000 })
        .toContain(HELPDESK)
      await pandu.restart()
      await postfix.flush()
      await acknowledgementTo('budi@contoh.test')
      await expect.poll(() => postfix.queue(), { timeout: 60_000 }).toEqual([])
      expect(world.to('budi@contoh.test')).toHaveLength(1)
    },
  )

  test(
    'a mail that is too large comes back to its sender from Postfix, with the reason',
    { timeout: 120_000 },
    async ({ skip }) => {
      if (reason) return skip(reason)
      const mail = ofSize(SIZE_MAX_BYTES + 100_000)
      await swaks(programs, { port: postfix.port, from: 'cici@contoh.test', to: [HELPDESK], mail })
      const bounce = await world.waitFor(({ to }) => to.includes('cici@contoh.test'), 90_000)
      expect(bounce.from).toBe('')
      expect(bounce.text.toLowerCase()).toContain('size')
    },
  )
})

describe('spoken to directly', () => {
  const direct = (to: string[], lines: string[], mail?: string) =>
    swaks(programs, {
      port: pandu.smtp_port,
      from: 'dedi@contoh.test',
      to,
      lines,
      ...(mail === undefined ? {} : { mail }),
    })

  test(
    'it announces its size limit, and takes mail for nobody whom it does not know',
    { timeout: 60_000 },
    async ({ skip }) => {
      if (reason) return skip(reason)
      const unknown = await direct([`tidakada@${MAIL_DOMAIN}`], [])
      expect(unknown.transcript).toContain(`SIZE ${SIZE_MAX_BYTES}`)
      expect(unknown.transcript).toMatch(/<\*\* 550 /)
      expect(unknown.code).toBe(24)
      const foreign = await direct(['orang@lain.test'], [])
      expect(foreign.transcript).toMatch(/<\*\* 55\d /)
      expect(foreign.code).toBe(24)
    },
  )

  test('a mail of exactly the limit is taken and one byte more is refused', { timeout: 180_000 }, async ({ skip }) => {
    if (reason) return skip(reason)
    const fits = await direct([HELPDESK], [], ofSize(SIZE_MAX_BYTES))
    expect(fits.transcript.slice(-2_000)).toMatch(/<- {2}250 /)
    expect(fits.code).toBe(0)
    const large = await direct([HELPDESK], [], ofSize(SIZE_MAX_BYTES + 1))
    expect(large.transcript.slice(-2_000)).toMatch(/<\*\* 552 /)
    expect(large.code).toBe(26)
  })

  test('more recipients than the limit are put off, not refused for good', { timeout: 60_000 }, async ({ skip }) => {
    if (reason) return skip(reason)
    const many = Array.from({ length: RECIPIENTS_MAX + 1 }, (_, place) => `r${place}@balas.${MAIL_DOMAIN}`)
    const { transcript } = await direct(many, ['--quit-after', 'RCPT'])
    expect(transcript.match(/<- {2}250 /g)?.length).toBeGreaterThanOrEqual(RECIPIENTS_MAX)
    expect(transcript).toMatch(/<\*\* 452 /)
  })
})

/** A mail whose bytes after DATA are exactly so many. */
function ofSize(bytes: number): string {
  const head = letter(
    { From: 'dedi@contoh.test', To: HELPDESK, Subject: 'Besar', 'Message-ID': messageId('besar') },
    '',
  )
  const line = `${'x'.repeat(76)}\r\n`
  const rest = bytes - head.length
  const tail = (rest % line.length) + line.length
  return head + line.repeat(Math.floor(rest / line.length) - 1) + `${'y'.repeat(tail - 2)}\r\n`
}
