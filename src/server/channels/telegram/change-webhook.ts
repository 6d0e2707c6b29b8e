import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { read, write, type Actor } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { mustAdminister, mustAdministerAfresh } from '../../people/index.ts'
import { askMe, askWebhookInfo, deleteWebhook, setWebhook, TelegramRefused } from './ask-bot.ts'
import { botId, webhookAddress } from './bot.ts'
import { TelegramAway } from './call-telegram.ts'
import type { WebhookInfo } from './telegram-place.ts'

/** What Telegram said just now. */
export type AskedTelegram =
  | { fault: null; username: string | null; can_join_groups: boolean; webhook: WebhookInfo }
  /** A code of the network, or Telegram's own words; never the token. */
  | { fault: string }

/**
 * Asks Telegram who our bot is and where it brings what comes. Administrators only; refuses not_found without a token.
 */
export async function askTelegram(app: App, actor: Actor): Promise<AskedTelegram> {
  mustAdminister(actor)
  if (botId(app.settings) === null) refuse('not_found', 'page')
  return lookAtBot(app)
}

/**
 * Lets Telegram bring what comes to our own address, with our secret; what waits comes too. Administrators who signed in recently: whoever
 * changes this decides where people's words go. Refuses not_found without a token, conflict `telegram_fetches` where the settings say that we
 * fetch. Records `telegram.webhook_set`.
 */
export async function setTelegramWebhook(app: App, actor: Actor): Promise<AskedTelegram> {
  const bot_id = await mustHaveBot(app, actor)
  const url = webhookAddress(app.settings) ?? refuse('conflict', 'telegram_fetches')
  return change(
    app,
    () => setWebhook(app, url),
    () => remember(app, actor, { bot_id, url }),
  )
}

/**
 * Takes any webhook of our bot away, also one that another program set: from then on we fetch, and nothing that waits is lost. As
 * {@link setTelegramWebhook}. Records `telegram.webhook_removed`.
 */
export async function removeTelegramWebhook(app: App, actor: Actor): Promise<AskedTelegram> {
  const bot_id = await mustHaveBot(app, actor)
  return change(
    app,
    () => deleteWebhook(app),
    () => remember(app, actor, { bot_id, url: '' }),
  )
}

async function mustHaveBot(app: App, actor: Actor): Promise<string> {
  await read(app, actor, (ctx) => Promise.resolve(mustAdministerAfresh(ctx)))
  return botId(app.settings) ?? refuse('not_found', 'page')
}

/** Telegram first: what it refused did not happen, and what we could not write down is seen when it is asked again. */
async function change(app: App, ask: () => Promise<unknown>, then: () => Promise<void>): Promise<AskedTelegram> {
  try {
    await ask()
  } catch (error) {
    return faultOf(error)
  }
  await then()
  return lookAtBot(app)
}

/** Who our bot is and where Telegram brings what comes, for whoever may ask already. Needs a token. */
export async function lookAtBot(app: Pick<App, 'settings'>): Promise<AskedTelegram> {
  try {
    const [me, webhook] = await Promise.all([askMe(app), askWebhookInfo(app)])
    return { fault: null, ...me, webhook }
  } catch (error) {
    return faultOf(error)
  }
}

function faultOf(error: unknown): { fault: string } {
  if (error instanceof TelegramAway) return { fault: error.code }
  if (error instanceof TelegramRefused) return { fault: `${error.code} ${error.description}`.trim() }
  throw error
}

/** With what is known now, so that the page need not wait for the next look. */
const remember = (app: App, actor: Actor, { bot_id, url }: { bot_id: string; url: string }): Promise<void> =>
  write(app, actor, async (ctx) => {
    await sql`insert into telegram_bots as b (bot_id, webhook_wanted, webhook_url, state, checked_at)
      values (${bot_id}::bigint, ${url !== ''}::boolean, ${url}, 'open', ${ctx.now}::timestamptz)
      on conflict (bot_id) do update set webhook_wanted = excluded.webhook_wanted, webhook_url = excluded.webhook_url, state = excluded.state,
        state_since = case when b.state = excluded.state then b.state_since else excluded.checked_at end, checked_at = excluded.checked_at,
        last_error = null, webhook_error = null, webhook_error_at = null`.execute(ctx.tx)
    await record(ctx, url === '' ? 'telegram.webhook_removed' : 'telegram.webhook_set')
  })
