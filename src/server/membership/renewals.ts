import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Language, type Reading, type Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { FORGOTTEN } from '../platform/redact.ts'
import { moment } from '#messages/moments.ts'
import { say } from '../platform/words.ts'
import { provinceFacts } from '../regions/index.ts'
import { endTerms } from './affiliations.ts'
import { applicationUrl } from './application-links.ts'
import { formsOfToday } from './form-of-today.ts'
import { lockMembership } from './lock-membership.ts'
import { openReviews } from './partner-reviews.ts'
import { beginForm } from './start-application.ts'

/** How many days before the end of a term somebody is reminded; each once for each end. */
export const reminderDays = [90, 30, 7] as const

interface Ending {
  affiliation_id: string
  organisation_id: string
  desk_id: string
  days: number
  applicant_id: string | null
}

/**
 * The daily round: terms that come to their end are told of (each reminder once, the newest that is due and no older one), with a form for
 * the renewal that is filled in as they stand today (form-of-today.ts); terms that are over end, and where a member's term began partners are looked at again. Answers how many reminders and ends there were.
 */
export async function renewTerms(app: App): Promise<{ reminded: number; ended: number }> {
  const ended = await write(app, system, async (ctx) => {
    await lockMembership(ctx)
    const over = await endTerms(ctx, sql`ends_at <= ${ctx.now}::timestamptz`, { reason: 'term', by_term: true })
    // A member's word counts from the day on which its term begins: nobody does anything on that day.
    await openReviews(ctx, [...provinceFacts.keys()])
    return over
  })
  const reminded = await write(app, system, remind)
  return { reminded, ended }
}

async function remind(ctx: Writing): Promise<number> {
  const { rows } = await sql<Ending>`
    select a.id as affiliation_id, a.organisation_id, a.desk_id, due.days, p.applicant_id
    from affiliations a
    cross join lateral (select min(d) as days from unnest(${[...reminderDays]}::int[]) d
      where a.ends_at <= ${ctx.now}::timestamptz + make_interval(days => d)) due
    left join applications p on p.id = a.application_id and p.cleared_at is null
    where a.ended_at is null and a.ends_at > ${ctx.now}::timestamptz and due.days is not null
      and not exists (select from affiliations n where n.renewed_from = a.id and n.ended_at is null)
      and not exists (select from renewal_reminders r where r.affiliation_id = a.id and r.ends_at = a.ends_at and r.days <= due.days)
    order by a.ends_at, a.id limit 200`.execute(ctx.db)
  if (rows.length === 0) return 0
  await sql`insert into renewal_reminders (affiliation_id, days, ends_at, sent_at)
    select a.id, r.days, a.ends_at, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (affiliation_id uuid, days int) join affiliations a on a.id = r.affiliation_id
    on conflict do nothing`.execute(ctx.tx)
  const begun = await begunRenewals(
    ctx,
    rows.map(({ affiliation_id }) => affiliation_id),
  )
  const wanting = rows.filter(({ affiliation_id }) => !begun.has(affiliation_id))
  const forms = await formsOfToday(
    ctx,
    wanting.map(({ affiliation_id }) => affiliation_id),
  )
  // A form a term, so few that each may be a statement of its own.
  for (const row of wanting) {
    const today = forms.get(row.affiliation_id)
    if (today)
      await beginForm(ctx, {
        form: today.form,
        // Nobody is left to be written to: the secretariat sees it waiting all the same, and whoever fills it in is written to from then on.
        email: today.email ?? FORGOTTEN,
        language: today.language,
        channel: 'desk',
        applicant_id: row.applicant_id,
        renews: { affiliation_id: row.affiliation_id, organisation_id: row.organisation_id },
      })
  }
  await recordAll(
    ctx,
    rows.map(({ affiliation_id, organisation_id, desk_id, days }) => ({
      kind: 'affiliation.reminded' as const,
      about: { affiliation_id, organisation_id, desk_id, days },
    })),
  )
  return rows.length
}

