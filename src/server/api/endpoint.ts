/**
 * What an address of the API is, and the one order of checks that all of them keep: 401 → 403 scope → 404 unseen → 413 → 422. The
 * document at /api/v1/openapi.json is made from the same objects.
 */
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import {
  enter,
  everybody,
  read,
  write,
  type Language,
  type Reading,
  type StaffActor,
  type Writing,
} from '../platform/context.ts'
import { fault } from '../platform/fault.ts'
import { refuse } from '../platform/refusal.ts'
import type { Scope } from '../people/index.ts'
import { hashOfRequest, once, readKey, type Answered, type Done } from './once.ts'
import { readBytes, readInput, readJson, readQuery } from './read-input.ts'

/** Whose token came with the request. */
export interface Caller {
  token_id: string
  actor: StaffActor
}

/** One request, after 401 and 403. */
export interface Call {
  app: App
  request: Request
  url: URL
  params: Record<string, string>
  /** Null only where no token is needed. */
  caller: Caller | null
  language: Language
  client: string
}

export interface Described {
  description: string
  schema: z.ZodType
  example: unknown
  /** Default: application/json. */
  media_type?: string
}

export interface Endpoint {
  method: 'get' | 'post'
  /** As OpenAPI writes it: /api/v1/tickets/{number}. */
  path: string
  /** operationId */
  name: string
  summary: string
  description?: string
  /** Null: no token is needed. */
  scope: Scope | null
  query?: z.ZodObject
  body?: z.ZodObject
  body_example?: unknown
  answers: Record<number, Described>
  /** Whether it can answer 404 and 409. */
  refuses: readonly (404 | 409)[]
  handle(call: Call): Promise<Response>
}

type About = Omit<Endpoint, 'handle' | 'query' | 'body' | 'method'>
type Params = Record<string, string>

/** A GET in one read-only transaction, as the token's account; public ones as nobody in particular. */
export function reading<Query extends z.ZodObject, Subject>(
  given: About & {
    query: Query
    /** Refuses not_found for what the account does not see, before the query is read. */
    find?: (ctx: Reading, params: Params) => Promise<Subject>
    look: (ctx: Reading, asked: { query: z.output<Query>; subject: Subject; params: Params }) => Promise<unknown>
    /** How the answer is sent; default: as JSON. */
    send?: (found: never, call: Call) => Response
  },
): Endpoint {
  const { find, look, send, ...about } = given
  const handle = async (call: Call) => {
    const found = await read(call.app, call.caller?.actor ?? everybody, async (ctx) => {
      const subject = (await find?.(ctx, call.params)) as Subject
      const query = readInput(given.query, readQuery(call.url))
      return look(ctx, { query, subject, params: call.params })
    })
    return send ? send(found as never, call) : json(200, JSON.stringify(found))
  }
  return { ...about, method: 'get', handle }
}

/** A POST: effect, fact and (with Idempotency-Key) the answer in one transaction. */
export function writing<Body extends z.ZodObject, Subject>(
  given: About & {
    body: Body
    find?: (ctx: Reading, params: Params) => Promise<Subject>
    /** `intake`: the transaction runs by the door of the intake, because a request is taken into the ledger. */
    door?: 'intake'
    /** Null: nothing that could be answered; `refused` says what it was. What was written stays. */
    act: (
      ctx: Writing,
      asked: { body: z.output<Body>; raw: Uint8Array; subject: Subject; actor: StaffActor; client: string },
    ) => Promise<Done | null>
    refused?: () => never
  },
): Endpoint {
  const { find, door, act, refused, ...about } = given
  const handle = async (call: Call) => {
    const { app, request } = call
    const { actor, token_id } = call.caller!
    const subject = (find && (await read(app, actor, (ctx) => find(ctx, call.params)))) as Subject
    const raw = await readBytes(request)
    readInput(nothing, readQuery(call.url))
    const input = readJson(raw)
    const body = readInput(given.body, input)
    const asked = {
      token_id,
      person_id: actor.person_id,
      key: readKey(request.headers),
      request_hash: hashOfRequest(request.method, call.url.pathname, input),
    }
    const work = async (ctx: Writing) => {
      const answered = await once(ctx, asked, () => act(ctx, { body, raw, subject, actor, client: call.client }))
      fault('api.before_commit')
      return answered
    }
    const answered = door ? await enter(app, 'intake', work) : await write(app, actor, work)
    fault('api.after_commit')
    return answered ? answerWith(answered) : (refused ?? bug)()
  }
  return { ...about, method: 'post', handle }
}

export const nothing = z.strictObject({})

const bug = (): never => {
  throw new Error('a command of the API answered nothing')
}

const answerWith = ({ status, body, location, replayed }: Answered): Response =>
  json(status, body, {
    ...(location ? { location } : {}),
    ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
  })

export const json = (status: number, body: string, headers: Record<string, string> = {}): Response =>
  new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } })

/** One page out of rows that are all at hand. `cursor` is the key of the last row of the page before. */
export function pageOf<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  { cursor, limit = LIMIT }: { cursor?: string | undefined; limit?: number | undefined },
): { items: Row[]; next: string | null } {
  const last = cursor === undefined ? -1 : rows.findIndex((row) => keyOf(row) === cursor)
  if (cursor !== undefined && last === -1) refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  const items = rows.slice(last + 1, last + 1 + limit)
  const end = items.at(-1)
  return { items, next: end && last + 1 + limit < rows.length ? keyOf(end) : null }
}

export const LIMIT = 50
export const LIMIT_MAX = 200

/** What every list understands. */
export const paging = {
  cursor: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).optional(),
}
