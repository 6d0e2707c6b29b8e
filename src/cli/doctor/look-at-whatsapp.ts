import type { Call } from '../verb.ts'
import { askNumber, whatsappSettings } from '../../server/channels/index.ts'
import { fine, isLoopbackHost, wrong, type Finding } from './finding.ts'

const REMEDIES = {
  token: 'make a new access token that does not expire for the system user, and set PANDU_WHATSAPP_TOKEN',
  number_id: 'check PANDU_WHATSAPP_NUMBER_ID, and whether the WhatsApp account was given to the system user',
  unreachable: 'check whether this machine may connect to the address in PANDU_WHATSAPP_API',
  refused: 'look the code up in Meta’s list of errors, and at the account in WhatsApp Manager',
} as const

/** The number of the settings, as the API knows it, and whether Meta can reach us. Sends nothing. */
export async function lookAtWhatsapp({ settings }: Call): Promise<Finding[]> {
  if (!whatsappSettings(settings)) return []
  const tried = await askNumber({ settings })
  const origin = new URL(settings.PANDU_ORIGIN)
  return [
    tried.fault === null
      ? fine('whatsapp', `answers for ${tried.number}, "${tried.name}", quality ${tried.quality || 'unknown'}`)
      : wrong('whatsapp', `does not let us in: ${tried.said}`, REMEDIES[tried.fault]),
    origin.protocol === 'https:' && !isLoopbackHost(origin.hostname)
      ? fine('whatsapp in', `is brought to ${settings.PANDU_ORIGIN}/channels/whatsapp`)
      : wrong(
          'whatsapp in',
          `cannot be brought to ${settings.PANDU_ORIGIN}: Meta reaches only https at a public name`,
          'set PANDU_ORIGIN to the public address',
        ),
  ]
}
