import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { isId, newId } from '../platform/ids.ts'
import { record, recordAll } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'

export const MergeTwo = z.strictObject({ kept_id: z.uuid(), gone_id: z.uuid() })
export type MergeTwo = z.infer<typeof MergeTwo>

/**
 * Two rows that are one person: addresses, tickets, messages, links, consents of the one that goes become the other's, in one statement
 * that writes down what is needed to undo it (migration "merge_people"). A mail with the name or address of either is then the kept one's.
 * For the secretariat's coordinators and administrators. Refuses not_found, and conflict for somebody who works here
 * (`person.merge_staff`), for one who was merged already (`merge.done`), for somebody who is forgotten or
 * about to be (`privacy.erasure_decided`), and where something else keeps them apart (`merge.held`).
 * Records `person.merged`, and `ticket.person_merged` for each ticket, which is then found by the new name.
 */
export async function mergePeople(ctx: Writing, input: MergeTwo): Promise<{ id: string }> {
  return merge(ctx, 'people', input)
}

/**
 * The same for two rows of one organisation: its people, tickets, desks and parts. Refuses also conflict `merge.one_place` where both stand
 * where only one can: each with a desk as member or partner, or as offices of one desk. Records `organisation.merged`.
 */
export async function mergeOrganisations(ctx: Writing, input: MergeTwo): Promise<{ id: string }> {
  return merge(ctx, 'organisations', input)
}

async function merge(ctx: Writing, of: Of, { kept_id, gone_id }: MergeTwo): Promise<{ id: string }> {
  mustCoordinateAll(ctx.actor)
  if (kept_id === gone_id) refuse('invalid', 'merge.same')
  const { rows } = await sql<{ id: string; merged: boolean }>`select id, merged_into is not null as merged
    from ${sql.table(of)} where id = any (${[kept_id, gone_id]}::uuid[]) order by id`.execute(ctx.db)
  if (rows.length < 2) refuse('not_found', of === 'people' ? 'person' : 'organisation')
  if (rows.some(({ merged }) => merged)) refuse('conflict', 'merge.done')
  if (of === 'people') await mustNotBeForgotten(ctx, [kept_id, gone_id])
  const id = newId()
  const ticket_ids = await orRefuse(
    sql<{
      touched: string[]
    }>`select ${sql.raw(`merge_${of}`)}(${id}::uuid, ${kept_id}::uuid, ${gone_id}::uuid, ${ctx.now}::timestamptz) as touched`.execute(
      ctx.tx,
    ),
  )
  const about = { merge_id: id, [idOf[of]]: kept_id, gone_id }
  await record(ctx, of === 'people' ? 'person.merged' : 'organisation.merged', { about })
  await tellTickets(ctx, of === 'people' ? 'ticket.person_merged' : 'ticket.organisation_merged', ticket_ids, about)
  return { id }
}

/**
 * Undoes a merge: each row that moved goes back, also where the kept one was used since. What came to the merged person afterwards stays
 * where its address belongs. Refuses not_found, conflict `merge.undone` for one that was undone, `merge.later_first` while the kept one
 * is itself merged into another, `privacy.held` while one of them is under a legal hold, and `privacy.erasure_decided` for one who is
 * forgotten or about to be. Records `person.unmerged` or `organisation.unmerged`, and the same for each ticket.
 */
export async function undoMerge(ctx: Writing, { id }: { id: string }): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if (!isId(id)) refuse('not_found', 'merge')
  const found = (await seeMerge(ctx, id)) ?? refuse('not_found', 'merge')
  if (found.undone_at) refuse('conflict', 'merge.undone')
  if (found.of === 'people') {
    await mustNotBeHeld(ctx, [found.kept_id, found.gone_id])
    await mustNotBeForgotten(ctx, [found.kept_id, found.gone_id])
  }
  const ticket_ids = await orRefuse(
    sql<{ touched: string[] }>`select undo_merge(${id}::uuid, ${ctx.now}::timestamptz) as touched`.execute(ctx.tx),
  )
  const people = found.of === 'people'
  const about = { merge_id: id, [idOf[found.of]]: found.kept_id, gone_id: found.gone_id }
  await record(ctx, people ? 'person.unmerged' : 'organisation.unmerged', { about })
  await tellTickets(ctx, people ? 'ticket.person_unmerged' : 'ticket.organisation_unmerged', ticket_ids, about)
}

