import type { App } from '../../platform/app.ts'
import type { ClaimedItem } from '../claim-items.ts'
import type { KeptFile } from '../queue-messages.ts'
import { fetchTelegramFile } from '../telegram/fetch-file.ts'
import { fetchWhatsappMedia } from '../whatsapp/fetch-media.ts'
import type { GatewayKind, Media } from './adapter.ts'
import { MediaGone, type FetchMedia } from './media-gone.ts'

export { MediaGone, type FetchMedia }

/** Each kind of gateway that has files with what fetches them. */
const fetchers: Partial<Record<GatewayKind, FetchMedia>> = { telegram: fetchTelegramFile, whatsapp: fetchWhatsappMedia }

/** How long one file may take. */
const FETCH_MS = 20_000

/**
 * One file of a text, kept on disk, with the name that its sender gave it or else null.
 * @throws MediaGone where it can never be had, or its gateway has no files
 */
export async function fetchMedia(
  app: App,
  item: Pick<ClaimedItem, 'greeting'>,
  media: Media,
): Promise<Omit<KeptFile, 'name'> & { name: string | null }> {
  const greeting = item.greeting ?? ''
  const fetcher = fetchers[greeting.split(':', 1)[0] as GatewayKind]
  if (!fetcher) throw new MediaGone('gone')
  const kept = await fetcher(app, media, { greeting, signal: AbortSignal.timeout(FETCH_MS) })
  return { ...kept, name: media.name }
}
