/** A real Postfix in front: it brings mail by SMTP, encrypted, and by LMTP, with one answer for each recipient. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/server/platform/app.ts'
import { system, write } from '../../src/server/platform/context.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { prepare } from '../../src/server/desks/index.ts'
import { aDesk } from '../../src/server/desks/testing.ts'
import { startLmtpListener, startMailListener } from '../../src/server/intake/index.ts'
import { settleWaiting } from '../../src/server/intake/testing.ts'
import { startMailSink, type MailSink } from '../e2e/mail.ts'
import { findPrograms, whyNoPostfix } from './debian.ts'
import { startPostfix, type Postfix } from './postfix.ts'
import { swaks } from './swaks.ts'

const found = await findPrograms()
const reason = 'missing' in found ? found.missing : whyNoPostfix()
const programs = 'missing' in found ? { root: '/' } : found
const certificates = join(import.meta.dirname, '../certificates')

const database = useDatabase({ PANDU_SMTP_PORT: '0', PANDU_MAIL_DOMAIN: 'pandu.test' })
const closing: (() => Promise<unknown> | undefined)[] = []
let world: MailSink
let postfix: Postfix
let app: App
let lmtp_port: number
beforeAll(async () => {
  if (reason) return
  app = database.app()
  await prepare(app)
  await write(app, system, (ctx) => aDesk(ctx, { mail_local_part: 'papua' }))
  const listen = (more: Partial<App['settings']>) => ({ ...app, settings: { ...app.settings, ...more } })
  const smtp = await startMailListener(
    listen({
      PANDU_SMTP_CERTIFICATE: join(certificates, 'contoh-1.pem'),
      PANDU_SMTP_KEY: join(certificates, 'contoh-1.key.pem'),
    }),
  )
  closing.push(() => smtp.stop())
  const lmtp = await startLmtpListener(listen({ PANDU_LMTP_PORT: 0 }))
  closing.push(() => lmtp.stop())
  world = await startMailSink()
  closing.push(() => world.close())
  postfix = await startPostfix(programs, { routes: { 'pandu.test': smtp.port }, world: world.port })
  lmtp_port = lmtp.port
  closing.push(() => postfix.stop())
}, 120_000)
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const send = (subject: string, to: string[]) =>
  swaks(programs, { port: postfix.port, from: 'ani@contoh.test', to, lines: ['--header', `Subject: ${subject}`] })
async function itemsOf(subject: string) {
  await settleWaiting(app)
  const { rows } = await app.worker_pool.query<{ outcome: string; recipients: string[] }>(
    'select outcome, recipients from intake_items where subject = $1 order by id',
    [subject],
  )
  return rows
}
const one = (recipients: string[]) => [{ outcome: 'ticket', recipients: expect.arrayContaining(recipients) }]

test(
  'by SMTP it is brought encrypted, and a mail to two of our addresses is one item',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const subject = newId()
    const to = ['helpdesk@pandu.test', 'papua@pandu.test']
    await send(subject, to)
    await expect.poll(() => itemsOf(subject), { timeout: 40_000 }).toEqual(one(to))
    expect(await postfix.log()).toMatch(/TLS connection established to 127\.0\.0\.1/)
  },
)

test(
  'by LMTP each recipient is answered: two are taken as one item, an unknown one goes back to the sender',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    await postfix.route({ 'pandu.test': `lmtp:inet:127.0.0.1:${lmtp_port}` })
    const subject = newId()
    const ours = ['helpdesk@pandu.test', 'papua@pandu.test']
    await send(subject, [...ours, 'tidakada@pandu.test'])
    await expect.poll(() => itemsOf(subject), { timeout: 40_000 }).toEqual(one(ours))
    const bounce = await world.waitFor(({ to }) => to.includes('ani@contoh.test'), 40_000)
    expect(bounce.text).toContain('tidakada@pandu.test')
    for (const address of ours) expect(bounce.text).not.toContain(`<${address}>`)
    expect(await postfix.log()).toMatch(/postfix\/lmtp.*to=<papua@pandu\.test>.*status=sent \(250 2\.0\.0/)
  },
)
