import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, everybody, through, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { countHitAtOnce } from '../platform/limits.ts'
import { FORGOTTEN } from '../platform/redact.ts'
import { refuse, type Fault } from '../platform/refusal.ts'
import { pageVersion, privacyVersion } from '../desks/index.ts'
import { findOrMakePeople, recordConsents } from '../people/index.ts'
import { ApplicationFiles, keepApplicationFiles } from './application-files.ts'
import { acceptedPages, ApplicationForm } from './application-form.ts'
import { applicationToken, applicationTokenHash } from './application-links.ts'
import { readForm } from './read-form.ts'

export const Apply = z.strictObject({
  /** Made by the server when the form was shown: the same form posted twice is one application. */
  form_id: z.string().min(1).max(100),
  /** The one that this completes: begun by the secretariat or a renewal, or to be corrected after a question. */
  application_id: z.uuid().nullable().default(null),
  form: ApplicationForm,
  /** The version of the statutes or terms that was shown and accepted; null where nothing was. */
  accepted_version: z.int().nullable(),
  /** The version of the privacy notice that was shown and agreed to; null where it was not. */
  privacy_version: z.int().nullable(),
  attachments: ApplicationFiles,
  language: z.enum(['id', 'en']).default('id'),
})

export interface Applied {
  id: string
  number: string
  /** Of the secret link. */
  token: string
}

/**
 * An application by the web form: the row, its documents, who applies and what they accepted, in one transaction (door intake). The same
 * form posted again gives the same application. Refuses `invalid` with faults, `too_many`, `conflict` for one that was decided meanwhile.
 */
export async function apply(
  app: App,
  { client, ...input }: z.input<typeof Apply> & { client: string },
): Promise<Applied> {
  const given = readForm(Apply, input)
  // Outside the transaction: what is refused must count too.
  await countHitAtOnce({ app, db: through(app, 'intake') }, limitOf('apply_client', client))
  return enter(app, 'intake', async (ctx) => {
    const accepted = await checkAgainstToday(ctx, given)
    // The journal says that somebody from outside did it, not the system.
    const outside = { ...ctx, actor: everybody }
    const { responsible } = given.form
    const [person] = await findOrMakePeople(outside, [
      { name: responsible.name, channel: 'email', address: responsible.email, language: given.language },
    ])
    const kept = given.application_id
      ? await complete(ctx, given.application_id, given, accepted, person!.id)
      : await keep(ctx, given, accepted, person!.id)
    const { is_new, ...applied } = kept
    if (!is_new) return applied
    await keepApplicationFiles(ctx, { application_id: kept.id, files: given.attachments })
    await recordConsents(outside, [
      { person_id: person!.id, purpose: 'application', text_version: given.privacy_version!, channel: 'web' },
    ])
    await record(outside, 'application.received', { about: { application_id: kept.id, kind: given.form.kind } })
    return applied
  })
}

type Given = z.output<typeof Apply>
interface Kept extends Applied {
  is_new: boolean
}
interface Accepted {
  page: string | null
  version: number | null
}

/** What a schema cannot know: codes that exist, texts in force, evidence that has not ended. Refuses `invalid` with every fault at once. */
async function checkAgainstToday(ctx: Writing, { form, accepted_version, privacy_version }: Given): Promise<Accepted> {
  const page = acceptedPages[form.kind]
  const [privacy, version, unknown] = [
    await privacyVersion(ctx),
    page === null ? null : await pageVersion(ctx, page),
    await unknownCodes(ctx, form),
  ]
  const today = ctx.now.toISOString().slice(0, 10)
  const faults: Fault[] = [
    ...unknown,
    ...form.competences.flatMap(({ valid_until }, index) =>
      valid_until <= today ? [{ path: `competences.${index}.valid_until`, key: 'apply.fault_evidence_ended' }] : [],
    ),
    // Nobody can have accepted a text that does not exist yet.
    ...(version !== null && !isVersion(accepted_version, version)
      ? [{ path: 'accepted', key: 'apply.fault_accepted' }]
      : []),
    ...(isVersion(privacy_version, privacy) ? [] : [{ path: 'consent', key: 'ask.fault_consent' }]),
  ]
  if (faults.length > 0) refuse('invalid', 'form', faults)
  return { page, version: page === null ? null : accepted_version }
}

