import { sql, type RawBuilder } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, type Reading } from '../platform/context.ts'
import type { Progress, Verdict } from '../platform/verify-journal.ts'
import { intakeSummary, type IntakeSums } from '../channels/index.ts'

const EXAMPLES_MAX = 5

/** What must never be found. Each answers the ids of rows that break the promise; the sentence gets their number and some of them. */
const promises: { says: string; broken: RawBuilder<{ id: string }> }[] = [
  {
    says: 'items of the ledger are settled without an outcome, or have one without being settled',
    broken: sql`select id from intake_items where (outcome is null) <> (settled_at is null)`,
  },
  {
    says: 'items of the ledger became a ticket or a message, but that ticket is not there',
    broken: sql`select i.id from intake_items i left join tickets t on t.id = i.ticket_id
      where i.outcome in ('ticket', 'message') and (t.id is null or t.number is distinct from i.ticket_number)`,
  },
  {
    says: 'items of the ledger name a message that is not on their ticket',
    broken: sql`select i.id from intake_items i left join messages m on m.ticket_id = i.ticket_id and m.id = i.ticket_message_id
      where i.ticket_message_id is not null and m.id is null`,
  },
  {
    says: 'items of the ledger are duplicates of an item that is not there',
    broken: sql`select i.id from intake_items i left join intake_items o on o.id = i.duplicate_of
      where i.outcome = 'duplicate' and o.id is null`,
  },
  {
    says: 'fingerprints belong to an item that is not there',
    broken: sql`select f.item_id as id from intake_fingerprints f left join intake_items i on i.id = f.item_id where i.id is null`,
  },
  {
    says: 'items of the ledger lie in a blob that no row names',
    broken: sql`select i.id from intake_items i left join blobs b on b.sha256 = i.sha256 where i.in_blob and b.sha256 is null`,
  },
  {
    says: 'messages that went out are about a ticket that is not there',
    broken: sql`select o.id from outbox o left join tickets t on t.id = o.about_id
      where o.about_number is not null and t.number is distinct from o.about_number`,
  },
  {
    says: 'tickets have no message at all',
    broken: sql`select t.id from tickets t where not exists (select from messages m where m.ticket_id = t.id)`,
  },
]

/**
 * Holds the ledger, the outbox and the tickets against each other, and the sums against the rows, all of one moment: everything that came
 * in has exactly one outcome, and what it points to is there.
 */
export async function verifyLedger(app: App, progress: Progress = () => undefined): Promise<Verdict> {
  return app.worker
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`.execute(
        tx,
      )
      const faults: string[] = []
      for (const [index, { says, broken }] of promises.entries()) {
        progress(`question ${index + 1} of ${promises.length + 1}`)
        const { rows } = await sql<{ broken: number; examples: string[] | null }>`select count(*)::int as broken,
          (array_agg(id::text order by id))[1:${EXAMPLES_MAX}::int] as examples from (${broken}) b`.execute(tx)
        const { broken: count, examples } = rows[0]!
        if (count > 0) faults.push(`${count} ${says}: ${examples!.join(', ')}${count > EXAMPLES_MAX ? ' …' : ''}`)
      }
      progress(`question ${promises.length + 1} of ${promises.length + 1}`)
      faults.push(...(await wrongSums({ app, db: tx, actor: system, now: new Date() })))
      const { rows } = await sql<Record<'items' | 'messages_out' | 'tickets', number>>`select
        (select count(*) from intake_items)::int as items, (select count(*) from outbox)::int as messages_out,
        (select count(*) from tickets)::int as tickets`.execute(tx)
      return { seen: rows[0]!, faults }
    })
}

/** The sums survive retention, so they may be more than the rows that are left, never less. */
async function wrongSums(ctx: Reading): Promise<string[]> {
  const { by_channel, ...all } = await intakeSummary(ctx)
  const { rows } = await sql<{ channel: string; name: keyof IntakeSums; rows: number }>`
    select channel, coalesce(outcome, 'waiting') as name, count(*)::int as rows from intake_items group by 1, 2
    union all select channel, 'received', count(*)::int from intake_items group by 1`.execute(ctx.db)
  const faults = [...Object.entries(by_channel), ['all channels', all] as const].flatMap(([channel, sums]) => {
    const { received, ...outcomes } = sums
    const sum = Object.values(outcomes).reduce((total, count) => total + count, 0)
    const told = Object.entries(outcomes).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]))
    return received === sum
      ? []
      : [`${channel}: ${received} were received, but the outcomes add up to ${sum} (${told.join(', ')})`]
  })
  for (const { channel, name, rows: there } of rows) {
    const counted = by_channel[channel as keyof typeof by_channel]?.[name] ?? 0
    if (counted < there) faults.push(`${channel}: ${there} rows are ${name}, but only ${counted} were counted`)
  }
  return faults
}
