import { readNumber } from '../../tickets/index.ts'
import type { Mail } from '../../channels/index.ts'
import type { Clue } from './clue.ts'

/** `[#100057]`, `#100057`: with a check digit, so that another desk's numbers are mostly not taken for ours. */
const NUMBER = /#\s?(\d{2,11})(?!\d)/g
const NUMBERS_MAX = 5

/** Last: a number in the subject. Anybody can type one, so it is worth something only with a sender who takes part. */
export const bySubjectNumber = ({ subject }: Pick<Mail, 'subject'>): Clue[] =>
  [...new Set([...subject.matchAll(NUMBER)].map((match) => readNumber(match[1]!)))]
    .slice(0, NUMBERS_MAX)
    .flatMap((ticket_number) => (ticket_number === null ? [] : [{ by: 'subject', ticket_number }]))
