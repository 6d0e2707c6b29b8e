import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, everybody, type Writing } from '../platform/context.ts'
import { countHit } from '../platform/limits.ts'
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
 * Two hundred people of one office share an address; a flood from one is still stopped. By the client only: an address that is typed
 * may be anybody's, so counting it would let a stranger lock its owner out. Its acknowledgements have limits of their own.
 */
const PER_CLIENT_PER_HOUR_MAX = 1_000

/**
 * The web form's request: ledger row with its outcome, person, consent, ticket and link in one transaction. The same form posted again,
 * also at the same moment, gives the same ticket; another text under the same form is another request. Refuses `invalid` with faults,
 * `too_many`, and `forbidden` for a blocked contact (kept in the ledger as refused).
 */
export async function ask(app: App, { client, ...input }: z.input<typeof Ask> & { client: string }): Promise<Asked> {
  const form = readForm(Ask, input)
  const raw = Buffer.from(JSON.stringify(form))
  // In a transaction of its own: what is refused must count too.
  await enter(app, 'intake', (ctx) =>
    countHit(ctx, { name: 'ask_client', whom: client, max: PER_CLIENT_PER_HOUR_MAX, window_seconds: 3600 }),
  )
  const asked = await enter(app, 'intake', async (ctx) => {
    const fingerprint = createHash('sha256').update('web ').update(raw).digest('hex')
    const [taken] = await takeItems(ctx, [{ channel: 'web', raw, fingerprint, recipients: [], remote: client }])
    const known = taken!.duplicate_of ? await ticketOfItem(ctx, taken!.duplicate_of) : await open(ctx, taken!.id, form)
    return known && (await toAnswer(ctx, known))
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

async function open(ctx: Writing, item_id: string, form: Ask): Promise<Opened | null> {
  // Nobody can have agreed to a text that does not exist yet.
  if (form.privacy_version > (await privacyVersion(ctx)))
    refuse('invalid', 'form', [{ path: 'consent', key: 'ask.fault_consent' }])
  const organisation_id = form.organisation ? await organisationNamed(ctx, form.organisation) : null
  const request = {
    ...form,
    channel: 'web' as const,
    institution: form.organisation,
    region_code: await knownRegion(ctx, form.region_code),
    organisation_id,
  }
  // The journal says that somebody from outside did it, not the system.
  const taken = await takeRequest(ctx, { actor: everybody, item_id, request })
  if (taken === null) return null
  await recordConsents({ ...ctx, actor: everybody }, [
    { person_id: taken.person_id, purpose: 'request', text_version: form.privacy_version, channel: 'web' },
  ])
  return { ...taken, urgency: 'normal', at: ctx.now }
}

async function knownRegion(ctx: Writing, code: string | null): Promise<string | null> {
  if (code === null) return null
  const region = await ctx.db.selectFrom('regions').select('code').where('code', '=', code).executeTakeFirst()
  return region?.code ?? refuse('invalid', 'form', [{ path: 'region_code', key: 'fault.region' }])
}

async function ticketOfItem(ctx: Writing, item_id: string): Promise<Opened | null> {
  const { rows } =
    await sql<Opened>`select t.id, t.number::text as number, t.requester_id as person_id, t.holder_desk_id as desk_id, t.urgency,
      t.created_at as at
    from intake_items i join tickets t on t.id = i.ticket_id where i.id = ${item_id}::uuid`.execute(ctx.db)
  return rows[0] ?? null
}

async function toAnswer(ctx: Writing, { id, number, person_id, desk_id, urgency, at }: Opened): Promise<Asked> {
  const { due_at, zone } = await expectedAnswer(ctx, { urgency, channel: 'web', desk_id, at })
  // Links are stored hashed, so whoever posts the same form twice gets a second one to the same ticket.
  return {
    ticket: { id, number },
    follow_token: await makeFollowLink(ctx, { ticket_id: id, person_id }),
    expected_at: due_at,
    zone,
  }
}
