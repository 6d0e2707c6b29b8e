import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { queueMessages } from '../channels/index.ts'
import { operator } from '../desks/index.ts'
import { mustAdminister } from '../people/index.ts'
import { REQUEST_HOURS } from './requests.ts'

const words = z.string().trim().min(1, 'fault.required').max(5000, 'fault.too_long')
const moment = z.iso.datetime({ local: true, offset: true, error: 'fault.date' })

export const DeclareIncident = z.strictObject({
  is_drill: z.boolean(),
  which_data: words,
  how: words,
  handling: words,
  began_at: moment.nullable(),
  /** The clock of seventy-two hours runs from here. */
  found_at: moment,
  /** Which tickets: of this desk, with these numbers, opened in this time; empty means all. */
  desk_id: z.uuid().nullable(),
  numbers: z.array(z.string().regex(/^\d{2,12}$/, 'fault.number')).max(1000),
  from: z.iso.date('fault.date').nullable(),
  until: z.iso.date('fault.date').nullable(),
})
export type DeclareIncident = z.output<typeof DeclareIncident>

export interface Incident {
  id: string
  number: string
  is_drill: boolean
  which_data: string
  how: string
  handling: string
  began_at: Date | null
  found_at: Date
  due_at: Date
  declared_at: Date
  declared_by: string | null
  people: number
  reachable: number
  agency_told_at: Date | null
  people_told_at: Date | null
  closed_at: Date | null
  closing_words: string | null
}

/**
 * Declares that personal data came out, or practises it: writes down what, how and what is done, and whom it concerns at this moment, by
 * the tickets that the filter names. Nothing is sent. Administrators only. Records `incident.declared`.
 */
export async function declareIncident(ctx: Writing, input: DeclareIncident): Promise<{ id: string }> {
  mustAdminister(ctx.actor)
  const id = newId()
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { desk_id, numbers, from, until } = input
  await sql`insert into incidents (id, is_drill, which_data, how, handling, began_at, found_at, due_at, declared_by, declared_at, filter)
    values (${id}::uuid, ${input.is_drill}, ${input.which_data}, ${input.how}, ${input.handling}, ${input.began_at}::timestamptz,
      ${input.found_at}::timestamptz, ${input.found_at}::timestamptz + make_interval(hours => ${REQUEST_HOURS}::int), ${by}::uuid,
      ${ctx.now}::timestamptz, ${JSON.stringify({ desk_id, numbers, from, until })}::jsonb)`.execute(ctx.tx)
  const conditions: RawBuilder<unknown>[] = [
    ...(desk_id
      ? [sql`exists (select from ticket_desks d where d.ticket_id = t.id and d.desk_id = ${desk_id}::uuid)`]
      : []),
    ...(numbers.length > 0 ? [sql`t.number = any (${numbers}::bigint[])`] : []),
    ...(from ? [sql`t.created_at >= ${from}::date`] : []),
    ...(until ? [sql`t.created_at < ${until}::date + 1`] : []),
  ]
  const { rows } = await sql`insert into incident_people (incident_id, person_id)
    select distinct ${id}::uuid, p.person_id from tickets t join participants p on p.ticket_id = t.id join people w on w.id = p.person_id
    where w.erased_at is null ${conditions.length > 0 ? sql`and ${sql.join(conditions, sql` and `)}` : sql``} returning person_id`.execute(
    ctx.tx,
  )
  await record(ctx, 'incident.declared', { about: { incident_id: id, is_drill: input.is_drill, people: rows.length } })
  return { id }
}

const columns = sql`i.id, i.number::text, i.is_drill, i.which_data, i.how, i.handling, i.began_at, i.found_at, i.due_at, i.declared_at,
  d.name as declared_by, i.agency_told_at, i.people_told_at, i.closed_at, i.closing_words,
  (select count(*)::int from incident_people p where p.incident_id = i.id) as people,
  (select count(*)::int from incident_people p where p.incident_id = i.id
    and exists (select from contact_points c where c.person_id = p.person_id and c.channel = 'email')) as reachable`

/** Newest first. Administrators only. */
export async function listIncidents(ctx: Reading): Promise<Incident[]> {
  mustAdminister(ctx.actor)
  const { rows } = await sql<Incident>`select ${columns} from incidents i left join people d on d.id = i.declared_by
    order by i.closed_at is not null, i.id desc limit 200`.execute(ctx.db)
  return rows
}

export interface ConcernedPerson {
  name: string
  email: string | null
  phone: string | null
  tickets: string
  told: string | null
}

/** Refuses not_found. Administrators only. */
export async function seeIncident(
  ctx: Reading,
  id: string,
): Promise<Incident & { texts: Record<Language, Record<'people' | 'agency', string>> }> {
  mustAdminister(ctx.actor)
  const { rows } = await sql<Incident>`select ${columns} from incidents i left join people d on d.id = i.declared_by
    where i.id = ${id}::uuid`.execute(ctx.db)
  const incident = rows[0] ?? refuse('not_found', 'privacy.incident')
  const who = await operator(ctx)
  const of = (language: Language) => ({
    people: say(language, 'mail.incident_people', valuesOf(incident, who, language)),
    agency: say(language, 'mail.incident_agency', valuesOf(incident, who, language)),
  })
  return { ...incident, texts: { id: of('id'), en: of('en') } }
}

