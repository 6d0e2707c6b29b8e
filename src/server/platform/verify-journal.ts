import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql, type Transaction } from 'kysely'
import type { App } from './app.ts'
import { findHead, type Head } from './journal-head.ts'
import type { DB } from './tables.ts'

export interface Verdict {
  /** How much was looked at: a check that saw nothing must not look like a check that found nothing. */
  seen: Record<string, number>
  /** One line each; empty means sound. */
  faults: string[]
}

/** Is told now and then how far a long check is. */
export type Progress = (line: string) => void

export interface VerifyJournal {
  /** Heads that were kept outside (journal-head.ts): each must still stand in the chain, else its end was cut off or it was made anew. */
  heads?: readonly Pick<Head, 'number' | 'root'>[]
  /** Begin behind this head, which an earlier run has found sound, and leave what is older unread. */
  since?: Pick<Head, 'number' | 'root'> | null
}

/** Two at once: sums are reckoned on a core each. */
const LANES = 2
const SEALS_A_STEP = 100
const DETAILS_A_STEP = 20_000
const HEADS_A_STEP = 5_000
const FAULTS_MAX = 1_000

/**
 * Reads the whole journal again and says where it is not what was sealed: an edited fact, a removed one, swapped ones, words that do not
 * belong to their fact, facts that no seal names, a chain that was cut at its end (by the heads kept outside the database: those in
 * `heads.log`, and those that are given). One pass in time and in bounded memory, seal by seal. Promise R20 of the trust page.
 */
export async function verifyJournal(
  app: App,
  progress: Progress = () => undefined,
  { heads = [], since = null }: VerifyJournal = {},
): Promise<Verdict> {
  return inOneMoment(app, async (lanes) => {
    const [tx] = lanes
    const faults = await missingHeads(tx, [...heads, ...(since ? [since] : [])], 'was noted outside')
    const kept = await readSeals(lanes, since ?? { number: 0, root: '' }, progress, faults)
    progress(`${kept.facts} facts in ${kept.seals} seals; heads outside the database`)
    for await (const noted of linesOf(join(app.settings.PANDU_DATA, 'heads.log')))
      faults.push(...(await missingHeads(tx, noted, 'stands in heads.log')))
    progress(`${kept.facts} facts in ${kept.seals} seals; words`)
    const words =
      kept.facts === 0 && since ? { seen: 0, faults: [] } : await foreignDetails(tx, since && kept.first_fact)
    faults.push(...words.faults)
    const seen = { seals: kept.seals, facts: kept.facts, words: words.seen }
    if (since) return { seen, faults }
    const all = await countAll(tx)
    if (all.loose > 0) faults.push(`${all.loose} facts are neither sealed nor waiting to be`)
    return { seen: { ...seen, erased_words: all.erased }, faults }
  })
}

type Snapshot = Transaction<DB>

/** Read-only transactions on connections of their own that all see one moment of the database. */
async function inOneMoment<T>(app: App, work: (lanes: readonly [Snapshot, ...Snapshot[]]) => Promise<T>): Promise<T> {
  return begin(async (first) => {
    const { rows } = await sql<{ snapshot: string }>`select pg_export_snapshot() as snapshot`.execute(first)
    const join_in = (lanes: readonly [Snapshot, ...Snapshot[]]): Promise<T> =>
      lanes.length === LANES ? work(lanes) : begin(async (next) => join_in([...lanes, next]), rows[0]!.snapshot)
    return join_in([first])
  })

  function begin(step: (tx: Snapshot) => Promise<T>, snapshot?: string): Promise<T> {
    return app.worker
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (tx) => {
        if (snapshot) await sql`set transaction snapshot ${sql.lit(snapshot)}`.execute(tx)
        // Each seal looks up its own facts. The other ways of joining begin at the first fact of all with every step.
        await sql`select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
          set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`.execute(tx)
        return step(tx)
      })
  }
}

async function readSeals(
  lanes: readonly Snapshot[],
  from: Pick<Head, 'number' | 'root'>,
  progress: Progress,
  faults: string[],
) {
  const last = (await findHead(lanes[0]!))?.number ?? 0
  const steps = Math.ceil(Math.max(0, last - from.number) / SEALS_A_STEP)
  const ask = (step: number) => {
    const answer = sealsOf(lanes[step % lanes.length]!, from.number + step * SEALS_A_STEP)
    // Looked at when its turn comes; until then its failure is nobody's.
    answer.catch(() => undefined)
    return answer
  }
  const asked = Array.from({ length: Math.min(lanes.length, steps) }, (_, step) => ask(step))
  const kept = { seals: 0, facts: 0, first_fact: null as string | null }
  let previous = from.root
  for (let step = 0; step < steps; step++) {
    const rows = await asked.shift()!
    if (step + lanes.length < steps) asked.push(ask(step + lanes.length))
    for (const seal of rows) {
      if (faults.length < FAULTS_MAX) faults.push(...faultsOf(seal, previous))
      previous = seal.root
      kept.seals++
      kept.facts += seal.found
      if (seal.first_fact !== null && (kept.first_fact === null || seal.first_fact < kept.first_fact))
        kept.first_fact = seal.first_fact
    }
    progress(`${kept.facts} facts in ${kept.seals} seals (${Math.floor(((step + 1) / steps) * 100)} %)`)
  }
  return kept
}

