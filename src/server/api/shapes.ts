/** What the API answers, field by field: docs/api.md, the OpenAPI document and the tests all rest on these. */
// The z that knows of OpenAPI, so that it does before the first schema is made.
import { z } from '@hono/zod-openapi'
import { organisationKinds } from '../people/index.ts'
import { deliveryStates, type Item, type OutboxRow } from '../channels/index.ts'
import type { ListedDesk } from '../desks/index.ts'
import { declineReasons, referralStates, type SeenReferral } from '../referrals/index.ts'
import { states, type MessageRow, type TicketRow } from '../tickets/index.ts'

const id = z.uuid()
const moment = z.iso.datetime()
const named = z.strictObject({ id, name: z.string() })
const numbered = z.strictObject({ id, number: z.string() })
const file = z.strictObject({ name: z.string(), type: z.string(), size: z.int(), sha256: z.string() })
const ledgerChannels = ['email', 'sms', 'whatsapp', 'telegram', 'phone', 'web', 'api'] as const
const outcomes = ['ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'] as const

export const Ticket = z.strictObject({
  id,
  number: z.string().regex(/^\d{2,11}$/),
  subject: z.string(),
  state: z.enum(states),
  channel: z.enum([...ledgerChannels, 'letter', 'walk_in']),
  urgency: z.enum(['low', 'normal', 'high', 'emergency']),
  kind: z.enum(['free_help', 'paid', 'not_known']),
  region: z.string().nullable(),
  topic: z.string().nullable(),
  requester: named,
  holder: z.strictObject({ desk: named, agent: named.nullable() }),
  created_at: moment,
  waiting_since: moment.nullable(),
})

export const toTicket = (row: TicketRow) => ({
  id: row.id,
  number: row.number,
  subject: row.subject,
  state: row.state,
  channel: row.channel,
  urgency: row.urgency,
  kind: row.kind,
  region: row.region?.code ?? null,
  topic: row.topic?.code ?? null,
  requester: row.requester,
  holder: row.holder,
  created_at: row.created_at,
  waiting_since: row.waiting_since,
})

export const Message = z.strictObject({
  id,
  direction: z.enum(['in', 'out', 'note']),
  internal: z.boolean(),
  channel: z.string(),
  author: named.nullable(),
  text: z.string(),
  quoted_text: z.string().nullable(),
  signature_text: z.string().nullable(),
  at: moment,
  taken_back_at: moment.nullable(),
  attachments: z.array(file.extend({ id })),
  deliveries: z.array(
    z.strictObject({ id, recipient: z.string(), state: z.enum(deliveryStates), last_error: z.string().nullable() }),
  ),
})

export const toMessage = (row: MessageRow) => ({
  id: row.id,
  direction: row.direction,
  internal: row.direction === 'note',
  channel: row.channel,
  author: row.author,
  text: row.text,
  quoted_text: row.quoted_text,
  signature_text: row.signature_text,
  at: row.at,
  taken_back_at: row.taken_back_at,
  attachments: row.attachments,
  deliveries: row.deliveries.map(({ id, recipient, state, last_error }) => ({ id, recipient, state, last_error })),
})

export const Referral = z.strictObject({
  id,
  ticket: numbered.nullable(),
  state: z.enum(referralStates),
  kind: z.enum(['free', 'paid']),
  holder: z.strictObject({ desk: named, agent: named.nullable(), since: moment }).nullable(),
  region: z.string(),
  topic: z.string().nullable(),
  summary: z.string(),
  opened_at: moment,
  ended_at: moment.nullable(),
  offers: z.array(
    z.strictObject({
      id,
      organisation: named,
      state: z.enum(['open', 'accepted', 'declined', 'expired', 'cancelled', 'returned', 'completed']),
      offered_at: moment,
      due_at: moment,
      answered_at: moment.nullable(),
      reason: z.enum(declineReasons).nullable(),
      words: z.string().nullable(),
    }),
  ),
  decision: z
    .strictObject({
      policy: z.string(),
      seed: z.string(),
      chosen: id.nullable(),
      reason: z.string().nullable(),
      candidates: z.array(
        z.strictObject({
          organisation: named,
          eligible: z.boolean(),
          position: z.int().nullable(),
          sentence: z.string(),
          rules: z.array(z.strictObject({ code: z.string(), passed: z.boolean(), sentence: z.string() })),
        }),
      ),
    })
    .nullable(),
})

export const toReferral = (row: SeenReferral) => ({
  id: row.id,
  ticket: row.ticket,
  state: row.state,
  kind: row.kind,
  holder: row.holder && { desk: row.holder.desk, agent: row.holder.agent, since: row.holder.since },
  region: row.region.code,
  topic: row.topic?.code ?? null,
  summary: row.summary,
  opened_at: row.opened_at,
  ended_at: row.ended_at,
  offers: row.offers.map((offer) => ({
    id: offer.id,
    organisation: offer.organisation,
    state: offer.state,
    offered_at: offer.offered_at,
    due_at: offer.due_at,
    answered_at: offer.answered_at,
    reason: offer.reason_code,
    words: offer.reason_words,
  })),
  decision: row.decision && {
    policy: row.decision.policy,
    seed: row.decision.seed,
    chosen: row.decision.chosen,
    reason: row.decision.reason,
    candidates: row.decision.candidates.map(({ organisation, eligible, position, sentence, rules }) => ({
      organisation,
      eligible,
      position,
      sentence,
      rules,
    })),
  },
})

