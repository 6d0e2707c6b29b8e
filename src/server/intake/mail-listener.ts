import type { App } from '../platform/app.ts'
import { read, system } from '../platform/context.ts'
import { fault } from '../platform/fault.ts'
import { listenSmtp, splitAddress, takeMail, type Recipient, type SmtpListener } from '../channels/index.ts'
import { deskForAddress } from '../desks/index.ts'

/**
 * Takes mail by SMTP: the ledger row is committed before the peer reads its `250`. While the database is away it is told to come
 * again (451). Rejects when the port is taken.
 */
export const startMailListener = (app: App): Promise<SmtpListener> =>
  listenSmtp({
    host: app.settings.PANDU_SMTP_HOST,
    port: app.settings.PANDU_SMTP_PORT,
    name: app.settings.PANDU_MAIL_DOMAIN,
    isOurs: (address) => isOurs(app, address),
    async take(mail) {
      await takeMail(app, mail)
      // Runs when the listener has written its 250 into the socket.
      setImmediate(() => fault('intake.after_250'))
      app.poke()
    },
    available: () => app.available(),
    log: app.log,
  })

/** `helpdesk@` and the address of each desk; on the reply domain every address, so that the answer tells nothing about its token. */
export async function isOurs(app: App, address: string): Promise<Recipient> {
  const { local, domain } = splitAddress(address.toLowerCase())
  if (domain === app.settings.PANDU_REPLY_DOMAIN) return 'reply'
  if (domain !== app.settings.PANDU_MAIL_DOMAIN) return 'elsewhere'
  // RFC 5321 4.5.1: postmaster is always there.
  if (local === 'helpdesk' || local === 'postmaster') return 'ours'
  return (await read(app, system, (ctx) => deskForAddress(ctx, local))) === null ? 'unknown' : 'ours'
}
