import { SettingFault } from '../../settings.ts'
import type { App } from '../platform/app.ts'
import { fault } from '../platform/fault.ts'
import {
  FALSE_END,
  hasFalseEnd,
  listenSmtp,
  readCertificate,
  takeMail,
  takeRefusedMail,
  watchCertificate,
  type CertificateFiles,
  type ReceivedMail,
  type SmtpListener,
} from '../channels/index.ts'
import { isOurs } from './is-ours.ts'

export interface MailListener {
  /** 0 for a socket in the file system. */
  port: number
  /** Idle peers are told at once, a DATA that has begun may finish. */
  stop(): Promise<void>
}

/**
 * Takes mail by SMTP: the ledger row is committed before the peer reads its `250`. While the database is away it is told to come
 * again (451). With a certificate STARTTLS is offered; renewed files are used without restart. Rejects when the port is taken, or
 * with a SettingFault when the certificate cannot be used.
 */
export async function startMailListener(app: App): Promise<MailListener> {
  const { PANDU_SMTP_CERTIFICATE: cert_path, PANDU_SMTP_KEY: key_path } = app.settings
  if (!cert_path || !key_path) return listen(app, {})
  const files = { cert_path, key_path }
  const certificate = await readCertificate(files).catch((error: Error) => {
    throw new SettingFault(`PANDU_SMTP_CERTIFICATE: ${error.message}; correct the files, or remove both settings`)
  })
  const listener = await listen(app, { certificate })
  return renewing(app, files, listener)
}

/** The same by LMTP, for a mail host in front of us; its limits are the mail host's, not those of strangers. */
export const startLmtpListener = (app: App): Promise<MailListener> =>
  listen(app, {
    protocol: 'lmtp',
    port: app.settings.PANDU_LMTP_PORT,
    limits: { connections_per_address_max: Infinity },
  })

const listen = (app: App, given: Partial<Parameters<typeof listenSmtp>[0]>): Promise<SmtpListener> =>
  listenSmtp({
    host: app.settings.PANDU_SMTP_HOST,
    port: app.settings.PANDU_SMTP_PORT,
    name: app.settings.PANDU_MAIL_DOMAIN,
    isOurs: (address) => isOurs(app, address),
    take: (mail) => take(app, mail),
    available: () => app.available(),
    log: app.log,
    ...given,
  })

async function take(app: App, mail: ReceivedMail): Promise<void> {
  if (hasFalseEnd(mail.raw)) {
    // Kept, so that it can be said what became of it and why; the peer hears a refusal.
    await takeRefusedMail(app, mail, 'false_end')
    throw FALSE_END
  }
  await takeMail(app, mail)
  // Runs when the listener has written its 250 into the socket.
  setImmediate(() => fault('intake.after_250'))
  app.poke('email')
}

function renewing(app: App, files: CertificateFiles, listener: SmtpListener): MailListener {
  const watch = watchCertificate(files, { log: app.log, onChange: listener.renew })
  const look = () => void watch.look()
  process.on('SIGHUP', look)
  return {
    port: listener.port,
    async stop() {
      process.off('SIGHUP', look)
      watch.stop()
      await listener.stop()
    },
  }
}
