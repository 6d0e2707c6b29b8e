import type { App } from '../platform/app.ts'
import { read, system } from '../platform/context.ts'
import { splitAddress, type Recipient } from '../channels/index.ts'
import { deskForAddress } from '../desks/index.ts'

/** `helpdesk@` and the address of each desk; on the reply domain every address, so that the answer tells nothing about its token. */
export async function isOurs(app: App, address: string): Promise<Recipient> {
  const { local, domain } = splitAddress(address.toLowerCase())
  if (domain === app.settings.PANDU_REPLY_DOMAIN) return 'reply'
  if (domain !== app.settings.PANDU_MAIL_DOMAIN) return 'elsewhere'
  // RFC 5321 4.5.1: postmaster is always there.
  if (local === 'helpdesk' || local === 'postmaster') return 'ours'
  return (await read(app, system, (ctx) => deskForAddress(ctx, local))) === null ? 'unknown' : 'ours'
}
