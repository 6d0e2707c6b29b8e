import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { saveProvider } from '../desks/index.ts'
import { addOrganisation } from '../people/index.ts'
import { findRegion } from '../regions/index.ts'
import { ApplicationForm } from './application-form.ts'
import { confirmOwnUnit } from './confirm-own-unit.ts'
import { lockMembership } from './lock-membership.ts'
import { openReviews } from './partner-reviews.ts'
import { findWilling } from './partner-rule.ts'
import { keepParticulars } from './particulars.ts'
import { peopleOfForm, type PeopleOfForm } from './people-of-form.ts'
import { mustBeOpen } from './review-application.ts'
import { endOfDay, startOfDay } from './term-days.ts'
import { addRepresentations, endRepresentations } from './willingness.ts'

/**
 * How long a term is unless the secretariat says otherwise: a year from the day of the decision. Not until 31 December: one person decides
 * the renewals, and they should come spread over the year, as the applications did.
 */
export const TERM_YEARS = 1

export const ApproveApplication = z
  .strictObject({
    application_id: z.uuid(),
    /** The organisation of the directory that it is; null: it becomes a new one. */
    organisation_id: z.uuid().nullable().default(null),
    starts_on: z.iso.date('fault.date'),
    /** The last day; null: without end (own units have none anyway). */
    ends_on: z.iso.date('fault.date').nullable().default(null),
    /** The state_since that the page showed: what its applicant corrected since then is not approved unread. Null asks nothing. */
    as_of: z.iso.datetime().nullable().default(null),
    /** Told with the approval. */
    reason: z
      .string()
      .trim()
      .max(2000, 'fault.too_long')
      .transform((text) => (text === '' ? null : text))
      .nullable()
      .default(null),
  })
  .refine(({ starts_on, ends_on }) => ends_on === null || ends_on > starts_on, {
    path: ['ends_on'],
    message: 'apply.fault_ends_before',
  })
type Approve = z.output<typeof ApproveApplication>

/**
 * Approves: organisation, desk, competences with their evidence, duty contacts, standing and representations, all or nothing; a reaction
 * on `application.approved` tells the applicant and invites whoever shall work there. For the secretariat's coordinators and
 * administrators who signed in recently. Refuses conflict `application.over`, `application.not_filled`, `application.changed`, `affiliation.exists`,
 * and `partner.member_willing` where the partner rule stands in the way.
 */
