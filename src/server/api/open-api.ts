import type { RequestListener } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import type { App } from '../platform/app.ts'
import { clientAddress } from '../platform/client-address.ts'
import type { Language } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { markRoute, requestIdOf } from '../platform/marked-request.ts'
import { refuse } from '../platform/refusal.ts'
import { tokenActor, type TokenHolder } from '../desks/index.ts'
import { documentOf } from './document.ts'
import { directoryEndpoints } from './directory.ts'
import { hsdsEndpoints } from './hsds.ts'
import { json, nothing, type Call, type Endpoint } from './endpoint.ts'
import { ledgerEndpoints } from './ledger.ts'
import { limitTokens } from './limit-tokens.ts'
import { EdgeRefusal, problemOf } from './problem.ts'
import { recordRefused } from './record-refused.ts'
import { readInput, readQuery } from './read-input.ts'
import { referralEndpoints } from './referrals.ts'
import { ticketEndpoints } from './tickets.ts'
import { z } from 'zod'

type Bound = { Bindings: HttpBindings }

/** Answers every request under /api/. Bearer tokens only: cookies are not looked at, and no other origin is let in. */
export function openApi(app: App): RequestListener {
  const api = apiOf(app)
  const listen = getRequestListener((request, env) => api.fetch(request, env), { overrideGlobalObjects: false })
  // Any Host is answered: links are built from our own origin, so what the client wrote there does not matter.
  const host = new URL(app.settings.PANDU_ORIGIN).host
  return (request, response) => {
    request.headers.host = host
    void listen(request, response)
  }
}

/** All addresses that there are. */
export function endpointsOf(app: App): readonly Endpoint[] {
  const endpoints: Endpoint[] = [
    ...ticketEndpoints,
    ...referralEndpoints,
    ...ledgerEndpoints,
    ...directoryEndpoints,
    ...hsdsEndpoints,
  ]
  let text: string | null = null
  const document: Endpoint = {
    method: 'get',
    path: '/api/v1/openapi.json',
    name: 'getOpenApi',
    summary: 'This document',
    scope: null,
    query: nothing,
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({}), example: { openapi: '3.1.0' } } },
    refuses: [],
    handle(call) {
      readInput(nothing, readQuery(call.url))
      text ??= JSON.stringify(documentOf(endpoints, app.settings.PANDU_ORIGIN))
      return Promise.resolve(json(200, text))
    },
  }
  endpoints.push(document)
  return endpoints
}

export function apiOf(app: App): Hono<Bound> {
  const api = new Hono<Bound>()
  const endpoints = endpointsOf(app)
  const countRequest = limitTokens(app)
  const holderOf = async (c: Context<Bound>) => {
    const holder = await findHolder(app, c)
    if (holder) countRequest(holder)
    return holder
  }
  const pathOf = (endpoint: Endpoint) => endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')

  api.use(async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
    c.header('vary', 'Authorization, Accept-Language', { append: true })
  })
  for (const endpoint of endpoints)
    api.on(endpoint.method.toUpperCase(), pathOf(endpoint), (c) => serve(app, endpoint, c, holderOf))
  for (const [path, here] of Map.groupBy(endpoints, pathOf))
    api.all(path, (c) =>
      refuseMethod(
        c,
        here.map(({ method }) => method.toUpperCase()),
        holderOf,
      ),
    )
  api.notFound((c) => refusePath(c, holderOf).catch((thrown: unknown) => problem(app, c, thrown)))
  api.onError((thrown, c) => problem(app, c, thrown))
  return api
}

type FindHolder = (c: Context<Bound>) => Promise<TokenHolder | null>

async function serve(app: App, endpoint: Endpoint, c: Context<Bound>, holderOf: FindHolder): Promise<Response> {
  markRoute(c.env.incoming, endpoint.path)
  const { scope } = endpoint
  const holder = await holderOf(c)
  if (scope !== null) {
    if (holder === null) refuse('unauthenticated', 'api.token')
    if (!holder.scopes.includes(scope)) throw new EdgeRefusal(403, 'api.scope', { scope })
    if (holder.actor === null) refuse('forbidden', 'api.no_desk')
  }
  const client = clientAddress(
    c.env.incoming.socket.remoteAddress ?? '',
    c.req.header('x-forwarded-for') ?? null,
    app.settings.PANDU_TRUSTED_PROXIES,
  )
  const token_id = holder?.token_id ?? ''
  const caller =
    scope !== null && holder?.actor ? { token_id, actor: { ...holder.actor, from: { token_id, client } } } : null
  const call: Call = {
    app,
    request: c.req.raw,
    url: new URL(c.req.url),
    params: c.req.param(),
    caller,
    language: languageOf(c),
    client,
  }
  try {
    return await endpoint.handle(call)
  } catch (thrown) {
    if (caller) await recordRefused(app, thrown, { caller, endpoint, params: call.params })
    throw thrown
  }
}

/** Whose token it is; null without one. Refuses `unauthenticated` for a header that opens nothing, also where none is needed. */
async function findHolder(app: App, c: Context<Bound>): Promise<TokenHolder | null> {
  if (!app.available()) refuse('unavailable', 'unavailable')
  const header = c.req.header('authorization')
  if (header === undefined) return null
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1]
  return (token === undefined ? null : await tokenActor(app, token)) ?? refuse('unauthenticated', 'api.token')
}

async function refuseMethod(c: Context<Bound>, methods: readonly string[], holderOf: FindHolder): Promise<Response> {
  const allowed = [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(
    ', ',
  )
  // No other origin is let in: the answer names the methods and carries no Access-Control header.
  if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: allowed } })
  if ((await holderOf(c)) === null) refuse('unauthenticated', 'api.token')
  throw new EdgeRefusal(405, 'api.method', { method: c.req.method, allowed }, { allow: allowed })
}

/** Readable without a token once they are there, so whoever asks may know that they are not. */
const PUBLIC_LATER = /^\/api\/(v1\/articles|hsds)(\/|$)/

async function refusePath(c: Context<Bound>, holderOf: FindHolder): Promise<never> {
  const holder = await holderOf(c)
  if (holder === null && !(c.req.method === 'GET' && PUBLIC_LATER.test(c.req.path)))
    refuse('unauthenticated', 'api.token')
  throw new EdgeRefusal(404, 'api.no_such_path')
}

const problem = (app: App, c: Context<Bound>, thrown: unknown): Response =>
  problemOf(app, thrown, {
    language: languageOf(c),
    method: c.req.method,
    route: c.req.routePath,
    request_id: requestIdOf(c.env.incoming) ?? newId(),
  })

/** As on the pages: Indonesian unless English is preferred. */
const languageOf = (c: Context): Language => (/^\s*en\b/i.test(c.req.header('accept-language') ?? '') ? 'en' : 'id')
