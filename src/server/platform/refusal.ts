/** What we expect to go wrong, as a closed list. Each kind has exactly one HTTP status (architecture: The web's edge). */
export type RefusalKind =
  'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_large' | 'too_many' | 'unavailable'

export const statusOf: Record<RefusalKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
}

/** One fault of one field: `path` names the field, `key` the sentence in the message files. */
export interface Fault {
  path: string
  key: string
}

/**
 * An expected failure. `key` names the sentence `refusal.<key>` in the message files; `faults` name single fields.
 * Anything thrown that is not a Refusal is a bug and is shown to nobody.
 */
export class Refusal extends Error {
  readonly kind: RefusalKind
  readonly key: string
  readonly faults: readonly Fault[]
  constructor(kind: RefusalKind, key: string, faults: readonly Fault[] = []) {
    super(`${kind}: ${key}`)
    this.name = 'Refusal'
    this.kind = kind
    this.key = key
    this.faults = faults
  }
}

export function refuse(kind: RefusalKind, key: string, faults: readonly Fault[] = []): never {
  throw new Refusal(kind, key, faults)
}
