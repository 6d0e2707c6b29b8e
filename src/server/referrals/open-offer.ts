import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { hoursOfDesks, officeHours } from '../desks/index.ts'
import { addWorkingMinutes, holidayCalendar } from '../regions/index.ts'
import type { Weighed } from './find-candidates.ts'
import { makeCode } from './make-code.ts'
import type { Policy } from './policy.ts'
import type { ReferralRow } from './referral-rows.ts'

const CODE_LENGTH = 4
const CODE_LENGTH_MAX = 8

/**
 * Asks one desk: an open offer with its code, its due time in the desk's own working time, and when it is reminded (half of that).
 * Answers its id. Records `referral.offered`.
 */
export async function openOffer(
  ctx: Writing,
  referral: ReferralRow,
  candidate: Weighed,
  policy: Policy,
): Promise<string> {
  const { due_at, remind_at } = await dueTimes(ctx, candidate.desk_id, minutesOf(referral, policy))
  const id = newId()
  let made = false
  // A code that is taken by a living offer is made anew, one sign longer.
  for (let length = CODE_LENGTH; !made && length <= CODE_LENGTH_MAX; length++) {
    const { numAffectedRows } =
      await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code,
        region_code, topic_code, urgency, state, summary, files, offered_at, due_at, remind_at)
      select ${id}::uuid, ${referral.id}::uuid, ${referral.ticket_id}::uuid,
        coalesce((select max(number) from offers where referral_id = ${referral.id}::uuid), 0) + 1, ${makeCode(length)}, ${candidate.desk_id}::uuid,
        ${candidate.organisation_id}::uuid, ${referral.kind}, ${referral.province_code}, ${referral.region_code}, ${referral.topic_code}::text,
        ${referral.urgency}, 'open', ${referral.summary}, ${filesOf(referral.ticket_id)}, ${ctx.now}::timestamptz, ${due_at}::timestamptz,
        ${remind_at}::timestamptz
      on conflict (code) where state in ('open', 'accepted') do nothing`.execute(ctx.tx)
    made = numAffectedRows === 1n
  }
  if (!made) throw new Error('no code is free')
  await recordAll(ctx, [
    {
      kind: 'referral.offered',
      ticket_id: referral.ticket_id,
      about: {
        referral_id: referral.id,
        offer_id: id,
        desk_id: candidate.desk_id,
        due_at: due_at.toISOString(),
      },
    },
  ])
  return id
}

/** What the requester sent, as types and sizes: a file's name can name somebody. */
const filesOf = (
  ticket_id: string,
) => sql`coalesce((select jsonb_agg(jsonb_build_object('type', a.type, 'size', a.size) order by a.id)
  from attachments a join messages m on m.ticket_id = a.ticket_id and m.id = a.message_id
  where a.ticket_id = ${ticket_id}::uuid and m.direction = 'in' and m.taken_back_at is null), '[]')`

/** How many working minutes an offer waits for its answer. */
export const minutesOf = ({ urgency }: Pick<ReferralRow, 'urgency'>, policy: Policy): number =>
  urgency === 'high' || urgency === 'emergency' ? policy.offer_minutes_urgent : policy.offer_minutes

/** By when an offer of so many working minutes of that desk, from now or another moment, is due, and when it is reminded: at half of them. */
export async function dueTimes(
  ctx: Writing,
  desk_id: string,
  minutes: number,
  start: Date = ctx.now,
): Promise<{ due_at: Date; remind_at: Date }> {
  const [hours, holidays] = await Promise.all([hoursOfDesks(ctx, [desk_id]), holidayCalendar(ctx, start)])
  const working = { zone: 'Asia/Jakarta', hours: officeHours, ...hours.get(desk_id), holidays, start }
  return {
    due_at: addWorkingMinutes({ ...working, minutes }).due_at,
    remind_at: addWorkingMinutes({ ...working, minutes: Math.ceil(minutes / 2) }).due_at,
  }
}
