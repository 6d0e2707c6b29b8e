import type { App } from '../../platform/app.ts'
import { say, type Language } from '../../platform/words.ts'
import { callTelegram } from './call-telegram.ts'

/** What stands in the menu beside the field where one writes; each is a word of SMS too (read-command.ts). */
const COMMANDS = ['status', 'baru', 'selesai', 'belum', 'bantuan', 'berhenti', 'mulai'] as const

/** Puts our commands into the bot's menu, in Indonesian, and in English for whoever uses Telegram in English. A no harms nothing. */
export async function nameCommands(app: Pick<App, 'settings'>): Promise<void> {
  const named = (language: Language) =>
    COMMANDS.map((command) => ({ command, description: say(language, `telegram.command_${command}`) }))
  await callTelegram(app, 'setMyCommands', { commands: named('id') })
  await callTelegram(app, 'setMyCommands', { commands: named('en'), language_code: 'en' })
}
