import type { App } from '../platform/app.ts'
import type { Language } from '../platform/context.ts'
import { codeOf, isDatabaseAway } from '../platform/database.ts'
import { Refusal, statusOf, type RefusalKind } from '../platform/refusal.ts'
import { dictionaries, say, type Key, type Values } from '../platform/words.ts'

/** RFC 9457. `errors` names single fields, `path` with dots; empty where no field is at fault. */
export interface Problem {
  type: string
  title: string
  status: number
  errors: { path: string; message: string }[]
}

/** A refusal of the edge itself, whose sentence has values or whose status no command knows. */
export class EdgeRefusal extends Error {
  readonly status: number
  readonly key: Key
  readonly values: Values
  readonly headers: Record<string, string>
  constructor(status: number, key: Key, values: Values = {}, headers: Record<string, string> = {}) {
    super(key)
    this.status = status
    this.key = key
    this.values = values
    this.headers = headers
  }
}

const RETRY_SECONDS: Partial<Record<RefusalKind, string>> = { unavailable: '5', too_many: '60' }

/**
 * The one place where a failure of the API gets its status. Refusals are expected; a database that is away asks to come again; anything
 * else is a bug, logged with an id and shown without a word of it.
 */
export function problemOf(
  app: App,
  thrown: unknown,
  about: { language: Language; method: string; route: string; request_id: string },
): Response {
  const { language } = about
  if (thrown instanceof EdgeRefusal)
    return answer(language, thrown.status, thrown.key, say(language, thrown.key, thrown.values), [], thrown.headers)
  if (!(thrown instanceof Refusal) && (!app.available() || isDatabaseAway(thrown)))
    thrown = new Refusal('unavailable', 'unavailable')
  if (thrown instanceof Refusal) {
    const errors = thrown.faults.map(({ path, key }) => ({ path, message: sentence(language, key) }))
    const headers: Record<string, string> = {}
    const seconds = thrown.key === 'api.in_flight' ? '1' : RETRY_SECONDS[thrown.kind]
    if (seconds) headers['retry-after'] = seconds
    if (thrown.kind === 'unauthenticated') headers['www-authenticate'] = 'Bearer realm="Pandu"'
    // What came with the request may not have been read to its end.
    if (thrown.kind === 'too_large') headers['connection'] = 'close'
    return answer(
      language,
      statusOf[thrown.kind],
      thrown.key,
      sentence(language, thrown.key, thrown.kind),
      errors,
      headers,
    )
  }
  const { request_id } = about
  app.log.error(
    { request_id, route: about.route, method: about.method, failure: describe(thrown) },
    'an API request failed',
  )
  return answer(language, 500, 'bug', say(language, 'api.bug', { id: request_id }), [])
}

function answer(
  language: Language,
  status: number,
  key: string,
  title: string,
  errors: Problem['errors'],
  headers: Record<string, string> = {},
): Response {
  const problem: Problem = { type: `urn:pandu:problem:${key}`, title, status, errors }
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'content-type': 'application/problem+json', 'content-language': language, ...headers },
  })
}

/** `refusal.KEY`, or KEY itself, or that of its kind: a program's author never reads a bare key. */
function sentence(language: Language, key: string, kind?: RefusalKind): string {
  const candidates = [`refusal.${key}`, key, `api.${kind}`, 'fault.wrong']
  return say(language, candidates.find((candidate) => candidate in dictionaries.id) as Key)
}

/** Class, code and place; the message may hold a person's words. */
const describe = (thrown: unknown) =>
  thrown instanceof Error
    ? {
        name: thrown.name,
        code: codeOf(thrown),
        at: thrown.stack
          ?.split('\n')
          .filter((line) => line.trim().startsWith('at '))
          .slice(0, 6),
      }
    : { name: typeof thrown }
