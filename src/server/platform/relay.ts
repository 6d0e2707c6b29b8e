import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CompiledQuery, sql } from 'kysely'
import { addJobsStatement, type JobSpec } from './add-jobs.ts'
import type { App } from './app.ts'
import { comesInFloods, reactions, type FactKind } from './reactions.ts'
import { startRounds, type Rounds } from './rounds.ts'

/** What a task gets: one entry a fact. A job carries many, so that a burst of mails is a handful of jobs. */
export interface FactJob {
  fact_id: string
  kind: FactKind
  ticket_id: string | null
  about: Record<string, string | number | boolean | null>
}

/** A fact and who of the staff did it; null: somebody else, or Pandu by itself. */
export type SealedFact = FactJob & { staff_id: string | null }
/** Tells open desks, in the same transaction, what was sealed; given by the composition root, because it knows tickets. */
export type Announce = (tx: App['worker'], facts: readonly SealedFact[]) => Promise<void>

const BATCH_MAX = 500
const JOB_FACTS_MAX = 100
const POLL_MS = 100
const REST_MS = 100

export interface Relay extends Rounds {
  /** Seals everything that waits; for tests and for the stop. */
  drain(): Promise<void>
}

/**
 * Seals committed facts into the chain and adds the jobs that reactions.ts names: the only place that makes jobs, besides cron.
 * One relay at a time by an advisory lock of its transaction; woken by a poke after a commit, and by itself each 100 ms.
 */
export function startRelay(app: App, announce?: Announce): Relay {
  const work = async () => (await relayOnce(app, announce)) === BATCH_MAX
  const rounds = startRounds(app, { name: 'relay', poll_ms: POLL_MS, rest_ms: REST_MS, work })
  return {
    ...rounds,
    async drain() {
      while ((await relayOnce(app, announce)) > 0);
    },
  }
}

/** Takes up to 500 pending facts, seals them and adds their jobs in one transaction. Answers how many there were. */
export async function relayOnce(app: App, announce?: Announce): Promise<number> {
  if (!(await doesWait(app))) return 0
  const sealed = await app.worker.transaction().execute(async (tx) => {
    // Two relays would fork the chain; the second goes home.
    const lock = await sql<{
      mine: boolean
    }>`select pg_try_advisory_xact_lock(hashtext('pandu relay')) as mine`.execute(tx)
    if (!lock.rows[0]?.mine) return null
    const { rows: facts } = await sql<SealedFact & { leaf: Buffer }>`
      with taken as (
        delete from journal_pending where fact_id in (
          select fact_id from journal_pending order by fact_id limit ${BATCH_MAX} for update skip locked) returning fact_id)
      select f.id as fact_id, f.kind, f.ticket_id, f.about, case when f.actor_kind = 'staff' then f.actor_id end as staff_id, fact_leaf(f) as leaf
      from taken join facts f on f.id = taken.fact_id order by f.id`.execute(tx)
    await foldCounts(tx)
    if (facts.length === 0) return null
    const { rows } = await sql<{ number: number; root: string }>`
      with last as (select root from journal_seals order by number desc limit 1)
      insert into journal_seals (previous, root, fact_ids)
      select p.previous, seal_root(p.previous, ${facts.map((fact) => fact.leaf)}::bytea[]), ${facts.map((fact) => fact.fact_id)}::uuid[]
      from (select coalesce((select root from last), '\\x'::bytea) as previous) p
      returning number, encode(root, 'hex') as root`.execute(tx)
    await addJobs(tx, facts)
    await announce?.(tx, facts)
    return { head: rows[0]!, facts: facts.length }
  })
  if (!sealed) return 0
  // A head outside the database is what shows a cut tail.
  await appendFile(join(app.settings.PANDU_DATA, 'heads.log'), `${sealed.head.number} ${sealed.head.root}\n`, {
    mode: 0o600,
  })
  return sealed.facts
}

/** Most rounds find nothing: one look, instead of a whole transaction ten times a second on a machine where nobody does anything. */
async function doesWait(app: App): Promise<boolean> {
  const { rows } = await sql<{
    waits: boolean
  }>`select coalesce((select true from journal_pending order by fact_id limit 1), (select true from count_deltas order by id limit 1), false) as waits`.execute(
    app.worker,
  )
  return rows[0]!.waits
}

async function foldCounts(tx: App['worker']) {
  await sql`with taken as (
      delete from count_deltas where id in (select id from count_deltas order by id limit 5000 for update skip locked) returning name, delta),
    sums as (select name, sum(delta) as delta from taken group by name)
    insert into counts (name, total) select name, delta from sums
    on conflict (name) do update set total = counts.total + excluded.total`.execute(tx)
}

async function addJobs(tx: App['worker'], facts: readonly SealedFact[]) {
  // What a clerk takes down at the telephone is the same fact as a mail, but somebody sits there and looks for it.
  const mayWait = ({ kind, staff_id }: SealedFact) => comesInFloods.has(kind) && staff_id === null
  const specs = [
    ...specsFor(
      facts.filter((fact) => !mayWait(fact)),
      false,
    ),
    ...specsFor(facts.filter(mayWait), true),
  ]
  if (specs.length === 0) return
  await tx.executeQuery(CompiledQuery.raw(addJobsStatement, [JSON.stringify(specs)]))
}

function specsFor(facts: readonly FactJob[], may_wait: boolean): JobSpec[] {
  const byTask = new Map<string, FactJob[]>()
  for (const { fact_id, kind, ticket_id, about } of facts)
    for (const task of reactions[kind] ?? []) {
      const list = byTask.get(task) ?? []
      list.push({ fact_id, kind, ticket_id, about })
      byTask.set(task, list)
    }
  return [...byTask].flatMap(([identifier, all]) =>
    Array.from({ length: Math.ceil(all.length / JOB_FACTS_MAX) }, (_, part) => ({
      identifier,
      payload: all.slice(part * JOB_FACTS_MAX, (part + 1) * JOB_FACTS_MAX),
      may_wait,
    })),
  )
}
