import type { TextAttempt } from '../texts/adapter.ts'
import type { ApiAnswer } from './call-api.ts'

type Refusal = Exclude<TextAttempt, { state: 'accepted' }>

/**
 * Meta's codes that are not about this recipient or this text (page "Error codes", v25.0), and how long to wait before anything else is
 * tried. Whatever stands in neither list is about the recipient or the text and never gets better by itself.
 */
const AWAY: ReadonlyMap<number, number> = new Map([
  // The access token, or what it may do: until an administrator does something.
  ...[0, 3, 10, 190, 131005].map((code) => [code, 5 * 60_000] as const),
  // The account: locked, restricted, unpaid, its name not approved, its number not registered.
  ...[368, 131031, 131037, 131042, 131045, 133010].map((code) => [code, 30 * 60_000] as const),
  // Too much of everything we send.
  ...[4, 80007, 131048].map((code) => [code, 60_000] as const),
  [130429, 5_000],
  // Away for maintenance.
  ...[131016, 131057, 133004].map((code) => [code, 60_000] as const),
])
const LATER: ReadonlyMap<number, number> = new Map([
  // One text in six seconds to one number.
  [131056, 10_000],
  // "Something went wrong", also for reasons that pass.
  ...[1, 2, 131000].map((code) => [code, 30_000] as const),
])

/** What to make of an answer that was no good one. */
export function refusalOf(answer: Extract<ApiAnswer, { good: false }>): Refusal {
  const { code, status, said: error } = answer
  if (code === null)
    // Nobody of Meta's said this: something in between, which may have handed it on before it gave up.
    return status >= 500 ? { state: 'unknown', error } : { state: 'later', error, away: true, after_ms: 60_000 }
  // 200 to 299: a right that the token has not got.
  const away = AWAY.get(code >= 200 && code <= 299 ? 10 : code)
  if (away !== undefined) return { state: 'later', error, away: true, after_ms: away }
  const later = LATER.get(code) ?? (status === 429 || status >= 500 ? 30_000 : undefined)
  return later === undefined ? { state: 'refused', error } : { state: 'later', error, away: false, after_ms: later }
}

/** WhatsApp's own words for: more than 24 hours since they wrote, only a template may go. */
export const WINDOW_CLOSED = 131047
