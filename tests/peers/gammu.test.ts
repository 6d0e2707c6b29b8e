/** A real Gammu SMSD: what it receives is taken once, what we hand over goes out once, whoever is killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import type { App } from '../../src/server/platform/app.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { useDatabase } from '../../src/server/platform/testing.ts'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'
import type { DueText, Gateway, Heard } from '../../src/server/channels/texts/adapter.ts'
import { readGatewayLines } from '../../src/server/channels/texts/read-gateways.ts'
import { readText } from '../../src/server/channels/texts/read-text.ts'
import { joinParts } from '../../src/server/channels/sms/join-parts.ts'
import { openGammu } from '../../src/server/channels/sms/gammu/open-gammu.ts'
import { segment } from '../../src/server/channels/sms/segments.ts'
import { findPrograms } from './debian.ts'
import { GAMMU, startGammu, type Gammu, type Service } from './gammu.ts'

const found = await findPrograms(GAMMU)
const reason = 'missing' in found ? found.missing : null

const database = useDatabase()
const running: Gammu[] = []
const open: Gateway[] = []
const lines: string[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.stop()
  // It asks its telephone all the time: a few that nobody needs any more keep a core busy.
  for (const gammu of running.splice(0)) await gammu.stop()
})

async function start(service: Service): Promise<Gammu> {
  const gammu = await startGammu(found as { root: string }, service)
  running.push(gammu)
  return gammu
}
function begin(gammu: Gammu): Gateway {
  const log = openLog({ PANDU_LOG: 'debug' }, { write: (line: string) => void lines.push(line) })
  const app: App = { ...database.app(), log }
  const gateway = openGammu(app, readGatewayLines(`${gammu.line}#name=modem`)[0]!)
  open.push(gateway)
  return gateway
}
const due = (text: string, to: string): DueText => {
  const { parts, coding } = segment(text)
  return { outbox_id: newId(), channel: 'sms', to, text, parts, coding, language: 'id', options: {}, attachments: [] }
}
async function items(where: string, value: string): Promise<Heard[]> {
  const { rows } = await database
    .app()
    .worker_pool.query<{ raw: Buffer; greeting: string; received_at: Date }>(
      `select raw, greeting, received_at from intake_items where ${where} and duplicate_of is null order by id`,
      [value],
    )
  return rows.map((row) => readText(row, row.raw))
}
const heard = (from: string) => items('envelope_from = $1', from)
/** Whole texts as they are, parts joined, from one sender. */
async function texts(from: string): Promise<string[]> {
  const all = (await heard(from)).flatMap((one) => (one.kind === 'text' ? [one] : []))
  const parts = all.flatMap((one) => (one.part ? [{ ...one.part, text: one.text, at: new Date() }] : []))
  const joined = [...new Set(parts.map(({ reference }) => reference))].map((reference) => {
    const some = parts.filter((part) => part.reference === reference)
    return joinParts({ total: some[0]!.total, parts: some })
  })
  expect(joined.flatMap(({ missing }) => missing)).toEqual([])
  return [...all.flatMap((one) => (one.part ? [] : [one.text])), ...joined.map(({ text }) => text)].sort()
}
const reportsOf = async (text: DueText) =>
  (await items(`convert_from(raw, 'utf8') like '%"outbox_id":"' || $1 || '%'`, text.outbox_id))
    .flatMap((one) =>
      one.kind === 'receipt' ? [`${one.state} ${'number' in one.of ? one.of.number : ''}`.trim()] : [],
    )
    .sort()
const LONG = 'Printer {baru} di ruang tata usaha tidak mau mencetak. '.repeat(5)
const JAVANESE = 'ꦱꦸꦒꦼꦁ 😀 “enjing” '.repeat(6)
const patiently = { timeout: 60_000, interval: 100 }

for (const service of ['sqlite', 'files', 'detail'] as const)
  test(`what the telephone receives is taken once, whole (${service})`, { timeout: 150_000 }, async ({ skip }) => {
    if (reason) return skip(reason)
    const gammu = await start(service)
    const from = { sqlite: '+62811001', files: '+62811002', detail: '+62811003' }[service]
    begin(gammu)
    const all = ['Halo {satu}', LONG, JAVANESE]
    // Of several numbers: Gammu's own maker of messages gives all that it makes within a second the same reference.
    for (const [index, text] of all.entries()) await gammu.receive(`${from}${index}`, text)
    for (const [index, text] of all.entries())
      await expect.poll(() => texts(`${from}${index}`).catch(() => []), patiently).toEqual([text])
    if (service === 'sqlite')
      await expect.poll(() => gammu.query(`select "ID" from inbox where "Processed" = 'false'`), patiently).toEqual([])
    else await expect.poll(() => readdir(join(gammu.folder, 'inbox')), patiently).toEqual([])
    const { rows } = await database.app().worker_pool.query(`select from intake_items where envelope_from like $1 || '%' and duplicate_of is not null`, [from]) // prettier-ignore
    expect(rows).toEqual([])
  })

