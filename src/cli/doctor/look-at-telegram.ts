import type { Call } from '../verb.ts'
import { lookAtBot, webhookAddress, whyFetching } from '../../server/channels/index.ts'
import { fine, wrong, type Finding } from './finding.ts'

/** Our bot, as Telegram knows it, and by which way what people write comes here. Sends nothing and changes nothing. */
export async function lookAtTelegram({ settings }: Call): Promise<Finding[]> {
  if (!settings.PANDU_TELEGRAM_TOKEN) return []
  const asked = await lookAtBot({ settings })
  if (asked.fault !== null)
    return [
      wrong(
        'telegram',
        `does not answer: ${asked.fault}`,
        /^(401|404) /.test(asked.fault)
          ? 'copy the token again from @BotFather (/token) into PANDU_TELEGRAM_TOKEN'
          : 'check whether this machine may connect to the address in PANDU_TELEGRAM_API',
      ),
    ]
  const ours = webhookAddress(settings)
  const { url, pending, error } = asked.webhook
  const waiting = pending > 0 ? `, ${pending} waiting` : ''
  return [
    fine('telegram', `answers for @${asked.username ?? 'a bot without a name'}`),
    url !== '' && url !== ours
      ? wrong(
          'telegram in',
          `is brought to another address, ${url}`,
          'press "Pasang webhook" or "Lepas webhook" under Pengaturan → Saluran, or make another bot for Pandu',
        )
      : url === ''
        ? fine('telegram in', `is fetched (${whyFetching(settings) ?? 'no webhook is set yet'})${waiting}`)
        : pending > 0 && error !== null
          ? wrong('telegram in', `cannot be brought to ${url}: ${error}${waiting}`, 'check that address from outside')
          : fine('telegram in', `is brought to ${url}${waiting}`),
  ]
}