/** Whoever is forgotten, or about to be, takes in nobody, because nothing would forget those again. */
async function mustNotBeForgotten(ctx: Writing, ids: string[]): Promise<void> {
  const { rows } = await sql`select from erasures where person_id = any (${ids}::uuid[])`.execute(ctx.db)
  if (rows.length > 0) refuse('conflict', 'privacy.erasure_decided')
}

/** What is under a hold stays under it: what went back to the other row would no longer be. */
async function mustNotBeHeld(ctx: Writing, ids: string[]): Promise<void> {
  const { rows } =
    await sql`select from legal_holds where person_id = any (${ids}::uuid[]) and lifted_at is null`.execute(ctx.db)
  if (rows.length > 0) refuse('conflict', 'privacy.held')
}

type Of = 'people' | 'organisations'
const idOf = { people: 'person_id', organisations: 'organisation_id' } as const

const tellTickets = (
  ctx: Writing,
  kind:
    'ticket.person_merged' | 'ticket.person_unmerged' | 'ticket.organisation_merged' | 'ticket.organisation_unmerged',
  ticket_ids: readonly string[],
  about: Record<string, string>,
) =>
  recordAll(
    ctx,
    ticket_ids.map((ticket_id) => ({ kind, ticket_id, about })),
  )

const refusals: Record<string, string> = {
  merged_as_themselves: 'person.merge_staff',
  no_unknown_references: 'merge.held',
  undone_once: 'merge.undone',
  later_first: 'merge.later_first',
}

/** What the database's own rules keep from being merged. The transaction ends with the refusal. */
async function orRefuse(asked: Promise<{ rows: { touched: string[] }[] }>): Promise<string[]> {
  try {
    return (await asked).rows[0]!.touched
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string }
    // Each is a member or partner of its own, or both are offices of one desk: what is double is taken away by whoever knows which.
    const key = code === '23505' ? 'merge.one_place' : code === '23514' && constraint ? refusals[constraint] : undefined
    if (key) refuse('conflict', key)
    throw error
  }
}

export interface MergeRow {
  id: string
  of: Of
  kept_id: string
  gone_id: string
  kept_name: string
  gone_name: string
  merged_by_name: string | null
  merged_at: Date
  undone_at: Date | null
}

const MERGES_MAX = 100

/** Merges, newest first; at most 100, those of one row with `whose`. Sees what the secretariat sees. */
export async function listMerges(ctx: Reading, question: { of: Of; whose?: string }): Promise<MergeRow[]> {
  const whose = question.whose ?? null
  const { rows } = await merges(
    ctx,
    sql`m.of = ${question.of} and (${whose}::uuid is null or ${whose}::uuid in (m.kept_id, m.gone_id))`,
  )
  return rows
}

async function seeMerge(ctx: Reading, id: string): Promise<MergeRow | undefined> {
  return (await merges(ctx, sql`m.id = ${id}::uuid`)).rows[0]
}

const merges = (ctx: Reading, condition: ReturnType<typeof sql>) =>
  sql<MergeRow>`select m.id, m.of, m.kept_id, m.gone_id, m.merged_at, m.undone_at, p.name as merged_by_name,
      coalesce(case when m.of = 'people' then (select name from people where id = m.kept_id) else (select name from organisations where id = m.kept_id) end, '') as kept_name,
      coalesce(case when m.of = 'people' then (select name from people where id = m.gone_id) else (select name from organisations where id = m.gone_id) end, '') as gone_name
    from merges m left join people p on p.id = m.merged_by
    where ${condition} order by m.id desc limit ${MERGES_MAX}::int`.execute(ctx.db)
