import type { ClaimedItem } from '../claim-items.ts'
import { readHttp } from '../sms/http/read.ts'
import { readGammu } from '../sms/gammu/read.ts'
import { readKannel } from '../sms/kannel/read.ts'
import { readSmpp } from '../sms/smpp/read.ts'
import { readTelegram } from '../telegram/read.ts'
import { readWhatsapp } from '../whatsapp/read.ts'
import { UnreadableText, type GatewayKind, type Heard, type Read } from './adapter.ts'

/** Each kind of gateway with what reads its items. */
const readers: Partial<Record<GatewayKind, Read>> = {
  http: readHttp,
  gammu: readGammu,
  kannel: readKannel,
  smpp: readSmpp,
  telegram: readTelegram,
  whatsapp: readWhatsapp,
}

/**
 * What one item means, read by the adapter of the gateway that brought it.
 * @param raw the bytes as received
 * @throws UnreadableText where they make no sense, or nobody can read what this gateway brings
 */
export function readText(item: Pick<ClaimedItem, 'greeting' | 'received_at'>, raw: Buffer): Heard {
  const greeting = item.greeting ?? ''
  const read = readers[greeting.split(':', 1)[0] as GatewayKind]
  if (!read) throw new UnreadableText('unknown_gateway')
  return read({ raw, greeting, received_at: item.received_at })
}
