import type { App as PanduApp } from '#server/platform/app.ts'
import type { Actor, Language, StaffActor } from '#server/platform/context.ts'
import type { Refusal } from '#server/platform/refusal.ts'
import type { Dictionary } from '#messages/format.ts'

declare global {
  namespace App {
    interface Locals {
      app: PanduApp
      /** Who acts: staff who signed in, or everybody. The follow page puts the requester here from its link. */
      actor: Actor
      staff: StaffActor | null
      language: Language
      /** The client's address; a forwarding header is believed only from PANDU_TRUSTED_PROXIES. */
      client: string
      request_id: string
      /** Binds form tokens to a browser: the session, or a cookie of its own for people without one. */
      form_nonce: string
      /** What this request asked for and was refused, by a page or an action. */
      refused?: Refusal
      /** Random, and no other page's: for the one form of a page that may be sent once only. */
      fresh_id: string
    }
    interface PageData {
      language?: Language
      words?: Dictionary
    }
    interface Error {
      message: string
      request_id?: string
    }
  }
}
export {}
