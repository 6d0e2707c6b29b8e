import { refuse } from '#server/platform/refusal.ts'
import { isQuarter, type Quarter } from '#server/referrals/index.ts'

/** The quarter that an address names (`?quarter=2026-Q3`); undefined for the newest. What is none has no figures. */
export function quarterOf(url: URL): Quarter | undefined {
  const asked = url.searchParams.get('quarter')
  if (asked === null || asked === '') return undefined
  return isQuarter(asked) ? asked : refuse('not_found', 'figures.quarter')
}
