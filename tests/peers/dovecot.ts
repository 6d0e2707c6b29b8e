/** A real Dovecot with configuration, mailboxes and log of its own: mail comes into it by LMTP and is read from it by IMAP. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { freePorts } from '../e2e/start-pandu.ts'
import type { Programs, Wanted } from './debian.ts'

const START_MAX_MS = 30_000
const run = promisify(execFile)

export const DOVECOT: Wanted = {
  name: 'dovecot',
  packages: ['dovecot-imapd', 'dovecot-lmtpd'],
  paths: ['usr/sbin/dovecot', 'usr/lib/dovecot/imap', 'usr/lib/dovecot/lmtp', 'usr/bin/doveadm'],
}
export const PASSWORD = 'rahasia:kotak@surat'

export type Dovecot = {
  imap_port: number
  /** `imap://…` with the password of every mailbox; another folder by its name. */
  url(user: string, folder?: string): string
  /** Hands a mail over as a mail host does; the mailbox is made when it gets its first. */
  deliver(user: string, mail: string): Promise<void>
  /** What lies in a folder: number, flags and Subject of each mail. */
  list(user: string, folder?: string): Promise<{ uid: number; flags: string; subject: string }[]>
  /** Numbers all mails of a mailbox anew, as a repaired or restored server does. */
  renumber(user: string): Promise<void>
  /** Runs doveadm. */
  admin(...words: string[]): Promise<string>
  /** Ends it and starts it again on the same ports and mails. */
  restart(down_ms?: number): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
}

/** Starts a Dovecot that takes mail for everybody. Root only, as Postfix: its processes run as several users. */
export async function startDovecot({ root }: Programs): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-dovecot-'))
  const [imap_port, lmtp_port] = await freePorts()
  await chmod(folder, 0o755)
  const { owner, uid, gid } = await mailAccount()
  for (const path of ['run', 'state', 'mail']) await mkdir(join(folder, path), { mode: 0o755 })
  await chown(join(folder, 'mail'), uid, gid)
  const config = join(folder, 'dovecot.conf')
  await writeFile(config, configuration({ folder, imap_port, lmtp_port, owner }))
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  const log = () => readFile(join(folder, 'log'), 'utf8').catch(() => '')
  let master: ChildProcess
  let said = ''
  const start = async () => {
    const [program, ...words] = inside(root, ['/usr/sbin/dovecot', '-F', '-c', config])
    master = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [master.stdout, master.stderr]) stream?.on('data', (text) => (said += String(text)))
    await waitForGreeting(imap_port, () => master.exitCode !== null).catch(async (error: Error) => {
      throw new Error(`Dovecot did not start: ${error.message}\n${said}\n${await log()}`)
    })
  }
  const end = async () => {
    if (master.exitCode !== null) return
    const exit = once(master, 'exit')
    master.kill('SIGTERM')
    await exit
  }
  const admin = async (...given: string[]) => {
    const [program, ...words] = inside(root, ['/usr/bin/doveadm', '-c', config, ...given])
    return (await run(program, words, { env })).stdout
  }
  await start()

  return {
    imap_port,
    url: (user, mailbox = 'INBOX') =>
      `imap://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${imap_port}/${encodeURIComponent(mailbox)}`,
    admin,
    log,
    async deliver(user, mail) {
      const transport = createTransport({ host: '127.0.0.1', port: lmtp_port, lmtp: true, ignoreTLS: true })
      await transport.sendMail({ envelope: { from: 'ani@contoh.test', to: [user] }, raw: mail })
      transport.close()
    },
    async list(user, mailbox = 'INBOX') {
      const flow = ['-f', 'flow', 'fetch', '-u', user, 'uid flags hdr.subject', 'mailbox', mailbox]
      const text = await admin(...flow).catch(() => '')
      return [...text.matchAll(/^uid=(\d+) flags=(.*) hdr\.subject=(.*)$/gm)].map(
        ([, number, flags = '', subject = '']) => ({ uid: Number(number), flags, subject: subject.trim() }),
      )
    },
    async renumber(user) {
      const numbers = join(folder, 'mail', user, 'dovecot-uidlist')
      const kept = await readFile(numbers, 'utf8')
      // "3 V<validity> N<next> …": another validity, and numbers from the beginning.
      await end()
      const files = (await Promise.all(['cur', 'new'].map((sub) => readdir(join(folder, 'mail', user, sub))))).flat()
      const [head = '', ...all] = kept.trimEnd().split('\n')
      const rows = all.filter((row) => files.some((name) => name.startsWith(row.slice(row.indexOf(':') + 1))))
      const validity = Number(/ V(\d+)/.exec(head)?.[1]) + 1
      const fresh = rows.map((row, index) => row.replace(/^\d+/, String(index + 1)))
      await writeFile(numbers, [`3 V${validity} N${rows.length + 1}`, ...fresh, ''].join('\n'))
      for (const name of ['dovecot.index', 'dovecot.index.log', 'dovecot.index.cache'])
        await rm(join(folder, 'mail', user, name), { force: true })
      await start()
    },
    async restart(down_ms = 0) {
      await end()
      await pause(down_ms)
      await start()
    },
    async stop() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The reason why this process cannot run a Dovecot, or null. */
export async function whyNoDovecot(found: Programs | { missing: string }): Promise<string | null> {
  if ('missing' in found) return found.missing
  if (process.getuid?.() !== 0) return 'Dovecot can only be started by root'
  const [program, ...words] = inside(found.root, ['/usr/sbin/dovecot', '--version'])
  return run(program, words).then(
    () => null,
    () => 'Dovecot was fetched, but this machine does not let it be seen below /usr',
  )
}

// Its programs find each other below /usr only. Fetched ones are laid over /usr where they alone see it (a mount namespace).
function inside(root: string, command: string[]): [string, ...string[]] {
  if (root === '/') return command as [string, ...string[]]
  const lay = 'mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr && exec "$@"'
  return ['unshare', '-m', 'sh', '-c', lay, root, ...command]
}

// Without the package's own accounts, ones that every Debian has.
async function mailAccount(): Promise<{ owner: string; uid: number; gid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const line = lines.find(([name]) => name === 'mail')
  if (!line) throw new Error('/etc/passwd has no mail')
  return { owner: 'mail', uid: Number(line[2]), gid: Number(line[3]) }
}

const configuration = (given: {
  folder: string
  imap_port: number
  lmtp_port: number
  owner: string
}) => `base_dir = ${given.folder}/run
state_dir = ${given.folder}/state
log_path = ${given.folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_login_user = nobody
default_internal_user = ${given.owner}
default_internal_group = ${given.owner}
mail_location = maildir:${given.folder}/mail/%n
mail_privileged_group = ${given.owner}
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${given.owner} gid=${given.owner} home=${given.folder}/mail/%n allow_all_users=yes
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${given.imap_port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${given.lmtp_port}
  }
}
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
      answer(line.toString().startsWith('* OK'))
      socket.end()
    })
    socket.on('error', () => answer(false)).on('close', () => answer(false))
  })
