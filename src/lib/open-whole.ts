import { browser } from '$app/env'
import { navigating } from '$app/state'

/**
 * The load of an area without script (`csr = false`). On the server it hands on what was found there. A page with a script that comes here by
 * itself has no words for it (src/hooks.ts): the browser opens the address whole instead. Not by `beforeNavigate`, which is not told of a
 * navigation that begins during another, or by a redirect. The area was read once for nothing then; a link that is used often says
 * `data-sveltekit-reload`.
 */
export async function openWhole<Data>({ data, url }: { data: Data; url: URL }): Promise<Data> {
  if (browser) {
    const to = navigating.to?.url
    // Somebody may have gone elsewhere meanwhile, and be at work there.
    if (to?.pathname === url.pathname && to.search === url.search) location.assign(to)
    // Nothing is drawn until the browser is there.
    await new Promise(() => undefined)
  }
  return data
}
