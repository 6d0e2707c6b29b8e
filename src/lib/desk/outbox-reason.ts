import { t } from '#lib/words.ts'

const KNOWN = [
  'origin_is_local',
  'limited',
  'restricted',
  'unanswered',
  'gateway_away',
  'gateway_not_open',
  'stopped',
  'blocked',
  'muted',
  'window_closed',
  'too_long',
  'empty',
  'bad_address',
] as const

/** Why something of the outbox has not arrived, as a sentence: our own codes in words, what the other side answered as it said it. */
export function reasonOf(last_error: string): string {
  const known = KNOWN.find((one) => one === last_error)
  return known ? t(`outbox.reason_${known}`) : last_error
}
