import { sql, type RawBuilder } from 'kysely'

/** What stands where words were that somebody asked to forget. */
export const FORGOTTEN = '(dihapus)'

/** How a person is named in other people's words; each may be null where there is nothing to look for. */
export interface Naming {
  /** Whole names, addresses and numbers, in whatever case. */
  anyhow: string | null
  /** Single words of a name, only where they are written as a name: a capital first, or capitals only. Many names are words of the language. */
  as_name: string | null
}

/**
 * Regular expressions (PostgreSQL's) for everything that names a person. A telephone number is found as it is written (+62…, 62…, 0…, with
 * blanks, dots or dashes); a name also with other blanks between its words.
 */
export function namingOf({ names, addresses }: { names: readonly string[]; addresses: readonly string[] }): Naming {
  const whole = [
    ...names.filter((name) => name.length >= 3).map((name) => name.split(/\s+/).map(escaped).join('\\s+')),
    ...addresses.map((address) =>
      /^\+\d+$/.test(address) ? phonePattern(address) : /^\d+$/.test(address) ? `\\m${address}\\M` : escaped(address),
    ),
  ]
  const words = new Set(
    names.flatMap((name) => name.match(/\p{L}{3,}/gu) ?? []).filter((word) => /^\p{Lu}/u.test(word)),
  )
  return {
    anyhow: whole.length > 0 ? `(?:${whole.join('|')})` : null,
    as_name: words.size > 0 ? `\\m(?:${[...words].flatMap((word) => [word, word.toUpperCase()]).join('|')})\\M` : null,
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')

/** `+6281234567890`: country code or a zero, and separators between any two digits. */
function phonePattern(number: string): string {
  const rest = number.startsWith('+62') ? number.slice(3) : number.slice(1)
  const front = number.startsWith('+62') ? '(?:\\+?62|0)' : '\\+?'
  return `${front}[\\s().\\-]*${[...rest].join('[\\s().\\-]*')}`
}

/** The text of a column without the person; what is null stays null. */
export function withoutNaming(text: RawBuilder<unknown>, { anyhow, as_name }: Naming): RawBuilder<string> {
  const first = anyhow === null ? text : sql`regexp_replace(${text}, ${anyhow}::text, ${FORGOTTEN}, 'gi')`
  return as_name === null
    ? sql<string>`${first}`
    : sql<string>`regexp_replace(${first}, ${as_name}::text, ${FORGOTTEN}, 'g')`
}

/** Whether a column names the person. */
export function names(text: RawBuilder<unknown>, { anyhow, as_name }: Naming): RawBuilder<boolean> {
  const parts = [
    ...(anyhow === null ? [] : [sql`coalesce(${text} ~* ${anyhow}::text, false)`]),
    ...(as_name === null ? [] : [sql`coalesce(${text} ~ ${as_name}::text, false)`]),
  ]
  return parts.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(parts, sql` or `)})`
}
