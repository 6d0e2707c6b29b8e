/** What a decision is made by, beside its rules. Every decision keeps the version it was made with; a changed number is a new version. */
export interface Policy {
  version: string
  /** Over how many days offers are counted and shared. */
  window_days: number
  /** As how many kept promises a provider begins: until it was asked so often, its record weighs little. */
  starting_allowance: number
  /** How long an offer waits for its answer, in working minutes of whoever was asked. */
  offer_minutes: number
  offer_minutes_urgent: number
  /** After so many offers, or so many of the secretariat's working minutes without acceptance, the secretariat sees the referral too. */
  offers_until_shown: number
  minutes_until_shown: number
}

export const firstPolicy: Policy = {
  version: '1',
  window_days: 90,
  starting_allowance: 10,
  offer_minutes: 120,
  offer_minutes_urgent: 60,
  offers_until_shown: 3,
  // A working day of the usual office hours.
  minutes_until_shown: 420,
}
