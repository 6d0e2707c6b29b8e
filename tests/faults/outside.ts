/** A Pandu with a PostgreSQL of the operator's own behind a wire that can be cut in every way: what an outage looks like from inside. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/server/platform/embedded-postgres.ts'
import { openLog } from '../../src/server/platform/log.ts'

/**
 * `dropped`: nothing arrives, nobody hears why. `reset`: connections end, new ones too. `one_way`: questions arrive, answers do not.
 * `slow`: each piece takes five seconds more.
 */
export type Wire = 'whole' | 'dropped' | 'reset' | 'one_way' | 'slow'
const SLOW_MS = 5_000

export interface Outside {
  /** Settings for a Pandu that uses it, by the wire. */
  env: Record<string, string>
  /** Settings for a verb that uses it past the wire. */
  direct: Record<string, string>
  /** Where the cluster lies. */
  cluster: string
  pid(): number
  wire(state: Wire): void
  stop(): Promise<void>
  start(): Promise<void>
  /** As superuser, past the wire; for locks. */
  client(): Promise<pg.Client>
  end(): Promise<void>
}

export async function openOutside(binaries?: string): Promise<Outside> {
  const cluster = mkdtempSync(join(tmpdir(), 'pandu-outside-'))
  const wires = mkdtempSync(join(tmpdir(), 'pandu-wire-'))
  for (const folder of [cluster, wires]) chmodSync(folder, 0o755)
  const given = { data: cluster, log: openLog({ PANDU_LOG: 'silent' }), ...(binaries ? { binaries } : {}) }
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres(given)
  const { host, port } = postgres.superuser()
  const proxy = await openProxy(join(wires, '.s.PGSQL.5432'), join(String(host), `.s.PGSQL.${port}`))
  const urls = (folder: string, socket_port: number) => {
    const url = (role: string) => `postgres:///pandu?host=${folder}&port=${socket_port}&user=pandu_${role}`
    return { DATABASE_URL: url('owner'), PANDU_DATABASE_WEB_URL: url('web'), PANDU_DATABASE_WORKER_URL: url('worker') }
  }
  return {
    env: urls(wires, 5432),
    direct: urls(String(host), Number(port)),
    cluster,
    pid: () => postgres.pid,
    wire: proxy.set,
    stop: () => postgres.stop(),
    async start() {
      postgres = await startEmbeddedPostgres(given)
    },
    async client() {
      const client = new pg.Client(postgres.superuser('pandu'))
      client.on('error', () => undefined)
      await client.connect()
      return client
    },
    async end() {
      await proxy.close()
      await postgres.stop()
      for (const folder of [cluster, wires]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openProxy(path: string, target: string) {
  let state: Wire = 'whole'
  const pairs = new Set<{ near: Socket; far: Socket }>()
  const server = createServer((near) => {
    if (state === 'reset') return void near.destroy()
    const far = connect(target)
    const pair = { near, far }
    pairs.add(pair)
    const over = () => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', over).on('close', over)
    near.on('data', (piece: Buffer) => carry(piece, far, state === 'dropped'))
    far.on('data', (piece: Buffer) => carry(piece, near, state === 'dropped' || state === 'one_way'))
  })
  const carry = (piece: Buffer, to: Socket, lost: boolean) => {
    if (lost) return
    if (state === 'slow') setTimeout(() => to.writable && to.write(piece), SLOW_MS)
    else if (to.writable) to.write(piece)
  }
  await new Promise<void>((resolve) => void server.listen(path, resolve))
  return {
    set(next: Wire) {
      // What was lost on the way does not come again: those connections are good for nothing, but only we know that.
      const broken = state === 'dropped' || state === 'one_way'
      state = next
      if (next === 'reset' || (next === 'whole' && broken))
        for (const { near, far } of pairs) {
          near.destroy()
          far.destroy()
        }
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const { near, far } of pairs) {
          near.destroy()
          far.destroy()
        }
      }),
  }
}
