/**
 * What SMS, WhatsApp and Telegram have in common. Each way in or out is an adapter of two functions: `read` says what the bytes of one
 * item of the ledger mean, `send` hands one text over. Neither asks the database; what becomes of what they say is decided elsewhere
 * (intake/texts, send-texts.ts).
 */
import type { GatewayKind } from '../../../gateway-lines.ts'
import type { KeptFile } from '../queue-messages.ts'
import type { PartOf } from '../sms/read-part.ts'
import type { Coding } from '../sms/segments.ts'

export const textChannels = ['sms', 'whatsapp', 'telegram'] as const
export type TextChannel = (typeof textChannels)[number]

export type { GatewayKind }

/** Somebody wrote something. */
export interface HeardText {
  kind: 'text'
  /** As the gateway told it; normalised by whoever settles the item (people: normaliseAddress). */
  from: string
  /** Our number or bot that it was sent to; '' where the gateway does not say. */
  to: string
  /** As the channel knows them; '' for SMS. */
  name: string
  text: string
  /** When it was written, where the gateway says so with a zone. */
  at: Date | null
  /** Of a longer SMS whose parts come one by one; null for a whole text. */
  part: PartOf | null
  /** The gateway's id of this text. */
  remote_id: string | null
  /** The id of a text of ours that this answers, by the channel's own reply function. */
  answers_remote_id: string | null
  /** What stands behind a button of ours that was pressed; null for typed words. */
  button: string | null
  /** A newer version of what they wrote before, or that they deleted it: goes to where that went, and opens nothing by itself. */
  edited?: boolean
  /** With `edited`: they deleted it. */
  deleted?: boolean
  /** With `edited`: the gateway's id of what they wrote before; null where it was not told. */
  original_id?: string | null
  /** Photos and files: fetched by the adapter after the item is safe, before it is settled. */
  media: readonly Media[]
}

export interface Media {
  /** By which the adapter fetches it. */
  remote_id: string
  name: string | null
  type: string
  size: number | null
}

/** A gateway says what became of a text of ours. */
export interface DeliveryReceipt {
  kind: 'receipt'
  gateway: string
  /** By our own id where the gateway carries it, else by the gateway's. */
  of: { outbox_id: string; number: number | null } | { remote_id: string }
  state: 'sent' | 'delivered' | 'read' | 'failed'
  at: Date | null
  error: string | null
}

/** Understood, and nobody's business: a reaction, somebody joining a group. `reason` is a code for the ledger. */
export interface NothingHeard {
  kind: 'nothing'
  reason: string
}

export type Heard = HeardText | DeliveryReceipt | NothingHeard

/** Thrown by `read` for bytes that make no sense: the item is quarantined with this code, its bytes stay. */
export class UnreadableText extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** Says what one item of the ledger means; pure. */
export type Read = (item: { raw: Buffer; greeting: string; received_at: Date }) => Heard

/** One text to one recipient, as it goes out. */
export interface DueText {
  outbox_id: string
  channel: TextChannel
  /** Normalised: +62… or a chat's id. */
  to: string
  /** Folded already where it is SMS. */
  text: string
  /** How the whole would be cut; empty for channels that cut nothing. A gateway that cuts by itself takes `text`. */
  parts: readonly string[]
  coding: Coding | null
  language: 'id' | 'en'
  options: TextOptions
  attachments: readonly KeptFile[]
}

export interface TextOptions {
  /** WhatsApp outside its 24 hours. */
  template?: { name: string; language: string; values: readonly string[] }
  /** Where the channel has buttons: what they say, and what comes back when one is pressed. */
  buttons?: readonly { says: string; means: string }[]
  /** The answer to their own STOP, or to what they asked after it: the only texts that still go to them. */
  after_stop?: true
}

export type TextAttempt =
  /** The gateway has it. `ids`: its id of each part; null where its reports will name ours. */
  | { state: 'accepted'; ids: readonly (string | null)[] }
  /** Never for this recipient or this text. */
  | { state: 'refused'; error: string }
  /** Nothing was taken. `away`: the gateway, whoever the recipient is. `after_ms`: it asked us to wait so long. */
  | { state: 'later'; error: string; away: boolean; after_ms?: number }
  /** It was handed over, and no answer came: it may be on its way (trust: never sent twice as a new text). */
  | { state: 'unknown'; error: string }

/** An open way out. */
export interface Gateway {
  /** From the settings, unique; stands in `outbox.gateway`. */
  name: string
  kind: GatewayKind
  channel: TextChannel
  /**
   * Handed the same text a second time, it finds by our id that it has it, and sends nothing twice. Only such a gateway is given a text again whose
   * answer never came (decision 30).
   */
  recognises?: true
  /** Never rejects. */
  send(text: DueText): Promise<TextAttempt>
  /** What an administrator reads: is it there, since when, what it said last. */
  state(): GatewayState
  stop(): Promise<void>
}

export interface GatewayState {
  /** null: nobody can know before something is sent. */
  connected: boolean | null
  since: Date | null
  last_error: string | null
  /** Another process holds this line (an operator allows one bind), or it is not known yet: what goes by it waits for whoever holds it. */
  elsewhere?: boolean
}
