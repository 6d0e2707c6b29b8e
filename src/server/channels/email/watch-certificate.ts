import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Log } from '../../platform/log.ts'
import type { MailCertificate } from './listen.ts'

export interface CertificateFiles {
  /** PEM: ours first, then those that lead to the root. */
  cert_path: string
  key_path: string
}

/** One line: the file, what is wrong with it, and what to do. */
export class CertificateFault extends Error {}

export interface CertificateWatch {
  /** Looks at once, whatever the files' times say (SIGHUP). */
  look(): Promise<void>
  stop(): void
}

const LOOK_MS = 10_000

/** Reads certificate and key, and checks that they belong together and can be used. Throws {@link CertificateFault}. */
export async function readCertificate({ cert_path, key_path }: CertificateFiles): Promise<MailCertificate> {
  const [cert, key] = [await readPem(cert_path), await readPem(key_path)]
  const parsed = attempt(`${cert_path} holds no certificate in PEM form`, () => new X509Certificate(cert))
  const secret = attempt(`${key_path} holds no private key in PEM form without passphrase`, () => createPrivateKey(key))
  if (!parsed.checkPrivateKey(secret)) throw new CertificateFault(`${key_path} is not the key of ${cert_path}`)
  attempt(`${cert_path} cannot be used`, () => createSecureContext({ cert, key }))
  return { cert, key }
}

/** When the first certificate of the file ends; null where there is none. */
export function endOfCertificate({ cert }: Pick<MailCertificate, 'cert'>): Date | null {
  try {
    return new Date(new X509Certificate(cert).validTo)
  } catch {
    return null
  }
}

/**
 * Watches both files and hands a changed pair that is sound to `onChange`. One that is not (half written, or only one of the two
 * renewed yet) is said once, and the old one stays in use. Looks at times and sizes, because certificates are often links that
 * are moved, of which the system tells nothing.
 */
export function watchCertificate(
  files: CertificateFiles,
  { log, onChange }: { log: Log; onChange(certificate: MailCertificate): void },
): CertificateWatch {
  let known = stateOf(files)
  let said = ''
  let looking: Promise<void> | null = null

  async function look(anyway: boolean): Promise<void> {
    const now = await stateOf(files)
    if (!anyway && now === (await known)) return
    try {
      onChange(await readCertificate(files))
      known = Promise.resolve(now)
      said = ''
      log.info('the certificate of the mail port was renewed')
    } catch (error) {
      const reason = error instanceof CertificateFault ? error.message : String((error as NodeJS.ErrnoException).code)
      if (reason !== said || anyway)
        log.error({ reason }, 'the new certificate of the mail port is not used; the old one stays')
      said = reason
    }
  }
  const lookOnce = (anyway: boolean) => (looking ??= look(anyway).finally(() => (looking = null)))
  const timer = setInterval(() => void lookOnce(false), LOOK_MS)
  timer.unref()
  return {
    look: async () => {
      await looking
      await lookOnce(true)
    },
    stop: () => clearInterval(timer),
  }
}

async function stateOf({ cert_path, key_path }: CertificateFiles): Promise<string> {
  const states = await Promise.all(
    [cert_path, key_path].map((path) =>
      stat(path).then(
        ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
        () => 'none',
      ),
    ),
  )
  return states.join(' / ')
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new CertificateFault(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function attempt<T>(fault: string, work: () => T): T {
  try {
    return work()
  } catch {
    throw new CertificateFault(fault)
  }
}
