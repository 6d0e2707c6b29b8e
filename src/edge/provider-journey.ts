/** The way to a provider and back, for the three pages of it: what a refusal looks like, and where somebody stands afterwards. */
import { redirect } from '@sveltejs/kit'
import { Refusal } from '#server/platform/refusal.ts'

const OWN_WAYS = '/desk/settings/own-account/other-ways'
export { OWN_WAYS }

/** The key of the sentence that says why somebody did not come in; bugs and redirects are thrown on. */
export function saidWhy(thrown: unknown): { why: string } {
  if (!(thrown instanceof Refusal)) throw thrown
  // Linking asks for a sign-in of a moment ago; it begins again where it was begun.
  if (thrown.key === 'sign_in_again') redirect(303, `/sign-in/again?next=${encodeURIComponent(OWN_WAYS)}`)
  return { why: thrown.kind === 'too_many' ? 'refusal.sign_in.too_many' : `refusal.${thrown.key}` }
}