test(
  'texts go out in parts, once however often they are handed over, and their reports come back',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const gammu = await start('sqlite')
    // They wait in the table while nobody sends them, and a killed Gammu finds them again.
    await gammu.kill()
    const gateway = begin(gammu)
    const all = [due('Halo @ {kantor}', '+62812001'), due(LONG, '+62812002'), due(JAVANESE, '+62812003')]
    for (const text of [...all, ...all])
      expect(await gateway.send(text)).toEqual({ state: 'accepted', ids: text.parts.map(() => null) })
    expect(gammu.query('select "ID" from outbox')).toHaveLength(3)
    await gammu.start()
    const sent = () =>
      gammu.query<{ to: string; text: string; place: number }>(
        `select "DestinationNumber" as "to", "TextDecoded" as text, "SequencePosition" as place from sentitems order by "DestinationNumber", "SequencePosition"`,
      )
    await expect.poll(() => sent().length, patiently).toBe(all.reduce((sum, { parts }) => sum + parts.length, 0))
    for (const { to, parts } of all)
      expect(
        sent()
          .filter((row) => row.to === to)
          .map(({ text }) => text),
      ).toEqual(parts)
    await expect.poll(() => reportsOf(all[1]!), patiently).toEqual(['sent 1', 'sent 2'])
    // What the network reports comes through the telephone and Gammu's own matching.
    await gammu.report('+62812001', 'Pending')
    await gammu.report('+62812001', 'Delivered')
    await expect.poll(() => reportsOf(all[0]!), patiently).toEqual(['delivered 1', 'sent 1'])
    const lost = due('Nomor ini sudah tidak dipakai', '+62812004')
    await gateway.send(lost)
    await expect.poll(() => reportsOf(lost), patiently).toEqual(['sent 1'])
    await gammu.report('+62812004', 'Failed')
    await expect.poll(() => reportsOf(lost), patiently).toEqual(['failed 1', 'sent 1'])
    // What failed may be handed over again; what went may not.
    gammu.query(`update sentitems set "Status" = 'SendingError' where "DestinationNumber" = '+62812003'`)
    for (const text of all) await gateway.send(text)
    await expect
      .poll(() => sent().filter(({ to }) => to === '+62812003').length, patiently)
      .toBe(all[2]!.parts.length * 2)
    expect(sent().filter(({ to }) => to === '+62812001')).toHaveLength(1)
  },
)

