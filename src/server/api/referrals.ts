import { sql } from 'kysely'
import { z } from 'zod'
import { refuse } from '../platform/refusal.ts'
import type { Reading, StaffActor } from '../platform/context.ts'
import {
  acceptOffer,
  completeCase,
  CompleteCase,
  declineOffer,
  declineReasons,
  listReferrals,
  refer,
  returnCase,
  seeReferral,
  type SeenReferral,
} from '../referrals/index.ts'
import { findTicketRow } from '../tickets/index.ts'
import { nothing, paging, pageOf, reading, writing, type Endpoint } from './endpoint.ts'
import { aReferral } from './examples.ts'
import { pageSchema, Referral, toReferral } from './shapes.ts'

const ofTicket = '/api/v1/tickets/{number}/referrals'
const here = '/api/v1/referrals/{id}'

const findTicketOf = (ctx: Reading, params: Record<string, string>) =>
  findTicketRow(ctx, { number: params['number'] ?? '' })

/** The referral, for whoever works the ticket, has it, or was asked. */
const find = (ctx: Reading, { id = '' }: Record<string, string>): Promise<SeenReferral> =>
  z.uuid().safeParse(id).success ? seeReferral(ctx, { referral_id: id }) : refuse('not_found', 'referral.unknown')

const list = reading({
  path: ofTicket,
  name: 'listReferrals',
  summary: 'The referrals of a ticket, newest first, each with its offers and why it went where it went',
  scope: 'referrals:read',
  query: z.strictObject(paging),
  find: findTicketOf,
  answers: {
    200: { description: 'A page.', schema: pageSchema(Referral), example: { items: [aReferral], next: null } },
  },
  refuses: [404],
  async look(ctx, { query, subject }) {
    const rows = await listReferrals(ctx, { ticket_id: subject.id })
    return pageOf(rows.map(toReferral), ({ id }) => id, query)
  },
})

const open = writing({
  path: ofTicket,
  name: 'refer',
  summary: 'Asks somebody to help: by the rules, or an organisation otherwise than the rules, with a reason',
  description:
    'State `unmet`: nobody can take it. Where region or topic are unknown the requester is asked instead (409). Without a body the rules decide.',
  scope: 'referrals:write',
  body: z.strictObject({
    organisation: z.uuid().optional(),
    reason: z.string().trim().min(3).max(2_000).optional(),
    summary: z.string().trim().min(1).max(5_000).optional(),
  }),
  body_example: {},
  find: findTicketOf,
  answers: {
    201: { description: 'The referral; its address is in Location.', schema: Referral, example: aReferral },
  },
  refuses: [404, 409],
  async act(ctx, { body: { organisation, ...words }, subject }) {
    if (organisation !== undefined && words.reason === undefined)
      refuse('invalid', 'invalid', [{ path: 'reason', key: 'fault.required' }])
    const referred = await refer(ctx, {
      ticket_id: subject.id,
      ...words,
      ...(organisation === undefined ? {} : { organisation_id: organisation }),
    })
    if (referred.outcome === 'asked') return null
    const { referral_id } = referred
    const body = toReferral(await seeReferral(ctx, { referral_id }))
    return { status: 201, location: `/api/v1/referrals/${referral_id}`, body }
  },
  // The question to the requester stays; the referral is refused.
  refused: () => refuse('conflict', 'referral.asked'),
})

const one = reading({
  path: here,
  name: 'getReferral',
  summary: 'One referral',
  scope: 'referrals:read',
  query: nothing,
  find,
  answers: { 200: { description: 'The referral.', schema: Referral, example: aReferral } },
  refuses: [404],
  look: (_ctx, { subject }) => Promise.resolve(toReferral(subject)),
})

/** The offer that was made to those for whom the account works: the newest. */
async function ownOffer(ctx: Reading, actor: StaffActor, referral_id: string): Promise<string> {
  const desks = [...(actor.providers ?? []), ...actor.desks].map(({ id }) => id)
  const { rows } = await sql<{
    id: string
  }>`select id from offers where referral_id = ${referral_id}::uuid and desk_id = any (${desks}::uuid[])
    order by number desc limit 1`.execute(ctx.db)
  return rows[0]?.id ?? refuse('forbidden', 'offer.not_yours')
}

const answers = { 200: { description: 'The referral.', schema: Referral, example: aReferral } }
const about = { scope: 'referrals:write', find, answers, refuses: [404, 409] } as const

const accept = writing({
  ...about,
  path: `${here}/accept`,
  name: 'acceptReferral',
  summary: 'Accepts the offer that was made to the account’s organisation: it holds the ticket from now on',
  body: nothing,
  body_example: {},
  async act(ctx, { subject: { id: referral_id }, actor }) {
    await acceptOffer(ctx, { offer_id: await ownOffer(ctx, actor, referral_id), via: 'api' })
    return { status: 200, body: toReferral(await seeReferral(ctx, { referral_id })) }
  },
})

const reason = {
  reason: z.enum(declineReasons).default('other'),
  words: z.string().trim().min(1).max(2_000).optional(),
}

const decline = writing({
  ...about,
  path: `${here}/decline`,
  name: 'declineReferral',
  summary: 'Declines the offer that was made to the account’s organisation: the next one is asked by itself',
  body: z.strictObject(reason),
  body_example: { reason: 'capacity' },
  async act(ctx, { body, subject: { id: referral_id }, actor }) {
    const offer_id = await ownOffer(ctx, actor, referral_id)
    await declineOffer(ctx, { offer_id, via: 'api', reason_code: body.reason, reason_words: body.words })
    return { status: 200, body: toReferral(await seeReferral(ctx, { referral_id })) }
  },
})

const giveBack = writing({
  ...about,
  path: `${here}/return`,
  name: 'returnReferral',
  summary: 'Gives an accepted ticket back: the next one is asked, or the desk that referred it decides',
  body: z.strictObject({ ...reason, to: z.enum(['next', 'centre']).default('next') }),
  body_example: { reason: 'outside_competence', to: 'next' },
  async act(ctx, { body, subject: { id: referral_id }, actor }) {
    const offer_id = await ownOffer(ctx, actor, referral_id)
    await returnCase(ctx, { offer_id, via: 'api', to: body.to, reason_code: body.reason, reason_words: body.words })
    return { status: 200, body: toReferral(await seeReferral(ctx, { referral_id })) }
  },
})

const resolution = CompleteCase.shape.resolution.unwrap()

const complete = writing({
  ...about,
  path: `${here}/complete`,
  name: 'completeReferral',
  summary: 'The resolution, sent to the requester; without one it is made from the last answer',
  body: resolution.partial().strict(),
  body_example: { problem: 'Pencetak tidak ditemukan.', steps: 'Pasang paket driver, lalu tambahkan pencetak.' },
  async act(ctx, { body, subject: { id: referral_id }, actor }) {
    const told = Object.keys(body).length > 0
    const missing = (['problem', 'steps'] as const).filter((path) => told && body[path] === undefined)
    if (missing.length > 0)
      refuse(
        'invalid',
        'invalid',
        missing.map((path) => ({ path, key: 'fault.required' })),
      )
    const offer_id = await ownOffer(ctx, actor, referral_id)
    await completeCase(ctx, { offer_id, via: 'api', ...(told ? { resolution: resolution.parse(body) } : {}) })
    return { status: 200, body: toReferral(await seeReferral(ctx, { referral_id })) }
  },
})

export const referralEndpoints: readonly Endpoint[] = [list, open, one, accept, decline, giveBack, complete]
