import { t } from '#lib/words.ts'
import { familiesOfCodes, ownCodes } from './outbox-codes.ts'

/** A text that was handed over and never answered: it may have gone, and somebody decides whether it goes again. */
export const isUndecided = ({ state, last_error }: { state: string; last_error: string | null }): boolean =>
  state === 'waiting' && last_error === 'undecided'

/**
 * Why something of the outbox has not arrived, or how a gateway is found, as a sentence: our own codes in words, those of the system and of
 * operators in words with the code behind them, everything else as the other side said it.
 */
export function reasonOf(last_error: string): string {
  const own = ownCodes.find((one) => one === last_error)
  if (own) return t(`outbox.reason_${own}`)
  const family = familiesOfCodes.find(([pattern]) => pattern.test(last_error))
  return family ? `${t(`outbox.reason_${family[1]}`)} (${last_error})` : last_error
}
