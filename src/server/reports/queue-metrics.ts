import { sql } from 'kysely'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { App } from '../platform/app.ts'
import { read, system } from '../platform/context.ts'
import { intakeSummary, seeGateways, seeMailbox } from '../channels/index.ts'

/** More is shown as this many: counting must stay cheap on the worst day. */
const COUNT_MAX = 10_000

interface Queues {
  intake_age: number
  outbox_age: number
  facts: number
  facts_age: number
  jobs: number
  jobs_age: number
  jobs_given_up: number
}

/**
 * What waits in the database and for how long, asked when the figures are asked for. The same in every process of an installation: take
 * the maximum over machines, not the sum.
 */
export function addQueueMetrics(app: App, registry: Registry): { ask(): Promise<void> } {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] })
  const intake = new Counter({
    name: 'pandu_intake_items_total',
    help: 'What came in since installation, by channel and what became of it; "received" is the sum of the others and of what waits.',
    labelNames: ['channel', 'outcome'] as const,
    registers: [registry],
  })
  const outbox = new Gauge({
    name: 'pandu_outbox_messages',
    help: 'Outgoing messages: all that wait or are being sent, and what became of those made in the last 24 hours.',
    labelNames: ['channel', 'state'] as const,
    registers: [registry],
  })
  const gateways = new Gauge({
    name: 'pandu_gateway_connected',
    help: '1 while a gateway of SMS, WhatsApp or Telegram is there, 0 while it is away or nothing was sent by it yet.',
    labelNames: ['channel', 'gateway'] as const,
    registers: [registry],
  })
  const mailbox = {
    open: gauge(
      'pandu_mailbox_open',
      '1 while the mailbox is emptied, 0 while it cannot be; 0 also where none is set.',
    ),
    age: gauge('pandu_mailbox_checked_seconds', 'How long ago nothing new lay in the mailbox; 0 where none is set.'),
    unmarked: gauge(
      'pandu_mailbox_unmarked',
      'Mails that were taken from the mailbox and are not marked or moved yet.',
    ),
  }
  const gauges: Record<keyof Queues, Gauge> = {
    intake_age: gauge(
      'pandu_intake_oldest_seconds',
      'Age of the oldest item that waits to be read; 0 when none waits.',
    ),
    outbox_age: gauge(
      'pandu_outbox_oldest_seconds',
      'How long the most overdue outgoing message has been due; 0 when none is.',
    ),
    facts: gauge('pandu_relay_pending_facts', `Facts that wait to be sealed, at most ${COUNT_MAX}.`),
    facts_age: gauge('pandu_relay_oldest_seconds', 'Age of the oldest fact that waits to be sealed.'),
    jobs: gauge('pandu_jobs_due', `Jobs that are due and not begun, at most ${COUNT_MAX}.`),
    jobs_age: gauge('pandu_jobs_oldest_seconds', 'How long the most overdue job has been due.'),
    jobs_given_up: gauge('pandu_jobs_given_up', 'Jobs that failed as often as they may.'),
  }
  return {
    async ask() {
      const { box, lines, at, summary, queues, messages } = await read(app, system, async (ctx) => ({
        box: await seeMailbox(ctx),
        lines: await seeGateways(ctx),
        at: ctx.now,
        summary: await intakeSummary(ctx),
        queues: (
          await sql<Queues>`select
          coalesce((select extract(epoch from now() - received_at) from intake_items where outcome is null order by id limit 1), 0)::float8 as intake_age,
          coalesce((select greatest(extract(epoch from now() - greatest(next_attempt_at, not_before)), 0) from outbox
            where state in ('waiting', 'sending') and next_attempt_at is not null order by next_attempt_at, id limit 1), 0)::float8 as outbox_age,
          (select count(*) from (select from journal_pending limit ${COUNT_MAX}::int) p)::int as facts,
          coalesce((select greatest(extract(epoch from now() - to_timestamp(('x' || left(replace(fact_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)), 0)
            from journal_pending order by fact_id limit 1), 0)::float8 as facts_age,
          (select count(*) from (select from graphile_worker._private_jobs where is_available and run_at <= now() limit ${COUNT_MAX}::int) j)::int as jobs,
          coalesce((select extract(epoch from now() - run_at) from graphile_worker._private_jobs
            where is_available and run_at <= now() order by run_at limit 1), 0)::float8 as jobs_age,
          (select count(*) from graphile_worker._private_jobs where attempts >= max_attempts and locked_at is null)::int as jobs_given_up`.execute(
            ctx.db,
          )
        ).rows[0]!,
        messages: (
          await sql<{ channel: string; state: string; messages: number }>`
          select channel, state, count(*)::int as messages from outbox where state in ('waiting', 'sending') group by 1, 2
          union all
          select channel, state, count(*)::int from outbox where id >= uuid_floor(now() - interval '1 day')
            and state not in ('waiting', 'sending') group by 1, 2`.execute(ctx.db)
        ).rows,
      }))
      mailbox.open.set(box?.state === 'open' ? 1 : 0)
      mailbox.age.set(box?.checked_at ? Math.max((at.getTime() - box.checked_at.getTime()) / 1000, 0) : 0)
      mailbox.unmarked.set(box?.unmarked ?? 0)
      gateways.reset()
      for (const { channel, name, connected } of lines) gateways.set({ channel, gateway: name }, connected ? 1 : 0)
      intake.reset()
      for (const [channel, sums] of Object.entries(summary.by_channel))
        for (const [outcome, count] of Object.entries(sums)) intake.inc({ channel, outcome }, Math.max(count, 0))
      outbox.reset()
      for (const { channel, state, messages: count } of messages) outbox.set({ channel, state }, count)
      for (const [name, one] of Object.entries(gauges)) one.set(queues[name as keyof Queues])
    },
  }
}
