import { randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Actor, Writing } from './context.ts'
import { newId, newIdAfter } from './ids.ts'
import type { FactKind } from './reactions.ts'
import type { DB } from './tables.ts'

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
  await writeFacts(
    ctx.tx,
    facts.map((fact) => ({ ...fact, id: idFor(fact), at: ctx.now, actor: ctx.actor })),
  )
}

/** The journal of a ticket is read from the ticket's own id on (ids.ts: boundBelow). */
const idFor = ({ ticket_id }: NewFact): string => (ticket_id === undefined ? newId() : newIdAfter(ticket_id))

/**
 * The one statement that writes into the journal, for facts of any actors and moments. Where the actor came from stands with each fact:
 * session or token as an id, the address among the words that can be erased.
 */
export async function writeFacts(
  db: Kysely<DB>,
  facts: readonly (NewFact & { id: string; at: Date; actor: Actor })[],
): Promise<void> {
  if (facts.length === 0) return
  const rows = facts.map(({ id, at, actor, kind, ticket_id, about, details }) => {
    const { client, ...by } = (actor.kind === 'staff' && actor.from) || {}
    return {
      id,
      at,
      kind,
      actor_kind: actor.kind,
      actor_id: 'person_id' in actor ? actor.person_id : null,
      ticket_id: ticket_id ?? null,
      about: { ...by, ...about },
      salt: randomBytes(16).toString('hex'),
      details: client === undefined ? (details ?? null) : { client, ...details },
    }
  })
  // The hash is taken over the text that PostgreSQL gives back for the stored jsonb, so that verifying reads the same bytes.
  await sql`with given as (
      select *, case when details is not null then sha256(decode(salt, 'hex') || convert_to(details::text, 'UTF8')) end as details_hash
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (id uuid, at timestamptz, kind text, actor_kind text, actor_id uuid,
        ticket_id uuid, about jsonb, salt text, details jsonb)),
    written as (
      insert into facts (id, at, kind, actor_kind, actor_id, ticket_id, about, details_hash)
      select id, at, kind, actor_kind, actor_id, ticket_id, about, details_hash from given),
    kept as (
      insert into journal_details (fact_id, salt, details)
      select id, decode(salt, 'hex'), details from given where details is not null)
    insert into journal_pending (fact_id) select id from given`.execute(db)
}
