/** The ways in, as somebody outside uses them: what was not answered is sent again, exactly as it was. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { Connection } from '../../bench/load.ts'
import { MailSender } from '../../bench/mail-sender.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'

export interface Sender {
  /** Resolves when it was acknowledged, with the number where the answer tells it. Throws with the other side's words otherwise. */
  send(name: string): Promise<string | null>
  close(): void
}

export interface Way {
  channel: 'email' | 'web' | 'api' | 'sms'
  open(pandu: RunningPandu): Promise<Sender>
  subjectOf(name: string): string
  /** The number of the newest request that a search for these words finds. */
  find?(pandu: RunningPandu, words: string): Promise<string | null>
}

/** Larger than what stands in the row: its bytes go into a blob first. */
const LARGE = `${'Lampiran '.repeat(8)}\r\n`.repeat(4_000)
const isLarge = (name: string) => name.endsWith('7')

export const byMail: Way = {
  channel: 'email',
  subjectOf: (name) => `Permohonan ${name}`,
  async open(pandu) {
    const sender = await MailSender.open(pandu.smtp_port)
    return {
      async send(name) {
        await (isLarge(name) ? sender.send(name, LARGE) : sender.send(name))
        return null
      },
      close: () => sender.close(),
    }
  },
}

export const byForm: Way = {
  channel: 'web',
  subjectOf: (name) => `Permohonan ${name} lewat formulir.`,
  open(pandu) {
    const connection = new Connection(pandu.port)
    return Promise.resolve({
      async send(name) {
        const { status } = await postForm(pandu, connection, name)
        if (status !== 303) throw new Error(`${status} at /ask`)
        return null
      },
      close: () => connection.close(),
    })
  },
}

/** As Kannel brings it: each from another number, some in two parts; asked again with the same id until the answer is 200. */
export const bySms: Way = {
  channel: 'sms',
  subjectOf: (name) => `Permohonan ${name} lewat SMS.`,
  open(pandu) {
    const connection = new Connection(pandu.port)
    return Promise.resolve({
      async send(name) {
        const number = String(Number(name.split('.')[1])).padStart(7, '0')
        const texts = isLarge(name) ? [bySms.subjectOf(name), '\nPrinter dan dua komputer.'] : [bySms.subjectOf(name)]
        for (const [index, text] of texts.entries()) {
          const fields = new URLSearchParams({ from: `+62812${number}`, to: '1500', id: `${name}-${index}`, text })
          const udh = texts.length > 1 ? `&udh=%05%00%03%07%0${texts.length}%0${index + 1}` : ''
          const path = `/channels/sms/kannel?${fields.toString()}${udh}`
          const { status } = await connection.ask('GET', path, {})
          if (status !== 200) throw new Error(`${status} at /channels/sms/kannel`)
        }
        return null
      },
      close: () => connection.close(),
    })
  },
}

/** With an Idempotency-Key; whoever asks again must hear the same number. */
export const byApi = (token: string): Way => ({
  channel: 'api',
  subjectOf: (name) => `Permohonan ÑANDÚ İçin ${name}`,
  async find(pandu, words) {
    const url = `http://127.0.0.1:${pandu.port}/api/v1/tickets?${new URLSearchParams({ query: words, limit: '1' }).toString()}`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    const { items } = (await answer.json()) as { items: { number: string }[] }
    return items[0]?.number ?? null
  },
  open(pandu) {
    const connection = new Connection(pandu.port)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return Promise.resolve({
      async send(name) {
        const body = JSON.stringify({
          subject: byApi(token).subjectOf(name),
          text: 'Lewat API.',
          requester: { name: `Pemohon ${name}`, email: `p${name}@contoh.id` },
        })
        const answer = await connection.ask('POST', '/api/v1/tickets', { ...headers, 'idempotency-key': name }, body)
        if (answer.status !== 201) throw new Error(`${answer.status} at /api/v1/tickets`)
        return (JSON.parse(answer.body.toString()) as { number: string }).number
      },
      close: () => connection.close(),
    })
  },
})

/** One form, the same each time for the same name: the page made its id when it was opened. */
export function postForm(pandu: RunningPandu, connection: Connection, name: string) {
  const headers = { ...formHeaders(pandu, name), 'content-type': 'application/x-www-form-urlencoded' }
  return connection.ask('POST', '/ask?/send', headers, new URLSearchParams(formFields(name)).toString())
}

/** Each asker is somebody else, behind a pretended proxy. */
export function formHeaders(pandu: RunningPandu, name: string): Record<string, string> {
  const number = Number(name.split('.')[1])
  return {
    origin: pandu.origin,
    'x-forwarded-for': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
  }
}

export function formFields(name: string): Record<string, string> {
  const letters = Buffer.from(name)
    .toString('hex')
    .replace(/[0189]/g, (digit) => 'wxyz'[Number(digit) % 4]!)
  return {
    form_id: letters.padEnd(32, 'a').slice(0, 32),
    text: byForm.subjectOf(name),
    kind: 'not_known',
    province: 'none',
    who: 'person',
    name: `Pemohon ${name}`,
    email: `p${name}@contoh.id`,
    privacy_version: '1',
    consent: 'on',
  }
}

const HOUSE = resolve(import.meta.dirname, '../..')

/** A verb of the command line on this Pandu's data: what it printed on stdout. Throws with all it said when it fails. */
export async function verb(
  pandu: Pick<RunningPandu, 'data'>,
  words: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['src/cli.ts', ...words], {
    cwd: HOUSE,
    maxBuffer: 2 ** 24,
    env: { ...bareEnvironment(), PANDU_LOG: 'warn', PANDU_DATA: pandu.data, ...env },
  }).catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`./pandu ${words.join(' ')} failed: ${error.stdout ?? ''}${error.stderr ?? error.message}`)
  })
  return stdout
}

/** What a program needs to send requests and to read the ledger. */
export async function apiToken(pandu: RunningPandu, env: Record<string, string> = {}): Promise<string> {
  const line = await verb(
    pandu,
    ['token', 'create', '--scopes', 'tickets:read,tickets:write,intake:read', '--json'],
    env,
  )
  return (JSON.parse(line) as { token: string }).token
}
