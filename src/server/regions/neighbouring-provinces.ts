/**
 * Which provinces are neighbours: they share a border on land, or face each other across one strait (Sunda, Bali, Lombok, Sape, Bangka,
 * the waters between Riau and its islands, the Moluccas). Administrative map of the 38 provinces since 2022; codes are Kemendagri's.
 * Each pair stands once, the lower code first.
 */
const pairs: Readonly<Record<string, readonly string[]>> = {
  11: ['12'],
  12: ['13', '14'],
  13: ['14', '15', '17'],
  14: ['15', '21'],
  15: ['16', '17'],
  16: ['17', '18', '19'],
  17: ['18'],
  18: ['36'],
  31: ['32', '36'],
  32: ['33', '36'],
  33: ['34', '35'],
  35: ['51'],
  51: ['52'],
  52: ['53'],
  61: ['62', '64'],
  62: ['63', '64'],
  63: ['64'],
  64: ['65'],
  71: ['75'],
  72: ['73', '74', '75', '76'],
  73: ['74', '76'],
  81: ['82'],
  91: ['94', '95'],
  92: ['94', '96'],
  93: ['94', '95'],
  94: ['95'],
}

const neighbours = new Map<string, Set<string>>()
for (const [low, others] of Object.entries(pairs))
  for (const high of others)
    for (const [one, other] of [
      [low, high],
      [high, low],
    ] as const)
      neighbours.set(one, (neighbours.get(one) ?? new Set()).add(other))

/** The province of a regency (`33.74` → `33`); a province is its own. */
export const provinceOf = (region_code: string): string => region_code.slice(0, 2)

/** The neighbours of a province, in the order of their codes. */
export const neighboursOf = (province: string): string[] => [...(neighbours.get(province) ?? [])].sort()

/** Whether two provinces are neighbours. No province is its own neighbour. */
export const areNeighbours = (one: string, other: string): boolean => neighbours.get(one)?.has(other) ?? false
