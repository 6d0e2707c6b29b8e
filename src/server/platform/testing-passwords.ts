/**
 * For tests only. A password costs 200 ms of a core on purpose, and unit tests hash some five hundred. So `scrypt` itself is cheaper in their
 * processes, for passwords and codes alone; the product has no switch for it. `passwordsAtFullCost` is for whoever tests the cost.
 */
import crypto, { type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { onTestFinished } from 'vitest'

/** What sign-in-library.ts and the library behind it ask for. */
const FULL = { N: 2 ** 14, r: 16 }
const CHEAP = { N: 2 ** 8, r: 16 }
const real = Symbol.for('pandu.real_scrypt')
type Scrypt = (...given: [crypto.BinaryLike, crypto.BinaryLike, number, ScryptOptions, Answer]) => void
type Answer = (error: Error | null, key: Buffer) => void

// Evaluated for each test file, in a process that many share: only the first finds the real one.
const kept = globalThis as typeof globalThis & { [real]?: Scrypt }
const full = (kept[real] ??= crypto.scrypt as Scrypt)
const cheap: Scrypt = (password, salt, length, options, answer) =>
  full(password, salt, length, isPassword(options) ? { ...options, ...CHEAP } : options, answer)
const isPassword = ({ N, r }: ScryptOptions) => N === FULL.N && r === FULL.r

function put(scrypt: Scrypt): void {
  Object.assign(crypto, { scrypt })
  syncBuiltinESMExports()
}

/** Until the end of this test; what was hashed before it fits no password within it. */
export function passwordsAtFullCost(): void {
  put(full)
  onTestFinished(() => put(cheap))
}

put(cheap)
