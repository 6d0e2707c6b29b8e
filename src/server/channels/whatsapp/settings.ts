import type { Settings } from '../../../settings.ts'

export interface WhatsappSettings {
  number_id: string
  /** +62…, shown to people. */
  number: string
  token: string
  secret: string
  verify: string
  /** Without a slash at its end: https://graph.facebook.com/v25.0 */
  api: string
}

/** What WhatsApp needs; null where this installation has none. The settings are all there or none (src/settings.ts). */
export function whatsappSettings(settings: Settings): WhatsappSettings | null {
  const {
    PANDU_WHATSAPP_NUMBER_ID: number_id,
    PANDU_WHATSAPP_NUMBER: number,
    PANDU_WHATSAPP_TOKEN: token,
    PANDU_WHATSAPP_SECRET: secret,
    PANDU_WHATSAPP_VERIFY: verify,
    PANDU_WHATSAPP_API: api,
  } = settings
  if (!number_id || !number || !token || !secret || !verify) return null
  return { number_id, number, token, secret, verify, api }
}