export async function approveApplication(
  ctx: Writing,
  input: Approve,
): Promise<{ organisation_id: string; desk_id: string; affiliation_id: string | null }> {
  mustCoordinateAll(ctx.actor)
  mustHaveSignedInRecently(ctx)
  await lockMembership(ctx)
  await mustBeOpen(ctx, input.application_id)
  const application = await filledForm(ctx, input)
  const { form } = application
  if (form.kind === 'partner') await mustBeAdmissible(ctx, form.represents)
  const people = await peopleOfForm(ctx, application)
  const organisation_id = await organisationOf(ctx, application, input.organisation_id)
  const desk_id = await deskOf(ctx, form, organisation_id, people)
  await keepParticulars(ctx, { organisation_id, application_id: input.application_id, form })
  const affiliation_id =
    form.kind === 'own_unit' ? null : await begin(ctx, { ...input, ...application, form, organisation_id, desk_id })
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`update applications set state = 'approved', state_since = ${ctx.now}::timestamptz, decided_at = ${ctx.now}::timestamptz,
      decided_by = ${by}::uuid, reason = ${input.reason}, organisation_id = ${organisation_id}::uuid
    where id = ${input.application_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'application.approved', {
    about: { application_id: input.application_id, kind: form.kind, organisation_id, desk_id, affiliation_id },
    ...(input.reason ? { details: { reason: input.reason } } : {}),
  })
  return { organisation_id, desk_id, affiliation_id }
}

interface Filled {
  id: string
  form: ApplicationForm
  language: 'id' | 'en'
  organisation_id: string | null
  renews_id: string | null
}

async function filledForm(ctx: Writing, { application_id, as_of }: Approve): Promise<Filled> {
  const { rows } = await sql<
    Filled & { submitted_at: Date | null; state_since: Date }
  >`select id, form, language, organisation_id, renews_id, submitted_at, state_since
    from applications where id = ${application_id}::uuid`.execute(ctx.db)
  const { submitted_at, state_since, ...row } = rows[0]!
  if (!submitted_at) refuse('conflict', 'application.not_filled')
  if (as_of !== null && as_of !== state_since.toISOString()) refuse('conflict', 'application.changed')
  return { ...row, form: ApplicationForm.parse(row.form) }
}

/** The partner rule (partner-rule.ts), asked in the moment of admission. */
async function mustBeAdmissible(ctx: Writing, provinces: readonly string[]): Promise<void> {
  if ((await findWilling(ctx, provinces)).length > 0)
    refuse('conflict', 'partner.member_willing', [{ path: 'represents', key: 'refusal.partner.member_willing' }])
}

async function organisationOf(ctx: Writing, application: Filled, chosen: string | null): Promise<string> {
  const known = application.organisation_id ?? chosen
  const { name, kind, region_code } = application.form.institution
  if (known === null) return (await addOrganisation(ctx, { name, kind, region_code })).id
  const { rows } = await sql`select from organisations where id = ${known}::uuid and merged_into is null`.execute(
    ctx.db,
  )
  if (rows.length === 0) refuse('invalid', 'form', [{ path: 'organisation_id', key: 'fault.organisation' }])
  return known
}

async function deskOf(
  ctx: Writing,
  form: ApplicationForm,
  organisation_id: string,
  people: PeopleOfForm,
): Promise<string> {
  const region = await findRegion(ctx, form.institution.region_code)
  const time_zone = region?.time_zone ?? 'Asia/Jakarta'
  const name = form.institution.name.slice(0, 120)
  const { hours } = form
  if (form.kind === 'own_unit') {
    const members = [
      { person_id: people.responsible_id, role: 'coordinator' as const },
      ...people.staff_ids.map((person_id) => ({ person_id, role: 'agent' as const })),
    ]
    const regions = form.regions.length > 0 ? form.regions : [form.institution.region_code]
    const unit = { organisation_id, name, time_zone, hours, regions, members, offices: form.offices }
    return (await confirmOwnUnit(ctx, { ...unit, mail_local_part: null })).desk_id
  }
  return saveProvider(ctx, {
    organisation_id,
    name,
    time_zone,
    hours,
    about: form.institution.about,
    website: form.institution.website,
    // Whoever represents a province serves it.
    regions: [...new Set([...form.represents, ...form.regions])],
    serves_neighbours: form.serves_neighbours,
    serves_nation: form.serves_nation,
    kinds: form.kinds,
    languages: form.languages,
    capacity_per_week: form.capacity_per_week,
    competences: competencesOf(form),
    contacts: people.contacts,
    coordinator_id: people.responsible_id,
  })
}

/** Each competence once: the highest level that something shows, until the longest of what shows it ends. */
export function competencesOf({
  competences,
}: Pick<ApplicationForm, 'competences'>): { code: string; level: number; valid_until: Date }[] {
  return [...Map.groupBy(competences, ({ code }) => code)].map(([code, lines]) => ({
    code,
    level: Math.max(...lines.map(({ level }) => level)),
    valid_until: new Date(Math.max(...lines.map(({ valid_until }) => endOfDay(valid_until).getTime()))),
  }))
}

/** The term, what is represented in it, and the evidence. */
async function begin(
  ctx: Writing,
  given: Approve & Filled & { organisation_id: string; desk_id: string },
): Promise<string> {
  const { form, organisation_id, desk_id, renews_id } = given
  const kind = form.kind === 'partner' ? 'partner' : 'member'
  const term = await termOf(ctx, given, kind)
  const id = newId()
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into affiliations (id, organisation_id, desk_id, kind, starts_at, ends_at, application_id, renewed_from, made_at, made_by)
    values (${id}::uuid, ${organisation_id}::uuid, ${desk_id}::uuid, ${kind},
      greatest(${term.starts_at}::timestamptz, (select ends_at from affiliations where id = ${renews_id}::uuid)), ${term.ends_at}::timestamptz,
      ${given.application_id}::uuid, ${renews_id}::uuid, ${ctx.now}::timestamptz, ${by}::uuid)`.execute(ctx.tx)
  await record(ctx, 'affiliation.started', {
    about: { affiliation_id: id, organisation_id, desk_id, kind, renewed_from: renews_id },
  })
  await saveEvidence(ctx, desk_id, form)
  const reason = `application ${given.application_id}`
  if (renews_id)
    await endRepresentations(
      ctx,
      sql`organisation_id = ${organisation_id}::uuid and province_code <> all (${form.represents}::text[])`,
      reason,
    )
  await addRepresentations(ctx, { organisation_id, kind, provinces: form.represents, reason })
  if (kind === 'member') await openReviews(ctx, form.represents)
  return id
}

/** A renewal goes on where the term before ends; whoever is member or partner already is not admitted beside it. */
async function termOf(ctx: Writing, given: Approve & Filled & { organisation_id: string }, kind: string) {
  const { rows } = await sql<{
    id: string
    kind: string
    ends_at: Date | null
  }>`select id, kind, ends_at from affiliations
    where organisation_id = ${given.organisation_id}::uuid and ended_at is null order by starts_at desc, id limit 10 for update`.execute(
    ctx.tx,
  )
  const before = rows.find(({ id }) => id === given.renews_id)
  if (rows.length > (before ? 1 : 0) || (before && before.kind !== kind)) refuse('conflict', 'affiliation.exists')
  const today = startOfDay(given.starts_on) <= ctx.now ? ctx.now : startOfDay(given.starts_on)
  const starts_at = before?.ends_at && before.ends_at > today ? before.ends_at : today
  const ends_at = given.ends_on === null ? null : endOfDay(given.ends_on)
  if (ends_at !== null && ends_at <= starts_at)
    refuse('invalid', 'form', [{ path: 'ends_on', key: 'apply.fault_ends_before' }])
  return { starts_at, ends_at }
}

/** What the form shows now counts; what an earlier one showed is withdrawn, and stays to be read. */
async function saveEvidence(ctx: Writing, desk_id: string, { competences }: ApplicationForm): Promise<void> {
  await sql`update evidence set withdrawn_at = ${ctx.now}::timestamptz where desk_id = ${desk_id}::uuid and withdrawn_at is null`.execute(
    ctx.tx,
  )
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const rows = competences.map((line) => ({ ...line, id: newId(), valid_until: endOfDay(line.valid_until) }))
  await sql`insert into evidence (id, desk_id, competence_code, level, kind, title, url, valid_until, recorded_at, recorded_by)
    select id, ${desk_id}::uuid, code, level, kind, title, url, valid_until, ${ctx.now}::timestamptz, ${by}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as e (id uuid, code text, level int, kind text, title text, url text, valid_until timestamptz)`.execute(ctx.tx)
}
