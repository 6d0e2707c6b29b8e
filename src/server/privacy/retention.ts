import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { clearDetails, findOldDetails } from '../platform/clear-details.ts'
import { read, system, write, type Reading, type Writing } from '../platform/context.ts'
import { dropBlobs, removeBlobs } from '../platform/drop-blobs.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import {
  acknowledgementLimits,
  callNumbers,
  heldItems,
  quietNumbers,
  rawItems,
  removeKeptMails,
  sentWords,
  type Clearing,
  type OldRows,
} from '../channels/index.ts'
import { oldApplications, oldCompetenceFiles } from '../membership/index.ts'
import { mustAdminister, mustAdministerAfresh } from '../people/index.ts'
import { closedTickets, spamTickets } from '../tickets/index.ts'

/** What is kept for a while, and who takes it away. Their default days stand in the migration; docs/personal-data.md says why. */
const clearings = {
  raw_items: rawItems,
  held_items: heldItems,
  spam_tickets: spamTickets,
  closed_tickets: closedTickets,
  applications: oldApplications,
  competence_files: oldCompetenceFiles,
  sent_words: sentWords,
  acknowledgement_limits: acknowledgementLimits,
  call_numbers: callNumbers,
  quiet_numbers: quietNumbers,
  journal_details: { find: findOldDetails, clear: clearDetails },
  data_request_words: {
    async find(ctx, before, most) {
      const { rows } = await sql<OldRows>`select id, decided_at as at, 'D-' || number as what from data_requests
        where decided_at < ${before}::timestamptz and (words <> '' or address is not null)
          and not exists (select from legal_holds h where h.person_id = data_requests.person_id and h.lifted_at is null)
        order by decided_at, id limit ${most}::int`.execute(ctx.db)
      return rows
    },
    async clear(ctx, ids) {
      await sql`update data_requests set words = '', address = null where id = any (${[...ids]}::uuid[])`.execute(
        ctx.tx,
      )
      return []
    },
  },
} as const satisfies Record<string, Clearing>
export const retentionKinds = Object.keys(clearings) as (keyof typeof clearings)[]
export type RetentionKind = keyof typeof clearings

const BATCH_MAX = 200
const BATCHES_A_ROUND_MAX = 50
const COUNTED_MAX = 10_000
const EXAMPLES_MAX = 5

export interface RetentionRule {
  kind: RetentionKind
  keep_days: number
  switched_on_at: Date | null
  /** What the next round would take: at most 10 000 are counted. */
  would_clear: { count: number; more: boolean; examples: OldRows[] }
  last_run: { ran_at: Date; removed: number } | null
}

/**
 * Every rule with what it would take now, counted by the very question that takes it. `keep_days` shows one rule as if it were changed.
 * Administrators only.
 */
export async function listRetention(
  ctx: Reading,
  question: { kind?: string | undefined; keep_days?: number | undefined } = {},
): Promise<RetentionRule[]> {
  mustAdminister(ctx.actor)
  const { rows } = await sql<Pick<RetentionRule, 'kind' | 'keep_days' | 'switched_on_at' | 'last_run'>>`
    select r.kind, r.keep_days, r.switched_on_at, (select jsonb_build_object('ran_at', x.ran_at, 'removed', x.removed)
      from retention_runs x where x.kind = r.kind order by x.id desc limit 1) as last_run
    from retention_rules r where r.kind = any (${retentionKinds}::text[]) order by r.kind`.execute(ctx.db)
  // As the worker's role: what it will see is more than an administrator's page may read.
  return read(ctx.app, system, async (all) => {
    const rules: RetentionRule[] = []
    for (const rule of rows) {
      const keep_days = rule.kind === question.kind && question.keep_days ? question.keep_days : rule.keep_days
      const old = await clearings[rule.kind].find(all, beforeOf(ctx.now, keep_days), COUNTED_MAX + 1)
      rules.push({
        ...rule,
        last_run: rule.last_run && { ...rule.last_run, ran_at: new Date(rule.last_run.ran_at) },
        keep_days,
        would_clear: {
          count: Math.min(old.length, COUNTED_MAX),
          more: old.length > COUNTED_MAX,
          examples: old.slice(0, EXAMPLES_MAX),
        },
      })
    }
    return rules
  })
}

