/** For tests only: a listener that keeps what it takes, and a bare client that says exactly what it is told to say. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { openLog } from '../../platform/log.ts'
import { listenSmtp, type ReceivedMail, type SmtpLimits, type SmtpListening } from './listen.ts'

const log = openLog({ PANDU_LOG: 'silent' })
export const closing: (() => unknown)[] = []
/** After each test. */
export async function endAll() {
  for (const close of closing.splice(0).reverse()) await close()
}

export async function listening(changes: Partial<SmtpListening> & { limits?: Partial<SmtpLimits> } = {}) {
  const taken: ReceivedMail[] = []
  const listener = await listenSmtp({
    host: '127.0.0.1',
    port: 0,
    name: 'contoh.go.id',
    log,
    available: () => true,
    isOurs: async (address) => {
      const [local, domain] = address.toLowerCase().split('@')
      if (domain === 'balas.contoh.go.id') return 'reply'
      if (domain !== 'contoh.go.id' && address !== 'postmaster') return 'elsewhere'
      return /^(helpdesk|postmaster|desk\d+)$/.test(local!) ? 'ours' : 'unknown'
    },
    take: async (mail) => void taken.push(mail),
    ...changes,
  })
  closing.push(() => listener.stop())
  return { ...listener, taken }
}

/** What is said is sent as it is, and whole replies are awaited. `where` is a port of this machine or the path of a socket. */
export async function dial(where: number | string, hello = 'EHLO') {
  let socket: Socket = typeof where === 'number' ? connect(where, '127.0.0.1') : connect(where)
  closing.push(() => socket.destroy())
  let heard = ''
  let wake = () => {}
  const closed = new Promise<void>((resolve) => socket.once('close', () => (resolve(), wake())))
  const listen = () => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => ((heard += chunk.toString()), wake()))
  }
  listen()
  const reply = async () => {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard)
      if (match) {
        heard = heard.slice(match[0].length)
        return match[0]
      }
      if (socket.destroyed) return '(closed)'
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const say = (bytes: string | Buffer) => (socket.write(bytes), reply())
  const greeting = await reply()
  /** Up to DATA's 354. */
  const begin = async () => {
    await say(`${hello} klien.contoh.id\r\n`)
    await say('MAIL FROM:<budi@contoh.id>\r\n')
    await say('RCPT TO:<helpdesk@contoh.go.id>\r\n')
    return say('DATA\r\n')
  }
  /** After the peer's 220 to STARTTLS; answers the name in its certificate. */
  const encrypt = () =>
    new Promise<string>((resolve, reject) => {
      const plain = socket
      plain.removeAllListeners('data')
      const secure = connectTls({ socket: plain, rejectUnauthorized: false }, () => {
        resolve(String(secure.getPeerCertificate().subject.CN))
      })
      secure.once('error', reject)
      socket = secure
      secure.once('close', () => wake())
      listen()
    })
  return {
    get socket() {
      return socket
    },
    say,
    reply,
    begin,
    encrypt,
    greeting,
    closed,
    heard: () => heard,
  }
}
