import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { mustCoordinateAll } from '../../platform/may-coordinate-all.ts'
import { refuse } from '../../platform/refusal.ts'
import { lineOf } from './number-of.ts'

export interface PhoneLine {
  number: string
  desk: { id: string; name: string }
}

const LINES_MAX = 1000

/** Our own numbers, each with the desk whose telephone rings. Everybody may know them. */
export async function listPhoneLines(ctx: Reading): Promise<PhoneLine[]> {
  const { rows } =
    await sql<PhoneLine>`select l.number, json_build_object('id', d.id, 'name', d.name) as desk from phone_lines l
    join desks d on d.id = l.desk_id order by d.kind <> 'secretariat', lower(d.name), l.number limit ${LINES_MAX}`.execute(
      ctx.db,
    )
  return rows
}

export const AddPhoneLine = z.strictObject({ number: z.string().trim().min(1).max(60), desk_id: z.uuid() })
export type AddPhoneLine = z.infer<typeof AddPhoneLine>

/**
 * From now on this number is that desk's; a number that was another's moves. For administrators and the secretariat's coordinators. Refuses
 * invalid for what is no number, and for a desk whose telephone this cannot be: one that there is not, that is closed, or of a provider.
 */
export async function addPhoneLine(ctx: Writing, input: AddPhoneLine): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const number = lineOf(input.number)
  if (!/^\+?\d{2,20}$/.test(number)) refuse('invalid', 'form', [{ path: 'number', key: 'fault.phone' }])
  const { rows: desks } = await sql`select from desks
    where id = ${input.desk_id}::uuid and closed_at is null and kind <> 'provider'`.execute(ctx.db)
  if (desks.length === 0) refuse('invalid', 'form', [{ path: 'desk_id', key: 'fault.desk_closed' }])
  await sql`delete from phone_lines where number = ${number}`.execute(ctx.tx)
  await ctx.tx.insertInto('phone_lines').values({ number, desk_id: input.desk_id }).execute()
  await record(ctx, 'phone_line.changed', { about: { desk_id: input.desk_id, removed: false }, details: { number } })
}

/** Takes a number away. Refuses not_found where there is none. */
export async function removePhoneLine(ctx: Writing, { number }: { number: string }): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const { rows } = await sql<{
    desk_id: string
  }>`delete from phone_lines where number = ${number} returning desk_id`.execute(ctx.tx)
  const gone = rows[0] ?? refuse('not_found', 'phone_line')
  await record(ctx, 'phone_line.changed', { about: { desk_id: gone.desk_id, removed: true }, details: { number } })
}
