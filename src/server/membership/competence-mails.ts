import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { say } from '../platform/words.ts'
import type { AffiliationMail } from './renewals.ts'

/** What was decided about a proposed competence, to whoever proposed it, of these facts `competence.confirmed` and `competence.refused`. At most 500. */
export async function competenceMails(ctx: Reading, fact_ids: readonly string[]): Promise<AffiliationMail[]> {
  const { rows } = await sql<{
    fact_id: string
    state: 'confirmed' | 'refused'
    person_id: string
    name: string
    language: Language
    address: string
    institution: string
    name_id: string
    name_en: string
    title: string
    reason: string
    desk_id: string
  }>`select f.id as fact_id, p.state, w.id as person_id, w.name, w.language, c.address, d.name as institution, k.name_id, k.name_en, p.title,
      coalesce(p.reason, '') as reason, p.desk_id
    from facts f join competence_proposals p on p.id = (f.about->>'proposal_id')::uuid and p.state in ('confirmed', 'refused')
    join desks d on d.id = p.desk_id join competences k on k.code = p.competence_code
    join people w on w.id = p.proposed_by and w.erased_at is null
    cross join lateral (select address from contact_points where person_id = w.id and channel = 'email'
      order by verified_at is null, verified_at, id limit 1) c
    where f.id = any (${[...fact_ids]}::uuid[]) and f.kind in ('competence.confirmed', 'competence.refused') order by f.id limit 500`.execute(
    ctx.db,
  )
  return rows.map((row) => {
    const { language, state } = row
    const values = {
      site: new URL(ctx.app.settings.PANDU_ORIGIN).host,
      name: row.name,
      institution: row.institution,
      competence: language === 'id' ? row.name_id : row.name_en,
      title: row.title,
      reason: row.reason || '–',
      link: `${ctx.app.settings.PANDU_ORIGIN}/desk/settings/providers/${row.desk_id}#proposals`,
    }
    return {
      fact_id: row.fact_id,
      channel: 'email' as const,
      kind: 'notice' as const,
      recipient: row.address,
      recipient_name: row.name,
      recipient_id: row.person_id,
      subject: say(language, `mail.competence_${state}_subject`, values),
      text: say(language, `mail.competence_${state}_text`, values),
      language,
      automatic: true as const,
    }
  })
}
