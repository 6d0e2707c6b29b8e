import { sql } from 'kysely'
import { z } from 'zod'
import type { StaffActor, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'
import { takeItems } from '../channels/index.ts'
import { normaliseAddress } from '../people/index.ts'
import { SUBJECT_LENGTH_MAX } from '../tickets/index.ts'
import { takeRequest, type TakenRequest } from './take-request.ts'

const address = (channel: 'email' | 'phone') =>
  z
    .string()
    .max(320)
    .refine((text) => normaliseAddress(channel, text) !== null, `fault.${channel}`)
    .optional()

export const Submit = z.strictObject({
  text: z.string().trim().min(1).max(20_000),
  /** Default: the first words of the text. */
  subject: z.string().trim().max(SUBJECT_LENGTH_MAX).optional(),
  requester: z
    .strictObject({ name: z.string().trim().max(200).optional(), email: address('email'), phone: address('phone') })
    .refine(({ name, email, phone }) => name || email || phone, 'fault.requester'),
  region: z
    .string()
    .regex(/^\d{2}(\.\d{2})?$/, 'fault.region')
    .optional(),
  topic: z.string().max(80).optional(),
  kind: z.enum(['free_help', 'paid', 'not_known']).optional(),
  organisation: z.uuid().optional(),
  language: z.enum(['id', 'en']).optional(),
})
export type Submit = z.output<typeof Submit>

/**
 * A request that a program hands in for somebody: ledger row with the bytes as they came, its outcome and the ticket, in the caller's
 * transaction (door intake). Null when the requester's address is blocked (the row is kept as refused). Refuses `invalid` for a region,
 * topic or organisation that does not exist.
 */
export async function submit(
  ctx: Writing,
  input: { actor: StaffActor; raw: Uint8Array; client: string; request: Submit },
): Promise<TakenRequest | null> {
  const { actor, raw, client, request } = input
  const [[taken]] = await Promise.all([
    // Two requests with the same words are two: whoever wants them to be one sends an Idempotency-Key.
    takeItems(ctx, [{ channel: 'api', raw, fingerprint: `api ${newId()}`, recipients: [], remote: client }]),
    mustExist(ctx, request),
  ])
  const { requester } = request
  return takeRequest(ctx, {
    actor,
    item_id: taken!.id,
    request: {
      channel: 'api',
      name: requester.name ?? '',
      email: requester.email ?? null,
      phone: requester.phone ?? null,
      subject: request.subject,
      text: request.text,
      kind: request.kind ?? 'not_known',
      language: request.language ?? 'id',
      region_code: request.region ?? null,
      topic_code: request.topic ?? null,
      organisation_id: request.organisation ?? null,
      attachments: [],
    },
  })
}

async function mustExist(ctx: Writing, { region, topic, organisation }: Submit): Promise<void> {
  const { rows } = await sql<{ region: boolean; topic: boolean; organisation: boolean }>`select
    ${region ?? null}::text is null or exists (select from regions where code = ${region ?? null}::text) as region,
    ${topic ?? null}::text is null
      or exists (select from topics where code = ${topic ?? null}::text and switched_off_at is null) as topic,
    ${organisation ?? null}::uuid is null
      or exists (select from organisations where id = ${organisation ?? null}::uuid) as organisation`.execute(ctx.db)
  const known = rows[0]!
  const faults = (['region', 'topic', 'organisation'] as const).filter((name) => !known[name])
  if (faults.length > 0)
    refuse(
      'invalid',
      'invalid',
      faults.map((name) => ({ path: name, key: `fault.${name}` })),
    )
}
