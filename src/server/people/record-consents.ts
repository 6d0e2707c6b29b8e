import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'

export interface Consent {
  person_id: string
  /** What for, e.g. 'request': the request and its data go to the body that accepts it. */
  purpose: string
  /** The version of the privacy text that was shown. */
  text_version: number
  /** Where it was given: web, email, phone, walk_in … */
  channel: string
}

/** Keeps who agreed to which version of which text, when, by which channel. Each call adds a row: consent given twice was given twice. */
export async function recordConsents(ctx: Writing, consents: readonly Consent[]): Promise<void> {
  if (consents.length === 0) return
  const rows = consents.map((consent) => ({ ...consent, id: newId() }))
  await sql`insert into consents (id, person_id, purpose, text_version, channel, given_at)
    select id, person_id, purpose, text_version, channel, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as c (id uuid, person_id uuid, purpose text, text_version int, channel text)`.execute(ctx.tx)
}
