/** A real Gammu SMSD on Gammu's own telephone without hardware (a folder), with its tables in SQLite or with its folders. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Programs, Wanted } from './debian.ts'

const run = promisify(execFile)
const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
const SCHEMAS = 'usr/share/doc/gammu-smsd/examples'

export const GAMMU: Wanted = {
  name: 'gammu',
  packages: ['gammu', 'gammu-smsd', 'libdbd-sqlite3'],
  paths: [
    'usr/bin/gammu',
    'usr/bin/gammu-smsd',
    `usr/lib/${triplet}/dbd/libdbdsqlite3.so`,
    `${SCHEMAS}/sqlite.sql`,
    `${SCHEMAS}/pgsql.sql`,
  ],
}

export type Service = 'sqlite' | 'files' | 'detail' | Postgres
/** An empty database for its tables, and who may enter it without a password. */
export interface Postgres {
  socket: string
  port: number
  user: string
  database: string
}

export interface Gammu {
  /** For PANDU_SMS_GATEWAY, without what stands behind `#`. */
  line: string
  folder: string
  /** An SMS reaches the telephone. */
  receive(sender: string, text: string): Promise<void>
  /** The network tells the telephone what became of the newest text to this number (SMS-STATUS-REPORT of 3GPP TS 23.040). */
  report(number: string, said: 'Delivered' | 'Failed' | 'Pending'): Promise<void>
  /** Asks its tables. */
  query<Row>(text: string, ...values: (string | number)[]): Row[]
  start(): Promise<void>
  kill(): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
}

export async function startGammu({ root }: Programs, service: Service): Promise<Gammu> {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-gammu-'))
  for (const path of ['phone/sms', 'aside/sms'])
    for (const place of ['1', '2', '3', '4', '5']) await mkdir(join(folder, path, place), { recursive: true })
  for (const path of ['inbox', 'outbox', 'sent', 'error']) await mkdir(join(folder, path))
  const file = join(folder, 'smsd.db')
  const query = <Row>(text: string, ...values: (string | number)[]): Row[] => {
    const database = new DatabaseSync(file, { timeout: 5_000 })
    try {
      return database.prepare(text).all(...values) as Row[]
    } finally {
      database.close()
    }
  }
  if (service === 'sqlite') {
    const database = new DatabaseSync(file)
    database.exec(await readFile(join(root, SCHEMAS, 'sqlite.sql'), 'utf8'))
    database.close()
  }
  if (typeof service === 'object') {
    const { socket, ...given } = service
    const client = new pg.Client({ ...given, host: socket })
    await client.connect()
    // Every PostgreSQL has that language by now.
    await client.query((await readFile(join(root, SCHEMAS, 'pgsql.sql'), 'utf8')).replace(/^CREATE LANGUAGE.*$/m, ''))
    await client.end()
  }
  await writeFile(join(folder, 'smsdrc'), configuration(folder, root, service))
  await writeFile(join(folder, 'aside/rc'), phone(join(folder, 'aside')))
  const libraries = [join(root, 'usr/lib'), join(root, 'usr/lib', triplet)].join(':')
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...(root === '/' ? {} : { LD_LIBRARY_PATH: libraries }) }
  let daemon: ChildProcess | undefined
  const log = () => readFile(join(folder, 'smsd.log'), 'utf8').catch(() => '')
  const start = async () => {
    daemon = spawn(join(root, 'usr/bin/gammu-smsd'), ['-c', join(folder, 'smsdrc')], { env, stdio: 'ignore' })
    await once(daemon, 'spawn')
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return
    const exit = once(daemon, 'exit')
    daemon.kill(signal)
    await exit
  }
  await start()
  return {
    line: lineOf(folder, service),
    folder,
    async receive(sender, text) {
      // Gammu writes the parts as if they were sent; they are made aside, called received, and moved in.
      const aside = join(folder, 'aside/sms/1')
      const unicode = /[^\n -~]/.test(text) ? ['-unicode'] : []
      await run(
        join(root, 'usr/bin/gammu'),
        ['-c', join(folder, 'aside/rc'), 'savesms', 'TEXT', '-folder', '1', '-unread', '-sender', sender, '-len', '1600', '-text', text, ...unicode], // prettier-ignore
        { env },
      )
      const inside = join(folder, 'phone/sms/1')
      for (const name of (await readdir(aside)).sort((a, b) => Number(a) - Number(b))) {
        const part = await readFile(join(aside, name), 'utf8')
        await writeFile(join(aside, name), part.replace(/^PDU = Submit/m, 'PDU = Deliver'))
        await rename(join(aside, name), join(inside, String(++places)))
      }
    },
    report: (number, said) => writeFile(join(folder, 'phone/sms/1', String(++places)), statusReport(number, said)),
    query,
    start,
    kill: () => end('SIGKILL'),
    log,
    async stop() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
/** As a telephone without hardware has it in its folder; it calls every message 255, and its own centre 123456. */
function statusReport(number: string, said: 'Delivered' | 'Failed' | 'Pending'): string {
  const now = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const words = Buffer.from(said, 'utf16le').swap16().toString('hex').toUpperCase()
  const status = { Delivered: 0, Failed: 64, Pending: 32 }[said]
  return `[SMSBackup000]
PDU = Status_Report
SMSC = "123456"
DateTime = ${now}
SMSCTime = ${now}
State = UnRead
Number = "${number}"
Coding = Default_No_Compression
Folder = 1
Length = ${said.length}
Class = -1
MessageReference = 255
DeliveryStatus = ${status}
Text00 = ${words}
`
}

/** Never one that was used before. */
let places = 0

function lineOf(folder: string, service: Service): string {
  if (service === 'sqlite') return `gammu:sqlite:${join(folder, 'smsd.db')}`
  if (typeof service === 'string') return `gammu:files:${folder}`
  const { socket, port, user, database } = service
  return `gammu:postgres://${user}@localhost/${database}?host=${encodeURIComponent(socket)}&port=${port}`
}

function tables(folder: string, root: string, service: Service): string {
  if (typeof service === 'object') {
    const { socket, port, user, database } = service
    return `service = sql\ndriver = native_pgsql\nhost = ${socket}:${port}\nuser = ${user}\npassword = x\ndatabase = ${database}`
  }
  if (service !== 'sqlite') return 'service = files'
  const drivers = join(root, 'usr/lib', triplet, 'dbd')
  return `service = sql\ndriver = sqlite3\ndriverspath = ${drivers}\ndbdir = ${folder}/\ndatabase = smsd.db`
}

const phone = (folder: string) => `[gammu]
model = dummy
connection = none
port = ${folder}
gammuloc = /dev/null
`

const configuration = (folder: string, root: string, service: Service) => `${phone(join(folder, 'phone'))}
[smsd]
${tables(folder, root, service)}
${service === 'detail' ? 'inboxformat = detail' : ''}
inboxpath = ${folder}/inbox/
outboxpath = ${folder}/outbox/
sentsmspath = ${folder}/sent/
errorsmspath = ${folder}/error/
logfile = ${folder}/smsd.log
debuglevel = 1
phoneid = contoh
commtimeout = 1
sendtimeout = 5
receivefrequency = 1
statusfrequency = 0
checksecurity = 0
checkbattery = 0
checksignal = 0
checknetwork = 0
deliveryreport = sms
`
