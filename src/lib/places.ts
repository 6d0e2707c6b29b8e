/** A province with its regencies and cities, for one native list in which a name can be typed. */
export interface Place {
  code: string
  name: string
  regencies: { code: string; name: string }[]
}

/** Marks a list of places: it goes to the page as lines (src/hooks.ts). The same symbol in every bundle. */
const places: unique symbol = Symbol.for('pandu.places')
type Marked = readonly Place[] & { [places]: string }

/** Five hundred places as JavaScript objects are most of a ticket's page, and writing them so most of its making; as lines they are little. */
export const markPlaces = (list: Place[]): Place[] =>
  Object.defineProperty(list, places, {
    value: list
      .map((place) => [place, ...place.regencies].map(({ code, name }) => `${code} ${name}`).join('\n'))
      .join('\n'),
  })

/** The lines of a marked list; false for anything else. */
export const linesOf = (value: unknown): string | false =>
  Array.isArray(value) && places in value && (value as unknown as Marked)[places]

/** The list again: a code of two digits begins a province. */
export function placesIn(lines: string): Place[] {
  const list: Place[] = []
  for (const line of lines === '' ? [] : lines.split('\n')) {
    const space = line.indexOf(' ')
    const one = { code: line.slice(0, space), name: line.slice(space + 1) }
    if (one.code.length === 2) list.push({ ...one, regencies: [] })
    else list.at(-1)?.regencies.push(one)
  }
  return list
}
