import type { App } from '../../platform/app.ts'
import type { KeptFile } from '../queue-messages.ts'
import type { Media } from './adapter.ts'

/**
 * Thrown by a fetcher for what nobody will ever be able to fetch: it is gone, or too large. The text is settled without it, and says so.
 * Anything else that a fetcher throws means later: the text waits, and is settled without its files when they have not come for a while.
 */
export class MediaGone extends Error {
  readonly reason: 'gone' | 'too_large'
  constructor(reason: 'gone' | 'too_large') {
    super(reason)
    this.reason = reason
  }
}

/**
 * Fetches one photo or file of a text and keeps it (`app.files.keep`), so that a row may name it. It stops at `signal`. Called once the item
 * is safe in the ledger and before it is settled; perhaps several times for the same file.
 * @param greeting of the item: which gateway or bot of ours it came by
 */
export type FetchMedia = (
  app: App,
  media: Media,
  given: { greeting: string; signal: AbortSignal },
) => Promise<Pick<KeptFile, 'type' | 'size' | 'sha256'>>
