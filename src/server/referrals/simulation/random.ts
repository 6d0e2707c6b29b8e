/** Numbers that look random and are the same again for the same seed, so that a simulation and a failing test can be run again. */
import { createHash } from 'node:crypto'

export interface Random {
  /** From 0 up to but not 1. */
  next(): number
  /** A whole number from 0 up to but not `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** One of the keys, as likely as its weight says; weights need not add up to 1. */
  pickWeighted(weights: Readonly<Record<string, number>>): string
  /** Exponentially distributed with this mean: the time between things that come by chance. */
  exponential(mean: number): number
  /** Log-normal with this median; `spread` is the standard deviation of the logarithm. How long people take for things. */
  around(median: number, spread: number): number
  shuffle<T>(from: readonly T[]): T[]
}

/** mulberry32: small, quick and well spread; nothing here is a secret. */
export function startRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE()
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (from) => {
      if (from.length === 0) throw new Error('there is nothing to pick from')
      return from[below(from.length)]!
    },
    pickWeighted(weights) {
      const entries = Object.entries(weights)
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [key, weight] of entries) if ((left -= weight) < 0) return key
      const last = entries.at(-1)
      if (!last) throw new Error('there is nothing to pick from')
      return last[0]
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
    around: (median, spread) =>
      median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    shuffle(from) {
      const mixed = [...from]
      for (let last = mixed.length - 1; last > 0; last--) {
        const other = below(last + 1)
        ;[mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!]
      }
      return mixed
    },
  }
}
