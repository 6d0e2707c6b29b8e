import type { z } from 'zod'
import { refuse, type Fault } from '../platform/refusal.ts'

/** Far above the longest text that any field takes, escaped as \uXXXX. */
export const BODY_BYTES_MAX = 1024 * 1024

/** The bytes of a request's body. Refuses `too_large` before it reads what is announced as too much, and as soon as it is too much. */
export async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) refuse('too_large', 'api.too_large')
  if (!request.body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > BODY_BYTES_MAX) refuse('too_large', 'api.too_large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A JSON object; no body at all counts as `{}`. Refuses `invalid` for whatever else, also for bytes that are not UTF-8. */
export function readJson(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    refuse('invalid', 'invalid', [{ path: '', key: 'fault.json' }])
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse('invalid', 'invalid', [{ path: '', key: 'fault.json' }])
  return value as Record<string, unknown>
}

/** What stands behind the `?`. A name given twice is refused, because one program would read the first and another the last. */
export function readQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query, name)) refuse('invalid', 'invalid', [{ path: name, key: 'fault.repeated' }])
    Object.defineProperty(query, name, { value, enumerable: true })
  }
  return query
}

/** Given input by its schema, or `invalid` with one fault a field. Unknown fields are faults too. */
export function readInput<Schema extends z.ZodObject>(
  schema: Schema,
  input: Record<string, unknown>,
): z.output<Schema> {
  // JSON.parse makes it a field of its own, which zod does not see.
  if (Object.hasOwn(input, '__proto__'))
    refuse('invalid', 'invalid', [{ path: '__proto__', key: 'fault.unknown_field' }])
  const parsed = schema.safeParse(input, { reportInput: true })
  if (!parsed.success) refuse('invalid', 'invalid', parsed.error.issues.flatMap(faultsOf))
  const unusable = findUnusable(input, [])
  if (unusable) refuse('invalid', 'invalid', [{ path: unusable.join('.'), key: 'fault.wrong' }])
  return parsed.data
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), key: 'fault.unknown_field' }))
  if (/^[a-z_]+(\.[a-z_]+)+$/.test(issue.message)) return [{ path, key: issue.message }]
  if (issue.input === undefined) return [{ path, key: 'fault.required' }]
  if (issue.code === 'too_small' && issue.origin === 'string') return [{ path, key: 'fault.required' }]
  if (issue.code === 'too_big' && issue.origin === 'string') return [{ path, key: 'fault.too_long' }]
  return [{ path, key: 'fault.wrong' }]
}

/** PostgreSQL keeps neither NUL nor half a character pair. Runs after the schema, which knows how deep the input may be. */
function findUnusable(value: unknown, path: string[]): string[] | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null
  if (typeof value !== 'object' || value === null) return null
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(Object(inner) as object, '__proto__')) return [...path, name, '__proto__']
    const found = findUnusable(inner, [...path, name])
    if (found) return found
  }
  return null
}
