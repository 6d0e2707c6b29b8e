import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import type { ReadyText } from './ready-text.ts'

/** What keeps its number waiting longer is broken, and harms nobody else's turn. */
const WAITS_SECONDS = 60

/**
 * Which of these may be settled now. What another process has settled meanwhile, because reading took longer than the lease, is left out. A text waits while an older one of the same sender is unread in other hands, or rests for a moment: two processes never settle two texts of one number in the
 * wrong order. A minute at most. Asked when the numbers are locked, so that what another process has settled is seen. One statement.
 */
export async function olderElsewhere(
  ctx: Writing,
  texts: readonly ReadyText[],
): Promise<{ mine: ReadyText[]; later: ReadyText[] }> {
  if (texts.length === 0) return { mine: [], later: [] }
  // The oldest are claimed first, so before the newest of these hardly any wait, however many wait behind it.
  const newest = texts.reduce((last, { item }) => (item.id > last ? item.id : last), '')
  const asked = texts.map(({ item }) => ({ id: item.id, channel: item.channel, sender: item.envelope_from }))
  const { rows } = await sql<{ id: string; waits: boolean }>`with asked as (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (id uuid, channel text, sender text))
    select a.id, exists (select from intake_items i
      where i.outcome is null and i.channel = a.channel and i.envelope_from = a.sender and i.id < a.id and i.id < ${newest}::uuid
        and i.received_at > ${ctx.now}::timestamptz - make_interval(secs => ${WAITS_SECONDS}::int)
        and not i.id in (select id from asked)) as waits
    from asked a join intake_items own on own.id = a.id and own.outcome is null`.execute(ctx.tx)
  const waits = new Map(rows.map((row) => [row.id, row.waits]))
  return {
    mine: texts.filter(({ item }) => waits.get(item.id) === false),
    later: texts.filter(({ item }) => waits.get(item.id) === true),
  }
}
