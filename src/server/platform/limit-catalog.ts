import { sql } from 'kysely'
import type { Reading } from './context.ts'
import type { Limit } from './limits.ts'

interface Listed {
  /** As it came. */
  max: number
  /** 0: of one thing, not of a time. */
  window_seconds: number
  /** Between these an administrator may set it: below, ordinary use would be refused; above, it would hold nobody back. */
  least: number
  most: number
}

/** The limits that an administrator may set, each with what it came with. Whoever counts takes them from here ({@link limitOf}). */
export const limitCatalog = {
  /**
   * Requests by the form, of one address of the net. Two hundred people of one office share an address; a flood from one is still stopped.
   * By the client only: an address that is typed may be anybody's, so counting it would let a stranger lock its owner out.
   */
  ask_client: { max: 1_000, window_seconds: 3600, least: 20, most: 100_000 },
  /** Applications by the form, of one address of the net. An institution applies once; its neighbours in one office may, too. */
  apply_client: { max: 60, window_seconds: 3600, least: 5, most: 10_000 },
  /** Answers on one request's page. */
  answer: { max: 60, window_seconds: 3600, least: 10, most: 1_000 },
  /** Lost links asked for, by one address of the net. */
  link_again: { max: 300, window_seconds: 3600, least: 10, most: 10_000 },
  'sign_in.pair': { max: 10, window_seconds: 900, least: 3, most: 50 },
  'sign_in.address': { max: 100, window_seconds: 3600, least: 10, most: 1_000 },
  'sign_in.client': { max: 500, window_seconds: 900, least: 20, most: 10_000 },
  'reset.client': { max: 300, window_seconds: 3600, least: 10, most: 10_000 },
  /** Parts of one SMS that somebody writes, and at which an automatic one is cut; the price of a text is that of its parts. */
  'text.parts': { max: 4, window_seconds: 0, least: 1, most: 10 },
  /** Texts to one number or chat in 24 hours: stops two programs that answer each other, and what a mistake may cost. */
  'text.to_number': { max: 50, window_seconds: 86_400, least: 5, most: 1_000 },
  /**
   * Answers by SMS to numbers that have no request here, in 24 hours. Senders are easily forged and each answer is paid, to any number of the world; what they
   * write is kept all the same. Whoever has a request is not counted.
   */
  'text.strangers': { max: 5_000, window_seconds: 86_400, least: 20, most: 1_000_000 },
  /**
   * Codes of offers that are none, sent from one number of a provider. A sender can be forged, so a right code is done all the same until there are ten times as many; then
   * right ones rest until the hour is over. Of one provider altogether four times, and twenty times, as many.
   */
  'text.wrong_codes': { max: 5, window_seconds: 3600, least: 3, most: 50 },
  /**
   * Paid parts of SMS, and templates of WhatsApp, of the whole installation, in a day and in a month of Jakarta. What is least needed stops first
   * (channels/texts/paid-texts.ts).
   */
  'text.paid_day': { max: 20_000, window_seconds: 86_400, least: 50, most: 9_000_000 },
  'text.paid_month': { max: 200_000, window_seconds: 2_678_400, least: 500, most: 9_000_000 },
  /**
   * Tickets that missed calls of one line open: so many for callers whom nobody knows, and as many for those whom the house knows, so that the first, whose
   * numbers are easily forged, take no room from the others. What is beyond stands in the list of calls, and says so. On a bad day
   * hundreds may ring at once, so it is for the flood only.
   */
  'call.missed': { max: 200, window_seconds: 3600, least: 10, most: 10_000 },
  'link.guess': { max: 100, window_seconds: 900, least: 10, most: 1_000 },
} as const satisfies Record<string, Listed>

export type LimitName = keyof typeof limitCatalog
export const limitNames = Object.keys(limitCatalog) as LimitName[]

/** How much of a limit is allowed now: what an administrator set, else as it came. */
export async function limitInForce(ctx: Pick<Reading, 'db'>, name: LimitName): Promise<number> {
  const { rows } = await sql<{ most: number }>`select most from set_limits where name = ${name}::text`.execute(ctx.db)
  return rows[0]?.most ?? limitCatalog[name].max
}

/** Name, default and window of a listed limit, for one caller. */
export const limitOf = (name: LimitName, whom: string): Limit => {
  const { max, window_seconds } = limitCatalog[name]
  return { name, whom, max, window_seconds }
}
