import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { may, must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { momentAt, type OpenHours } from '../regions/index.ts'
import { Hours } from './desk-input.ts'
import type { DutyChannel } from './named-at-address.ts'
import { refuseBadParts, saveDeskParts } from './save-desk-parts.ts'

export const ChangeProvider = z.strictObject({
  desk_id: z.uuid(),
  accepting: z.boolean().optional(),
  /** The last day of a pause, in the desk's zone; null ends it. */
  paused_through: z.iso.date('provider_profile.fault_date').nullable().optional(),
  /** New cases a week that it promises to take. */
  capacity_per_week: z.coerce
    .number('provider_profile.fault_capacity')
    .int('provider_profile.fault_capacity')
    .min(0, 'provider_profile.fault_capacity')
    .max(1000, 'provider_profile.fault_capacity')
    .optional(),
  about: z.string().trim().max(2000, 'fault.too_long').optional(),
  website: z
    .url({ protocol: /^https?$/, hostname: z.regexes.domain, error: 'provider_profile.fault_website' })
    .max(300, 'fault.too_long')
    .nullable()
    .optional(),
  kinds: z
    .array(z.enum(['free', 'paid']))
    .min(1, 'provider_profile.fault_kinds')
    .optional(),
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/))
    .min(1, 'provider_profile.fault_languages')
    .max(20)
    .optional(),
  regions: z
    .array(z.string().regex(/^\d{2}(\.\d{2})?$/))
    .max(600)
    .optional(),
  serves_neighbours: z.boolean().optional(),
  serves_nation: z.boolean().optional(),
  hours: Hours.optional(),
  /** Organisations for which it may not work: exactly these from now on. */
  conflicts: z.array(z.uuid()).max(500).optional(),
  /** Ids of its duty contacts in the order in which they are asked; who is not named is on duty no more. */
  duty: z.array(z.uuid()).max(100).optional(),
})
export type ChangeProvider = z.infer<typeof ChangeProvider>

/**
 * What a member or partner says of itself: when, where and how much it helps. For its own coordinators and the secretariat's. Competences
 * and who works there are the secretariat's (saveProvider, joinDesk). Changes what is given and leaves the rest. Refuses not_found,
 * forbidden, invalid `desk.unknown_part`, and invalid with a fault for a pause in the past. Records `desk.changed`, and `duty.changed`.
 */
export async function changeProvider(ctx: Writing, input: ChangeProvider): Promise<void> {
  const { desk_id, paused_through, regions, hours, conflicts, duty, ...said } = input
  const { rows } = await sql<{ time_zone: string }>`select time_zone from desks
    where id = ${desk_id}::uuid and kind = 'provider' and closed_at is null for update`.execute(ctx.tx)
  const desk = rows[0] ?? refuse('not_found', 'desk')
  must(ctx.actor, 'desk.change_profile', { id: desk_id })
  const changes = {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(paused_through === undefined ? {} : { paused_until: endOf(paused_through, desk.time_zone, ctx.now) }),
  }
  if (Object.keys(changes).length > 0)
    await ctx.tx.updateTable('desks').set(changes).where('id', '=', desk_id).execute()
  await refuseBadParts(async () => {
    await saveDeskParts(ctx, desk_id, { regions, hours })
    if (conflicts) await saveConflicts(ctx, desk_id, conflicts)
  })
  const parts = Object.keys(input).filter(
    (key) => key !== 'desk_id' && input[key as keyof ChangeProvider] !== undefined,
  )
  await record(ctx, 'desk.changed', { about: { desk_id, parts: parts.join(',') }, details: { ...input } })
  if (duty) await saveDuty(ctx, desk_id, duty)
}

/** The moment at which the day after begins there. */
function endOf(day: string | null, zone: string, now: Date): Date | null {
  if (day === null) return null
  const end = momentAt(zone, day, '24:00')
  if (end <= now) refuse('invalid', 'form', [{ path: 'paused_through', key: 'provider_profile.fault_date' }])
  return end
}

