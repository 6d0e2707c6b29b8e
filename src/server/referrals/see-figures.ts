import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import type { Figures } from './reckon-figures.ts'
import type { Quarter } from './quarters.ts'

export interface SeenFigures {
  quarter: Quarter
  reckoned_at: Date
  figures: Figures
  /** Names of everything that the figures name by code or id; of organisations as they are called today. */
  names: {
    organisations: Record<string, string>
    provinces: Record<string, string>
    topics: Record<string, { id: string; en: string }>
  }
  /** All that there are, the newest first. */
  quarters: Quarter[]
}

const QUARTERS_MAX = 80

/**
 * The figures of one quarter as everybody may read them, of the newest when none is named; null while there are none. Refuses `not_found`
 * for a quarter that was not reckoned.
 */
export async function seeFigures(
  ctx: Reading,
  question: { quarter?: Quarter | undefined } = {},
): Promise<SeenFigures | null> {
  const { rows } = await sql<SeenFigures>`select f.quarter, f.reckoned_at, f.figures,
      array(select quarter from referral_figures order by quarter desc limit ${QUARTERS_MAX}::int) as quarters,
      json_build_object(
        'organisations', (select coalesce(json_object_agg(o.id, o.name), '{}') from jsonb_array_elements(f.figures->'providers') p
          join organisations o on o.id = (p->>'organisation_id')::uuid),
        'provinces', (select coalesce(json_object_agg(r.code, r.name), '{}') from jsonb_array_elements_text(f.figures->'provinces') c
          join regions r on r.code = c),
        'topics', (select coalesce(json_object_agg(t.code, json_build_object('id', t.name_id, 'en', t.name_en)), '{}')
          from jsonb_array_elements_text(f.figures->'topics') c join topics t on t.code = c)) as names
    from referral_figures f where ${question.quarter ?? null}::text is null or f.quarter = ${question.quarter ?? null}
    order by f.quarter desc limit 1`.execute(ctx.db)
  const [seen] = rows
  if (seen) return seen
  return question.quarter === undefined ? null : refuse('not_found', 'figures.quarter')
}
