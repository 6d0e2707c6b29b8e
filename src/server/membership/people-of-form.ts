import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import type { DutyContact } from '../desks/index.ts'
import { addContactPoints, findOrMakePeople, foldName, normaliseAddress, type AddressChannel } from '../people/index.ts'
import { addressOfChannel, type ApplicationForm } from './application-form.ts'

export interface PeopleOfForm {
  responsible_id: string
  contacts: DutyContact[]
  staff_ids: string[]
}

interface Named {
  name: string
  channel: AddressChannel
  address: string
}

/**
 * Everybody whom an application names, as people with their addresses. The same name twice in one form is one person with several
 * addresses: whoever is responsible is often the first contact too, by telephone. Not so for somebody who works elsewhere already or has
 * an account: a form that names them gives their person no address that they did not have; its line is then a person of its own.
 */
export async function peopleOfForm(
  ctx: Writing,
  { form, language, organisation_id }: { form: ApplicationForm; language: Language; organisation_id: string | null },
): Promise<PeopleOfForm> {
  const { responsible } = form
  const contacts = form.contacts.map(({ name, channel, address }) => ({
    name,
    channel: addressOfChannel[channel],
    address,
  }))
  const staff = form.staff.map(({ name, email }): Named => ({ name, channel: 'email', address: email }))
  const named: Named[] = [
    { name: responsible.name, channel: 'email', address: responsible.email },
    ...(responsible.phone ? [{ name: responsible.name, channel: 'phone' as const, address: responsible.phone }] : []),
    ...contacts,
    ...staff,
  ]
  const firsts = [...Map.groupBy(named, ({ name }) => foldName(name)).values()].map(([first]) => first!)
  const people = await findOrMakePeople(
    ctx,
    firsts.map((one) => ({ ...one, language })),
  )
  const ids = new Map(firsts.map(({ name }, index) => [foldName(name), people[index]!.id]))
  const placed = await placedElsewhere(ctx, [...new Set(ids.values())], organisation_id)
  const [apart, together] = [
    named.filter(({ name }) => placed.has(ids.get(foldName(name))!)),
    named.filter(({ name }) => !placed.has(ids.get(foldName(name))!)),
  ]
  const own = await findOrMakePeople(
    ctx,
    apart.map((one) => ({ ...one, language })),
  )
  const ownIds = new Map(apart.map((one, index) => [keyOf(one), own[index]!.id]))
  const idOf = (one: Named) => ownIds.get(keyOf(one)) ?? ids.get(foldName(one.name))!
  await addContactPoints(
    ctx,
    together.map((one) => ({ person_id: idOf(one), channel: one.channel, address: one.address })),
  )
  const points = await pointsOf(ctx, [...new Set(named.map(idOf))])
  const responsible_id = idOf(named[0]!)
  return {
    responsible_id,
    contacts: eachOnce(
      form.contacts.map((contact, index): DutyContact => {
        const person_id = idOf(contacts[index]!)
        const contact_point_id = points.get(`${person_id} ${pointOf(contacts[index]!)}`)!
        return { person_id, contact_point_id, channel: contact.channel, hours: contact.hours }
      }),
    ),
    staff_ids: [...new Set(staff.map(idOf))].filter((id) => id !== responsible_id),
  }
}

const pointOf = ({ channel, address }: Named) => `${channel} ${normaliseAddress(channel, address)!.normalised}`
const keyOf = (one: Named) => `${foldName(one.name)} ${pointOf(one)}`

/** Somebody who stands there twice by the same channel, on working days and at the weekend, is one contact at both times. */
function eachOnce(contacts: readonly DutyContact[]): DutyContact[] {
  const same = Map.groupBy(contacts, ({ contact_point_id, channel }) => `${contact_point_id} ${channel}`)
  return [...same.values()].map((lines) => ({
    ...lines[0]!,
    hours: lines.some(({ hours }) => hours === null) ? null : lines.flatMap(({ hours }) => hours ?? []),
  }))
}

/** Of these people those who have an account, or a place at a desk of anybody but the organisation that applies. */
async function placedElsewhere(
  ctx: Writing,
  person_ids: readonly string[],
  organisation_id: string | null,
): Promise<Set<string>> {
  const elsewhere = sql`desk_id in (select id from desks where not coalesce(organisation_id = ${organisation_id}::uuid, false))`
  const { rows } = await sql<{ id: string }>`select id from unnest(${[...person_ids]}::uuid[]) as p (id)
    where exists (select from accounts a where a.person_id = p.id
        and not exists (select from desk_members m join desks d on d.id = m.desk_id
          where m.person_id = p.id and d.organisation_id = ${organisation_id}::uuid))
      or exists (select from desk_members m where m.person_id = p.id and m.${elsewhere})
      or exists (select from duty_contacts c where c.person_id = p.id and c.ended_at is null and c.${elsewhere})`.execute(
    ctx.db,
  )
  return new Set(rows.map(({ id }) => id))
}

async function pointsOf(ctx: Writing, person_ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{
    id: string
    key: string
  }>`select id, concat_ws(' ', person_id, channel, normalised) as key
    from contact_points where person_id = any (${person_ids}::uuid[]) order by id limit 1000`.execute(ctx.db)
  return new Map(rows.map(({ id, key }) => [key, id]))
}
