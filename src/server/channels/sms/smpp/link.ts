/**
 * One bound connection to an operator: requests with their answers, and messages that are answered only when they are safe. What its peer
 * does not answer in time is not there: the connection is cut.
 */
import { readFile } from 'node:fs/promises'
import { isIP, connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { openFrames } from './frames.ts'
import { readHeader, readPdu, statusName, statusOf, writePdu, type Pdu } from './pdu.ts'
import type { SmppAddress } from './smpp-address.ts'
import type { SubmitFields } from './submit-fields.ts'

export type BindCommand = 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver'

/** Why there is no connection, in a word for administrators: a code of the system, ESME_…, silent, closed. */
export class LinkFault extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** The connection went before the answer came: the operator may have taken what was asked. */
export class Unanswered extends LinkFault {}

export interface Link {
  /** @throws Unanswered when the connection ends first, LinkFault when it had ended before */
  request(command: string, fields: SubmitFields): Promise<Pdu>
  /** Resolves with the reason when the connection has ended, whoever ended it. */
  ended: Promise<string>
  /** Says goodbye, when what came is answered. */
  close(): Promise<void>
}

export interface LinkWork {
  /**
   * Keeps a message; answers the status for the operator (0: it is ours now), or null where nobody can know whether it is kept: then nothing is
   * answered, and the operator sends it again over the next connection.
   */
  keep(raw: Buffer): Promise<number | null>
  /** The operator has seen our answer to these for certain: it will not send them again. */
  onSeen(raws: readonly Buffer[]): void
}

const CONNECT_MS = 20_000
const GOODBYE_MS = 2_000
/** So long after an answer we ask for a sign that it arrived, unless something else shows it. */
const ASK_SEEN_MS = 1_000
/** An operator that waited longer for our answer may have given it up, and sends the message again although the answer arrived. */
const LATE_MS = 5_000
/** Beyond so many unanswered messages nothing more is read. */
const KEEPING_MAX = 64
const SMPP_3_4 = 0x34

/** @throws LinkFault */
export async function openLink(address: SmppAddress, command: BindCommand, work: LinkWork): Promise<Link> {
  const socket = await connect(address)
  const link = serve(socket, address, work)
  try {
    const answer = await link.request(command, {
      system_id: address.system_id,
      password: address.password,
      system_type: address.system_type,
      interface_version: SMPP_3_4,
    })
    if (answer.status !== 0) throw new LinkFault(statusName(answer.status))
    return link
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Whether the operator's address answers and, with TLS, shows a certificate that is good: null, or why not in a code. Binds nothing. */
export async function tryLink(address: SmppAddress): Promise<string | null> {
  try {
    const socket = await connect(address)
    socket.destroy()
    return null
  } catch (error) {
    if (error instanceof LinkFault) return error.reason
    throw error
  }
}

/** Asked at each connection, so that a renewed file needs no new start. @throws LinkFault */
async function trusted({ ca }: SmppAddress): Promise<{ ca?: Buffer }> {
  try {
    return ca === null ? {} : { ca: await readFile(ca) }
  } catch (error) {
    throw new LinkFault((error as NodeJS.ErrnoException).code ?? 'error')
  }
}

async function connect(address: SmppAddress): Promise<Socket> {
  const { host, port, secure, tls_name, answer_ms } = address
  const certificates = await trusted(address)
  const name = tls_name ?? host
  return new Promise((resolve, reject) => {
    const opened = () => {
      socket.setTimeout(0)
      socket.off('error', failed)
      resolve(socket)
    }
    const failed = (error: NodeJS.ErrnoException) => {
      socket.destroy()
      reject(new LinkFault(error.code ?? 'error'))
    }
    const socket: Socket = secure
      ? connectSecure({ host, port, ...certificates, ...(isIP(name) ? {} : { servername: name }) }, opened)
      : connectPlain({ host, port }, opened)
    // Each of our answers is small, and the operator waits for it.
    socket.setNoDelay(true)
    socket.once('error', failed)
    let reached = false
    socket.once('connect', () => (reached = true))
    // Whoever speaks SMPP without TLS waits for the rest of what it takes for a long message.
    const late = () => failed({ code: reached && secure ? 'no_tls' : 'ETIMEDOUT' } as NodeJS.ErrnoException)
    socket.setTimeout(Math.min(CONNECT_MS, answer_ms), late)
  })
}

interface Waiting {
  resolve(answer: Pdu): void
  reject(error: LinkFault): void
  timer: NodeJS.Timeout
  /** How many answers of ours had gone before it. */
  behind: number
}

function serve(socket: Socket, address: SmppAddress, work: LinkWork): Link {
  const frames = openFrames()
  const waiting = new Map<number, Waiting>()
  let sequence = 0
  let ended = false
  let heard_at = performance.now()
  let keeping = 0
  let idle = () => {}
  let reason: string | null = null
  // Answered, and not yet known to have been seen, oldest first; `answered` counts all that ever were.
  let unseen: Buffer[] = []
  let answered = 0

  const cut = (why: string) => {
    reason ??= why
    socket.destroy()
  }
  const request = (command: string, fields: SubmitFields) =>
    new Promise<Pdu>((resolve, reject) => {
      if (ended || socket.destroyed) return reject(new LinkFault(reason ?? 'closed'))
      sequence = (sequence % 0x7ffffffe) + 1
      const timer = setTimeout(() => cut('silent'), address.answer_ms)
      waiting.set(sequence, { resolve, reject, timer, behind: answered })
      socket.write(writePdu(command, fields, { sequence }))
    })
  const enquire = () => void request('enquire_link', {}).catch(() => undefined)
  const asking = setInterval(() => {
    if (performance.now() - heard_at >= address.enquire_ms) enquire()
  }, address.enquire_ms)
  let ask_seen: NodeJS.Timeout | null = null

  const seen = (behind: number) => {
    const count = unseen.length - (answered - behind)
    if (count > 0) work.onSeen(unseen.splice(0, count))
  }
  const answer = (pdu: Pick<Pdu, 'command' | 'sequence'>, status: number) => {
    if (socket.destroyed) return
    const command = status === statusOf('ESME_RINVCMDID') ? 'generic_nack' : `${pdu.command}_resp`
    socket.write(writePdu(command, {}, { sequence: pdu.sequence, status }))
  }
  const keep = async (raw: Buffer, header: Pick<Pdu, 'command' | 'sequence'>) => {
    const came_at = performance.now()
    keeping += 1
    if (keeping >= KEEPING_MAX) socket.pause()
    const status = await work.keep(raw)
    keeping -= 1
    if (keeping < KEEPING_MAX) socket.resume()
    if (keeping === 0) idle()
    if (status === null) return cut('outcome_unknown')
    answer(header, status)
    if (status !== 0 || performance.now() - came_at > LATE_MS) return
    answered += 1
    unseen.push(raw)
    ask_seen ??= setTimeout(() => {
      ask_seen = null
      if (unseen.length > 0) enquire()
    }, ASK_SEEN_MS)
  }
  const take = (raw: Buffer) => {
    const header = readHeader(raw)
    if (header.is_answer) {
      const asked = waiting.get(header.sequence)
      if (!asked) return
      waiting.delete(header.sequence)
      clearTimeout(asked.timer)
      seen(asked.behind)
      return asked.resolve(readPdu(raw))
    }
    if (header.command === 'deliver_sm' || header.command === 'data_sm') return void keep(raw, header)
    if (header.command === 'enquire_link') return answer(header, 0)
    if (header.command === 'unbind') {
      answer(header, 0)
      reason ??= 'unbound'
      return void socket.end()
    }
    // Neither has an answer.
    if (header.command !== 'alert_notification' && header.command !== 'outbind')
      answer(header, statusOf('ESME_RINVCMDID'))
  }

  socket.on('data', (chunk) => {
    heard_at = performance.now()
    try {
      for (const raw of frames.push(chunk)) take(raw)
    } catch {
      // Lengths or answers that cannot be: what follows in the stream has no beginning any more.
      cut('no_smpp')
    }
  })
  socket.on('error', (error: NodeJS.ErrnoException) => (reason ??= error.code ?? 'error'))
  const end = new Promise<string>((resolve) =>
    socket.once('close', () => {
      ended = true
      clearInterval(asking)
      if (ask_seen) clearTimeout(ask_seen)
      for (const { reject, timer } of waiting.values()) {
        clearTimeout(timer)
        reject(new Unanswered(reason ?? 'closed'))
      }
      waiting.clear()
      resolve(reason ?? 'closed')
    }),
  )
  return {
    request,
    ended: end,
    async close() {
      reason ??= 'ending'
      const patience = setTimeout(() => socket.destroy(), GOODBYE_MS)
      if (keeping > 0) await new Promise<void>((resolve) => (idle = resolve))
      await request('unbind', {}).catch(() => undefined)
      socket.destroy()
      await end
      clearTimeout(patience)
    },
  }
}
