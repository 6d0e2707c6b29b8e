/** A real Postfix with a configuration, queue and log of its own, in front of Pandu and behind it. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePorts } from '../e2e/start-pandu.ts'
import type { Programs } from './debian.ts'

const START_MAX_MS = 60_000
const run = promisify(execFile)

/** By domain: a port of the loopback address, or Postfix's own word, such as `lmtp:inet:127.0.0.1:2424` or `lmtp:unix:/path`. */
export type Routes = Record<string, number | string>

export type Postfix = {
  /** Takes mail for everybody from the loopback address: the world's way in, and Pandu's relay out. */
  port: number
  /** `smtp://…`, for `PANDU_MAIL_RELAY`. */
  url: string
  /** Changes where the mail of a domain goes. */
  route(routes: Routes): Promise<void>
  /** Tries everything that waits again, now. */
  flush(): Promise<void>
  /** The recipients that still wait, with the reason that the other side gave. */
  queue(): Promise<{ address: string; delay_reason: string }[]>
  log(): Promise<string>
  stop(): Promise<void>
}

/**
 * Starts a Postfix that hands the mail of each domain in `routes` to a port of the loopback address, and all other mail
 * to the port `world`. It is one that an office has: it queues what is refused for now (4xx) and tries again after some
 * seconds, and sends a bounce for what is refused for good (5xx). Root only.
 */
export async function startPostfix(
  { root }: Programs,
  { routes, world }: { routes: Routes; world: number },
): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-postfix-'))
  const [port] = await freePorts()
  await layOut(folder, root, { port, routes, world })
  const libraries = [join(root, 'usr/lib/postfix'), join(root, 'usr/lib'), join(root, 'usr/lib', triplet())].join(':')
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    MAIL_CONFIG: join(folder, 'etc'),
    ...(root === '/' ? {} : { LD_LIBRARY_PATH: libraries }),
  }
  const master = spawn(join(root, 'usr/lib/postfix/sbin/master'), ['-c', join(folder, 'etc')], {
    env,
    detached: true,
    stdio: 'ignore',
  })
  const log = () => readFile(join(folder, 'maillog'), 'utf8').catch(() => '')
  await waitForGreeting(port, () => master.exitCode !== null).catch(async (error: Error) => {
    throw new Error(`Postfix did not start: ${error.message}\n${await log()}`)
  })
  const queueCommand = (flag: string) =>
    run(join(root, 'usr/sbin/postqueue'), ['-c', join(folder, 'etc'), flag], { env })

  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    log,
    route: async (changed) => {
      await writeTransport(folder, changed)
      // A new map is read by a process that starts after it was written; a reload ends the old ones.
      master.kill('SIGHUP')
    },
    flush: async () => void (await queueCommand('-f')),
    queue: async () => waitingRecipients((await queueCommand('-j')).stdout),
    stop: async () => {
      const exit = master.exitCode === null ? once(master, 'exit') : null
      master.kill('SIGTERM')
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function waitingRecipients(lines: string): { address: string; delay_reason: string }[] {
  type Item = { recipients: { address: string; delay_reason?: string }[] }
  const items = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Item)
  return items.flatMap(({ recipients }) =>
    recipients.map(({ address, delay_reason = '' }) => ({ address, delay_reason })),
  )
}

// Postfix insists on a user of its own; without the package's own account, one that every Debian has and nobody uses.
async function accounts(): Promise<{ owner: string; group: string; uid: number; gid: number }> {
  const find = async (file: string, names: string[]) => {
    const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'))
    const line = names.map((name) => lines.find(([found]) => found === name)).find((found) => found !== undefined)
    if (!line) throw new Error(`${file} has none of ${names.join(', ')}`)
    return { name: line[0] ?? '', id: Number(line[2]) }
  }
  const owner = await find('/etc/passwd', ['postfix', 'uucp', 'news'])
  const group = await find('/etc/group', ['postdrop', 'games', 'man'])
  return { owner: owner.name, group: group.name, uid: owner.id, gid: group.id }
}

const triplet = () => (process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu')

const QUEUES = [
  'active',
  'bounce',
  'corrupt',
  'defer',
  'deferred',
  'flush',
  'hold',
  'incoming',
  'private',
  'saved',
  'trace',
]

/** Makes the folders that Postfix's own installer would make, and writes its two configuration files. */
async function layOut(
  folder: string,
  root: string,
  { port, routes, world }: { port: number; routes: Routes; world: number },
): Promise<void> {
  const { owner, group, uid, gid } = await accounts()
  const spool = join(folder, 'spool')
  await chmod(folder, 0o755)
  for (const path of ['etc', 'data', 'spool', 'spool/pid']) await mkdir(join(folder, path), { mode: 0o755 })
  await chown(join(folder, 'data'), uid, 0)
  for (const queue of QUEUES) {
    await mkdir(join(spool, queue), { mode: 0o700 })
    await chown(join(spool, queue), uid, 0)
  }
  for (const [name, mode] of [
    ['maildrop', 0o1730],
    ['public', 0o2710],
  ] as const) {
    await mkdir(join(spool, name))
    await chown(join(spool, name), uid, gid)
    await chmod(join(spool, name), mode)
  }
  await writeTransport(folder, routes)
  await writeFile(join(folder, 'etc/main.cf'), mainFile({ folder, root, owner, group, world }))
  await writeFile(join(folder, 'etc/master.cf'), masterFile(port))
}

const writeTransport = (folder: string, routes: Routes) =>
  writeFile(
    join(folder, 'etc/transport'),
    Object.entries(routes)
      .map(([domain, way]) => {
        const next = typeof way === 'number' ? `smtp:[127.0.0.1]:${way}` : way
        return `/@${domain.replaceAll('.', '\\.')}$/ ${next}\n`
      })
      .join(''),
  )

type Main = { folder: string; root: string; owner: string; group: string; world: number }

const mainFile = ({ folder, root, owner, group, world }: Main) => `compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/data
command_directory = ${join(root, 'usr/sbin')}
daemon_directory = ${join(root, 'usr/lib/postfix/sbin')}
shlib_directory = ${join(root, 'usr/lib/postfix')}
meta_directory = ${join(root, 'etc/postfix')}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH TZ
mail_owner = ${owner}
setgid_group = ${group}
default_privs = nobody
myhostname = relay.contoh.test
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
# Encrypted wherever the other side offers it.
smtp_tls_security_level = may
smtp_tls_loglevel = 1
lmtp_tls_security_level = none
tls_random_source = dev:/dev/urandom
transport_maps = regexp:${folder}/etc/transport
relayhost = [127.0.0.1]:${world}
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
smtp_connect_timeout = 5s
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
message_size_limit = 40000000
mailbox_size_limit = 0
`

const masterFile = (port: number) => `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`

async function waitForGreeting(port: number, ended: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MAX_MS
  while (Date.now() < deadline) {
    if (ended()) throw new Error('its master process ended')
    if (await greets(port)) return
    await pause(100)
  }
  throw new Error(`no greeting after ${START_MAX_MS / 1000} s`)
}

const greets = (port: number) =>
  new Promise<boolean>((answer) => {
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(10_000, () => socket.destroy())
    socket.once('data', (line) => {
      answer(line.toString().startsWith('220'))
      socket.end('QUIT\r\n')
    })
    socket.on('error', () => answer(false)).on('close', () => answer(false))
  })
