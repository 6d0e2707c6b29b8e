import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { normaliseAddress } from '../people/index.ts'
import { applicationKinds, type BegunForm } from './application-form.ts'
import { applicationTokenHash } from './application-links.ts'

export const StartApplication = z.strictObject({
  kind: z.enum(applicationKinds),
  name: z.string().trim().max(200).default(''),
  email: z
    .string()
    .max(254, 'fault.email')
    .refine((text) => normaliseAddress('email', text) !== null, 'fault.email'),
  institution: z.string().trim().max(200).default(''),
  language: z.enum(['id', 'en']).default('id'),
  /** The request that asked for it; whoever asked there is who applies. */
  ticket: z.strictObject({ id: z.uuid(), requester_id: z.uuid().nullable() }).nullable().default(null),
})

/**
 * Somebody wrote that they would like to be member, partner or own unit: begins their application with what is known, and a mail goes to
 * them with the link to its form. A ticket has one application; begun again, the same one is answered. The secretariat only.
 */
export async function startApplication(
  ctx: Writing,
  input: z.output<typeof StartApplication>,
): Promise<{ id: string; number: string; is_new: boolean }> {
  must(ctx.actor, 'application.review')
  const { kind, name, email, institution, language, ticket } = input
  const form: BegunForm = {
    kind,
    responsible: { name, email },
    ...(institution === '' ? {} : { institution: { name: institution } }),
  }
  const known = ticket ? await openOneOf(ctx, ticket.id) : undefined
  if (known) return { ...known, is_new: false }
  const channel = ticket ? 'email' : 'desk'
  const made = await beginForm(ctx, {
    form,
    email,
    language,
    channel,
    ticket_id: ticket?.id ?? null,
    applicant_id: ticket?.requester_id ?? null,
  })
  await record(ctx, 'application.started', {
    ...(ticket ? { ticket_id: ticket.id } : {}),
    about: { application_id: made.id, kind },
  })
  return { ...made, is_new: true }
}

/** A row that waits for its form. `renews` is the term that a renewal goes on from. */
export async function beginForm(
  ctx: Writing,
  given: {
    form: BegunForm
    email: string
    language: Language
    channel: 'email' | 'desk'
    ticket_id?: string | null
    applicant_id?: string | null
    renews?: { affiliation_id: string; organisation_id: string }
  },
): Promise<{ id: string; number: string }> {
  const id = newId()
  const recorded_by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{ number: string }>`
    insert into applications (id, kind, state, channel, language, form, contact_address, token_hash, applicant_id, ticket_id, organisation_id,
      renews_id, recorded_by, made_at, state_since)
    values (${id}::uuid, ${given.form.kind}, 'asked', ${given.channel}, ${given.language}, ${JSON.stringify(given.form)}::jsonb, ${given.email},
      ${applicationTokenHash(ctx.app, id)}, ${given.applicant_id ?? null}::uuid, ${given.ticket_id ?? null}::uuid,
      ${given.renews?.organisation_id ?? null}::uuid, ${given.renews?.affiliation_id ?? null}::uuid, ${recorded_by}::uuid,
      ${ctx.now}::timestamptz, ${ctx.now}::timestamptz) returning number::text as number`.execute(ctx.tx)
  return { id, number: rows[0]!.number }
}

/** The application that a ticket became and that is not over; undefined for none. */
async function openOneOf(ctx: Writing, ticket_id: string): Promise<{ id: string; number: string } | undefined> {
  await sql`select pg_advisory_xact_lock(hashtext('application of ' || ${ticket_id}))`.execute(ctx.tx)
  const { rows } = await sql<{ id: string; number: string }>`select id, number::text as number from applications
    where ticket_id = ${ticket_id}::uuid and state in ('received', 'asked', 'approved') order by id desc limit 1`.execute(
    ctx.db,
  )
  return rows[0]
}

/** The applications that a ticket became, for its page: number and state, the newest first. For the secretariat; nobody else sees any. */
export async function applicationsOfTicket(
  ctx: Pick<Writing, 'db'>,
  ticket_id: string,
): Promise<{ id: string; number: string; state: string }[]> {
  const { rows } = await sql<{
    id: string
    number: string
    state: string
  }>`select id, number::text as number, state from applications
    where ticket_id = ${ticket_id}::uuid order by id desc limit 10`.execute(ctx.db)
  return rows
}

/** The link again, to the address where it went: lost mails are common. The secretariat only; nothing else changes. */
export async function sendApplicationLink(ctx: Writing, { application_id }: { application_id: string }): Promise<void> {
  must(ctx.actor, 'application.review')
  const { rows } =
    await sql`select from applications where id = ${application_id}::uuid and state in ('received', 'asked')`.execute(
      ctx.db,
    )
  if (rows.length === 0) refuse('conflict', 'application.over')
  await record(ctx, 'application.link_sent', { about: { application_id } })
}
