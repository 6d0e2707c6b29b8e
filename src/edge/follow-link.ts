import type { App } from '#server/platform/app.ts'
import { through } from '#server/platform/context.ts'
import { openFollowLink, type LinkHolder } from '#server/tickets/index.ts'
import { refuse } from '#server/platform/refusal.ts'

/**
 * Who holds this secret link. A forged, unknown and ended link get the same answer (trust: enumeration): 404 with the page that
 * offers to send the link again.
 */
export async function holderOf(app: App, token: string): Promise<LinkHolder> {
  // 160 bits in base32 (platform/secrets.ts); anything else is not worth a question to the database.
  const actor = /^[a-z2-7]{32}$/.test(token)
    ? // One statement without a transaction around it: this is asked with every view of the page.
      await openFollowLink({ db: through(app, 'link') }, token)
    : null
  return actor ?? refuse('not_found', 'link')
}