const beforeOf = (now: Date, days: number) => new Date(now.getTime() - days * 86_400_000)

export const ChangeRetention = z.strictObject({
  kind: z.enum(retentionKinds),
  keep_days: z.coerce.number().int('fault.number').min(1, 'fault.number').max(36_500, 'fault.number'),
  on: z.boolean(),
})

/** Changes for how long a kind is kept, and whether its round runs. Administrators who signed in recently. Records `retention.changed`. */
export async function changeRetention(ctx: Writing, input: z.output<typeof ChangeRetention>): Promise<void> {
  mustAdministerAfresh(ctx)
  const changed_by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql`update retention_rules set keep_days = ${input.keep_days}::int,
      switched_on_at = case when ${input.on}::boolean then coalesce(switched_on_at, ${ctx.now}::timestamptz) end,
      changed_by = ${changed_by}::uuid, changed_at = ${ctx.now}::timestamptz where kind = ${input.kind} returning kind`.execute(
    ctx.tx,
  )
  if (rows.length === 0) refuse('not_found', 'privacy.retention')
  await record(ctx, 'retention.changed', { about: { ...input } })
}

/** The nightly round: what the switched-on rules say, batch by batch, each in a transaction of its own. Answers how many rows went. */
export async function clearOld(app: App): Promise<number> {
  const rules = await read(app, system, async (ctx) => {
    const { rows } = await sql<{ kind: RetentionKind; keep_days: number }>`select kind, keep_days from retention_rules
      where switched_on_at is not null and kind = any (${retentionKinds}::text[]) order by kind`.execute(ctx.db)
    return rows
  })
  let all = 0
  for (const rule of rules) {
    let removed = 0
    for (let batch = 0; batch < BATCHES_A_ROUND_MAX; batch++) {
      const gone = await clearBatch(app, rule)
      removed += gone
      if (gone < BATCH_MAX) break
    }
    await write(app, system, async (ctx) => {
      await sql`insert into retention_runs (id, kind, ran_at, keep_days, removed)
        values (${newId()}::uuid, ${rule.kind}, ${ctx.now}::timestamptz, ${rule.keep_days}::int, ${removed}::int)`.execute(
        ctx.tx,
      )
      if (removed > 0) await record(ctx, 'retention.cleared', { about: { ...rule, removed } })
    })
    all += removed
  }
  return all
}

async function clearBatch(app: App, { kind, keep_days }: { kind: RetentionKind; keep_days: number }): Promise<number> {
  const { ids, blobs } = await write(app, system, async (ctx) => {
    const old = await clearings[kind].find(ctx, beforeOf(ctx.now, keep_days), BATCH_MAX)
    const taken = old.map(({ id }) => id)
    const sha256s = taken.length > 0 ? await clearings[kind].clear(ctx, taken) : []
    return { ids: taken, blobs: await dropBlobs(ctx, sha256s, await stillNamed(ctx, sha256s)) }
  })
  if (kind === 'sent_words') await removeKeptMails(app, ids)
  await removeBlobs(app, blobs)
  return ids.length
}

async function stillNamed(ctx: Writing, sha256s: readonly string[]): Promise<string[]> {
  if (sha256s.length === 0) return []
  const { rows } = await sql<{
    sha256: string
  }>`select sha256 from intake_items where in_blob and sha256 = any (${[...sha256s]}::text[])
    union select f ->> 'sha256' from outbox o cross join lateral jsonb_array_elements(o.attachments) f
      where o.attachments <> '[]' and f ->> 'sha256' = any (${[...sha256s]}::text[])`.execute(ctx.tx)
  return rows.map(({ sha256 }) => sha256)
}
