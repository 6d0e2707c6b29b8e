/** Clients that are slow, vanish, come twice or in thousands; and a stop in the middle of a large mail. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '../../bench/load.ts'
import { MailSender } from '../../bench/mail-sender.ts'
import { memoryOf, processesOf } from '../../bench/processes.ts'
import { MAIL_DOMAIN, startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { mailAnswer } from './database.ts'
import { postForm } from './kills.ts'
import { holdAgainst, openLedger, sendMails, sendTheRest, type Verdict } from './ledger.ts'

const QUIET = { PANDU_LOG: 'error', PANDU_TRUSTED_PROXIES: '127.0.0.1' }

export interface CrowdVerdict {
  idle: number
  /** What an honest client heard and saw meanwhile. */
  mail: string
  page: number
  memory_mb: { before: number; with_crowd: number; after: number }
}

/** Thousands of connections that say nothing, to both ports; somebody who writes a mail and reads a page is served meanwhile. */
export async function crowd(idle: number): Promise<CrowdVerdict> {
  const pandu = await startPandu({ env: QUIET })
  const sockets: Socket[] = []
  try {
    const now = () => Math.round(memoryOf(processesOf(pandu.pid, pandu.data)))
    const before = now()
    for (let count = 0; count < idle; count++) {
      const socket = connect({ host: '127.0.0.1', port: count % 2 ? pandu.port : pandu.smtp_port })
      socket.on('error', () => undefined)
      sockets.push(socket)
      if (count % 200 === 199) await pause(20)
    }
    await pause(1_000)
    const page = await fetch(`http://127.0.0.1:${pandu.port}/`).then((answer) => answer.status)
    const with_crowd = now()
    const mail = await mailAnswer(pandu)
    for (const socket of sockets.splice(0)) socket.destroy()
    await pause(2_000)
    const then = await mailAnswer(pandu)
    return { idle, mail: `${mail}, then ${then}`, page, memory_mb: { before, with_crowd, after: now() } }
  } finally {
    for (const socket of sockets) socket.destroy()
    await pandu.stop({ keep: false })
  }
}

export type CutVerdict = Verdict & { cut_tickets: number; parallel_statuses: number[]; page_after: number }

/** Mails and uploads that end in the middle, and one form posted many times at the same moment. */
export async function cutAndDoubled(times: number): Promise<CutVerdict> {
  const pandu = await startPandu({ env: QUIET })
  const ledger = openLedger()
  try {
    for (let turn = 0; turn < times; turn++) {
      await cutMail(pandu, `potong.${turn}`)
      await cutUpload(pandu)
    }
    const name = `${ledger.run}.${ledger.next++}`
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const connection = new Connection(pandu.port)
        const status = await postForm(pandu, connection, name)
        connection.close()
        return status
      }),
    )
    ledger.acknowledged.push(name)
    const page = await fetch(`http://127.0.0.1:${pandu.port}/`).then((answer) => answer.status)
    const verdict = await holdAgainst(pandu, ledger, (one) => `Permohonan ${one} lewat formulir.`)
    const cut = { ...openLedger(), run: 'potong' }
    const seen = await holdAgainst(pandu, cut)
    return { ...verdict, cut_tickets: seen.unexpected, parallel_statuses: [...new Set(statuses)], page_after: page }
  } finally {
    await pandu.stop({ keep: false })
  }
}

async function cutMail(pandu: RunningPandu, name: string) {
  const socket = connect({ host: '127.0.0.1', port: pandu.smtp_port })
  socket.on('error', () => undefined)
  await once(socket, 'data')
  socket.write(`EHLO contoh.id\r\nMAIL FROM:<p@contoh.id>\r\nRCPT TO:<helpdesk@${MAIL_DOMAIN}>\r\nDATA\r\n`)
  await once(socket, 'data')
  await pause(20)
  socket.write(`From: p@contoh.id\r\nSubject: Permohonan ${name}\r\n\r\n${'setengah '.repeat(500)}`)
  await pause(10)
  socket.destroy()
}

async function cutUpload(pandu: RunningPandu) {
  const socket = connect({ host: '127.0.0.1', port: pandu.port })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(
    `POST /ask?/send HTTP/1.1\r\nhost: localhost\r\norigin: ${pandu.origin}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 5000000\r\n\r\n--x\r\ncontent-disposition: form-data; name="text"\r\n\r\nPermohonan potong.0\r\n--x\r\ncontent-disposition: form-data; name="files"; filename="a.bin"\r\n\r\n${'x'.repeat(100_000)}`,
  )
  await pause(10)
  socket.destroy()
}

export type StopVerdict = Verdict & { exit_code: number; stop_ms: number; large: 'acknowledged' | 'not acknowledged' }

/** SIGTERM, twice, while mails come in and one of 25 MB is half way. */
export async function stopInTheMiddle(): Promise<StopVerdict> {
  const pandu = await startPandu({ env: QUIET })
  const ledger = openLedger()
  let over = false
  const sending = sendMails(pandu, ledger, 4, () => over)
  await pause(300)
  const large = `${ledger.run}.${ledger.next++}`
  const sender = await MailSender.open(pandu.smtp_port)
  const body = `${'Lampiran '.repeat(8)}\r\n`.repeat(Math.floor(25_000_000 / 74))
  const sent = sender.send(large, body).then(
    () => true,
    () => false,
  )
  await pause(60)
  const begun = performance.now()
  const stopping = pandu.stop({ keep: true })
  await pause(30)
  if (pandu.pid > 0) trySignal(pandu.pid, 'SIGTERM')
  const exit_code = await stopping
  const stop_ms = Math.round(performance.now() - begun)
  over = true
  await sending
  const acknowledged = await sent
  ;(acknowledged ? ledger.acknowledged : ledger.unanswered).push(large)
  await pandu.restart()
  try {
    if (!acknowledged) {
      ledger.unanswered.splice(ledger.unanswered.indexOf(large), 1)
      const again = await MailSender.open(pandu.smtp_port)
      await again.send(large, body)
      again.close()
      ledger.acknowledged.push(large)
    }
    await sendTheRest(pandu, ledger)
    const verdict = await holdAgainst(pandu, ledger)
    return { ...verdict, exit_code, stop_ms, large: acknowledged ? 'acknowledged' : 'not acknowledged' }
  } finally {
    await pandu.stop({ keep: false })
  }
}

function trySignal(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {
    // it is gone already
  }
}
