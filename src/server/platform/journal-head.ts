import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql, type Kysely } from 'kysely'
import type { DB } from './tables.ts'

/** The newest seal: whoever keeps its two figures outside can tell later that nothing before it was changed, and that its end is there. */
export interface Head {
  number: number
  /** 64 hex digits. */
  root: string
  sealed_at: Date
}

/** The head of the chain now; null while nothing is sealed. */
export async function findHead(db: Pick<Kysely<DB>, 'getExecutor'>): Promise<Head | null> {
  const { rows } = await sql<Head>`
    select number, encode(root, 'hex') as root, sealed_at from journal_seals order by number desc limit 1`.execute(db)
  return rows[0] ?? null
}

/** Every head that stands in a text, be it a line of `heads.log`, of `journal-head`, of the log or of a mail: a number, and its 64 digits. */
export const headsIn = (text: string): Pick<Head, 'number' | 'root'>[] =>
  [...text.matchAll(/\b(\d{1,15})[ :](?:\s*)([0-9a-f]{64})\b/g)].map(([, number, root]) => ({
    number: Number(number),
    root: root!,
  }))

const VERIFIED = 'verified-head'

/** Up to where `./pandu verify` has found the journal sound; null when it never has, or that note was lost. */
export async function lastVerified(data: string): Promise<Pick<Head, 'number' | 'root'> | null> {
  const path = join(data, VERIFIED)
  return existsSync(path) ? (headsIn(await readFile(path, 'utf8'))[0] ?? null) : null
}

/** Only this machine's note of where to go on reading: it proves nothing, heads that are kept outside do. */
export async function keepVerified(data: string, head: Pick<Head, 'number' | 'root'>): Promise<void> {
  await writeFile(join(data, VERIFIED), `${head.number} ${head.root}\n`, { mode: 0o600 })
}
