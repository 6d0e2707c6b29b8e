import type { App } from '../../platform/app.ts'
import { readMarkers, type Mail } from '../../channels/index.ts'
import type { Clue } from './clue.ts'

/** Third: the signed marker that every mail of ours carries in its text, quoted by whoever answers it. */
export const byBodyMarker = (app: Pick<App, 'secrets' | 'settings'>, { text, quoted_text }: Mail): Clue[] =>
  readMarkers(app.secrets, app.settings.PANDU_REPLY_DOMAIN, `${quoted_text ?? ''}\n${text}`).map((reply) => ({
    by: 'body',
    ...reply,
  }))
