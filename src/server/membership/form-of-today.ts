import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { FORGOTTEN } from '../platform/redact.ts'
import type { BegunForm } from './application-form.ts'

export interface Today {
  affiliation_id: string
  form: BegunForm
  /**
   * To whom the form, which holds telephones and addresses, goes: a proven address of whoever coordinates the desk; else whoever applied last; an address
   * that somebody only typed last. Null where nobody of them can be written to.
   */
  email: string | null
  language: Language
}

/**
 * The form of a renewal as the institution stands today: its name and place, what its profile says of regions, competences with their evidence,
 * hours, languages, capacity and duty contacts, and what it represents. What a profile does not hold (who is responsible, its role) is of the last
 * application. For the system. At most 200.
 */
export async function formsOfToday(ctx: Reading, affiliation_ids: readonly string[]): Promise<Map<string, Today>> {
  const { rows } =
    await sql<Row>`select a.id as affiliation_id, a.kind, last.form, coalesce(who.language, last.language, 'id') as language,
      coalesce(who.proven, nullif(last.contact_address, ${FORGOTTEN}), who.typed) as email, who.name as coordinator,
      json_build_object('name', o.name, 'kind', o.kind, 'region_code', coalesce(o.region_code, last.form->'institution'->>'region_code', ''),
        'about', d.about, 'website', d.website, 'has_legal_form', coalesce(p.has_legal_form, false), 'address', coalesce(p.address, '')) as institution,
      json_build_object('nib', p.nib, 'npwp', p.npwp, 'ahu', p.ahu) as identifiers, coalesce(p.business, '') as business,
      array(select r.province_code from representations r where r.organisation_id = a.organisation_id and r.kind = a.kind
        and r.until is null order by r.province_code) as represents,
      array(select r.region_code from desk_regions r where r.desk_id = d.id order by r.region_code) as regions,
      d.serves_neighbours, d.serves_nation, d.kinds, d.languages, d.capacity_per_week,
      coalesce((select json_agg(json_build_object('weekday', h.weekday, 'opens', to_char(h.opens, 'HH24:MI'), 'closes', to_char(h.closes, 'HH24:MI'))
        order by h.weekday, h.opens) from desk_hours h where h.desk_id = d.id), '[]') as hours,
      coalesce((select json_agg(json_build_object('code', e.competence_code, 'level', e.level, 'kind', e.kind, 'title', e.title, 'url', e.url,
          'valid_until', to_char(e.valid_until at time zone 'Asia/Jakarta' - interval '1 day', 'YYYY-MM-DD')) order by e.competence_code, e.id)
        from evidence e where e.desk_id = d.id and e.withdrawn_at is null and e.valid_until is not null), '[]') as competences,
      coalesce((select json_agg(json_build_object('name', w.name, 'channel', u.channel, 'address', c.address, 'hours', u.hours) order by u.position, u.id)
        from duty_contacts u join people w on w.id = u.person_id join contact_points c on c.id = u.contact_point_id
        where u.desk_id = d.id and u.ended_at is null), '[]') as contacts
    from affiliations a join organisations o on o.id = a.organisation_id join desks d on d.id = a.desk_id
    left join applications last on last.id = a.application_id and last.cleared_at is null
    left join lateral (select * from organisation_particulars x where x.organisation_id = o.id order by x.recorded_at desc, x.id desc limit 1) p on true
    left join lateral (select w.name, w.language, c.address as typed, case when c.verified_at is not null then c.address end as proven
      from desk_members m join people w on w.id = m.person_id
      join contact_points c on c.person_id = w.id and c.channel = 'email'
      where m.desk_id = d.id and m.role = 'coordinator' and w.erased_at is null order by c.verified_at is null, c.verified_at, c.id limit 1) who on true
    where a.id = any (${[...affiliation_ids]}::uuid[]) order by a.id limit 200`.execute(ctx.db)
  return new Map(rows.map((row) => [row.affiliation_id, toToday(row)]))
}

interface Row {
  affiliation_id: string
  kind: 'member' | 'partner'
  form: BegunForm | null
  language: Language
  email: string | null
  coordinator: string | null
  institution: NonNullable<BegunForm['institution']>
  identifiers: NonNullable<BegunForm['identifiers']>
  business: string
  represents: string[]
  regions: string[]
  serves_neighbours: boolean
  serves_nation: boolean
  kinds: ('free' | 'paid')[]
  languages: NonNullable<BegunForm['languages']>
  capacity_per_week: number
  hours: NonNullable<BegunForm['hours']>
  competences: NonNullable<BegunForm['competences']>
  contacts: NonNullable<BegunForm['contacts']>
}

const CONTACTS_MAX = 10

function toToday({ affiliation_id, form, language, email, coordinator, ...today }: Row): Today {
  const { represents, regions, contacts, competences, ...profile } = today
  // Evidence of before Pandu kept it with the desk stands in the application alone.
  const shown = competences.length > 0 ? competences : (form?.competences ?? [])
  return {
    affiliation_id,
    language,
    email,
    form: {
      ...profile,
      represents,
      regions: regions.filter((code) => !represents.includes(code)),
      competences: shown,
      contacts: contacts.slice(0, CONTACTS_MAX),
      responsible: { ...form?.responsible, name: coordinator ?? form?.responsible?.name ?? '', email: email ?? '' },
    },
  }
}
