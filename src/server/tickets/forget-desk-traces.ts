import { sql } from 'kysely'
import type { App } from '../platform/app.ts'

const MOST = 5_000

/**
 * Throws away what the live desk no longer needs: presence that ran out, drafts that nobody touched for ninety days. Part by part; the
 * next round takes the rest.
 */
export async function forgetDeskTraces(app: App): Promise<void> {
  await sql`delete from presences where (ticket_id, page_id) in (
    select ticket_id, page_id from presences where until < now() order by until, page_id limit ${MOST})`.execute(
    app.worker,
  )
  await sql`delete from drafts where (ticket_id, person_id, kind) in (
    select ticket_id, person_id, kind from drafts where saved_at < now() - interval '90 days'
    order by saved_at, person_id limit ${MOST})`.execute(app.worker)
}
