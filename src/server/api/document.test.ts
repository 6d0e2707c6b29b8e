import { expect, test } from 'vitest'
import { scopes } from '../people/index.ts'
import { Problem } from './shapes.ts'
import { aProblem } from './examples.ts'
import { apiOf, endpointsOf } from './open-api.ts'
import { useApi } from './testing.ts'

const { app, ask } = useApi()

interface Operation {
  operationId: string
  summary: string
  description: string
  security: { token: string[] }[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema: { additionalProperties?: boolean }; example: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object; example: unknown }> }>
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown>; schemas: Record<string, unknown> }
}

const read = async () => JSON.parse((await ask('/api/v1/openapi.json')).text) as Document
const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

test('every route of the API is in the document, and nothing else', async () => {
  const document = await read()
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: app().settings.PANDU_ORIGIN }] })
  const routes = apiOf(app())
    .routes.filter(({ method, path }) => method !== 'ALL' && path !== '/*')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  const written = operationsOf(document).map(({ path, method }) => `${method.toUpperCase()} ${path}`)
  expect(routes.length).toBeGreaterThan(15)
  expect(written.toSorted()).toEqual(routes.toSorted())
})

test('each operation names itself, its scope, its errors and an example', async () => {
  const operations = operationsOf(await read())
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
  for (const { path, method, operation } of operations) {
    const place = `${method} ${path}`
    expect([place, operation.summary.length > 5]).toEqual([place, true])
    const [security] = operation.security
    if (security) {
      expect(security.token).toHaveLength(1)
      expect(scopes).toContain(security.token[0])
      expect(operation.description).toContain(`\`${security.token[0]!}\``)
    }
    const refusals = ['401', ...(security ? ['403'] : []), '422', '503', ...(method === 'post' ? ['409', '413'] : [])]
    const statuses = Object.keys(operation.responses)
    expect([place, refusals.filter((status) => !statuses.includes(status))]).toEqual([place, []])
    expect(statuses.includes('404')).toBe(path.includes('{'))
    for (const [status, { content }] of Object.entries(operation.responses)) {
      expect(Object.keys(content ?? {})).toHaveLength(1)
      if (status >= '400') expect(Object.keys(content!)).toEqual(['application/problem+json'])
      for (const media of Object.values(content ?? {})) expect(media.example).toBeDefined()
    }
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const parameters = operation.parameters ?? []
    expect(parameters.filter((one) => one.in === 'path' && one.required).map((one) => one.name)).toEqual(inPath)
    expect(parameters.some((one) => one.name === 'Idempotency-Key')).toBe(method === 'post')
    if (method === 'post') {
      const body = operation.requestBody!.content['application/json']!
      expect([place, body.schema.additionalProperties]).toEqual([place, false])
      expect(body.example).toBeDefined()
    }
  }
})

test('the examples are of the shapes that they illustrate', () => {
  for (const endpoint of endpointsOf(app())) {
    for (const { schema, example } of Object.values(endpoint.answers)) expect(() => schema.parse(example)).not.toThrow()
    if (endpoint.body) expect(() => endpoint.body!.parse(endpoint.body_example)).not.toThrow()
  }
  expect(() => Problem.parse(aProblem)).not.toThrow()
})

test('every reference in the document leads somewhere in it', async () => {
  const document = await read()
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]!)
  expect(references.length).toBeGreaterThan(20)
  for (const reference of new Set(references)) {
    const found = reference.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document)
    expect([reference, typeof found]).toEqual([reference, 'object'])
  }
})
