/** The part of the page about Telegram: what it shows, and its three buttons. */
import { fail } from '@sveltejs/kit'
import type { App } from '#server/platform/app.ts'
import type { Reading } from '#server/platform/context.ts'
import { Refusal } from '#server/platform/refusal.ts'
import { randomToken } from '#server/platform/secrets.ts'
import {
  askTelegram,
  listTelegramGaps,
  removeTelegramWebhook,
  seeTelegram,
  setTelegramWebhook,
  webhookAddress,
  whyFetching,
  type AskedTelegram,
} from '#server/channels/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

export async function seeTelegramPart(ctx: Reading) {
  const { settings } = ctx.app
  return {
    is_set_up: settings.PANDU_TELEGRAM_TOKEN !== undefined,
    address: webhookAddress(settings),
    why_fetching: whyFetching(settings),
    // A new one each time; it counts only once it stands in the settings.
    suggested_secret: settings.PANDU_TELEGRAM_SECRET ? null : randomToken() + randomToken(),
    state: await seeTelegram(ctx),
    gaps: await listTelegramGaps(ctx),
  }
}

type Work = (app: App, actor: ReturnType<typeof deskActor>) => Promise<AskedTelegram>

const action =
  (work: Work) =>
  async ({ locals }: { locals: App.Locals }) => {
    try {
      const told = await work(locals.app, deskActor(locals))
      return told.fault === null ? { telegram: told } : fail(422, { telegram: told })
    } catch (thrown) {
      if (thrown instanceof Refusal) locals.refused = thrown
      return refused(thrown, { form: 'telegram' })
    }
  }

export const telegramActions = {
  telegram_ask: action(askTelegram),
  telegram_set: action(setTelegramWebhook),
  telegram_remove: action(removeTelegramWebhook),
}
