import { refuse } from '#server/platform/refusal.ts'

/** The object that a page's script sent; refuses `invalid` for anything else. */
export async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const given: unknown = await request.json().catch(() => null)
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...given } : refuse('invalid', 'form')
}
