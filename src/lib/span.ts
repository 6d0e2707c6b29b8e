import type { Key } from '#messages/format.ts'

/** A length of time as people say it: the key of a sentence and its number. Whole days from two days on. */
export function spanOf(milliseconds: number): { key: Key; n: number } {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000)
  if (minutes < 1) return { key: 'span.now', n: 0 }
  if (minutes < 60) return { key: 'span.minutes', n: minutes }
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? { key: 'span.hours', n: hours } : { key: 'span.days', n: Math.floor(hours / 24) }
}
