import { ImapFlow } from 'imapflow'

/** Where a mailbox is, from `PANDU_IMAP_URL`. */
export interface MailboxAddress {
  host: string
  port: number
  /** Encrypted from the first byte; otherwise by STARTTLS, except on this machine. */
  secure: boolean
  user: string
  password: string
  folder: string
}

/** What went wrong, as far as an administrator can do something about it. */
export type MailboxFaultKind = 'unreachable' | 'encryption' | 'sign_in' | 'no_folder' | 'lost' | 'refused'

export class MailboxFault extends Error {
  readonly kind: MailboxFaultKind
  /** The system's or the server's code, such as ECONNREFUSED; never a sentence of the server, which may repeat what we said. */
  readonly code: string | null
  constructor(kind: MailboxFaultKind, code: string | null = null) {
    super(`the mailbox: ${kind}${code ? ` (${code})` : ''}`)
    this.kind = kind
    this.code = code
  }
}

export interface OpenMailbox {
  /** Looks afresh: how the server numbers the mails, the number that the next one gets, and how many lie there. */
  look(): Promise<{ uid_validity: string; uid_next: number; mails: number }>
  /** Numbers above this one, ascending. */
  above(uid: number): Promise<number[]>
  /** Bytes of each mail that is still there. */
  sizes(uids: readonly number[]): Promise<Map<number, number>>
  /** The bytes as they lie there, without marking the mail as read; null when the server does not give it. */
  fetch(uid: number): Promise<Buffer | null>
  header(uid: number): Promise<Buffer | null>
  /** False when the server did not do it. Numbers that are gone count as done. */
  flag(uids: readonly number[], flag: string): Promise<boolean>
  /** Makes the folder where there is none. */
  move(uids: readonly number[], folder: string): Promise<boolean>
  /** Resolves when something came (IDLE) or the time is over; rejects when the connection is lost. */
  wait(ms: number): Promise<void>
  close(): Promise<void>
}

const CONNECT_MS = 20_000
/** Servers end an IDLE after 30 minutes, and routers forget a silent connection sooner. */
const IDLE_MS = 240_000
const SILENCE_MS = 120_000
const GOODBYE_MS = 2_000

export function readMailboxUrl(text: string): MailboxAddress {
  const url = new URL(text)
  const secure = url.protocol === 'imaps:'
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (secure ? 993 : 143)),
    secure,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    folder: decodeURIComponent(url.pathname.slice(1)) || 'INBOX',
  }
}

/** For people and for our rows; without the password. */
export const mailboxName = ({ user, host, port, folder }: MailboxAddress) => `${user}@${host}:${port}/${folder}`

/** Signs in and opens the folder. The only file that knows `imapflow`. Rejects with a {@link MailboxFault}. */
export async function openMailbox(address: MailboxAddress): Promise<OpenMailbox> {
  const { host, port, secure, user, password, folder } = address
  const client = new ImapFlow({
    host,
    port,
    secure,
    ...(secure || isThisMachine(host) ? {} : { doSTARTTLS: true }),
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    // The bytes as they are: BINARY would decode them.
    disableBinary: true,
    clientInfo: { name: 'Pandu' },
    maxIdleTime: IDLE_MS,
    socketTimeout: SILENCE_MS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    maxLiteralSize: 64 * 1024 * 1024,
  })
  let arrived = false
  let wake = () => {}
  client.on('exists', () => ((arrived = true), wake()))
  client.on('close', () => wake())
  // Whoever waits for an answer hears of it; without a listener the process would end.
  client.on('error', () => wake())
  await client.connect().catch((error: unknown) => {
    client.close()
    throw connectFault(error)
  })

  const folders = new Set<string>()
  const ask = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw faultOf(error, client.usable)
    })
  const list = (uids: readonly number[]) => uids.join(',')

  return {
    async look() {
      arrived = false
      const seen = await ask(client.mailboxOpen(folder))
      return { uid_validity: String(seen.uidValidity), uid_next: seen.uidNext, mails: seen.exists }
    },
    async above(uid) {
      const found = await ask(client.search({ uid: `${uid + 1}:*` }, { uid: true }))
      if (!found) throw new MailboxFault(client.usable ? 'refused' : 'lost')
      // `n:*` names the last mail also where its number is below n (RFC 9051 9, sequence-set).
      return (found as number[]).filter((one) => one > uid).toSorted((a, b) => a - b)
    },
    async sizes(uids) {
      const rows = await ask(client.fetchAll(list(uids), { uid: true, size: true }, { uid: true }))
      return new Map(rows.map(({ uid, size }) => [uid, size ?? 0]))
    },
    async fetch(uid) {
      const row = await ask(client.fetchOne(String(uid), { uid: true, source: true }, { uid: true }))
      return row && row.source ? row.source : null
    },
    async header(uid) {
      const row = await ask(client.fetchOne(String(uid), { uid: true, headers: true }, { uid: true }))
      return row && row.headers ? row.headers : null
    },
    flag: (uids, flag) => ask(client.messageFlagsAdd(list(uids), [flag], { uid: true })),
    async move(uids, target) {
      if (!folders.has(target)) {
        await ask(client.mailboxCreate(target)).catch((error: unknown) => {
          // It is there already, or the move itself will say what is wrong.
          if (!(error instanceof MailboxFault) || error.kind !== 'refused') throw error
        })
        folders.add(target)
      }
      return Boolean(await ask(client.messageMove(list(uids), target, { uid: true })))
    },
    wait: (ms) =>
      new Promise((resolve, reject) => {
        let over = false
        const end = () => {
          if (over) return
          over = true
          clearTimeout(timer)
          if (client.usable) resolve()
          else reject(new MailboxFault('lost'))
        }
        const timer = setTimeout(end, ms)
        wake = end
        if (arrived || !client.usable) return end()
        // Ends by itself when the next command comes.
        client.idle().catch(() => end())
      }),
    async close() {
      const goodbye = setTimeout(() => client.close(), GOODBYE_MS)
      await client.logout().catch(() => undefined)
      clearTimeout(goodbye)
      client.close()
    },
  }
}

const isThisMachine = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

function connectFault(error: unknown): MailboxFault {
  const { authenticationFailed, code } = error as { authenticationFailed?: boolean; code?: string }
  if (authenticationFailed) return new MailboxFault('sign_in')
  const name = typeof code === 'string' ? code : null
  if (/CERT|TLS|SSL|EPROTO|ALTNAME|SELF_SIGNED|UNABLE_TO/i.test(`${name} ${(error as Error).message}`))
    return new MailboxFault('encryption', name)
  return new MailboxFault('unreachable', name)
}

function faultOf(error: unknown, usable: boolean): MailboxFault {
  const { mailboxMissing, serverResponseCode, code } = error as {
    mailboxMissing?: boolean
    serverResponseCode?: string
    code?: string
  }
  if (mailboxMissing) return new MailboxFault('no_folder')
  return new MailboxFault(usable ? 'refused' : 'lost', serverResponseCode ?? code ?? null)
}
