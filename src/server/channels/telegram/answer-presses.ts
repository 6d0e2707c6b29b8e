import type { App } from '../../platform/app.ts'
import { callTelegram, TelegramAway } from './call-telegram.ts'
import type { TakenUpdate } from './take-updates.ts'

/**
 * Tells Telegram that presses of buttons have arrived, so that the buttons stop waiting, and takes the buttons away: each is pressed once.
 * After the commit, and best effort: a press counts whether Telegram hears of it or not.
 */
export async function answerPresses(app: App, taken: readonly TakenUpdate[]): Promise<void> {
  for (const { pressed, duplicate_of } of taken) {
    if (!pressed || duplicate_of !== null) continue
    try {
      await callTelegram(app, 'answerCallbackQuery', { callback_query_id: pressed.callback_query_id })
      if (pressed.chat_id !== null && pressed.message_id !== null)
        await callTelegram(app, 'editMessageReplyMarkup', { chat_id: pressed.chat_id, message_id: pressed.message_id })
    } catch (error) {
      if (!(error instanceof TelegramAway)) throw error
    }
  }
}
