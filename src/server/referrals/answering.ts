import { sql } from 'kysely'
import { z } from 'zod'
import type { StaffActor, Writing } from '../platform/context.ts'
import { mayInReferral } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'

export const Via = z.enum(['web', 'email', 'sms', 'api', 'whatsapp'])
export type Via = z.infer<typeof Via>

export const AnswerOffer = z.strictObject({
  offer_id: z.uuid(),
  via: Via,
  /** A duty contact without an account, who came by a door (a link, a reply, an SMS). Only for the system; staff answers as itself. */
  by: z.uuid().optional(),
})
export type AnswerOffer = z.infer<typeof AnswerOffer>

export interface AskedOffer {
  id: string
  referral_id: string
  ticket_id: string
  desk_id: string
  desk_kind: string
  desk_name: string
  organisation_id: string
  time_zone: string
  state: string
}

export interface Answering {
  /** Acts as whoever answers, also where a door brought them. */
  ctx: Writing
  offer: AskedOffer
  /** Who answers. */
  person_id: string
  /** Whether the database is asked as the web's role: then its functions ask once more who acts. */
  as_actor: boolean
}

/**
 * Who answers which offer. An offer that the actor does not see is `not_found`; `forbidden` for whoever does not work for whom was asked,
 * and for a person who is neither on duty nor at the desk.
 */
export async function answering(
  ctx: Writing,
  { offer_id, by }: Pick<AnswerOffer, 'offer_id' | 'by'>,
): Promise<Answering> {
  const { rows } = await sql<AskedOffer>`select o.id, o.referral_id, o.ticket_id, o.desk_id, o.organisation_id, o.state,
      d.kind as desk_kind, d.name as desk_name, d.time_zone
    from offers o join desks d on d.id = o.desk_id where o.id = ${offer_id}::uuid`.execute(ctx.db)
  const offer = rows[0] ?? refuse('not_found', 'offer.unknown')
  if (ctx.actor.kind === 'system') {
    if (by === undefined) throw new Error('nobody is named who answers')
    const actor = await contactOf(ctx, offer, by)
    return { ctx: { ...ctx, actor }, offer, person_id: by, as_actor: false }
  }
  if (ctx.actor.kind !== 'staff' || !mayAnswer(ctx.actor, offer)) refuse('forbidden', 'offer.not_yours')
  return { ctx, offer, person_id: ctx.actor.person_id, as_actor: true }
}

const mayAnswer = (actor: StaffActor, { desk_id, organisation_id }: AskedOffer): boolean =>
  mayInReferral(actor, 'answer', {
    ticket: {},
    referral: { candidate_organisation_ids: [], offered_organisation_id: organisation_id },
    organisation_ids: [...(actor.providers ?? []), ...actor.desks]
      .filter(({ id }) => id === desk_id)
      .map(() => organisation_id),
  })

/** What a duty contact does is done in their name, as far as the desk's people may. */
async function contactOf(ctx: Writing, offer: AskedOffer, person_id: string): Promise<StaffActor> {
  const { rows } = await sql<Pick<StaffActor, 'name' | 'language'>>`select p.name, p.language from people p
    where p.id = ${person_id}::uuid and (exists (select from duty_contacts c
        where c.desk_id = ${offer.desk_id}::uuid and c.person_id = p.id and c.ended_at is null and c.proven_at is not null)
      or exists (select from desk_members m where m.desk_id = ${offer.desk_id}::uuid and m.person_id = p.id))`.execute(
    ctx.db,
  )
  const person = rows[0] ?? refuse('forbidden', 'offer.not_yours')
  const desk = { id: offer.desk_id, name: offer.desk_name, role: 'agent' as const, time_zone: offer.time_zone }
  const works = offer.desk_kind === 'provider'
  return {
    kind: 'staff',
    person_id,
    ...person,
    roles: [],
    desks: works ? [] : [{ ...desk, kind: offer.desk_kind }],
    providers: works ? [{ ...desk, organisation_id: offer.organisation_id }] : [],
    sees_all: false,
  }
}

/** What a step of an offer answers (migrations: the steps of an offer). */
export interface Stepped {
  done: boolean
  state: string
  referral_id: string
  ticket_id: string
  desk_id: string
  grants?: { id: string; person_id: string }[]
  cancelled?: string | null
}

/** What the step found; `conflict` (offer.was_STATE) when somebody, or time, had been there before. */
export function stepped(answer: Stepped | null | undefined): Stepped {
  if (!answer) refuse('not_found', 'offer.unknown')
  if (!answer.done) refuse('conflict', `offer.was_${answer.state}`)
  return answer
}

export interface Answered {
  offer_id: string
  referral_id: string
  ticket_id: string
  state: 'accepted' | 'declined' | 'open' | 'returned'
  /** Until then the answer can be taken back; null where it cannot. */
  undo_until: Date | null
}

export const UNDO_SECONDS = 5 * 60
export const undoUntil = (now: Date): Date => new Date(now.getTime() + UNDO_SECONDS * 1000)
