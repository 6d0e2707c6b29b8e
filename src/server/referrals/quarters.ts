/** A quarter of a year as the figures name it: `2026-Q4`. It begins and ends by Jakarta's clock, the secretariat's. */
export type Quarter = `${number}-Q${1 | 2 | 3 | 4}`

export const isQuarter = (text: string): text is Quarter => /^20\d\d-Q[1-4]$/.test(text)

/** The moment at which it begins, and the one at which the next begins. */
export function boundsOf(quarter: Quarter): { from: Date; until: Date } {
  const [year, number] = [Number(quarter.slice(0, 4)), Number(quarter.at(-1))]
  return { from: jakarta(year, 3 * (number - 1)), until: jakarta(year, 3 * number) }
}

/** Months from 0; twelve is January of the next year. */
const jakarta = (year: number, month: number) => new Date(Date.UTC(year, month, 1) - 7 * 3_600_000)

export function quarterOf(moment: Date): Quarter {
  const there = new Date(moment.getTime() + 7 * 3_600_000)
  return `${there.getUTCFullYear()}-Q${(Math.floor(there.getUTCMonth() / 3) + 1) as 1 | 2 | 3 | 4}`
}

export const quarterBefore = (quarter: Quarter): Quarter => quarterOf(new Date(boundsOf(quarter).from.getTime() - 1))
