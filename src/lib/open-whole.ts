import { browser } from '$app/env'

/**
 * The load of an area without script (`csr = false`). On the server it hands on what was found there. A page with a script that comes here by
 * itself has no words for it (src/hooks.ts): the browser opens the address whole instead. Not by watching navigations, which are not told of
 * when one begins during another, or by a redirect.
 */
export async function openWhole<Data>({ data, url }: { data: Data; url: URL }): Promise<Data> {
  if (browser) {
    location.assign(url)
    // Nothing is drawn until the browser is there.
    await new Promise(() => undefined)
  }
  return data
}
