import type pg from 'pg'
import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { fault } from '../platform/fault.ts'
import { OutcomeUnknown } from './email/index.ts'
import {
  insertItems,
  parametersOf,
  prepareItem,
  type NewItem,
  type PreparedItem,
  type TakenItem,
} from './take-items.ts'

/** How often a commit whose outcome is unknown is looked up before we hang up. */
const LOOK_UP_TRIES = 5
const LOOK_UP_PAUSE_MS = 200

/** Of one statement. More would make the first of them wait for the bytes of the last. */
const TOGETHER_MAX = 16
/** While one statement is on its way the next items gather for another, which begins when as many wait as it may hold … */
const STATEMENTS_MAX = 2
/** … or when that one hangs: it may wait for somebody else's commit, and would hold up everybody. */
const HANGS_MS = 50

/**
 * One item into the ledger, committed when this resolves: what every answer to a peer rests on. Items that come at the same moment share
 * one statement and one commit, which costs hardly more than one of them alone. Throws {@link OutcomeUnknown} where nobody can know
 * whether it was committed: then no answer may be given. Any other error means that nothing of it was written.
 */
export async function takeItem(app: App, item: NewItem): Promise<TakenItem> {
  const prepared = await prepareItem(app, item)
  fault('intake.before_commit')
  return takerOf(app).add(prepared)
}

// By app, so that tests with several of them do not write into each other's ledgers.
const takers = new WeakMap<App, Taker>()

function takerOf(app: App): Taker {
  let taker = takers.get(app)
  if (!taker) takers.set(app, (taker = openTaker(app)))
  return taker
}

interface Taker {
  add(prepared: PreparedItem): Promise<TakenItem>
}
interface Waiting {
  prepared: PreparedItem
  resolve(taken: TakenItem): void
  reject(error: unknown): void
}

function openTaker(app: App): Taker {
  const waiting: Waiting[] = []
  const statements: Statements = new Map()
  const under_way = new Set<{ hangs: boolean }>()

  const isTurn = () =>
    under_way.size === 0 ||
    (under_way.size < STATEMENTS_MAX && (waiting.length >= TOGETHER_MAX || [...under_way].some(({ hangs }) => hangs)))

  const give = () => {
    while (waiting.length > 0 && isTurn()) {
      const statement = { hangs: false }
      under_way.add(statement)
      const watch = setTimeout(() => {
        statement.hangs = true
        give()
      }, HANGS_MS)
      void insertTogether(app, statements, waiting.splice(0, TOGETHER_MAX)).finally(() => {
        clearTimeout(watch)
        under_way.delete(statement)
        give()
      })
    }
  }
  return {
    add: (prepared) =>
      new Promise((resolve, reject) => {
        waiting.push({ prepared, resolve, reject })
        give()
      }),
  }
}

async function insertTogether(app: App, statements: Statements, items: readonly Waiting[]): Promise<void> {
  try {
    const rows = await insertAll(
      app,
      statements,
      items.map((item) => item.prepared),
    )
    const taken = new Map(rows.map((row) => [row.id, row]))
    for (const item of items) item.resolve(taken.get(item.prepared.id)!)
  } catch (error) {
    if (error instanceof ConnectionLost)
      await Promise.all(items.map((item) => lookUp(app, item.prepared.id).then(item.resolve, item.reject)))
    // Nothing was written. Each is tried alone, so that one bad item refuses no other; not after a timeout or on a full disk, which
    // would meet each of them anew.
    else if (items.length > 1 && isOneItemsFault(error))
      for (const item of items) await insertTogether(app, statements, [item])
    else for (const item of items) item.reject(error)
  }
}

/** The connection went away, and with it the answer. */
class ConnectionLost extends Error {}

async function insertAll(app: App, statements: Statements, prepared: readonly PreparedItem[]): Promise<TakenItem[]> {
  // Failing here, nothing has been sent yet.
  const connection = await app.worker_pool.connect()
  let broken = false
  try {
    const { rows } = await connection.query<TakenItem>(
      textFor(app, statements, prepared),
      prepared.flatMap(parametersOf),
    )
    return rows
  } catch (error) {
    if (isRefusedByDatabase(error)) throw error
    broken = true
    throw new ConnectionLost('the connection was lost during the commit', { cause: error })
  } finally {
    connection.release(broken)
  }
}

/** By the number of items: the statement is put together once, not for each item. */
type Statements = Map<number, string>

function textFor(app: App, statements: Statements, prepared: readonly PreparedItem[]): string {
  let text = statements.get(prepared.length)
  if (text === undefined) statements.set(prepared.length, (text = insertItems(prepared).compile(app.worker).sql))
  return text
}

/** The server answered, and rolled back. A lost connection or a server that was shut down says nothing about the commit. */
function isRefusedByDatabase(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code) && (error as pg.DatabaseError).severity === 'ERROR'
}

/** PostgreSQL's classes of errors: data that cannot be kept, a constraint, a limit of a row. */
export const isOneItemsFault = (error: unknown) => isRefusedByDatabase(error) && /^(22|23|54)/.test(codeOf(error) ?? '')

async function lookUp(app: App, id: string): Promise<TakenItem> {
  for (let attempt = 0; attempt < LOOK_UP_TRIES; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_UP_PAUSE_MS))
    const { rows } = await app.worker_pool
      .query<TakenItem>('select id, duplicate_of from intake_items where id = $1::uuid', [id])
      .catch(() => ({ rows: [] }))
    if (rows[0]) return rows[0]
  }
  // Not found is no proof: a server process that lost us may still be about to commit.
  throw new OutcomeUnknown('the connection was lost during the commit')
}
