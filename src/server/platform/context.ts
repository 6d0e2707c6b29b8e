/**
 * Who acts, and what they may do in one transaction. The edge opens the transaction; the domain never does.
 * A command takes (ctx: Writing, input), a read takes (ctx: Reading, question): forgetting which does not compile.
 */
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { Pool } from 'pg'
import type { App } from './app.ts'
import { keptPlan, oneConnection } from './database.ts'
import { forget } from './forget.ts'
import type { DB } from './tables.ts'

export type Role = 'administrator' | 'programme_team' | 'leader'
export type DeskRole = 'agent' | 'coordinator'
export type Language = 'id' | 'en'

/** By what, and from where, somebody acts: stands with each of their facts in the journal. */
export interface CameFrom {
  session_id?: string
  token_id?: string
  /** The client's address. */
  client?: string
}

/** The desk of a member or partner, for which somebody works. */
export interface ProviderDesk {
  id: string
  organisation_id: string
  name: string
  role: DeskRole
  time_zone: string
}

export interface StaffActor {
  kind: 'staff'
  person_id: string
  name: string
  language: Language
  roles: readonly Role[]
  desks: readonly { id: string; name: string; kind: string; role: DeskRole; time_zone: string }[]
  /**
   * For which members or partners they work: they see the offers made to these and the tickets that were granted, and no queue. Absent
   * for whoever works for none.
   */
  providers?: readonly ProviderDesk[]
  /** Absent for whoever acts by no request of a page or the API. */
  from?: CameFrom
  /** Administrators and members of the secretariat's desk see every ticket. */
  sees_all: boolean
  /** When they last proved who they are; absent for whoever acts without a session (people: mustHaveSignedInRecently). */
  signed_in_at?: Date
  /** The database's clock when their session was read, with this very request: a page that reads at once need not ask for it again. */
  asked_at?: Date
}
/** Somebody who holds the secret link of one ticket: that ticket and nothing else. */
export interface RequesterActor {
  kind: 'requester'
  person_id: string
  ticket_id: string
}
/** Nobody in particular: sees what is public. */
export interface PublicActor {
  kind: 'public'
}
/** Relay, intake, jobs, and the three doors below. */
export interface SystemActor {
  kind: 'system'
}
export type Actor = StaffActor | RequesterActor | PublicActor | SystemActor

export interface Reading {
  app: App
  db: Pick<Kysely<DB>, 'selectFrom' | 'with' | 'fn' | 'getExecutor'>
  actor: Actor
  /** The database's clock at the beginning of the transaction; tests inject it. */
  now: Date
}
export interface Writing extends Reading {
  tx: Transaction<DB>
  /** Runs after the commit, never when the transaction is rolled back. For pokes, not for effects that must happen. */
  afterCommit(work: () => void): void
}

export const everybody: PublicActor = { kind: 'public' }
export const system: SystemActor = { kind: 'system' }

/**
 * The web process may use the worker's pool through three doors only (architecture: Data rules). A test holds this list against the
 * callers of {@link enter} and {@link through}.
 */
export const doors = ['intake', 'link', 'sign_in'] as const
export type Door = (typeof doors)[number]

/**
 * One read-only transaction; PostgreSQL itself refuses to write in it. What does not need each other's answers is asked at once
 * (`Promise.all`): it goes over the connection together and costs one round trip. Nobody waits for its end, because nothing was written.
 * @param options `plans: 'kept'` for a page all of whose statements begin with keptPlan: PostgreSQL then makes none of their plans anew.
 * By itself it goes on making some with each page for milliseconds, because it reckons that a plan for these very values is better.
 * `now`: PostgreSQL's clock, which another statement told a moment before: then nobody waits for the beginning either, and the first
 * questions leave together with it.
 */
