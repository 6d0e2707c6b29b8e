import { refuse } from '#server/platform/refusal.ts'

/**
 * The object that a page's script sent; refuses `invalid` for anything else, and for a `__proto__` of its own, which schemas do not see.
 * Other fields that nobody asked for are refused by the schemas, which are strict.
 */
export async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const given: unknown = await request.json().catch(() => null)
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.hasOwn(given, '__proto__'))
    refuse('invalid', 'form')
  return { ...given }
}
