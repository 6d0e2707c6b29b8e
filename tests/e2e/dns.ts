/** A name server on a free port of the loopback address that answers TXT and A from a table; every other name does not exist. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export type NameServer = { address: string; close(): void }

const TYPES: Record<number, string> = { 1: 'A', 16: 'TXT' }

/** `table`: `{ 'TXT _dmarc.contoh.test': 'v=DMARC1; p=none' }`. */
export async function startNameServer(table: Readonly<Record<string, string>>): Promise<NameServer> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => socket.send(answerTo(question, table), port, address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() }
}

/** RFC 1035 4.1: the question is repeated; the answer names it by a pointer. */
function answerTo(question: Buffer, table: Readonly<Record<string, string>>): Buffer {
  const { name, end } = nameIn(question)
  const type = TYPES[question.readUInt16BE(end)] ?? ''
  const text = table[`${type} ${name}`]
  const header = Buffer.alloc(12)
  question.copy(header, 0, 0, 2)
  header.writeUInt16BE(text === undefined ? 0x8183 : 0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(text === undefined ? 0 : 1, 6)
  const asked = question.subarray(12, end + 4)
  if (text === undefined) return Buffer.concat([header, asked])
  const content = type === 'A' ? Buffer.from(text.split('.').map(Number)) : strings(text)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  question.copy(record, 2, end, end + 4)
  record.writeUInt32BE(60, 6)
  record.writeUInt16BE(content.length, 10)
  return Buffer.concat([header, asked, record, content])
}

function nameIn(question: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** A TXT record is made of strings of at most 255 bytes. */
const strings = (text: string) =>
  Buffer.concat(
    (text.match(/.{1,255}/g) ?? ['']).map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])),
  )
