/** Telegram: a bot that people write to. Bot API 8.0 (docs/channels.md). */
export { answerPresses } from './answer-presses.ts'
export {
  askTelegram,
  lookAtBot,
  removeTelegramWebhook,
  setTelegramWebhook,
  type AskedTelegram,
} from './change-webhook.ts'
export { botId, webhookAddress, whyFetching } from './bot.ts'
export { takeUpdates } from './take-updates.ts'
export { watchTelegram, type TelegramWatch } from './watch-telegram.ts'
export {
  clearTelegramUpdates,
  listTelegramGaps,
  seeTelegram,
  type TelegramGap,
  type TelegramState,
} from './telegram-place.ts'
