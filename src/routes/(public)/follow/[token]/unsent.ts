import type { FollowValues } from './+page.server.ts'

/** What the page shows of its forms. */
interface Shown {
  state: string
  may: { reject: boolean; rate: boolean }
  resolution: unknown
  rating: unknown
  closure: { reason: string } | null
}

/**
 * The texts of a refused form for which the page has no box any more, because the request went on meanwhile (another tab, the automatic
 * closing): they are shown all the same, so that no text is lost.
 */
export function unsentTexts(
  values: Partial<FollowValues>,
  { state, may, resolution, rating, closure }: Shown,
): string[] {
  const hasBox = {
    answer: state !== 'resolved',
    not_solved: Boolean(resolution) && may.reject,
    words: closure?.reason === 'solved' && may.rate && !rating,
  }
  return (['answer', 'not_solved', 'words'] as const)
    .filter((name) => !hasBox[name])
    .map((name) => values[name] ?? '')
    .filter((text) => text !== '')
}
