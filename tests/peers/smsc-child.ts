/**
 * An operator's centre (SMSC) as a process of its own, written with the server side of the npm package `smpp`: none of Pandu's code runs here,
 * so that what we misread of the standard is not misread twice. Told what to do by its parent (smsc.ts).
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

type Fields = Record<string, unknown>
interface Pdu extends Fields {
  command: string
  command_status: number
  response(fields?: Fields): Pdu
}
interface Session {
  on(name: string, work: (pdu: Pdu) => void): void
  send(pdu: Pdu): boolean
  deliver_sm(fields: Fields, answered: (pdu: Pdu) => void): boolean
  close(): void
  destroy(): void
  pause(): void
}
interface Library {
  createServer(
    options: { key?: Buffer; cert?: Buffer },
    work: (session: Session) => void,
  ): { listen(port: number, host: string, done: () => void): void }
}
const smpp = createRequire(import.meta.url)('smpp') as Library

/** What the parent may change. */
const rules = {
  /** Of each submit_sm in turn; 0 when none is left. */
  statuses: [] as number[],
  /** Of every submit_sm to this number. */
  refused: {} as Record<string, number>,
  bind_status: 0,
  receipts: null as null | 'before' | 'after',
  /** After so many submit_sm the connection is cut instead of an answer. */
  cut_after: 0,
  /** Nothing is answered any more. */
  silent: false,
  ids: 'hex' as 'hex' | 'decimal',
  answer_ms: 0,
}
/** What Pandu did, for the parent to read. */
const log: Fields[] = []
interface Due {
  name: number
  fields: Fields
}
/** Brought and not answered: brought again to whoever binds next, as operators do. */
const unanswered = new Map<number, Due>()
const sessions = new Set<{ session: Session; receives: boolean }>()
let ids = 26
let under_way = 0

const certificate = process.argv[3]
const fileOf = (name: string) => readFileSync(new URL(`../certificates/${name}.pem`, import.meta.url))
const tls = certificate ? { key: fileOf(`${certificate}.key`), cert: fileOf(certificate) } : {}
const server = smpp.createServer(tls, (session) => {
  const one = { session, receives: false }
  session.on('error', () => undefined)
  session.on('close', () => {
    sessions.delete(one)
    log.push({ what: 'closed' })
  })
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver'])
    session.on(command, (pdu) => {
      const { system_id, password, interface_version } = pdu
      const status = rules.bind_status || (['rahasia:1', 'rahasia'].includes(String(password)) ? 0 : 0x0e)
      log.push({ what: command, system_id, interface_version, status })
      session.send(pdu.response({ command_status: status, system_id: 'SMSC' }))
      if (status !== 0) return session.close()
      one.receives = command !== 'bind_transmitter'
      sessions.add(one)
      if (one.receives) for (const due of unanswered.values()) bring(due)
    })
  session.on('enquire_link', (pdu) => {
    log.push({ what: 'enquire_link' })
    if (!rules.silent) session.send(pdu.response())
  })
  session.on('unbind', (pdu) => {
    log.push({ what: 'unbind' })
    session.send(pdu.response())
    session.close()
  })
  session.on('submit_sm', (pdu) => submitted(session, pdu))
})

function submitted(session: Session, pdu: Pdu): void {
  const { udh, message } = pdu['short_message'] as { udh?: Buffer[]; message: unknown }
  const number = ids++
  const status = rules.refused[String(pdu['destination_addr'])] ?? rules.statuses.shift() ?? 0
  under_way += 1
  log.push({
    what: 'submit_sm',
    to: pdu['destination_addr'],
    from: pdu['source_addr'],
    ton: pdu['dest_addr_ton'],
    esm_class: pdu['esm_class'],
    data_coding: pdu['data_coding'],
    registered_delivery: pdu['registered_delivery'],
    udh: udh?.map((element) => Buffer.from(element).toString('hex')) ?? null,
    text: String(message),
    status,
    under_way,
  })
  if (rules.silent) return
  if (rules.cut_after > 0 && --rules.cut_after === 0) return session.destroy()
  const id = number.toString(16).toUpperCase().padStart(8, '0')
  const answer = () => {
    under_way -= 1
    session.send(pdu.response(status === 0 ? { message_id: id } : { command_status: status }))
  }
  const report = () =>
    bring({
      name: -number,
      fields: {
        source_addr: pdu['destination_addr'],
        source_addr_ton: 1,
        destination_addr: pdu['source_addr'],
        esm_class: 4,
        short_message: Buffer.from(
          `id:${rules.ids === 'hex' ? id : number} sub:001 dlvrd:001 submit date:2611220900 done date:2611220901 stat:DELIVRD err:000 text:`,
        ),
      },
    })
  if (status === 0 && rules.receipts === 'before') report()
  if (rules.answer_ms > 0) setTimeout(answer, rules.answer_ms)
  else answer()
  if (status === 0 && rules.receipts === 'after') report()
}

function bring(due: Due): void {
  unanswered.set(due.name, due)
  const receiver = [...sessions].find(({ receives }) => receives)
  receiver?.session.deliver_sm(bytesIn(due.fields), (answer) => {
    log.push({ what: 'deliver_sm_resp', name: due.name, status: answer.command_status })
    if (answer.command_status === 0) unanswered.delete(due.name)
    else setTimeout(() => unanswered.has(due.name) && bring(due), 300)
  })
}

/** Bytes come from the parent as `{"hex": "…"}`. */
const bytesIn = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value && typeof value === 'object' && 'hex' in value ? Buffer.from(String(value.hex), 'hex') : value,
    ]),
  )

type Order = { order: number } & (
  { rules: Partial<typeof rules> } | { bring: Due } | { tell: true } | { freeze: true } | { cut: true }
)
process.on('message', (order: Order) => {
  if ('rules' in order) Object.assign(rules, order.rules)
  if ('bring' in order) bring(order.bring)
  if ('freeze' in order) for (const { session } of sessions) session.pause()
  if ('cut' in order) for (const { session } of sessions) session.destroy()
  process.send?.({ order: order.order, log, bound: sessions.size, unanswered: [...unanswered.keys()] })
})
process.on('disconnect', () => process.exit(0))
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.({ order: 0 }))
