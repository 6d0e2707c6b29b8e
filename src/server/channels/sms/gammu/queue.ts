import type { DueText } from '../../texts/adapter.ts'
import type { Brought } from './read.ts'

/** Something that lies at Gammu for us. */
export interface Waiting {
  brought: Brought
  /** The sender as Gammu told it; '' for what is no message. */
  from: string
  /** Tells it from everything else that ever lay there: a row's number, a file's name. */
  key: string
  /** Its files, where it lies in some. */
  paths?: readonly string[]
}

/** How it goes with a text that we handed over: still to be sent, sent or on its way to it, failed, or never seen. */
export type Found = 'there' | 'failed' | 'none'

/** Gammu SMSD's own way of handing over texts: its tables, or its folders. Everything rejects with a {@link GammuAway} when Gammu's side cannot be reached. */
export interface GammuQueue {
  /** For people and for the lease: which Gammu, without passwords. */
  name: string
  /** What came and is not marked as done, oldest first. */
  waiting(limit: number): Promise<Waiting[]>
  /** How texts of ours went, as far as it changed lately; the same may be told again. */
  sent(limit: number): Promise<Waiting[]>
  /** It is in the ledger: marked, or taken away. */
  done(taken: readonly Waiting[]): Promise<void>
  find(outbox_id: string): Promise<Found>
  /** Whole or not at all; nothing where it is there already. */
  put(text: DueText): Promise<void>
  close(): Promise<void>
}

/** Its database or its folder is not there, not ours to write, or busy for too long. Nothing was changed. */
export class GammuAway extends Error {
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}