function valuesOf(incident: Incident, who: { name: string; address: string; phone: string }, language: Language) {
  const at = (moment: Date | null) => (moment ? moment.toISOString().slice(0, 16).replace('T', ' ') + ' UTC' : '–')
  return {
    drill: incident.is_drill ? say(language, 'mail.incident_drill') + '\n\n' : '',
    operator: who.name || say(language, 'app.name'),
    contact: [who.address, who.phone].filter(Boolean).join(', ') || '–',
    number: incident.number,
    which_data: incident.which_data,
    how: incident.how,
    handling: incident.handling,
    began: at(incident.began_at),
    found: at(incident.found_at),
    people: incident.people,
  }
}

const PEOPLE_MAX = 100_000

/** Whom it concerns, for a list that leaves the house by hand. Administrators only; that it was taken is recorded by the caller's read. */
export async function listConcerned(ctx: Reading, id: string): Promise<ConcernedPerson[]> {
  mustAdminister(ctx.actor)
  const { rows } = await sql<ConcernedPerson>`select w.name,
      (select address from contact_points c where c.person_id = w.id and c.channel = 'email' order by verified_at nulls last, created_at, id limit 1) as email,
      (select address from contact_points c where c.person_id = w.id and c.channel = 'phone' order by verified_at nulls last, created_at, id limit 1) as phone,
      coalesce((select string_agg(t.number::text, ' ' order by t.number) from participants q join tickets t on t.id = q.ticket_id
        where q.person_id = w.id), '') as tickets, o.state as told
    from incident_people p join people w on w.id = p.person_id left join outbox o on o.id = p.outbox_id
    where p.incident_id = ${id}::uuid order by w.folded_name, w.id limit ${PEOPLE_MAX}::int`.execute(ctx.db)
  return rows
}

/**
 * Tells the people concerned, each in their language at their first confirmed mail address: the second click. A drill sends nothing and only
 * writes down that it would have. Refuses conflict when they were told. Records `incident.told`.
 */
export async function tellPeople(ctx: Writing, { id }: { id: string }): Promise<number> {
  const incident = await seeIncident(ctx, id)
  await mark(ctx, id, 'people')
  const { rows } = await sql<{ person_id: string; language: Language; name: string; address: string }>`
    select p.person_id, w.language, w.name, c.address from incident_people p join people w on w.id = p.person_id
    cross join lateral (select address from contact_points c where c.person_id = w.id and c.channel = 'email'
      order by verified_at nulls last, created_at, id limit 1) c
    where p.incident_id = ${id}::uuid and w.erased_at is null order by p.person_id`.execute(ctx.db)
  if (!incident.is_drill && rows.length > 0) {
    const ids = await queueMessages(
      ctx,
      rows.map(({ person_id, language, name, address }) => ({
        channel: 'email' as const,
        kind: 'notice' as const,
        recipient: address,
        recipient_name: name,
        recipient_id: person_id,
        subject: say(language, 'mail.incident_subject', { number: incident.number }),
        text: incident.texts[language].people,
        language,
        automatic: true,
      })),
    )
    await sql`update incident_people p set outbox_id = g.outbox_id
      from unnest(${rows.map(({ person_id }) => person_id)}::uuid[], ${ids}::uuid[]) as g (person_id, outbox_id)
      where p.incident_id = ${id}::uuid and p.person_id = g.person_id`.execute(ctx.tx)
  }
  await record(ctx, 'incident.told', {
    about: { incident_id: id, whom: 'people', people: rows.length, is_drill: incident.is_drill },
  })
  return rows.length
}

/** That the agency was told, by whatever way it wants: Pandu does not write to it. Records `incident.told`. */
export async function noteAgencyTold(ctx: Writing, { id }: { id: string }): Promise<void> {
  mustAdminister(ctx.actor)
  await mark(ctx, id, 'agency')
  await record(ctx, 'incident.told', { about: { incident_id: id, whom: 'agency' } })
}

async function mark(ctx: Writing, id: string, whom: 'people' | 'agency'): Promise<void> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } =
    await sql`update incidents set ${sql.ref(`${whom}_told_at`)} = ${ctx.now}::timestamptz, ${sql.ref(`${whom}_told_by`)} = ${by}::uuid
    where id = ${id}::uuid and ${sql.ref(`${whom}_told_at`)} is null returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'privacy.told')
}

export const CloseIncident = z.strictObject({ id: z.uuid(), words })

/** Ends it with what was learnt. Records `incident.closed`. */
export async function closeIncident(ctx: Writing, input: z.output<typeof CloseIncident>): Promise<void> {
  mustAdminister(ctx.actor)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } =
    await sql`update incidents set closed_at = ${ctx.now}::timestamptz, closed_by = ${by}::uuid, closing_words = ${input.words}
    where id = ${input.id}::uuid and closed_at is null returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'privacy.incident_closed')
  await record(ctx, 'incident.closed', { about: { incident_id: input.id } })
}
