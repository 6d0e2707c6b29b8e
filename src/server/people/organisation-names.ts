import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { nameLike } from './organisations.ts'

const LETTERS_MIN = 3
const NAMES_MAX = 8

/**
 * Names of organisations of the directory that contain what was typed, those that begin with it first; at most eight, none below three
 * letters. For everybody: a name is the only thing that the public learns of an organisation, and only of one it can name.
 */
export async function organisationNames(ctx: Reading, typed: string): Promise<string[]> {
  const wanted = typed.trim().toLowerCase()
  if (wanted.length < LETTERS_MIN) return []
  const { rows } = await sql<{ name: string }>`select min(name) as name from organisations
    where merged_into is null and lower(name) like ${nameLike(wanted)}::text
    group by lower(name)
    order by starts_with(lower(name), ${wanted}::text) desc, lower(name)
    limit ${NAMES_MAX}::int`.execute(ctx.db)
  return rows.map(({ name }) => name)
}
