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
 * addresses: whoever is responsible is often the first contact too, by telephone.
 */
export async function peopleOfForm(ctx: Writing, form: ApplicationForm, language: Language): Promise<PeopleOfForm> {
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
  const idOf = ({ name }: { name: string }) => ids.get(foldName(name))!
  await addContactPoints(
    ctx,
    named.map((one) => ({ person_id: idOf(one), channel: one.channel, address: one.address })),
  )
  const points = await pointsOf(ctx, [...new Set(ids.values())])
  return {
    responsible_id: idOf(responsible),
    contacts: form.contacts.map((contact, index): DutyContact => {
      const { channel, address } = contacts[index]!
      const normalised = normaliseAddress(channel, address)!.normalised
      const person_id = idOf(contact)
      const contact_point_id = points.get(`${person_id} ${channel} ${normalised}`)!
      return { person_id, contact_point_id, channel: contact.channel, hours: contact.hours }
    }),
    staff_ids: [...new Set(form.staff.map(idOf))].filter((id) => id !== idOf(responsible)),
  }
}

async function pointsOf(ctx: Writing, person_ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{
    id: string
    key: string
  }>`select id, concat_ws(' ', person_id, channel, normalised) as key
    from contact_points where person_id = any (${person_ids}::uuid[]) order by id limit 1000`.execute(ctx.db)
  return new Map(rows.map(({ id, key }) => [key, id]))
}