interface CheckedSeal {
  number: number
  sealed_at: Date
  previous: string
  root: string
  named: number
  found: number
  first_fact: string | null
  sound: boolean
}

function faultsOf(seal: CheckedSeal, previous: string): string[] {
  const which = `seal ${seal.number} of ${seal.sealed_at.toISOString()}`
  const faults: string[] = []
  if (seal.previous !== previous)
    faults.push(`${which} does not follow the one before it: a seal was removed or changed`)
  if (seal.found !== seal.named) faults.push(`${which} names ${seal.named} facts, ${seal.found} are there`)
  else if (!seal.sound) faults.push(`${which}: a fact was changed or moved after it was sealed`)
  return faults
}

/** Some seals with what their facts sum up to today, all reckoned by the database with the functions that sealed them. */
async function sealsOf(tx: Snapshot, after: number): Promise<CheckedSeal[]> {
  const { rows } = await sql<CheckedSeal>`
    select s.number, s.sealed_at, encode(s.previous, 'hex') as previous, encode(s.root, 'hex') as root, cardinality(s.fact_ids) as named,
      l.found, s.fact_ids[1] as first_fact, s.root = seal_root(s.previous, l.leaves) as sound
    from journal_seals s cross join lateral (
      select count(*)::int as found, coalesce(array_agg(fact_leaf(f) order by u.position), '{}') as leaves
      from unnest(s.fact_ids) with ordinality as u (id, position) join facts f on f.id = u.id) l
    where s.number > ${after}::bigint and s.number <= ${after + SEALS_A_STEP}::bigint order by s.number`.execute(tx)
  return rows
}

/** Which of these heads are not in the chain as they were noted. */
async function missingHeads(
  tx: Snapshot,
  noted: readonly Pick<Head, 'number' | 'root'>[],
  where: string,
): Promise<string[]> {
  if (noted.length === 0) return []
  const { rows } = await sql<{ number: number; found: boolean }>`
    select h.number, s.number is not null as found
    from jsonb_to_recordset(${JSON.stringify(noted)}::jsonb) as h (number bigint, root text)
    left join journal_seals s on s.number = h.number
    where s.number is null or encode(s.root, 'hex') <> h.root order by h.number`.execute(tx)
  return rows.map(({ number, found }) =>
    found
      ? `seal ${number} is not the one that ${where}: the journal was made anew`
      : `seal ${number} ${where} but is not in the journal: its end was cut off`,
  )
}

/** The heads in a file of lines `NUMBER ROOT`, some thousands at a time; none where there is no such file. */
async function* linesOf(path: string): AsyncGenerator<Pick<Head, 'number' | 'root'>[]> {
  if (!existsSync(path)) return
  let some: Pick<Head, 'number' | 'root'>[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, number, root] = /^(\d+) ([0-9a-f]{64})$/.exec(line) ?? []
    if (!number || !root) continue
    some.push({ number: Number(number), root })
    if (some.length < HEADS_A_STEP) continue
    yield some
    some = []
  }
  yield some
}

/** Words may be erased (their row is gone); words that are there must be the ones that the fact was sealed with. */
async function foreignDetails(tx: Snapshot, from: string | null) {
  const faults: string[] = []
  let seen = 0
  for (let after = from ?? NONE; ;) {
    const { rows } = await sql<{ some: number; last: string | null; foreign: string[] }>`
      with step as materialized (
        select * from journal_details where fact_id >= ${after}::uuid order by fact_id limit ${DETAILS_A_STEP})
      select count(*)::int as some, (array_agg(d.fact_id order by d.fact_id desc))[1] as last,
        coalesce(array_agg(d.fact_id) filter (where f.details_hash is distinct from sha256(d.salt || convert_to(d.details::text, 'UTF8'))), '{}') as foreign
      from step d left join facts f on f.id = d.fact_id`.execute(tx)
    const { some, last, foreign } = rows[0]!
    for (const id of foreign.slice(0, FAULTS_MAX))
      faults.push(`the words kept with fact ${id} are not the ones it was recorded with`)
    seen += some
    if (some < DETAILS_A_STEP || last === null) return { seen, faults: [...new Set(faults)] }
    // The last of this step is the first of the next.
    after = last
    seen--
  }
}

const NONE = '00000000-0000-0000-0000-000000000000'

/** Facts that are neither sealed nor waiting for it (written past the journal's own way), and those whose words were erased. By counting, so that it stays one pass. */
async function countAll(tx: Snapshot): Promise<{ loose: number; erased: number }> {
  await sql`select set_config('enable_seqscan', 'on', true)`.execute(tx)
  const { rows } = await sql<{ loose: number; erased: number }>`
    with all_facts as (select count(*) as facts, count(details_hash) as with_words from facts)
    select (facts - (select count(*) from journal_pending) - (select coalesce(sum(cardinality(fact_ids)), 0) from journal_seals))::int as loose,
      greatest(0, with_words - (select count(*) from journal_details))::int as erased
    from all_facts`.execute(tx)
  return rows[0]!
}
