import { Refusal } from '#server/platform/refusal.ts'

/**
 * One page of a list. A mark that leads nowhere (an old bookmark, a link that was cut on its way) leads to the first page, which says so
 * (`restarted`): nobody who follows a link to a list should stand before an error.
 */
export async function fromTheStart<Page>(
  cursor: string | undefined,
  list: (cursor: string | undefined) => Promise<Page>,
): Promise<Page & { restarted: boolean }> {
  try {
    return { ...(await list(cursor || undefined)), restarted: false }
  } catch (thrown) {
    if (!cursor || !(thrown instanceof Refusal) || thrown.key !== 'cursor') throw thrown
    return { ...(await list(undefined)), restarted: true }
  }
}
