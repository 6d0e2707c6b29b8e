import { refuse } from '#server/platform/refusal.ts'
import type { PageServerLoad } from './$types'

/** Every address that no other route takes: the error page in the public layout, with a way back. */
export const load: PageServerLoad = () => refuse('not_found', 'page')
