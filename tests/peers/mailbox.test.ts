/** A mailbox on a real Dovecot is emptied: nothing twice, nothing lost, whatever dies, restarts or is numbered anew. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import type { App } from '../../src/server/platform/app.ts'
import { read, system, write } from '../../src/server/platform/context.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { intakeSummary, seeMailbox } from '../../src/server/channels/index.ts'
import { prepare } from '../../src/server/desks/index.ts'
import { aDesk } from '../../src/server/desks/testing.ts'
import { watchMailbox, type MailboxWatch } from '../../src/server/intake/index.ts'
import { settleWaiting } from '../../src/server/intake/testing.ts'
import { findPrograms } from './debian.ts'
import { DOVECOT, PASSWORD, startDovecot, whyNoDovecot, type Dovecot } from './dovecot.ts'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'

const found = await findPrograms(DOVECOT)
const reason = await whyNoDovecot(found)

const database = useDatabase({ PANDU_MAIL_DOMAIN: 'pandu.test' })
let dovecot: Dovecot
const watches: MailboxWatch[] = []
const lines: string[] = []
beforeAll(async () => {
  if (reason || 'missing' in found) return
  await prepare(database.app())
  dovecot = await startDovecot(found)
}, 90_000)
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop()
})
afterAll(() => dovecot?.stop())

/** Our side of one mailbox. */
function appFor(user: string, after = 'seen', url = dovecot.url(user)): App {
  const app = database.app()
  const log = openLog({ PANDU_LOG: 'debug' }, { write: (line: string) => void lines.push(line) })
  return { ...app, log, settings: { ...app.settings, PANDU_IMAP_URL: url, PANDU_IMAP_AFTER: after } }
}
function watch(app: App): MailboxWatch {
  const one = watchMailbox(app)!
  watches.push(one)
  return one
}
const letter = (subject: string, to = 'helpdesk@pandu.test', more = '') =>
  `From: Ani Contoh <ani@contoh.test>\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@contoh.test>\r\n${more}\r\nIsi ${subject}.\r\n`
const deliver = (user: string, subject: string, ...more: string[]) => dovecot.deliver(user, letter(subject, ...more))

/** What the ledger says of the mails whose words hold this, oldest first. */
async function taken(word: string) {
  await settleWaiting(database.app())
  const { rows } = await database.app().worker_pool.query<{
    outcome: string
    subject: string
    recipients: string[]
    envelope_from: string | null
    reason: string | null
  }>(
    `select outcome, subject, recipients, envelope_from, reason from intake_items
     where convert_from(raw, 'utf8') like '%' || $1 || '%' order by id`,
    [word],
  )
  return rows
}
const subjects = async (word: string) => (await taken(word)).map(({ subject, outcome }) => [subject, outcome])
const stateOf = (app: App) => read(app, system, seeMailbox)
const sumsAddUp = async () => {
  const { received, by_channel: _, ...others } = await write(database.app(), system, intakeSummary)
  expect(received).toBe(Object.values(others).reduce((sum, count) => sum + count, 0))
}

test('what lies there and what arrives is taken at once, marked as read, and known by its addresses', async ({
  skip,
}) => {
  if (reason) return skip(reason)
  const word = newId().slice(-12)
  await write(database.app(), system, (ctx) => aDesk(ctx, { mail_local_part: 'papua' }))
  await deliver('satu', `${word}-a`)
  await deliver('satu', `${word}-b`, 'papua@pandu.test, orang@lain.test')
  const app = appFor('satu')
  watch(app)
  await expect
    .poll(() => subjects(word))
    .toEqual([
      [`${word}-a`, 'ticket'],
      [`${word}-b`, 'ticket'],
    ])
  expect(await taken(word)).toMatchObject([
    { recipients: ['helpdesk@pandu.test'], envelope_from: 'ani@contoh.test' },
    { recipients: ['papua@pandu.test'] },
  ])
  await expect
    .poll(async () => (await dovecot.list('satu')).map(({ flags }) => /Seen/.test(flags)))
    .toEqual([true, true])
  await expect.poll(() => stateOf(app)).toMatchObject({ state: 'open', last_error: null, unmarked: 0 })

  const began = performance.now()
  await deliver('satu', `${word}-c`)
  await expect.poll(() => subjects(word), { interval: 50 }).toHaveLength(3)
  // Told by IDLE: asking each minute would take longer.
  expect(performance.now() - began).toBeLessThan(30_000)
  await sumsAddUp()
  expect(lines.join('')).not.toContain(PASSWORD)
  expect(lines.join('')).not.toContain(encodeURIComponent(PASSWORD))
})

test('taken mails are moved by the rule, into a folder that is made for it', async ({ skip }) => {
  if (reason) return skip(reason)
  const word = newId().slice(-12)
  for (const name of ['a', 'b', 'c']) await deliver('dua', `${word}-${name}`)
  watch(appFor('dua', 'move:Sudah diambil'))
  await expect
    .poll(async () => (await dovecot.list('dua', 'Sudah diambil')).map(({ subject }) => subject))
    .toEqual([`${word}-a`, `${word}-b`, `${word}-c`])
  expect(await dovecot.list('dua')).toEqual([])
  expect(await subjects(word)).toHaveLength(3)
})