const isVersion = (given: number | null, newest: number) => given !== null && given >= 1 && given <= newest

async function unknownCodes(ctx: Writing, form: ApplicationForm): Promise<Fault[]> {
  const regions = [form.institution.region_code, ...form.represents, ...form.regions]
  const { rows } = await sql<{ regions: string[]; competences: string[] }>`select
    array(select unnest(${regions}::text[]) except select code from regions) as regions,
    array(select unnest(${form.competences.map(({ code }) => code)}::text[])
      except select code from competences where switched_off_at is null) as competences`.execute(ctx.db)
  const [bad] = rows
  const isBad = (code: string) => bad!.regions.includes(code)
  return [
    ...(isBad(form.institution.region_code) ? [{ path: 'institution.region_code', key: 'fault.region' }] : []),
    ...(form.represents.some(isBad) ? [{ path: 'represents', key: 'fault.region' }] : []),
    ...(form.regions.some(isBad) ? [{ path: 'regions', key: 'fault.region' }] : []),
    ...form.competences.flatMap(({ code }, index) =>
      bad!.competences.includes(code) ? [{ path: `competences.${index}.code`, key: 'apply.fault_competence' }] : [],
    ),
  ]
}

async function keep(ctx: Writing, given: Given, accepted: Accepted, applicant_id: string): Promise<Kept> {
  const id = newId()
  const { rows } = await sql<{ number: string }>`
    insert into applications (id, kind, channel, language, form, contact_address, token_hash, applicant_id, form_id,
      accepted_page, accepted_version, accepted_at, submitted_at, made_at, state_since)
    values (${id}::uuid, ${given.form.kind}, 'web', ${given.language}, ${JSON.stringify(given.form)}::jsonb, ${given.form.responsible.email},
      ${applicationTokenHash(ctx.app, id)}, ${applicant_id}::uuid, ${given.form_id}, ${accepted.page}, ${accepted.version}::int,
      ${accepted.page === null ? null : ctx.now}::timestamptz, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz)
    on conflict (form_id) do nothing returning number::text as number`.execute(ctx.tx)
  if (rows[0]) return { id, number: rows[0].number, token: applicationToken(ctx.app, id), is_new: true }
  const { rows: known } = await sql<{ id: string; number: string }>`select id, number::text as number from applications
    where form_id = ${given.form_id}`.execute(ctx.db)
  const first = known[0] ?? refuse('conflict', 'application.over')
  return { ...first, token: applicationToken(ctx.app, first.id), is_new: false }
}

/** The applicant's turn: a form that was begun for them, or one that they correct after a question. The mails go where they went, unless that was forgotten. */
async function complete(
  ctx: Writing,
  id: string,
  given: Given,
  accepted: Accepted,
  applicant_id: string,
): Promise<Kept> {
  const { rows } = await sql<{ number: string }>`
    update applications set kind = ${given.form.kind}, form = ${JSON.stringify(given.form)}::jsonb, language = ${given.language},
      applicant_id = ${applicant_id}::uuid, accepted_page = ${accepted.page}, accepted_version = ${accepted.version}::int,
      accepted_at = ${accepted.page === null ? null : ctx.now}::timestamptz, submitted_at = coalesce(submitted_at, ${ctx.now}::timestamptz),
      contact_address = case when contact_address = ${FORGOTTEN} then ${given.form.responsible.email} else contact_address end,
      state = 'received', state_since = ${ctx.now}::timestamptz
    where id = ${id}::uuid and state = 'asked' and (renews_id is null or kind = ${given.form.kind}) returning number::text as number`.execute(
    ctx.tx,
  )
  const token = applicationToken(ctx.app, id)
  if (rows[0]) return { id, number: rows[0].number, token, is_new: true }
  // The second press of the same button finds it received already.
  const { rows: known } = await sql<{ number: string }>`select number::text as number from applications
    where id = ${id}::uuid and state = 'received' and form = ${JSON.stringify(given.form)}::jsonb`.execute(ctx.db)
  const first = known[0] ?? refuse('conflict', 'application.over')
  return { id, number: first.number, token, is_new: false }
}
