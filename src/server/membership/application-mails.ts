import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { FORGOTTEN } from '../platform/redact.ts'
import { say } from '../platform/words.ts'
import { applicationUrl } from './application-links.ts'

/** A mail as channels/queueMessages takes it; channels/tell-applicants.ts queues it. */
export interface ApplicationMail {
  fact_id: string
  channel: 'email'
  kind: 'notice'
  recipient: string
  recipient_name: string
  recipient_id?: string
  subject: string
  text: string
  language: Language
  automatic: true
}

/** Of confirmations to one address; the applications themselves are all kept. */
const MAILS_A_DAY_MAX = 3

const told = ['received', 'started', 'asked', 'approved', 'declined', 'link_sent'] as const

/** What whoever applied is told of these facts `application.…`, each in the language of their application. At most 500. */
export async function applicationMails(ctx: Reading, fact_ids: readonly string[]): Promise<ApplicationMail[]> {
  const { rows } = await sql<{
    fact_id: string
    kind: string
    id: string
    number: string
    language: Language
    address: string
    name: string
    applicant_id: string | null
    standing: string
    institution: string
    is_renewal: boolean
    reason: string
    question: string
  }>`select f.id as fact_id, f.kind, a.id, a.number::text as number, a.language, a.contact_address as address, a.applicant_id,
      a.kind as standing, a.renews_id is not null as is_renewal, coalesce(a.form->'responsible'->>'name', '') as name,
      coalesce(a.form->'institution'->>'name', '') as institution, coalesce(a.reason, '') as reason,
      coalesce((select w.text from application_words w where w.application_id = a.id and not w.by_applicant and w.at <= f.at
        order by w.at desc, w.id desc limit 1), '') as question
    from facts f join applications a on a.id = (f.about->>'application_id')::uuid and a.cleared_at is null
      and a.contact_address <> ${FORGOTTEN}
    where f.id = any (${[...fact_ids]}::uuid[])
      -- Whoever types somebody else's address does not make us fill their mailbox.
      and (f.kind <> 'application.received' or (select count(*) from applications o where lower(o.contact_address) = lower(a.contact_address)
        and o.made_at > a.made_at - interval '1 day' and o.made_at <= a.made_at) <= ${MAILS_A_DAY_MAX}::int)
    order by f.id limit 500`.execute(ctx.db)
  return rows.flatMap((row) => {
    const kind = told.find((one) => row.kind === `application.${one}`)
    if (!kind) return []
    const { language } = row
    const values = {
      site: new URL(ctx.app.settings.PANDU_ORIGIN).host,
      number: row.number,
      name: row.name,
      institution: row.institution,
      standing: say(language, `apply.kind_${row.standing as 'member' | 'partner' | 'own_unit'}`),
      reason: row.reason || '–',
      question: row.question,
      link: applicationUrl(ctx.app, row.id),
    }
    return [
      {
        fact_id: row.fact_id,
        channel: 'email' as const,
        kind: 'notice' as const,
        recipient: row.address,
        recipient_name: row.name,
        ...(row.applicant_id ? { recipient_id: row.applicant_id } : {}),
        subject: say(language, `mail.application_${kind}_subject`, values),
        text: say(language, `mail.application_${kind}_text`, values),
        language,
        automatic: true as const,
      },
    ]
  })
}

/** Of notices to the secretariat in 24 hours: whoever floods the form does not flood them. All applications stand in the list. */
const NOTICES_A_DAY_MAX = 10

/**
 * That an application came in (or was filled in, or corrected), to whoever decides: the coordinators of the secretariat's desk, or all who work
 * there where it has none. Number and link only: what a stranger typed stands behind the sign-in. At most 500.
 */
export async function applicationNotices(ctx: Reading, fact_ids: readonly string[]): Promise<ApplicationMail[]> {
  const { rows } = await sql<{
    fact_id: string
    id: string
    number: string
    standing: 'member' | 'partner' | 'own_unit'
    person_id: string
    name: string
    address: string
    language: Language
    many: number
  }>`with arrived as (
      select f.id as fact_id, a.id, a.number::text as number, a.kind as standing,
        (select count(*)::int from applications o where o.submitted_at is not null and o.id <> a.id
          and o.state_since > f.at - interval '1 day' and o.state_since <= f.at) as many
      from facts f join applications a on a.id = (f.about->>'application_id')::uuid and a.cleared_at is null and a.state = 'received'
      where f.id = any (${[...fact_ids]}::uuid[]) and f.kind = 'application.received'),
    secretaries as (
      select m.person_id, m.role from desk_members m join desks d on d.id = m.desk_id and d.kind = 'secretariat' and d.closed_at is null)
    select r.fact_id, r.id, r.number, r.standing, r.many, p.id as person_id, p.name, u.email as address, p.language
    from arrived r cross join secretaries s
    join people p on p.id = s.person_id and p.erased_at is null
    join accounts k on k.person_id = p.id and k.disabled_at is null join auth.users u on u.id = k.auth_user_id
    where r.many < ${NOTICES_A_DAY_MAX}::int
      and (s.role = 'coordinator' or not exists (select from secretaries c where c.role = 'coordinator'))
    order by r.fact_id, p.id limit 500`.execute(ctx.db)
  return rows.map(({ fact_id, id, number, standing, many, person_id, name, address, language }) => {
    const values = {
      site: new URL(ctx.app.settings.PANDU_ORIGIN).host,
      number,
      standing: say(language, `apply.kind_${standing}`),
      link: `${ctx.app.settings.PANDU_ORIGIN}/desk/settings/applications/${id}`,
      last: many + 1 === NOTICES_A_DAY_MAX ? 'yes' : 'no',
    }
    return {
      fact_id,
      channel: 'email' as const,
      kind: 'notice' as const,
      recipient: address,
      recipient_name: name,
      recipient_id: person_id,
      subject: say(language, 'mail.application_arrived_subject', values),
      text: say(language, 'mail.application_arrived_text', values),
      language,
      automatic: true as const,
    }
  })
}

export interface Uninvited {
  fact_id: string
  name: string
  email: string
  language: Language
}

/** Of approvals: who shall work at the desk that was made, and has no account yet. */
export async function whoToInvite(ctx: Reading, fact_ids: readonly string[]): Promise<Uninvited[]> {
  const { rows } =
    await sql<Uninvited>`select distinct on (p.id) f.id as fact_id, p.name, c.address as email, a.language
    from facts f join applications a on a.id = (f.about->>'application_id')::uuid and a.state = 'approved'
    join desk_members m on m.desk_id = (f.about->>'desk_id')::uuid
    join people p on p.id = m.person_id and p.erased_at is null
    join contact_points c on c.person_id = p.id and c.channel = 'email'
      and lower(c.address) in (select lower(e) from unnest(array[a.form->'responsible'->>'email']
        || array(select s->>'email' from jsonb_array_elements(coalesce(a.form->'staff', '[]')) s)) e)
    where f.id = any (${[...fact_ids]}::uuid[]) and f.kind = 'application.approved'
      and not exists (select from accounts x where x.person_id = p.id)
    order by p.id, f.id limit 500`.execute(ctx.db)
  return rows
}