test(
  'a server that is away is waited for, and everything that came meanwhile is taken once',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const word = newId().slice(-12)
    await deliver('tiga', `${word}-a`)
    const app = appFor('tiga')
    watch(app)
    await expect.poll(() => subjects(word)).toHaveLength(1)
    const back = dovecot.restart(3_000)
    await expect.poll(async () => (await stateOf(app))?.state).toBe('failing')
    expect((await stateOf(app))?.last_error).toMatch(/^(lost|unreachable)$/)
    await back
    await deliver('tiga', `${word}-b`)
    await expect
      .poll(() => subjects(word), { timeout: 60_000 })
      .toEqual([
        [`${word}-a`, 'ticket'],
        [`${word}-b`, 'ticket'],
      ])
    await expect.poll(async () => (await stateOf(app))?.state).toBe('open')
  },
)

test(
  'a mailbox that was numbered anew is read again, and what was taken is known',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const word = newId().slice(-12)
    for (const name of ['a', 'b', 'c']) await deliver('empat', `${word}-${name}`)
    const first = watch(appFor('empat'))
    await expect.poll(() => subjects(word)).toHaveLength(3)
    await first.stop()
    await dovecot.admin('expunge', '-u', 'empat', 'mailbox', 'INBOX', 'header', 'subject', `${word}-a`)
    await dovecot.renumber('empat')
    expect((await dovecot.list('empat')).map(({ uid, subject }) => [uid, subject])).toEqual([
      [1, `${word}-b`],
      [2, `${word}-c`],
    ])
    await deliver('empat', `${word}-d`)
    watch(appFor('empat'))
    await expect.poll(async () => (await subjects(word)).length).toBe(4)
    expect((await subjects(word)).map(([subject]) => subject)).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `${word}-${name}`),
    )
    await sumsAddUp()
  },
)

test(
  'killed between the commit and the mark, again and again: nothing twice, nothing lost',
  { timeout: 120_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const word = newId().slice(-12)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const name of names) await deliver('lima', `${word}-${name}`)
    for (const count of [1, 2, 1]) {
      const died = startChild('lima', 'move:Diambil', `imap.after_commit:${count}`)
      expect(await died).toEqual([null, 'SIGKILL'])
      await endLeases()
    }
    const app = appFor('lima', 'move:Diambil')
    watch(app)
    await expect.poll(async () => (await dovecot.list('lima', 'Diambil')).length).toBe(names.length)
    expect(await dovecot.list('lima')).toEqual([])
    expect(await subjects(word)).toEqual(names.map((name) => [`${word}-${name}`, 'ticket']))
    await expect.poll(async () => (await stateOf(app))?.unmarked).toBe(0)
  },
)

test('two processes at one mailbox: one of them works', { timeout: 60_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  const word = newId().slice(-12)
  for (let count = 0; count < 20; count++) await deliver('enam', `${word}-${count}`)
  for (let count = 0; count < 3; count++) watch(appFor('enam'))
  await expect.poll(async () => (await subjects(word)).length).toBe(20)
  expect((await taken(word)).every(({ outcome }) => outcome === 'ticket')).toBe(true)
  const { rows } = await database.app().worker_pool.query(`select from leases where name like 'mailbox enam@%'`)
  expect(rows).toHaveLength(1)
})

test(
  'a mail that is too large stays there, flagged, and every triager sees that it does',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const word = newId().slice(-12)
    const large = letter(`${word}-besar`) + `${'x'.repeat(998)}\r\n`.repeat(27_000)
    await dovecot.deliver('tujuh', large)
    await deliver('tujuh', `${word}-kecil`)
    watch(appFor('tujuh', 'move:Diambil'))
    await expect
      .poll(() => taken(word), { timeout: 60_000 })
      .toMatchObject([
        { outcome: 'quarantined', reason: 'too_large' },
        { outcome: 'ticket', subject: `${word}-kecil` },
      ])
    await expect
      .poll(async () => (await dovecot.list('tujuh')).map(({ flags }) => flags))
      .toEqual([expect.stringContaining('Flagged')])
  },
)

test('a wrong password and a missing folder are said', { timeout: 60_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  const wrong = appFor('sembilan', 'seen', dovecot.url('sembilan').replace(encodeURIComponent(PASSWORD), 'keliru'))
  watch(wrong)
  await expect.poll(async () => (await stateOf(wrong))?.last_error).toBe('sign_in')
  const none = appFor('delapan', 'seen', dovecot.url('delapan', 'Tidak ada'))
  watch(none)
  await expect.poll(async () => (await stateOf(none))?.last_error).toBe('no_folder')
})

/** Resolves with how it ended. */
async function startChild(user: string, after: string, fault: string): Promise<unknown> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../src/server/intake/mailbox-child.ts', import.meta.url))],
    {
      stdio: 'inherit',
      env: {
        ...bareEnvironment(),
        PANDU_DATA: database.app().settings.PANDU_DATA,
        PANDU_MAIL_DOMAIN: 'pandu.test',
        PANDU_LOG: 'error',
        PANDU_FAULT: fault,
        PANDU_IMAP_URL: dovecot.url(user),
        PANDU_IMAP_AFTER: after,
        TEST_DATABASE: JSON.stringify({
          socket: inject('postgres_socket'),
          port: inject('postgres_port'),
          database: database.app().worker_pool.options.database,
        }),
      },
    },
  )
  const late = setTimeout(() => child.kill('SIGTERM'), 60_000)
  return once(child, 'exit').finally(() => clearTimeout(late))
}

/** What a minute does: the lease of a dead process ends. */
const endLeases = () =>
  database.app().worker_pool.query(`update leases set until = now() - interval '1 second' where name like 'mailbox %'`)