export async function read<T>(
  app: App,
  actor: Actor,
  work: (ctx: Reading) => Promise<T>,
  options: { plans?: 'kept' | undefined; now?: Date | undefined } = {},
): Promise<T> {
  const connection = await oneConnection(actor.kind === 'system' ? app.worker_pool : app.web_pool)
  const { db } = connection
  let answer: T
  try {
    const begun = begin(connection, options.plans === 'kept' ? `${BEGIN}; ${KEEP_PLANS}` : BEGIN, actor)
    // Told the time, one asks behind the statement that says who acts, on the same connection: if that one fails, PostgreSQL answers none of these.
    if (options.now) [answer] = await Promise.all([work({ app, db, actor, now: options.now }), begun])
    else answer = await work({ app, db, actor, now: await begun })
  } catch (error) {
    void connection.end()
    throw error
  }
  connection.leave()
  return answer
}

const BEGIN = 'start transaction read only'
const KEEP_PLANS = 'set local plan_cache_mode = force_generic_plan'

/**
 * One transaction for rows, facts and outbox rows together. What does not need each other's answers may be asked at once here too; it is
 * done in the order in which it was asked.
 */
export async function write<T>(app: App, actor: Actor, work: (ctx: Writing) => Promise<T>): Promise<T> {
  return transact(app, poolOf(app, actor), actor, work)
}

/** The worker's pool for the web process, through a named door. */
export async function enter<T>(app: App, _door: Door, work: (ctx: Writing) => Promise<T>): Promise<T> {
  return transact(app, app.worker_pool, system, work)
}

/** The worker's pool behind a named door, for one single statement or for a library that opens its own transactions. */
export const through = (app: App, _door: Door): Kysely<DB> => app.worker

async function transact<T>(app: App, pool: Pool, actor: Actor, work: (ctx: Writing) => Promise<T>): Promise<T> {
  const after: (() => void)[] = []
  const connection = await oneConnection(pool)
  const tx = connection.db as Transaction<DB>
  let answer: T
  try {
    const now = await begin(connection, 'begin', actor)
    answer = await work({ app, db: tx, tx, actor, now, afterCommit: (step) => after.push(step) })
  } catch (error) {
    // A corrected request may follow at once, and must not find the locks of the refused one.
    await connection.end()
    throw error
  }
  await connection.commit()
  for (const step of after) step()
  if (actor.kind === 'staff') forget(app)
  app.poke()
  return answer
}

const poolOf = (app: App, actor: Actor) => (actor.kind === 'system' ? app.worker_pool : app.web_pool)

/** Both leave in one breath, and before anything else that this connection is asked: no rule is met by a statement of nobody. */
async function begin(
  connection: Awaited<ReturnType<typeof oneConnection>>,
  statement: string,
  actor: Actor,
): Promise<Date> {
  const rows = await connection.begin(statement, whoActs(actor).compile(connection.db))
  return (rows as [{ now: Date }])[0].now
}

/** Tells PostgreSQL who acts until the end of the transaction, and answers its clock. */
export async function identify(tx: Pick<Kysely<DB>, 'getExecutor'>, actor: Actor): Promise<Date> {
  const { rows } = await whoActs(actor).execute(tx)
  return rows[0]!.now
}

function whoActs(actor: Actor): RawBuilder<{ now: Date }> {
  const person = 'person_id' in actor ? actor.person_id : ''
  const ticket = actor.kind === 'requester' ? actor.ticket_id : ''
  const desks = actor.kind === 'staff' ? `{${actor.desks.map((desk) => desk.id).join(',')}}` : ''
  const providers = actor.kind === 'staff' ? `{${(actor.providers ?? []).map((desk) => desk.id).join(',')}}` : ''
  const all = actor.kind === 'staff' && actor.sees_all ? 'on' : ''
  const staff = actor.kind === 'staff' ? 'on' : ''
  return sql<{ now: Date }>`${keptPlan}select now() as now,
    set_config('pandu.person', ${person}, true), set_config('pandu.ticket', ${ticket}, true),
    set_config('pandu.desks', ${desks}, true), set_config('pandu.providers', ${providers}, true), set_config('pandu.sees_all', ${all}, true),
    set_config('pandu.staff', ${staff}, true), set_config('pandu.seen', '', true)`
}
