import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'

export const urgencyCodes = ['low', 'normal', 'high', 'emergency'] as const
/** A letter comes and goes by post, so it may take longer; every other channel is `other`. */
export const answerChannels = ['other', 'letter'] as const

export interface AnswerTime {
  urgency: (typeof urgencyCodes)[number]
  channel: (typeof answerChannels)[number]
  working_minutes: number
}

/** The eight values, from low to emergency, other channels before letters. */
export async function listAnswerTimes(ctx: Reading): Promise<AnswerTime[]> {
  const { rows } = await sql<AnswerTime>`select urgency, channel, working_minutes from answer_times
    order by array_position(${urgencyCodes}::text[], urgency), array_position(${answerChannels}::text[], channel) limit 20`.execute(
    ctx.db,
  )
  return rows
}

const WORKING_MINUTES_MAX = 160 * 60

export const SaveAnswerTimes = z.strictObject({
  times: z
    .array(
      z.strictObject({
        urgency: z.enum(urgencyCodes),
        channel: z.enum(answerChannels),
        working_minutes: z.int().min(1).max(WORKING_MINUTES_MAX),
      }),
    )
    .min(1)
    .max(8),
})
export type SaveAnswerTimes = z.infer<typeof SaveAnswerTimes>

/** Changes the values that are given. What was promised before stays promised: running clocks are not reckoned anew. */
export async function saveAnswerTimes(ctx: Writing, input: SaveAnswerTimes): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await sql`insert into answer_times (urgency, channel, working_minutes)
    select distinct on (urgency, channel) urgency, channel, working_minutes
    from jsonb_to_recordset(${JSON.stringify(input.times)}::jsonb) as t (urgency text, channel text, working_minutes int)
    order by urgency, channel, working_minutes
    on conflict (urgency, channel) do update set working_minutes = excluded.working_minutes`.execute(ctx.tx)
  await record(ctx, 'service_level.changed', { about: { what: 'answer_times' }, details: { ...input } })
}
