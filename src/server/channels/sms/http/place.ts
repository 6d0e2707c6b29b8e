/** What stands at `data.0.id` in an answer or a request; undefined where nothing does. */
export function valueAt(value: unknown, place: string): unknown {
  return place.split('.').reduce<unknown>((inner, name) => {
    if (inner === null || typeof inner !== 'object' || !Object.hasOwn(inner, name)) return undefined
    return (inner as Record<string, unknown>)[name]
  }, value)
}

/** As a word; null for nothing, and for what is no single word. */
export function wordAt(value: unknown, place: string | undefined): string | null {
  if (place === undefined) return null
  const found = valueAt(value, place)
  if (typeof found === 'string') return found
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : null
}

/** The JSON that a text is; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