async function begunRenewals(ctx: Writing, affiliation_ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ renews_id: string }>`select renews_id from applications
    where renews_id = any (${[...affiliation_ids]}::uuid[]) and state in ('received', 'asked')`.execute(ctx.db)
  return new Set(rows.map(({ renews_id }) => renews_id))
}

export interface AffiliationMail {
  fact_id: string
  channel: 'email'
  kind: 'notice'
  recipient: string
  recipient_name: string
  recipient_id: string
  subject: string
  text: string
  language: Language
  automatic: true
}

const told = ['reminded', 'suspended', 'lifted', 'ended'] as const

/** What an institution is told of these facts `affiliation.…`: to the coordinators of its desk and its first contact by mail. At most 500. */
export async function affiliationMails(ctx: Reading, fact_ids: readonly string[]): Promise<AffiliationMail[]> {
  const { rows } = await sql<{
    fact_id: string
    kind: string
    person_id: string
    name: string
    address: string
    language: Language
    institution: string
    standing: 'member' | 'partner'
    ends_at: Date | null
    time_zone: string
    application_id: string | null
    reason: string
  }>`with told as (
      select f.id as fact_id, f.kind, a.kind as standing, a.desk_id, a.ends_at, d.time_zone, o.name as institution,
        coalesce(j.details->>'reason', '') as reason,
        (select p.id from applications p where p.renews_id = a.id and p.state in ('received', 'asked') order by p.id desc limit 1) as application_id
      from facts f join affiliations a on a.id = (f.about->>'affiliation_id')::uuid
      join desks d on d.id = a.desk_id join organisations o on o.id = a.organisation_id
      left join journal_details j on j.fact_id = f.id
      where f.id = any (${[...fact_ids]}::uuid[]))
    select distinct on (t.fact_id, lower(w.address)) t.fact_id, t.kind, t.standing, t.ends_at, t.time_zone, t.institution, t.reason,
      t.application_id, p.id as person_id, p.name, w.address, p.language
    from told t
    cross join lateral (
      (select m.person_id, coalesce(u.email, c.address) as address from desk_members m
        left join accounts k on k.person_id = m.person_id and k.disabled_at is null left join auth.users u on u.id = k.auth_user_id
        left join lateral (select address from contact_points where person_id = m.person_id and channel = 'email' order by created_at, id limit 1) c on true
        where m.desk_id = t.desk_id and m.role = 'coordinator')
      union all
      (select dc.person_id, c.address from duty_contacts dc join contact_points c on c.id = dc.contact_point_id
        where dc.desk_id = t.desk_id and dc.ended_at is null and dc.channel = 'email' order by dc.position, dc.id limit 1)) w
    join people p on p.id = w.person_id and p.erased_at is null
    where w.address is not null order by t.fact_id, lower(w.address), p.id limit 500`.execute(ctx.db)
  return rows.flatMap((row) => {
    const kind = told.find((one) => row.kind === `affiliation.${one}`)
    if (!kind) return []
    const { language } = row
    const values = {
      site: new URL(ctx.app.settings.PANDU_ORIGIN).host,
      name: row.name,
      institution: row.institution,
      standing: say(language, `apply.kind_${row.standing}`),
      ends: row.ends_at ? moment(row.ends_at, row.time_zone, language) : '–',
      reason: row.reason === 'term' || row.reason === '' ? say(language, 'mail.affiliation_term_over') : row.reason,
      link: row.application_id ? applicationUrl(ctx.app, row.application_id) : `${ctx.app.settings.PANDU_ORIGIN}/apply`,
    }
    return [
      {
        fact_id: row.fact_id,
        channel: 'email' as const,
        kind: 'notice' as const,
        recipient: row.address,
        recipient_name: row.name,
        recipient_id: row.person_id,
        subject: say(language, `mail.affiliation_${kind}_subject`, values),
        text: say(language, `mail.affiliation_${kind}_text`, values),
        language,
        automatic: true as const,
      },
    ]
  })
}
