import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { BackupFault, type Encryption } from './format.ts'

export interface Seal {
  /** Turns a frame's content into what stands in the file. Frames must come in order. */
  close(plain: Buffer): Buffer
  /** The way back; throws {@link BackupFault} when one bit differs, or when the passphrase is another. */
  open(sealed: Buffer): Buffer
}

const TAG_BYTES = 16
// 64 MiB and a fraction of a second: cheap once, dear for somebody who tries words.
const SCRYPT = { n: 65_536, r: 8, p: 1 }

export const newEncryption = (): Encryption => ({
  cipher: 'aes-256-gcm',
  key: 'scrypt',
  ...SCRYPT,
  salt: randomBytes(16).toString('base64'),
})

/** Without encryption the content stands as it is, and the checksums alone guard it. */
export async function openSeal(encryption: Encryption | null, passphrase: string | undefined): Promise<Seal> {
  if (encryption === null) return { close: (plain) => plain, open: (sealed) => sealed }
  if (passphrase === undefined)
    throw new BackupFault('the backup is encrypted; name the file with its passphrase: --passphrase-file FILE')
  if (encryption.cipher !== 'aes-256-gcm' || encryption.key !== 'scrypt' || encryption.n * encryption.r > 2 ** 20 * 8)
    throw new BackupFault('the backup is encrypted in a way that this Pandu does not know; nothing was changed')
  const key = await deriveKey(passphrase, encryption)
  let closed = 0
  let opened = 0
  return {
    close(plain) {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(closed++))
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed) {
      const first = opened === 0
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(opened++), { authTagLength: TAG_BYTES })
      try {
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
        return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
      } catch {
        throw new BackupFault(
          first
            ? 'the passphrase is not the one of this backup, or its beginning is damaged; nothing was changed'
            : 'the backup is damaged or was changed; nothing was restored. Take another one',
        )
      }
    },
  }
}

// The key belongs to one file (its salt), so a plain counter never repeats under it.
function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 4)
  return nonce
}

const deriveKey = (passphrase: string, { n, r, p, salt }: Encryption) =>
  new Promise<Buffer>((resolve, reject) =>
    scrypt(
      passphrase.normalize('NFC'),
      Buffer.from(salt, 'base64'),
      32,
      { N: n, r, p, maxmem: 256 * n * r },
      (error, key) => (error ? reject(error) : resolve(key)),
    ),
  )
