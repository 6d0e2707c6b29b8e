import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { indexThese } from './index-tickets.ts'

const BATCH = 500

/**
 * Writes the search documents of every ticket of the offices that a desk got or lost, or of all its offices when it was confirmed or is
 * no longer: who may find a ticket stands in its document. The wall is earlier: a ticket that is found and not seen is not shown.
 * In batches, each in a transaction of its own.
 */
export async function indexOffices(app: App, jobs: FactJob[]): Promise<void> {
  const named = jobs.flatMap(({ about }) =>
    typeof about['organisation_id'] === 'string' ? [about['organisation_id']] : [],
  )
  const desks = jobs.flatMap(({ about }) =>
    typeof about['organisation_id'] !== 'string' && typeof about['desk_id'] === 'string' ? [about['desk_id']] : [],
  )
  for (let after: string | null = null; ;) {
    const ids: string[] = await write(app, system, async (ctx) => {
      const { rows } = await sql<{ id: string }>`select id from tickets
        where organisation_id = any (array(select unnest(${named}::uuid[]) union select organisation_id from desk_offices where desk_id = any (${desks}::uuid[])))
          and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${BATCH}::int`.execute(ctx.db)
      const found = rows.map((row) => row.id)
      await indexThese(ctx, found)
      return found
    })
    after = ids.at(-1) ?? null
    if (ids.length < BATCH) return
  }
}
