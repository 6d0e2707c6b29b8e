import { z } from 'zod'
import type { Selectable } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import type { Operator as OperatorRow } from '../platform/tables.ts'

export type Operator = Omit<Selectable<OperatorRow>, 'only_row'>

/** Who runs this installation; every text is '' until somebody enters it. */
export const operator = (ctx: Reading): Promise<Operator> =>
  ctx.db
    .selectFrom('operator')
    .select([
      'name',
      'short_name',
      'address',
      'phone',
      'sms',
      'whatsapp',
      'email',
      'hours',
      'logo_sha256',
      'updated_at',
    ])
    .executeTakeFirstOrThrow()

const line = (max: number) => z.string().trim().max(max).optional()
export const ChangeOperator = z.strictObject({
  name: line(200),
  short_name: line(60),
  address: line(1000),
  phone: line(60),
  sms: line(60),
  whatsapp: line(60),
  email: z.union([z.literal(''), z.email().max(254)], 'fault.email').optional(),
  hours: line(300),
  /** A blob that was kept before (app.files.keep); null takes the logo away. */
  logo_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .optional(),
})
export type ChangeOperator = z.infer<typeof ChangeOperator>

/** Changes what is given and leaves the rest. Refuses `not_found` for a logo whose blob is not there. */
export async function changeOperator(ctx: Writing, input: ChangeOperator): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const changes = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  if (typeof input.logo_sha256 === 'string') {
    const blob = await ctx.db
      .selectFrom('blobs')
      .select('type')
      .where('sha256', '=', input.logo_sha256)
      .executeTakeFirst()
    if (!blob) refuse('not_found', 'operator.logo')
  }
  await ctx.tx
    .updateTable('operator')
    .set({ ...changes, updated_at: ctx.now })
    .execute()
  await record(ctx, 'operator.changed', { about: { parts: Object.keys(changes).join(',') }, details: changes })
}
