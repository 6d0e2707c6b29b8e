import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import type { Actor, Reading } from '../../platform/context.ts'
import { isLoopback } from '../../platform/is-loopback.ts'
import { mustHaveSignedInRecently } from '../../platform/recent-sign-in.ts'
import { refuse } from '../../platform/refusal.ts'
import { mustAdminister } from '../../people/index.ts'
import { lastBadSignature } from './bad-signatures.ts'
import { callApi, NoAnswer } from './call-api.ts'
import { textIn } from './json.ts'
import { whatsappSettings } from './settings.ts'
import { listTemplates, type WhatsappTemplate } from './templates.ts'

/** What an administrator sees of WhatsApp. */
export interface WhatsappSeen {
  /** Null: nothing is set up. */
  number: string | null
  /** What is entered at Meta as the callback address. */
  callback: string
  /** Meta reaches only https at a public name. */
  reachable: boolean
  /** Within the last week; null for never. */
  last_in_at: Date | null
  last_failed: { at: Date; error: string | null } | null
  /** Since this process started. */
  bad_signature_at: Date | null
  templates: WhatsappTemplate[]
}

const DAYS_LOOKED_AT = 7

/** How it stands with WhatsApp. Administrators only (forbidden). */
export async function seeWhatsapp(ctx: Reading): Promise<WhatsappSeen> {
  mustAdminister(ctx.actor)
  const { settings } = ctx.app
  const origin = new URL(settings.PANDU_ORIGIN)
  const since = sql`uuid_floor(${ctx.now}::timestamptz - make_interval(days => ${DAYS_LOOKED_AT}::int))`
  const [{ rows: came }, { rows: failed }, templates] = await Promise.all([
    sql<{ received_at: Date }>`select received_at from intake_items where channel = 'whatsapp' and id >= ${since}
      order by id desc limit 1`.execute(ctx.db),
    sql<{ at: Date; error: string | null }>`select created_at as at, last_error as error from outbox
      where channel = 'whatsapp' and last_error is not null and id >= ${since} order by id desc limit 1`.execute(
      ctx.db,
    ),
    listTemplates(ctx),
  ])
  return {
    number: whatsappSettings(settings)?.number ?? null,
    callback: `${settings.PANDU_ORIGIN}/channels/whatsapp`,
    reachable: origin.protocol === 'https:' && !isLoopback(origin.hostname),
    last_in_at: came[0]?.received_at ?? null,
    last_failed: failed[0] ?? null,
    bad_signature_at: lastBadSignature(ctx.app),
    templates,
  }
}

/** The words that are entered at Meta beside the callback address. Administrators who signed in a moment ago; refuses not_found without WhatsApp. */
export function showVerifyToken(ctx: Reading): string {
  mustAdminister(ctx.actor)
  mustHaveSignedInRecently(ctx)
  return whatsappSettings(ctx.app.settings)?.verify ?? refuse('not_found', 'page')
}

/** Whose number it is, as Meta says; or what is wrong. */
export type TriedWhatsapp =
  | { name: string; number: string; quality: string; fault: null }
  | { fault: 'token' | 'number_id' | 'unreachable' | 'refused'; said: string }

/** Asks the API who we are: nothing is sent and nothing changed. Administrators only (forbidden); refuses not_found without WhatsApp. */
export async function tryWhatsapp(app: App, actor: Actor): Promise<TriedWhatsapp> {
  mustAdminister(actor)
  return askNumber(app)
}

/** The same for the command line. */
export async function askNumber(app: Pick<App, 'settings'>): Promise<TriedWhatsapp> {
  const settings = whatsappSettings(app.settings) ?? refuse('not_found', 'page')
  try {
    const fields = 'verified_name,display_phone_number,quality_rating'
    const answer = await callApi(settings, `/${settings.number_id}?fields=${fields}`)
    if (answer.good)
      return {
        name: textIn(answer.body, 'verified_name'),
        number: textIn(answer.body, 'display_phone_number'),
        quality: textIn(answer.body, 'quality_rating'),
        fault: null,
      }
    const { code, status, said } = answer
    if (code === 190 || code === 0 || status === 401) return { fault: 'token', said }
    // 100 with 33 below it: no such object, or not for this token.
    return { fault: code === 100 || status === 404 ? 'number_id' : 'refused', said }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { fault: 'unreachable', said: error.said }
  }
}
