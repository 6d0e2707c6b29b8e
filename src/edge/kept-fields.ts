/**
 * A refused form, carried through signing in once more. Passwords, codes and files stay behind; the token was signed for another page.
 */
type Kept = [name: string, value: string]

const FIELDS_MAX = 200
const isLeft = (name: string) => /password|^current$|^code$|^form_token$|^again$|^kept$/.test(name)

/** As one hidden field. */
export function keptText(form: FormData): string {
  const fields = [...form].filter((pair): pair is Kept => typeof pair[1] === 'string' && !isLeft(pair[0]))
  // A button without fields is a form too.
  return JSON.stringify(fields.slice(0, FIELDS_MAX))
}

/** The fields again; none from a text that is not ours. */
export function keptFields(text: string): Kept[] {
  try {
    const fields: unknown = JSON.parse(text)
    return Array.isArray(fields) ? fields.filter(isKept).slice(0, FIELDS_MAX) : []
  } catch {
    return []
  }
}

const isKept = (pair: unknown): pair is Kept =>
  Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string') && !isLeft(String(pair[0]))
