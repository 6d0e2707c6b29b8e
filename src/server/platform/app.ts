import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import type { Settings, SettingName, SettingSource } from '../../settings.ts'
import type { Dns } from './dns.ts'
import type { Files } from './files.ts'
import type { Live } from './live.ts'
import type { Log } from './log.ts'
import type { Secrets } from './secrets.ts'
import type { Sights } from './sights.ts'
import type { DB } from './tables.ts'

/**
 * The one object that holds what lives as long as the process: pools, files, secrets, log. Made in src/main.ts, handed down.
 * Nothing of this is kept at module level, so that a test can have as many as it likes.
 */
export interface App {
  settings: Settings
  sources: Record<SettingName, SettingSource>
  log: Log
  /** Meets row-level security: pages, desk, API. */
  web: Kysely<DB>
  /** Relay, intake, jobs, and the doors of context.ts. */
  worker: Kysely<DB>
  web_pool: Pool
  worker_pool: Pool
  files: Files
  secrets: Secrets
  /** The name system, for checking who sent a mail and where an address outside leads. */
  dns: Dns
  /** False while PostgreSQL is away: SMTP answers 451, HTTP 503. */
  available(): boolean
  /** What somebody read of other people's data, to be written into the journal after the answer. */
  sights: Sights
  /** Open desks that want to hear what happens. */
  live: Live
  /**
   * Tells whoever works in the background that something may wait for them: the relay and the senders after every commit; the intake of a channel
   * when something was taken in by it that is still to be read, and no other's, because each looks into the ledger. Cheap: whoever is at work
   * or rests hears it only once.
   */
  poke(intake_of?: TakenInBy): void
}

/** Channels of which something is read after it was taken in. */
export type TakenInBy = 'email' | 'sms' | 'whatsapp' | 'telegram' | 'phone'
