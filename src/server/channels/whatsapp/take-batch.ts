import { createHash, createHmac } from 'node:crypto'
import type { App } from '../../platform/app.ts'
import { sameBytes } from '../../platform/secrets.ts'
import { takeItem } from '../take-item.ts'
import { splitBatch } from './split-batch.ts'
import { whatsappSettings } from './settings.ts'

const SIGNATURE = /^sha256=([0-9a-f]{64})$/

/** Whether a header has the form of a signature: without it nothing needs to be read. */
export const looksSigned = (header: string): boolean => SIGNATURE.test(header)

/**
 * Whether Meta wrote these bytes: HMAC-SHA256 with the App secret over them as they came, as `sha256=` and 64 small hex letters in
 * `X-Hub-Signature-256`. What was parsed and written again would differ (Meta escapes letters of its own choice).
 */
export function isSigned(secret: string, header: string | undefined, body: Buffer): boolean {
  const signature = SIGNATURE.exec(header ?? '')?.[1]
  if (signature === undefined) return false
  return sameBytes(Buffer.from(signature, 'hex'), createHmac('sha256', secret).update(body).digest())
}

/** Whether somebody knows the words that stand in our settings, in a time that tells nothing of them, not even how long they are. */
export const isVerifyToken = (ours: string, given: string): boolean => sameBytes(digestOf(ours), digestOf(given))

const digestOf = (text: string) => createHash('sha256').update(text).digest()

/**
 * Everything in one request of Meta's into the ledger, committed when this resolves. What was taken before is a duplicate. Throws where
 * anything could not be written, and then the whole request may come again.
 * @param body whose signature was checked
 * @param remote the address it came from
 */
export async function takeBatch(app: App, body: Buffer, remote: string): Promise<void> {
  const { number_id, number } = whatsappSettings(app.settings)!
  await Promise.all(splitBatch(body, { number_id, number }, remote).map((item) => takeItem(app, item)))
  app.poke('whatsapp')
}
