import { z } from 'zod'
import type { Language } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { cleanName, foldName, normaliseAddress, type AddressChannel } from '../people/index.ts'

/** Channels of duty contacts: a telephone number is one address, whatever reaches it. */
export const dutyChannels = ['email', 'sms', 'whatsapp', 'phone'] as const
export type DutyChannel = (typeof dutyChannels)[number]
export const addressOf = (channel: DutyChannel): AddressChannel => (channel === 'email' ? 'email' : 'phone')

export const ContactName = z
  .string()
  .max(1000)
  .transform(cleanName)
  .pipe(z.string().min(1, 'fault.required').max(200, 'fault.too_long'))

/** Somebody by name and address, as the database's function named_at_address takes them; null for what is no address. */
export function namedAtAddress(given: {
  name: string
  channel: AddressChannel
  address: string
  language: Language
}): string | null {
  const point = normaliseAddress(given.channel, given.address)
  if (!point) return null
  const folded_name = foldName(given.name) || given.name.toLowerCase()
  return JSON.stringify({ ...given, ...point, folded_name, person_id: newId(), contact_point_id: newId() })
}

/** What the functions that add somebody answer; null: whoever acts does not lead that desk. */
export interface AddedToDesk {
  outcome: 'added' | 'known' | 'too_many'
  person_id: string
  is_new: boolean
}
