/**
 * What a backup file is, so that it can be read in ten years:
 *
 *   `PANDU BACKUP\n`                          who made it
 *   one line of JSON, then `\n`               format version, and how it is encrypted ({@link Head})
 *   frames until the end of the file          length (4 bytes, big-endian), then that many bytes:
 *                                             one byte that says what it is ({@link frames}), then its content;
 *                                             encrypted: AES-256-GCM of both, then the tag of 16 bytes
 *
 * The frames tell, in this order: `opening` (JSON {@link Opening}); for every part `part` (JSON {@link Part}), its content in any number
 * of `data` frames, `part_end` (JSON {@link PartEnd}); `closing` (JSON {@link Closing}); `end` (SHA-256 of every byte of the file before).
 * A table's content is PostgreSQL's COPY text, packed by Zstandard; a blob's is as it is. Text, not binary, because PostgreSQL promises
 * to read it in every major version.
 */
export const MAGIC = 'PANDU BACKUP\n'
export const FORMAT = 1

export const frames = { opening: 1, part: 2, data: 3, part_end: 4, closing: 5, end: 6 } as const
export type FrameKind = keyof typeof frames

/** Longer than any frame we write: a damaged length must not make us ask for gigabytes. */
export const FRAME_BYTES_MAX = 4 * 1024 * 1024

export interface Head {
  format: number
  encryption: Encryption | null
}
/** The key is scrypt(passphrase, salt); the nonce is the frame's number, so frames cannot be left out, doubled or moved. */
export interface Encryption {
  cipher: 'aes-256-gcm'
  key: 'scrypt'
  n: number
  r: number
  p: number
  salt: string
}

export interface Opening {
  made_at: string
  pandu: string
  postgres: string
  /** Every migration that the database had; the newest decides who may restore it. */
  migrations: { number: number; name: string; checksum: string }[]
  /** Partitions to be made before the rows come, each with the bounds that PostgreSQL printed. */
  partitions: { name: string; parent: string; bounds: string }[]
}

export type Part =
  | { kind: 'table'; name: string; columns: string[] }
  | { kind: 'blob'; name: string }
  /** Reactions to facts that waited to be run: without them somebody would never be told that their request arrived. */
  | { kind: 'jobs'; name: 'jobs' }
  | { kind: 'secret'; name: 'secret' }

export interface PartEnd {
  /** Of the content before packing. */
  bytes: number
  sha256: string
  rows: number
}

export interface Closing {
  parts: (PartEnd & { kind: Part['kind']; name: string })[]
  sequences: { name: string; value: string; used: boolean }[]
  /** Blobs that rows name and that were missing or damaged when the backup was made. */
  faulty_blobs: string[]
}

/** The file, the passphrase or the place is not what it should be. One line: what is wrong, what is kept, what to do. */
export class BackupFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BackupFault'
  }
}
