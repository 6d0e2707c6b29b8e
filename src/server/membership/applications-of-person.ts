import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'

/** For whoever asks what is known of them: their own applications, without the other people that stand in them. */
export interface CopiedApplication {
  number: string
  kind: string
  state: string
  made_at: Date
  decided_at: Date | null
  reason: string | null
  /** As they filled it in, without duty contacts and staff. */
  form: Record<string, unknown>
  words: { by: 'you' | 'staff'; at: string; text: string }[]
  files: { name: string; type: string; size: number }[]
}

const ROWS_MAX = 1_000

/** Applications that this person made and whose mails go to this address, the oldest first. */
export async function applicationsOfPerson(
  ctx: Reading,
  { person_id, address }: { person_id: string; address: string },
): Promise<CopiedApplication[]> {
  const { rows } = await sql<CopiedApplication>`select number::text as number, kind, state, made_at, decided_at, reason,
      form - 'contacts' - 'staff' as form,
      coalesce((select jsonb_agg(jsonb_build_object('by', case when w.by_applicant then 'you' else 'staff' end, 'at', w.at, 'text', w.text) order by w.at, w.id)
        from application_words w where w.application_id = a.id), '[]') as words,
      coalesce((select jsonb_agg(jsonb_build_object('name', f.name, 'type', f.type, 'size', f.size) order by f.at, f.id)
        from application_files f where f.application_id = a.id), '[]') as files
    from applications a where a.applicant_id = ${person_id}::uuid and lower(a.contact_address) = ${address} and a.cleared_at is null
    order by a.id limit ${ROWS_MAX}::int`.execute(ctx.db)
  return rows
}
