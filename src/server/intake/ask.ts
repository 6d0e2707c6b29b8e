import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, everybody, through, type Writing } from '../platform/context.ts'
import { countHitAtOnce } from '../platform/limits.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { refuse } from '../platform/refusal.ts'
import { takeItems } from '../channels/index.ts'
import { privacyVersion } from '../desks/index.ts'
import { normaliseAddress, organisationNamed, recordConsents } from '../people/index.ts'
import { expectedAnswer } from '../service_levels/index.ts'
import { makeFollowLink } from '../tickets/index.ts'
import { FormAttachments, FormId, readForm } from './form.ts'
import { takeRequest } from './take-request.ts'

const address = (channel: 'email' | 'phone') =>
  z
    .string()
    .max(320, `ask.fault_${channel}`)
    .refine((text) => normaliseAddress(channel, text) !== null, `ask.fault_${channel}`)
    .nullable()
    .default(null)

export const Ask = z
  .strictObject({
    form_id: FormId,
    text: z.string().trim().min(1, 'ask.fault_text').max(20_000, 'ask.fault_text_long'),
    kind: z.enum(['free_help', 'paid', 'not_known']).default('not_known'),
    region_code: z
      .string()
      .regex(/^\d{2}(\.\d{2})?$/, 'fault.region')
      .nullable()
      .default(null),
    organisation: z.string().trim().max(200, 'ask.fault_organisation').nullable().default(null),
    name: z.string().trim().min(1, 'ask.fault_name').max(200, 'ask.fault_name'),
    email: address('email'),
    phone: address('phone'),
    language: z.enum(['id', 'en']).default('id'),
    /** The version of the privacy notice that was shown and agreed to. */
    privacy_version: z.int().min(1, 'ask.fault_consent'),
    attachments: FormAttachments,
  })
  .refine(({ email, phone }) => email !== null || phone !== null, { path: ['email'], message: 'ask.fault_contact' })
export type Ask = z.output<typeof Ask>

export interface Asked {
  ticket: { id: string; number: string }
  /** Of the secret link. */
  follow_token: string
  /** By when an answer may be expected, and the time zone in which to say it. */
  expected_at: Date
  zone: string
}

/**
 * The web form's request: ledger row with its outcome, person, consent, ticket and link in one transaction. The same form posted again,
 * also at the same moment, gives the same ticket; another text under the same form is another request. Refuses `invalid` with faults,
 * `too_many`, and `forbidden` for a blocked contact (kept in the ledger as refused).
 */
export async function ask(app: App, { client, ...input }: z.input<typeof Ask> & { client: string }): Promise<Asked> {
  const form = readForm(Ask, input)
  const raw = Buffer.from(JSON.stringify(form))
  // Outside the transaction: what is refused must count too.
  await countHitAtOnce({ app, db: through(app, 'intake') }, limitOf('ask_client', client))
  const asked = await enter(app, 'intake', async (ctx) => {
    const fingerprint = createHash('sha256').update('web ').update(raw).digest('hex')
    const [[taken], known] = await Promise.all([
      takeItems(ctx, [{ channel: 'web', raw, fingerprint, recipients: [], remote: client }]),
      lookUp(ctx, form),
    ])
    if (!taken!.duplicate_of) return open(ctx, taken!.id, form, known)
    const opened = await ticketOfItem(ctx, taken!.duplicate_of)
    return opened && toAnswer(ctx, opened)
  })
  return asked ?? refuse('forbidden', 'intake.blocked')
}

interface Opened {
  id: string
  number: string
  person_id: string
  desk_id: string
  urgency: string
  at: Date
}

/** What the form speaks of, as far as we know it. */
async function lookUp(ctx: Writing, form: Ask) {
  const [privacy_version, organisation_id, region] = await Promise.all([
    privacyVersion(ctx),
    form.organisation ? organisationNamed(ctx, form.organisation) : null,
    form.region_code === null
      ? null
      : ctx.db.selectFrom('regions').select('code').where('code', '=', form.region_code).executeTakeFirst(),
  ])
  return { privacy_version, organisation_id, region_code: region?.code ?? null }
}

async function open(
  ctx: Writing,
  item_id: string,
  form: Ask,
  known: Awaited<ReturnType<typeof lookUp>>,
): Promise<Asked | null> {
  // Nobody can have agreed to a text that does not exist yet.
  if (form.privacy_version > known.privacy_version)
    refuse('invalid', 'form', [{ path: 'consent', key: 'ask.fault_consent' }])
  if (form.region_code !== known.region_code) refuse('invalid', 'form', [{ path: 'region_code', key: 'fault.region' }])
  const request = {
    ...form,
    channel: 'web' as const,
    institution: form.organisation,
    organisation_id: known.organisation_id,
  }
  // The journal says that somebody from outside did it, not the system.
  const taken = await takeRequest(ctx, { actor: everybody, item_id, request }, async (opened) => {
    const consent = {
      person_id: opened.person_id,
      purpose: 'request',
      text_version: form.privacy_version,
      channel: 'web',
    }
    const [answer] = await Promise.all([
      toAnswer(ctx, { ...opened, urgency: 'normal', at: ctx.now }),
      recordConsents({ ...ctx, actor: everybody }, [consent]),
    ])
    return answer
  })
  return taken && taken.also
}

async function ticketOfItem(ctx: Writing, item_id: string): Promise<Opened | null> {
  const { rows } =
    await sql<Opened>`select t.id, t.number::text as number, t.requester_id as person_id, t.holder_desk_id as desk_id, t.urgency,
      t.created_at as at
    from intake_items i join tickets t on t.id = i.ticket_id where i.id = ${item_id}::uuid`.execute(ctx.db)
  return rows[0] ?? null
}

async function toAnswer(ctx: Writing, { id, number, person_id, desk_id, urgency, at }: Opened): Promise<Asked> {
  // Links are stored hashed, so whoever posts the same form twice gets a second one to the same ticket.
  const [{ due_at, zone }, follow_token] = await Promise.all([
    expectedAnswer(ctx, { urgency, channel: 'web', desk_id, at }),
    makeFollowLink(ctx, { ticket_id: id, person_id }),
  ])
  return { ticket: { id, number }, follow_token, expected_at: due_at, zone }
}
