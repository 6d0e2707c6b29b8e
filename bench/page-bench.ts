/** Public pages with their SQL, requests by web form and by API, with eight connections. */
import type { RunningPandu } from '../tests/e2e/start-pandu.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { randomBytes } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { closedLoop, Connection, type Answer, type Measured } from './load.ts'
import { rounded, type Result } from './result.ts'

const CONNECTIONS = 8
const SECONDS = 8
const browser = { 'accept-encoding': 'gzip, br', 'accept-language': 'id' }

export async function measurePages(
  pandu: RunningPandu,
  follow_token: string,
  result: Result,
  say: (line: string) => void,
): Promise<void> {
  const pages: Record<string, string> = { '/': '/', '/ask': '/ask', '/follow': `/follow/${follow_token}` }
  result.pages = {}
  for (const [name, path] of Object.entries(pages)) {
    const { bytes, requests, cookie } = await weigh(pandu, path)
    const { per_s, p95_ms } = await withConnections(pandu, async (connections) =>
      closedLoop(CONNECTIONS, SECONDS, async (asker) => {
        const { status } = await connections[asker]!.ask('GET', path, { ...browser, cookie })
        if (status !== 200) throw new Error(`${name} answered ${status}`)
      }),
    )
    result.pages[name] = { per_s: rounded(per_s, 0), bytes, requests }
    say(`page ${name.padEnd(10)} ${per_s.toFixed(0).padStart(6)}/s   p95 ${p95_ms.toFixed(1)} ms   ${bytes} bytes in ${requests} requests`) // prettier-ignore
  }
}

/** The page and all that it loads, as a browser asks for it the first time. */
async function weigh(pandu: RunningPandu, path: string) {
  const connection = new Connection(pandu.port)
  const page = await connection.ask('GET', path, browser)
  const html = textOf(page)
  const links =
    [...html.matchAll(/<(?:link[^>]*rel="(?:stylesheet|icon|modulepreload)"[^>]*href|script[^>]*src|img[^>]*src)="([^"]+)"/g)] // prettier-ignore
      .map((match) => new URL(match[1]!, `http://localhost${path}`))
      .filter((link) => link.protocol === 'http:')
  let bytes = page.bytes
  for (const link of links) bytes += (await connection.ask('GET', link.pathname + link.search, browser)).bytes
  connection.close()
  return { bytes, requests: 1 + links.length, cookie: page.cookies.join('; ') }
}

export function textOf({ headers, body }: Answer): string {
  const coding = headers.get('content-encoding')
  return (coding === 'br' ? brotliDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : body).toString('utf8')
}

async function withConnections(pandu: RunningPandu, work: (connections: Connection[]) => Promise<Measured>) {
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(pandu.port))
  try {
    return await work(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

const TEXT = 'Printer kami tidak mencetak sejak pindah ke Linux; lampunya menyala dan antrean penuh. '.repeat(11)

/** Every form from another person and another client, as on a real day. */
export async function measureWebForms(pandu: RunningPandu, result: Result, say: (line: string) => void): Promise<void> {
  const run = randomBytes(4).toString('hex')
  const { per_s, p95_ms } = await withConnections(pandu, async (connections) =>
    closedLoop(CONNECTIONS, SECONDS, async (asker, turn) => {
      const form = askForm(`${run}${turn}`)
      const { status, headers } = await connections[asker]!.ask('POST', '/ask?/send', formHeaders(pandu, turn), form)
      if (status !== 303 || !headers.get('location')?.startsWith('/follow/')) throw new Error(`/ask answered ${status}`)
    }),
  )
  result.create = { ...result.create, web_per_s: rounded(per_s, 0) }
  say(`web forms     ${per_s.toFixed(0).padStart(6)}/s   p95 ${p95_ms.toFixed(1)} ms`)
}

const formHeaders = (pandu: RunningPandu, turn: number) => ({
  origin: pandu.origin,
  'content-type': 'application/x-www-form-urlencoded',
  'x-forwarded-for': `10.${(turn >> 16) & 255}.${(turn >> 8) & 255}.${turn & 255}`,
})

function askForm(name: string): string {
  const letters = Buffer.from(name)
    .toString('hex')
    .replace(/[0189]/g, 'z')
    .padEnd(32, 'a')
    .slice(0, 24)
  return new URLSearchParams({
    form_id: `${letters}${randomBytes(8)
      .toString('hex')
      .replace(/[0189]/g, 'q')
      .slice(0, 8)}`,
    text: TEXT,
    kind: 'not_known',
    province: 'none',
    who: 'person',
    name: `Pemohon ${name}`,
    email: `p${name}@contoh.id`,
    privacy_version: '1',
    consent: 'on',
  }).toString()
}

/** Only when this Pandu has an API; a figure that was not measured is absent. */
export async function measureApi(pandu: RunningPandu, result: Result, say: (line: string) => void): Promise<void> {
  const token = await makeToken(pandu)
  if (!token) return say('API           not measured: this Pandu makes no tokens')
  const run = randomBytes(4).toString('hex')
  const { per_s, p95_ms } = await withConnections(pandu, async (connections) =>
    closedLoop(CONNECTIONS, SECONDS, async (asker, turn) => {
      const body = JSON.stringify({
        text: TEXT,
        requester: { name: `Pemohon ${run} ${turn}`, email: `a${run}${turn}@contoh.id` },
      })
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const { status } = await connections[asker]!.ask('POST', '/api/v1/tickets', headers, body)
      if (status !== 201) throw new Error(`POST /api/v1/tickets answered ${status}`)
    }),
  )
  result.create = { ...result.create, api_per_s: rounded(per_s, 0) }
  say(`API           ${per_s.toFixed(0).padStart(6)}/s   p95 ${p95_ms.toFixed(1)} ms`)
}

async function makeToken(pandu: RunningPandu): Promise<string | null> {
  const words = ['src/cli.ts', 'token', 'create', '--scopes', 'all', '--json']
  const env = { ...process.env, PANDU_DATA: pandu.data }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, words, { env, timeout: 60_000 })
    return (JSON.parse(stdout) as { token: string }).token
  } catch {
    return null
  }
}