export const IntakeItem = z.strictObject({
  id,
  channel: z.enum(ledgerChannels),
  received_at: moment,
  outcome: z.enum(outcomes).nullable(),
  reason: z.string().nullable(),
  settled_at: moment.nullable(),
  ticket: numbered.nullable(),
  duplicate_of: id.nullable(),
  possible_ticket: numbered.nullable(),
  message_id: z.string().nullable(),
  sender: z.strictObject({ name: z.string(), address: z.string() }),
  recipients: z.array(z.string()),
  subject: z.string().nullable(),
  text: z.string().nullable(),
  attachments: z.array(file),
  size: z.int(),
  sha256: z.string(),
})

export const toIntakeItem = (row: Item) => ({
  id: row.id,
  channel: row.channel,
  received_at: row.received_at,
  outcome: row.outcome,
  reason: row.reason,
  settled_at: row.settled_at,
  ticket: row.ticket,
  duplicate_of: row.duplicate_of,
  possible_ticket: row.possible_ticket,
  message_id: row.message_id,
  sender: row.sender,
  recipients: row.recipients,
  subject: row.subject,
  text: row.text,
  attachments: row.attachments.map(({ name, type, size, sha256 }) => ({ name, type, size, sha256 })),
  size: row.size,
  sha256: row.sha256,
})

const sums = z.strictObject({
  received: z.int(),
  waiting: z.int(),
  ticket: z.int(),
  message: z.int(),
  command: z.int(),
  report: z.int(),
  duplicate: z.int(),
  quarantined: z.int(),
  refused: z.int(),
})
export const IntakeSummary = sums.extend({ by_channel: z.partialRecord(z.enum(ledgerChannels), sums) })

export const OutboxMessage = z.strictObject({
  id,
  channel: z.string(),
  kind: z.string(),
  recipient: z.string(),
  subject: z.string(),
  ticket: z.strictObject({ id, number: z.string().nullable() }).nullable(),
  state: z.enum(deliveryStates),
  attempts: z.int(),
  next_attempt_at: moment.nullable(),
  last_error: z.string().nullable(),
  created_at: moment,
  sent_at: moment.nullable(),
})

export const toOutboxMessage = (row: OutboxRow) => ({
  id: row.id,
  channel: row.channel,
  kind: row.kind,
  recipient: row.recipient,
  subject: row.subject,
  ticket: row.ticket,
  state: row.state,
  attempts: row.attempts,
  next_attempt_at: row.next_attempt_at,
  last_error: row.last_error,
  created_at: row.created_at,
  sent_at: row.sent_at,
})

export const Desk = z.strictObject({
  id,
  name: z.string(),
  kind: z.enum(['secretariat', 'province', 'own_unit', 'provider']),
  organisation: named.nullable(),
  email: z.string().nullable(),
  time_zone: z.string(),
  accepting: z.boolean(),
  regions: z.array(z.strictObject({ code: z.string(), name: z.string() })),
  serves_neighbours: z.boolean(),
  serves_nation: z.boolean(),
  competences: z.array(z.strictObject({ code: z.string(), level: z.int() })),
})

export const toDesk = (row: ListedDesk, mail_domain: string) => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  organisation: row.organisation,
  email: row.mail_local_part === null ? null : `${row.mail_local_part}@${mail_domain}`,
  time_zone: row.time_zone,
  accepting: row.accepting,
  regions: row.regions,
  serves_neighbours: row.serves_neighbours,
  serves_nation: row.serves_nation,
  competences: row.competence_levels,
})

export const Organisation = z.strictObject({
  id,
  name: z.string(),
  kind: z.enum(organisationKinds),
  region: z.string().nullable(),
  parent: id.nullable(),
  /** Whether it is member or partner now. */
  standing: z.enum(['member', 'partner']).nullable(),
})

export const Affiliation = z.strictObject({
  id,
  organisation: named,
  desk: named,
  kind: z.enum(['member', 'partner']),
  state: z.enum(['coming', 'active', 'suspended', 'ended']),
  starts_at: moment,
  ends_at: moment.nullable(),
  /** Codes of the provinces that it represents now. */
  represents: z.array(z.string()),
})

export const Region = z.strictObject({
  code: z.string(),
  name: z.string(),
  level: z.enum(['province', 'regency']),
  parent: z.string().nullable(),
  time_zone: z.string(),
})

export const Topic = z.strictObject({ code: z.string(), name_id: z.string(), name_en: z.string() })

/** A page of a list; `next` goes into ?cursor= and is null at the end. */
export const pageSchema = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({ items: z.array(row), next: z.string().nullable() })

export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })),
})