test('the same tables in PostgreSQL', { timeout: 150_000 }, async ({ skip }) => {
  if (reason) return skip(reason)
  const server = { host: inject('postgres_socket'), port: inject('postgres_port'), user: 'postgres' }
  const name = `gammu_${newId().replaceAll('-', '')}`
  const admin = new pg.Client({ ...server, database: 'postgres' })
  await admin.connect()
  await admin.query(`create database ${name} template template0 encoding 'UTF8'`)
  try {
    const gammu = await start({ socket: server.host, port: server.port, user: server.user, database: name })
    const gateway = begin(gammu)
    await gammu.receive('+62816001', JAVANESE)
    await expect.poll(() => texts('+62816001').catch(() => []), patiently).toEqual([JAVANESE])
    const all = [due('Halo @ {kantor}', '+62816002'), due(LONG, '+62816003')]
    for (const text of [...all, ...all]) expect(await gateway.send(text)).toMatchObject({ state: 'accepted' })
    await expect.poll(() => reportsOf(all[0]!), patiently).toEqual(['sent 1'])
    await expect.poll(() => reportsOf(all[1]!), patiently).toEqual(['sent 1', 'sent 2'])
    const client = new pg.Client({ ...server, database: name })
    await client.connect()
    const { rows } = await client.query<{ text: string }>(
      `select "TextDecoded" as text from sentitems order by "DestinationNumber", "SequencePosition"`,
    )
    const { rows: left } = await client.query(`select from inbox where not "Processed"`)
    await client.end()
    expect(rows.map(({ text }) => text)).toEqual([...all[0]!.parts, ...all[1]!.parts])
    expect(left).toEqual([])
    await gammu.stop()
  } finally {
    for (const one of open.splice(0)) await one.stop()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
})

test(
  'texts go out by folders, once, and where they lie then is their report',
  { timeout: 90_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const gammu = await start('files')
    await gammu.kill()
    const gateway = begin(gammu)
    const all = [due('Halo @', '+62813001'), due(LONG, '+62813002'), due(JAVANESE, '+62813003')]
    for (const text of [...all, ...all]) expect(await gateway.send(text)).toMatchObject({ state: 'accepted' })
    const waiting = await readdir(join(gammu.folder, 'outbox'))
    expect(waiting).toHaveLength(3)
    // One that Gammu gave up.
    const failed = waiting.find((name) => name.includes('62813001'))!
    await rename(join(gammu.folder, 'outbox', failed), join(gammu.folder, 'error', failed))
    await expect.poll(() => reportsOf(all[0]!), patiently).toEqual(['failed null'])
    await gammu.start()
    for (const text of all.slice(1)) await expect.poll(() => reportsOf(text), patiently).toEqual(['sent null'])
    await expect.poll(() => readdir(join(gammu.folder, 'sent')), patiently).toEqual([])
    // What left the telephone, as Gammu itself says.
    const log = await gammu.log()
    expect(log.match(/Transmitted .*\(total: 2\) to \+62813002/g)).toHaveLength(1)
    expect(log.match(/Transmitted .*\(total: \d+\) to \+62813003/g)).toHaveLength(1)
    expect(await gateway.send(all[0]!)).toMatchObject({ state: 'accepted' })
    await expect.poll(() => reportsOf(all[0]!), patiently).toEqual(['failed null', 'sent null'])
  },
)

test(
  'tables that are busy are waited for; tables that are gone are away, and come back',
  { timeout: 60_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const gammu = await start('sqlite')
    await gammu.kill()
    const gateway = begin(gammu)
    await expect.poll(() => gateway.state().connected, patiently).toBe(true)
    const path = gammu.line.replace('gammu:sqlite:', '')
    const holder = new DatabaseSync(path)
    holder.exec('begin exclusive')
    const text = due('Halo', '+62814001')
    const sending = gateway.send(text)
    await new Promise((resolve) => setTimeout(resolve, 300))
    holder.exec('commit')
    holder.close()
    expect(await sending).toMatchObject({ state: 'accepted' })
    await rename(path, `${path}.aside`)
    expect(await gateway.send(due('x', '+62814002'))).toEqual({ state: 'later', error: 'ENOENT', away: true })
    await expect.poll(() => gateway.state(), patiently).toMatchObject({ connected: false, last_error: 'ENOENT' })
    expect(await readdir(gammu.folder)).not.toContain('smsd.db')
    await rename(`${path}.aside`, path)
    await expect.poll(() => gateway.state().connected, patiently).toBe(true)
    expect(gammu.query('select "ID" from outbox')).toHaveLength(1)
  },
)

for (const service of ['sqlite', 'files'] as const)
  test(`killed between the commit and the mark: one message (${service})`, { timeout: 150_000 }, async ({ skip }) => {
    if (reason) return skip(reason)
    const gammu = await start(service)
    const from = { sqlite: '+62815001', files: '+62815002' }[service]
    await gammu.receive(from, LONG)
    expect(await startChild(gammu)).toEqual([null, 'SIGKILL'])
    expect(await texts(from)).toEqual([LONG])
    const left = () =>
      service === 'sqlite'
        ? gammu.query(`select "ID" from inbox where "Processed" = 'false'`)
        : readdir(join(gammu.folder, 'inbox'))
    expect((await left()).length).toBeGreaterThan(0)
    // What a minute does: the lease of a dead process ends.
    await database.app().worker_pool.query(`update leases set until = now() - interval '1 second'`)
    begin(gammu)
    await expect.poll(left, patiently).toEqual([])
    expect(await texts(from)).toEqual([LONG])
  })

/** Resolves with how it ended. */
async function startChild(gammu: Gammu): Promise<unknown> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../src/server/channels/sms/gammu/gammu-child.ts', import.meta.url))],
    {
      stdio: 'inherit',
      env: {
        ...bareEnvironment(),
        PANDU_DATA: database.app().settings.PANDU_DATA,
        PANDU_LOG: 'error',
        PANDU_FAULT: 'texts.gammu_after_commit',
        TEST_DATABASE: JSON.stringify({
          socket: inject('postgres_socket'),
          port: inject('postgres_port'),
          database: database.app().worker_pool.options.database,
          line: `${gammu.line}#name=modem`,
        }),
      },
    },
  )
  const late = setTimeout(() => child.kill('SIGTERM'), 60_000)
  return once(child, 'exit').finally(() => clearTimeout(late))
}

test('nothing of all this stands in the log: no words, no numbers', async ({ skip }) => {
  if (reason) return skip(reason)
  expect(await readFile(fileURLToPath(import.meta.url), 'utf8')).toContain('+62811001')
  for (const word of ['6281', 'Printer', 'Halo']) expect(lines.join('')).not.toContain(word)
})
