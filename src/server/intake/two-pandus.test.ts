import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { sql } from 'kysely'
import nodemailer from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { startSender } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { acknowledge } from './acknowledge.ts'
import { gatherHeld } from './gather-held.ts'
import { startMailListener } from './mail-listener.ts'
import { startIntake } from './start-intake.ts'

/** Two installations with listeners, readers and senders of their own, and between them the mail of the world. */
const databases = ['satu.example', 'dua.example'].map((domain) => ({
  domain,
  database: useDatabase({ PANDU_MAIL_DOMAIN: domain, PANDU_REPLY_DOMAIN: `balas.${domain}`, PANDU_SMTP_PORT: '0' }),
}))
interface Pandu {
  domain: string
  app: App
  port: number
  stop(): Promise<unknown>
}
let pandus: Pandu[] = []
let world: Awaited<ReturnType<typeof startWorld>>

/** Hands every mail on to whose domain it is, as a relay does. `strips`: what makes loops visible is lost on the way. */
async function startWorld() {
  const state = {
    strips: false,
    carried: [] as { from: string; to: string; raw: string }[],
    port: 0,
    close: async () => {},
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      buffer(stream)
        .then(async (bytes) => {
          const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
          const to = session.envelope.rcptTo[0]!.address
          const raw = state.strips ? stripped(bytes.toString()) : bytes.toString()
          state.carried.push({ from, to, raw })
          const pandu = pandus.find(({ domain }) => to.endsWith(domain))
          if (pandu) await deliver(pandu.port, { from: state.strips ? 'seseorang@lain.example' : from, to, raw })
          done()
        })
        .catch(done)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.port = (server.server.address() as AddressInfo).port
  state.close = () => new Promise((resolve) => server.close(resolve))
  return state
}

/** Everything by which a program knows that a program wrote, and every thread. A new Message-ID, too. */
const stripped = (raw: string) =>
  raw
    .replace(/\r\n[ \t]+/g, ' ')
    .replace(
      /^(Auto-Submitted|X-Loop|X-Auto-Response-Suppress|Precedence|In-Reply-To|References|Reply-To):.*\r\n/gim,
      '',
    )
    .replace(/^Message-ID:.*$/im, `Message-ID: <${newId()}@lain.example>`)
    .replace(/^Subject:.*$/im, `Subject: Surat ${newId()}`)
    .replace(/\[\d+-[a-z2-7]{52}\]/g, '')

async function deliver(port: number, { from, to, raw }: { from: string; to: string; raw: string }): Promise<void> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  await transport.sendMail({ raw, envelope: { from, to: [to] } })
  transport.close()
}

beforeAll(async () => {
  world = await startWorld()
  for (const { domain, database } of databases) {
    const bare = database.app()
    const app: App = { ...bare, settings: { ...bare.settings, PANDU_MAIL_RELAY: `smtp://127.0.0.1:${world.port}` } }
    await prepare(app)
    const listener = await startMailListener(app)
    const [intake, sender] = [startIntake(app), startSender(app)]
    pandus.push({
      domain,
      app,
      port: listener.port,
      stop: () => Promise.all([listener.stop(), intake.stop(), sender.stop()]),
    })
  }
}, 60_000)
afterAll(async () => {
  await Promise.all(pandus.map((pandu) => pandu.stop()))
  pandus = []
  await world.close()
})

/** Lets both acknowledge and answer until neither has anything left to read or to send. */
async function untilQuiet(): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    for (const { app } of pandus) {
      const tickets = await app.worker.selectFrom('tickets').select('id').execute()
      await acknowledge(
        app,
        tickets.map(({ id }) => ({ fact_id: newId(), kind: 'ticket.opened', ticket_id: id, about: {} })),
      )
    }
    let moved = 0
    await expect
      .poll(
        async () => {
          const open = await Promise.all(pandus.map(({ app }) => whatIsOpen(app)))
          const sum = open.reduce((all, one) => all + one, 0)
          moved += sum
          return sum
        },
        { timeout: 60_000, interval: 100 },
      )
      .toBe(0)
    quiet = moved === 0 ? quiet + 1 : 0
  }
}
async function whatIsOpen(app: App): Promise<number> {
  const { rows } = await sql<{
    open: number
  }>`select (select count(*) from outbox where state in ('waiting', 'sending'))::int
    + (select count(*) from intake_items where outcome is null)::int as open`.execute(app.worker)
  return rows[0]!.open
}
const between = () => world.carried.filter(({ to }) => to.endsWith('satu.example') || to.endsWith('dua.example'))
/** The first mail, as if one Pandu had asked the other. */
const begin = (text: string) =>
  deliver(pandus[1]!.port, {
    from: 'helpdesk@satu.example',
    to: 'helpdesk@dua.example',
    raw: [
      'From: helpdesk@satu.example',
      'To: helpdesk@dua.example',
      'Subject: Bantuan',
      `Message-ID: <${newId()}@satu.example>`,
      '',
      text,
      '',
    ].join('\r\n'),
  })

test(
  'two Pandus that answer each other stop at once: one acknowledgement, and it is not acknowledged',
  { timeout: 120_000 },
  async () => {
    await begin('Mohon bantuan kantor pusat.')
    await untilQuiet()
    const mails = between()
    expect(mails).toHaveLength(1)
    expect(mails[0]!.to).toBe('helpdesk@satu.example')
    expect(mails[0]!.raw).toMatch(/^Auto-Submitted: auto-replied/im)
    expect(mails[0]!.raw).toMatch(/^X-Loop: pandu@dua.example/im)
    expect(mails[0]!.from).toMatch(/^b-[a-z2-7]{52}@balas\.dua\.example$/)
    const [item] = await pandus[0]!.app.worker
      .selectFrom('intake_items')
      .select(['outcome', 'reason', 'ticket_id'])
      .execute()
    expect(item).toEqual({ outcome: 'report', reason: 'own_mail', ticket_id: null })
  },
)

test(
  'where a relay strips every mark, they stop at one mail an hour and three a day each',
  { timeout: 240_000 },
  async () => {
    world.strips = true
    for (const { app } of pandus) await sql`delete from acknowledgements`.execute(app.worker)
    world.carried.length = 0
    await begin('Mohon bantuan kantor pusat, lagi.')
    await untilQuiet()
    const perHour = between().length
    expect(perHour).toBeGreaterThanOrEqual(2)
    for (const { domain } of pandus)
      expect(between().filter(({ to }) => to.endsWith(domain)).length).toBeLessThanOrEqual(1)
    // A day passes, an hour at a time.
    for (let hour = 0; hour < 8; hour++) {
      for (const { app } of pandus)
        await sql`update acknowledgements set at = at - interval '1 hour 1 minute'`.execute(app.worker)
      for (const { app } of pandus) await gatherHeld(app)
      await untilQuiet()
    }
    for (const { domain } of pandus) {
      const mails = between().filter(({ to }) => to.endsWith(domain))
      expect(mails.length).toBeLessThanOrEqual(3)
      // Nothing that the other side said travels back.
      for (const { raw } of mails) expect(raw).not.toContain('kantor pusat')
    }
  },
)
