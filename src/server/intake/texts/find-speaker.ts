import type { HeardText, Speaker, TextChannel } from '../../channels/index.ts'
import { normaliseAddress } from '../../people/index.ts'

/** As contact points have it: one number speaks by SMS and by WhatsApp. */
export const contactChannel = (channel: TextChannel): 'phone' | 'telegram' =>
  channel === 'telegram' ? 'telegram' : 'phone'

/** Fewer digits are a short code, by which no person can be reached. */
const DIGITS_MIN = 8

/**
 * The number or chat from which a text came, as it is compared: '0812…', '62812…' and '+62 812-…' are one. Null for what cannot be answered: a name in
 * letters ("TELKOMSEL"), a short code, nothing.
 */
export function findSpeaker(channel: TextChannel, { from }: Pick<HeardText, 'from'>): Speaker | null {
  if (channel === 'telegram') {
    const chat = normaliseAddress('telegram', from.trim())
    return chat && { channel, address: chat.normalised }
  }
  // A name may hold digits ("3Indonesia88"); what people write around a number stands in no gateway's field. On WhatsApp nobody has a name for a
  // number, but an id of letters where they show none.
  if (channel === 'sms' && (/\p{L}/u.test(from) || from.replace(/\D/g, '').length < DIGITS_MIN)) return null
  const number = normaliseAddress('phone', from)
  return number && { channel, address: number.normalised }
}
