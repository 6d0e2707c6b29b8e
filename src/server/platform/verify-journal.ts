import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql, type Transaction } from 'kysely'
import type { App } from './app.ts'
import type { DB } from './tables.ts'

export interface Verdict {
  /** How much was looked at: a check that saw nothing must not look like a check that found nothing. */
  seen: Record<string, number>
  /** One line each; empty means sound. */
  faults: string[]
}

/** Is told now and then how far a long check is. */
export type Progress = (line: string) => void

const SEALS_A_STEP = 500

/**
 * Reads the whole journal again and says where it is not what was sealed: an edited fact, a removed one, swapped ones, words that do not
 * belong to their fact, a chain that was cut at its end (by the heads kept outside the database in `heads.log`), facts that no seal names.
 * Memory is bounded: it goes seal by seal. Promise R20 of the trust page.
 */
export async function verifyJournal(app: App, progress: Progress = () => undefined): Promise<Verdict> {
  const heads = await readHeads(app)
  return app.worker
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`.execute(
        tx,
      )
      return readAgain(tx, heads, progress)
    })
}

type Snapshot = Transaction<DB>

async function readAgain(tx: Snapshot, heads: Map<number, string>, progress: Progress): Promise<Verdict> {
  const faults: string[] = []
  let previous = ''
  let number = 0
  let seals = 0
  let facts = 0
  for (;;) {
    const rows = await nextSeals(tx, number)
    if (rows.length === 0) break
    progress(`${facts} facts in ${seals} seals`)
    for (const seal of rows) {
      if (seal.previous !== previous)
        faults.push(`seal ${seal.number} does not follow the one before it: a seal was removed or changed`)
      if (seal.found !== seal.named)
        faults.push(`seal ${seal.number} names ${seal.named} facts, ${seal.found} are there`)
      else if (!seal.sound) faults.push(`seal ${seal.number}: a fact was changed or moved after it was sealed`)
      const head = heads.get(seal.number)
      if (head !== undefined && head !== seal.root)
        faults.push(`seal ${seal.number} is not the one that heads.log remembers`)
      heads.delete(seal.number)
      previous = seal.root
      number = seal.number
      seals++
      facts += seal.found
    }
  }
  for (const missing of heads.keys())
    faults.push(`seal ${missing} stands in heads.log but not in the journal: its end was cut off`)
  progress(`${facts} facts in ${seals} seals; facts without a seal`)
  faults.push(...(await looseFacts(tx)), ...(await foreignDetails(tx)))
  return { seen: { seals, facts }, faults }
}

interface CheckedSeal {
  number: number
  previous: string
  root: string
  named: number
  found: number
  sound: boolean
}

/** The next seals with what their facts hash to today, all reckoned by the database with the functions that sealed them. */
async function nextSeals(tx: Snapshot, after: number): Promise<CheckedSeal[]> {
  const { rows } = await sql<CheckedSeal>`
    with step as (select * from journal_seals where number > ${after}::bigint order by number limit ${SEALS_A_STEP})
    select s.number, encode(s.previous, 'hex') as previous, encode(s.root, 'hex') as root, cardinality(s.fact_ids) as named,
      count(f.id)::int as found,
      s.root = seal_root(s.previous, coalesce(array_agg(fact_leaf(f) order by u.position) filter (where f.id is not null), '{}')) as sound
    from step s cross join lateral unnest(s.fact_ids) with ordinality as u (id, position) left join facts f on f.id = u.id
    group by s.number, s.previous, s.root, s.fact_ids order by s.number`.execute(tx)
  return rows
}

async function readHeads(app: App): Promise<Map<number, string>> {
  const path = join(app.settings.PANDU_DATA, 'heads.log')
  if (!existsSync(path)) return new Map()
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => /^\d+ [0-9a-f]{64}$/.test(line))
  return new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1]!]))
}

/** Facts that are neither sealed nor waiting for it: written past the journal's own way. By counting, so that it stays one pass. */
async function looseFacts(tx: Snapshot): Promise<string[]> {
  const { rows } = await sql<{
    loose: number
  }>`select ((select count(*) from facts) - (select count(*) from journal_pending)
    - (select coalesce(sum(cardinality(fact_ids)), 0) from journal_seals))::int as loose`.execute(tx)
  const loose = rows[0]!.loose
  return loose > 0 ? [`${loose} facts are neither sealed nor waiting to be`] : []
}

/** Words may be erased (their row is gone); words that are there must be the ones that the fact was sealed with. */
async function foreignDetails(tx: Snapshot): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select d.fact_id as id from journal_details d left join facts f on f.id = d.fact_id
    where f.details_hash is distinct from sha256(d.salt || convert_to(d.details::text, 'UTF8')) limit 100`.execute(tx)
  return rows.map(({ id }) => `the words kept with fact ${id} are not the ones it was recorded with`)
}
