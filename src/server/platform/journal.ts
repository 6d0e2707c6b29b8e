import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Writing } from './context.ts'
import { newId } from './ids.ts'
import type { FactKind } from './reactions.ts'

export interface NewFact {
  kind: FactKind
  ticket_id?: string
  /** Ids and codes only, never a person's words: { desk_id, from_state … }. */
  about?: Record<string, string | number | boolean | null>
  /** Words, addresses, IPs: kept apart, erasable; the fact holds only SHA-256(salt, details). */
  details?: Record<string, unknown>
}

/**
 * Writes what happened into the journal, in the transaction of the change itself. The relay seals it after the commit and starts
 * what follows from it (reactions.ts).
 */
export async function record(ctx: Writing, kind: FactKind, fact: Omit<NewFact, 'kind'> = {}): Promise<void> {
  await recordAll(ctx, [{ kind, ...fact }])
}

/** The plural: facts, details and pending rows of any number of facts in one statement. */
export async function recordAll(ctx: Writing, facts: readonly NewFact[]): Promise<void> {
  if (facts.length === 0) return
  const rows = facts.map((fact) => ({
    id: newId(),
    kind: fact.kind,
    ticket_id: fact.ticket_id ?? null,
    about: fact.about ?? {},
    salt: randomBytes(16).toString('hex'),
    details: fact.details ?? null,
  }))
  const actorId = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  // The hash is taken over the text that PostgreSQL gives back for the stored jsonb, so that verifying reads the same bytes.
  await sql`with given as (
      select *, case when details is not null then sha256(decode(salt, 'hex') || convert_to(details::text, 'UTF8')) end as details_hash
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as f (id uuid, kind text, ticket_id uuid, about jsonb, salt text, details jsonb)),
    written as (
      insert into facts (id, at, kind, actor_kind, actor_id, ticket_id, about, details_hash)
      select id, ${ctx.now}::timestamptz, kind, ${ctx.actor.kind}, ${actorId}::uuid, ticket_id, about, details_hash from given),
    kept as (
      insert into journal_details (fact_id, salt, details)
      select id, decode(salt, 'hex'), details from given where details is not null)
    insert into journal_pending (fact_id) select id from given`.execute(ctx.tx)
}
