import type { App } from '../../platform/app.ts'

type Settings = App['settings']

/** The token begins with the bot's own number (https://core.telegram.org/bots/api, "Authorizing your bot"). Null without a token. */
export const botId = ({ PANDU_TELEGRAM_TOKEN }: Settings): string | null =>
  PANDU_TELEGRAM_TOKEN?.split(':', 1)[0] ?? null

/** Documented for setWebhook. */
const PORTS = ['', '80', '88', '8443']

/**
 * Where Telegram is to bring what comes; null where Pandu fetches it. By `PANDU_TELEGRAM_MODE`, else a webhook wherever one can work: with a
 * secret, and at an address that is reached from outside by https on a port that Telegram knows.
 */
export function webhookAddress(settings: Settings): string | null {
  const { PANDU_TELEGRAM_MODE: mode, PANDU_TELEGRAM_SECRET: secret, PANDU_ORIGIN } = settings
  if (mode === 'polling' || !secret) return null
  const { protocol, port, hostname } = new URL(PANDU_ORIGIN)
  const reachable = protocol === 'https:' && PORTS.includes(port) && !/^(localhost|127\..*|\[::1\])$/.test(hostname)
  return reachable || mode === 'webhook' ? `${PANDU_ORIGIN}${WEBHOOK_PATH}` : null
}

export const WEBHOOK_PATH = '/channels/telegram'

/** Nothing else is asked for: what people write to the bot, what they change of it, and our buttons. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query'] as const

/** Why Pandu fetches instead of being brought what comes; null where a webhook can stand. */
export function whyFetching(settings: Settings): 'chosen' | 'no_secret' | 'origin' | null {
  if (webhookAddress(settings) !== null) return null
  if (settings.PANDU_TELEGRAM_MODE === 'polling') return 'chosen'
  return settings.PANDU_TELEGRAM_SECRET ? 'origin' : 'no_secret'
}
