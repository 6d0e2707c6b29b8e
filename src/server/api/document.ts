import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Endpoint } from './endpoint.ts'
import { aProblem } from './examples.ts'
import { Problem } from './shapes.ts'

/** The OpenAPI 3.1 document, made from the same objects that answer. */
export function documentOf(endpoints: readonly Endpoint[], origin: string): object {
  const book = new OpenAPIHono()
  const registry = book.openAPIRegistry
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'Made by "./pandu token create". Cookies are ignored.',
  })
  const problem = registry.register('Problem', Problem)
  for (const endpoint of endpoints)
    registry.registerPath({
      method: endpoint.method,
      path: endpoint.path,
      operationId: endpoint.name,
      summary: endpoint.summary,
      description: [
        endpoint.scope === null ? 'Needs no token.' : `Needs a token with the scope \`${endpoint.scope}\`.`,
        ...(endpoint.description ? [endpoint.description] : []),
      ].join(' '),
      security: endpoint.scope === null ? [] : [{ token: [endpoint.scope] }],
      request: requestOf(endpoint),
      responses: {
        ...answersOf(endpoint),
        ...Object.fromEntries(
          refusalsOf(endpoint).map(([status, description]) => [
            status,
            {
              description,
              content: { 'application/problem+json': { schema: problem, example: { ...aProblem, status } } },
            },
          ]),
        ),
      },
    })
  return book.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Pandu',
      version: '1',
      description:
        'The API of a help desk for free and open-source software. Errors are application/problem+json, checked in this order: 401 (then 429, if the token asks too often), 403, 404, 413, 422. Unknown fields are errors. Times are RFC 3339 in UTC. Lists are {items, next}; give `next` as `cursor` for the next page.',
      license: { name: 'AGPL-3.0-or-later' },
    },
    servers: [{ url: origin }],
  })
}

function requestOf({ path, method, query, body, body_example }: Endpoint) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  return {
    ...(names.length > 0 ? { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) } : {}),
    ...(query ? { query } : {}),
    ...(method === 'post' ? { headers: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}),
    ...(body ? { body: { content: { 'application/json': { schema: body, example: body_example } } } } : {}),
  }
}

const idempotencyKey = z.string().min(1).max(255).optional().openapi({
  description:
    'Printable ASCII, per token, kept for 24 hours. The same request again gives the same answer with the header Idempotent-Replayed: true.',
})

const answersOf = ({ answers, method }: Endpoint) =>
  Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, example, media_type = 'application/json' }]) => [
      status,
      {
        description,
        ...(method === 'post' ? { headers: z.object({ 'Idempotent-Replayed': z.literal('true').optional() }) } : {}),
        content: { [media_type]: { schema, example } },
      },
    ]),
  )

function refusalsOf({ scope, method, refuses }: Endpoint): [number, string][] {
  return [
    [401, scope === null ? 'The token that was sent opens nothing.' : 'No token, or one that opens nothing.'],
    ...(scope === null ? [] : ([[403, 'The token lacks the scope, or its account may not do this.']] as const)),
    ...(refuses.includes(404) ? ([[404, 'There is no such thing, or the account does not see it.']] as const) : []),
    ...(refuses.includes(409) || method === 'post'
      ? ([
          [409, 'Not in this state; or the first request with this Idempotency-Key is still at work (Retry-After).'],
        ] as const)
      : []),
    ...(method === 'post' ? ([[413, 'The body is larger than 1,048,576 bytes.']] as const) : []),
    [422, 'A field is wrong, unknown, or missing; or the Idempotency-Key was used for another request.'],
    ...(scope === null ? [] : [[429, 'The token asked more often than it may in a minute (Retry-After).'] as const]),
    [503, 'The database is away for the moment (Retry-After).'],
  ] as [number, string][]
}
