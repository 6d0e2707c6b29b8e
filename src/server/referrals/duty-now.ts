import { sql } from 'kysely'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { hoursOfDesks, officeHours, type DeskHours } from '../desks/index.ts'
import { lapseSilentContacts, numberIsSilent } from './silent-contacts.ts'
import { addWorkingMinutes, holidayCalendar, type Holidays, type OpenHours } from '../regions/index.ts'

/** Somebody who can be told of an offer: by mail, or by a text to their telephone. */
export interface Told {
  person_id: string
  name: string
  language: Language
  channel: 'email' | 'sms' | 'whatsapp'
  /** A mail address as it was told; a number in E.164. */
  address: string
}
type OnDuty = Told & { hours: OpenHours[] | null }

const CONTACTS_MAX = 100

/**
 * Who of a desk is on duty at this moment, among those whose address is proven, by the order of its contacts; the first of them where nobody is, and those who work there where no
 * contact can be reached by mail or text. A number that was silent for months is asked again whose it is, and told of nothing before. Null for a desk that can be reached by neither: it sees its offers on its page.
 */
export async function dutyNow(ctx: Writing, desk_id: string): Promise<Told | null> {
  await lapseSilentContacts(ctx, desk_id)
  const contacts = await reachable(ctx, desk_id)
  const desk = (await hoursOfDesks(ctx, [desk_id])).get(desk_id) ?? { zone: 'Asia/Jakarta', hours: officeHours }
  const holidays = await holidayCalendar(ctx, ctx.now)
  return contacts.find(({ hours }) => isOpen(desk, hours, holidays, ctx.now)) ?? contacts[0] ?? null
}

/** Everybody of a desk who is told, each by the first of their channels, in their order. Who is only to be called is told on the page. */
export async function reachable(ctx: Reading, desk_id: string): Promise<OnDuty[]> {
  const { rows } = await sql<OnDuty>`with duty as (
      select distinct on (d.person_id) p.id as person_id, p.name, p.language, d.channel,
        case c.channel when 'email' then c.address else c.normalised end as address, d.hours, d.position
      from duty_contacts d join contact_points c on c.id = d.contact_point_id join people p on p.id = d.person_id
      where d.desk_id = ${desk_id}::uuid and d.channel in ('email', 'sms', 'whatsapp') and d.ended_at is null and d.proven_at is not null
        and c.channel = case d.channel when 'email' then 'email' else 'phone' end
        and not ${numberIsSilent(ctx)}
        -- Who wrote STOP is told of nothing; the next one is.
        and not exists (select from conversations v where v.channel = d.channel and v.address = c.normalised and v.stopped_at is not null)
      order by d.person_id, d.position),
    staff as (
      select p.id as person_id, p.name, p.language, 'email' as channel, c.address, null::jsonb as hours, case m.role when 'coordinator' then 1 else 2 end as position
      from desk_members m join people p on p.id = m.person_id
      cross join lateral (select address from contact_points where person_id = p.id and channel = 'email' and verified_at is not null
        order by verified_at, id limit 1) c
      where m.desk_id = ${desk_id}::uuid and not exists (select from duty))
    select person_id, name, language, channel, address, hours from (select * from duty union all select * from staff) as told
    order by position, person_id limit ${CONTACTS_MAX}::int`.execute(ctx.db)
  return rows
}

/** Whether the very next minute is one of work. Where a contact has no hours of their own, the desk's count. */
export function isOpen(desk: DeskHours, own: readonly OpenHours[] | null, holidays: Holidays, now: Date): boolean {
  const hours = own ?? desk.hours
  if (!hours.some(({ opens, closes }) => opens < closes)) return false
  const minute = Math.ceil(now.getTime() / 60_000) * 60_000
  return (
    addWorkingMinutes({ zone: desk.zone, hours, holidays, start: now, minutes: 1 }).due_at.getTime() === minute + 60_000
  )
}