async function saveConflicts(ctx: Writing, desk_id: string, conflicts: readonly string[]): Promise<void> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`delete from desk_conflicts where desk_id = ${desk_id}::uuid and organisation_id <> all (${conflicts}::uuid[])`.execute(
    ctx.tx,
  )
  await sql`insert into desk_conflicts (desk_id, organisation_id, declared_at, declared_by)
    select ${desk_id}::uuid, id, ${ctx.now}::timestamptz, ${by}::uuid from unnest(${conflicts}::uuid[]) as o (id) on conflict do nothing`.execute(
    ctx.tx,
  )
}

async function saveDuty(ctx: Writing, desk_id: string, duty: readonly string[]): Promise<void> {
  await sql`update duty_contacts d set position = coalesce(w.position, d.position),
      ended_at = case when w.id is null then ${ctx.now}::timestamptz end
    from duty_contacts o left join unnest(${duty}::uuid[]) with ordinality as w (id, position) on w.id = o.id
    where d.id = o.id and o.desk_id = ${desk_id}::uuid and o.ended_at is null`.execute(ctx.tx)
  await record(ctx, 'duty.changed', { about: { desk_id, contacts: duty.length } })
}

export interface ProviderProfile {
  id: string
  name: string
  organisation_id: string
  time_zone: string
  accepting: boolean
  paused_until: Date | null
  capacity_per_week: number
  about: string
  website: string | null
  kinds: ('free' | 'paid')[]
  languages: string[]
  regions: { code: string; name: string }[]
  serves_neighbours: boolean
  serves_nation: boolean
  hours: OpenHours[]
  competences: { code: string; name_id: string; name_en: string; level: number; valid_until: string | null }[]
  conflicts: { id: string; name: string }[]
  /** In their order. Whose address is not proven is told of nothing; `was_asked`: a link was mailed there. */
  duty: {
    id: string
    name: string
    channel: DutyChannel
    address: string
    hours: OpenHours[] | null
    is_proven: boolean
    was_asked: boolean
  }[]
  staff: { person_id: string; name: string; role: 'agent' | 'coordinator' }[]
}

/** Everything of one provider's desk, for its coordinators and the secretariat's. Refuses not_found, also to whoever may not change it. */
export async function seeProfile(ctx: Reading, desk_id: string): Promise<ProviderProfile> {
  if (!may(ctx.actor, 'desk.change_profile', { id: desk_id })) refuse('not_found', 'desk')
  const { rows } =
    await sql<ProviderProfile>`select d.id, d.name, d.organisation_id, d.time_zone, d.accepting, d.capacity_per_week, d.about, d.website,
      d.kinds, d.languages, d.serves_neighbours, d.serves_nation,
      case when d.paused_until > ${ctx.now}::timestamptz then d.paused_until end as paused_until,
      coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name) order by r.code)
        from desk_regions s join regions r on r.code = s.region_code where s.desk_id = d.id), '[]') as regions,
      coalesce((select jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', to_char(h.opens, 'HH24:MI'), 'closes', to_char(h.closes, 'HH24:MI'))
        order by h.weekday, h.opens) from desk_hours h where h.desk_id = d.id), '[]') as hours,
      coalesce((select jsonb_agg(jsonb_build_object('code', k.code, 'name_id', k.name_id, 'name_en', k.name_en, 'level', c.level,
          'valid_until', c.valid_until) order by k.position, k.code)
        from desk_competences c join competences k on k.code = c.competence_code where c.desk_id = d.id), '[]') as competences,
      coalesce((select jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name) order by lower(o.name), o.id)
        from desk_conflicts f join organisations o on o.id = f.organisation_id where f.desk_id = d.id), '[]') as conflicts,
      coalesce(duty_of_desk_as_actor(d.id), '[]') as duty,
      coalesce((select jsonb_agg(jsonb_build_object('person_id', p.id, 'name', p.name, 'role', m.role) order by lower(p.name), p.id)
        from desk_members m join people p on p.id = m.person_id where m.desk_id = d.id), '[]') as staff
    from desks d where d.id = ${desk_id}::uuid and d.kind = 'provider' and d.closed_at is null`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'desk')
}
