import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { cleanName, foldName } from './fold-name.ts'
import { readInput } from './read-input.ts'

/** What is left out stays as it is; `null` clears. */
export const ChangePerson = z.strictObject({
  person_id: z.uuid(),
  name: z.string().transform(cleanName).pipe(z.string().min(1, 'fault.required')).optional(),
  language: z.enum(['id', 'en']).optional(),
  organisation_id: z.uuid().nullable().optional(),
  region_code: z.string().max(20).nullable().optional(),
})
export type ChangePerson = z.input<typeof ChangePerson>

/**
 * Corrects a person's name, language, organisation or region. Records `person.changed`. Staff only; refuses not_found for somebody whom
 * they do not see, and for a colleague who asks nothing: those change themselves. (One more address: tickets/add-address.ts.)
 */
export async function changePerson(ctx: Writing, input: ChangePerson): Promise<void> {
  must(ctx.actor, 'person.change')
  const { person_id, ...change } = readInput(ChangePerson, input)
  const { rows } = await sql`update people set
      name = coalesce(${change.name ?? null}::text, name),
      folded_name = coalesce(${change.name === undefined ? null : foldName(change.name) || change.name.toLowerCase()}::text, folded_name),
      language = coalesce(${change.language ?? null}::text, language),
      organisation_id = case when ${change.organisation_id !== undefined} then ${change.organisation_id ?? null}::uuid else organisation_id end,
      region_code = case when ${change.region_code !== undefined} then ${change.region_code ?? null}::text else region_code end
    where id = ${person_id}::uuid returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', 'person')
  await record(ctx, 'person.changed', { about: { person_id, changed: Object.keys(change).join(' ') } })
}
