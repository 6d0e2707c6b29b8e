/**
 * The peers prove themselves before they judge Pandu: Postfix must really route, queue and bounce, and swaks must really
 * report a refusal.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMailSink, type MailSink } from '../e2e/mail.ts'
import { findPrograms, whyNoPostfix, type Programs } from './debian.ts'
import { startPostfix, type Postfix } from './postfix.ts'
import { swaks } from './swaks.ts'

const found = await findPrograms()
const reason = 'missing' in found ? found.missing : whyNoPostfix()
const programs: Programs = 'missing' in found ? { root: '/' } : found

let office: MailSink
let world: MailSink
let postfix: Postfix

beforeAll(async () => {
  if (reason) return
  office = await startMailSink()
  world = await startMailSink()
  postfix = await startPostfix(programs, { routes: { 'pandu.test': office.port }, world: world.port })
}, 90_000)

afterAll(async () => {
  await postfix?.stop()
  await office?.close()
  await world?.close()
})

test(
  'Postfix hands the mail of our domain to us and all other mail to the world',
  { timeout: 60_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const { code, transcript } = await swaks(programs, {
      port: postfix.port,
      from: 'ani@contoh.test',
      to: ['helpdesk@pandu.test', 'budi@contoh.test'],
      lines: ['--header', 'Subject: Contoh'],
    })
    expect(transcript).toContain('250 2.0.0 Ok: queued')
    expect(code).toBe(0)
    expect((await office.waitFor(({ subject }) => subject === 'Contoh')).to).toEqual(['helpdesk@pandu.test'])
    expect((await world.waitFor(({ subject }) => subject === 'Contoh')).to).toEqual(['budi@contoh.test'])
  },
)

test(
  'what is refused for now waits in the queue with its reason and comes once the way is free',
  { timeout: 60_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    office.refusal = { code: 451, text: '4.3.0 sedang sibuk' }
    await swaks(programs, {
      port: postfix.port,
      from: 'ani@contoh.test',
      to: ['helpdesk@pandu.test'],
      lines: ['--header', 'Subject: Nanti'],
    })
    await expect
      .poll(() => postfix.queue(), { timeout: 20_000 })
      .toMatchObject([{ delay_reason: expect.stringContaining('sedang sibuk') }])
    office.refusal = null
    await postfix.flush()
    await office.waitFor(({ subject }) => subject === 'Nanti')
    await expect.poll(() => postfix.queue(), { timeout: 20_000 }).toEqual([])
  },
)

test('what is refused for good goes back to its sender', { timeout: 60_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  office.refusal = { code: 552, text: '5.3.4 terlalu besar' }
  await swaks(programs, { port: postfix.port, from: 'cici@contoh.test', to: ['helpdesk@pandu.test'] })
  const bounce = await world.waitFor(({ to }) => to.includes('cici@contoh.test'))
  expect(bounce.from).toBe('')
  expect(bounce.text).toContain('terlalu besar')
  office.refusal = null
})

test('swaks reports a refusal', { timeout: 60_000 }, async ({ skip }) => {
  if ('missing' in found) return skip(found.missing)
  const sink = await startMailSink()
  sink.refusal = { code: 554, text: '5.7.1 tidak' }
  const { code, transcript } = await swaks(programs, {
    port: sink.port,
    from: 'ani@contoh.test',
    to: ['x@pandu.test'],
    mail: 'Subject: a\n\nb',
  })
  expect(code).toBe(26)
  expect(transcript).toContain('554 5.7.1 tidak')
  await sink.close()
})
