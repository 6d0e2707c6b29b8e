import { updated } from '$app/state'
import type { HandleClientError } from '@sveltejs/kit/hooks'

/**
 * Said in the console, where people and tests look for it. An open page from before an upgrade cannot read what the new server answers when it
 * reads again (hooks.ts): it comes anew, instead of saying that something failed.
 */
export const handleError: HandleClientError = async ({ error }) => {
  console.error(error)
  if (await updated.check()) location.reload()
}
