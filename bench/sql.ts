/**
 * node bench/sql.ts DATA_FOLDER PATH|queue|ticket|search_rare|search_common|search_absent|follow
 * What one page asks the database, by PostgreSQL's own clock: of each statement how often a page asks it, and the ms of parsing, planning
 * (binding) and answering it. One connection, warm.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { reachRunningPostgres } from '../src/server/platform/postgres/reach-running.ts'
import { Connection } from './load.ts'
import { pathsOf } from './paths.ts'
import type { Seeded } from './seed.ts'
import { signIn, startMeasured } from './site.ts'

const TURNS = 40
const [data = '', page = '/'] = process.argv.slice(2)
const seeded = JSON.parse(readFileSync(join(data, 'bench-seed.json'), 'utf8')) as Seeded
const path = pathsOf(seeded, page)
const pandu = await startMeasured(data)
try {
  const access = await reachRunningPostgres(data)
  const client = new pg.Client({ ...access.connection('owner'), user: 'postgres' })
  await client.connect()
  const cookie = path(0).startsWith('/desk') ? await signIn(pandu, seeded.sign_in) : ''
  const connection = new Connection(pandu.port)
  const turns = async (many: number) => {
    for (let turn = 0; turn < many; turn++) {
      const { status } = await connection.ask('GET', path(turn), { cookie, 'accept-language': 'id' })
      if (status !== 200) throw new Error(`${path(turn)} answered ${status}`)
    }
  }
  await turns(TURNS)
  await client.query(`alter role pandu_web set log_min_duration_statement = 0`)
  await client.query(`select set_config('log_min_duration_statement', '0', false)`)
  await client.query(`alter system set log_min_duration_statement = 0`)
  await client.query(`select pg_reload_conf()`)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const log = join(data, 'log/postgres.log')
  const from = statSync(log).size
  await turns(TURNS)
  await client.query(`alter system reset log_min_duration_statement`)
  await client.query(`alter role pandu_web reset log_min_duration_statement`)
  await client.query(`select pg_reload_conf()`)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const text = readFileSync(log).subarray(from).toString('utf8')
  const known = new Map<string, Record<string, number>>()
  for (const entry of text.split(/^(?=\d{4}-\d\d-\d\d )/m)) {
    const found = /duration: ([\d.]+) ms\s+(parse|bind|execute|statement)[^:]*: ([\s\S]*)/.exec(entry)
    if (!found) continue
    const name = found[3]!.replace(/\s+/g, ' ').slice(0, 150)
    const one = known.get(name) ?? {}
    known.set(name, one)
    one[found[2]!] = (one[found[2]!] ?? 0) + Number(found[1])
    if (found[2] === 'execute' || found[2] === 'statement') one['times'] = (one['times'] ?? 0) + 1
  }
  const each = (ms: number | undefined) => ((ms ?? 0) / TURNS).toFixed(2).padStart(7)
  console.log('  a page   parse    plan  answer')
  let sum = 0
  for (const [name, one] of [...known].sort((a, b) => total(b[1]) - total(a[1])).slice(0, 40)) {
    sum += total(one)
    console.log(
      `${((one['times'] ?? 0) / TURNS).toFixed(1).padStart(8)} ${each(one['parse'])} ${each(one['bind'])} ${each((one['execute'] ?? 0) + (one['statement'] ?? 0))}  ${name}`,
    )
  }
  console.log(`${each(sum)} ms a page`)
  await client.end()
} finally {
  await pandu.stop({ keep: true })
}
function total({ parse = 0, bind = 0, execute = 0, statement = 0 }: Record<string, number>): number {
  return parse + bind + execute + statement
}
process.exit(0)
