/**
 * The export is held against what the published schemas of HSDS say of the ten objects that it uses: which fields there are, of which type and
 * form, which must be there, which values they may have. Written down from the schemas of openreferral/specification, field by field, and compared with them
 * again on 2026-11-22 (organization, service, taxonomy and taxonomy_term of branch 3.0; the others are the same in 3.0 and 3.2 for what is used here). Their text is
 * CC BY-SA 4.0 and no package carries it, so the facts stand here.
 */
import { expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { aProvider } from '../membership/testing-providers.ts'
import { useApi, type Json } from './testing.ts'

const { app, ask, cliToken } = useApi()

type Field = 'uuid' | 'uri' | 'text' | 'number' | readonly string[] | { of: string } | { many: string }
interface Rules {
  must: string[]
  fields: Record<string, Field>
}
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
// prettier-ignore
const specification: Record<string, Rules> = {
  organization: { must: ['id', 'name', 'description'], fields: {
    id: 'uuid', name: 'text', alternate_name: 'text', description: 'text', email: 'text', website: 'uri', year_incorporated: 'number',
    legal_status: 'text', logo: 'text', uri: 'uri', parent_organization_id: 'uuid' } },
  service: { must: ['id', 'name', 'status'], fields: {
    id: 'uuid', organization_id: 'uuid', program_id: 'uuid', name: 'text', alternate_name: 'text', description: 'text', url: 'uri', email: 'text',
    status: ['active', 'inactive', 'defunct', 'temporarily closed'], interpretation_services: 'text', application_process: 'text',
    fees_description: 'text', accreditations: 'text', eligibility_description: 'text', alert: 'text', organization: { of: 'organization' },
    languages: { many: 'language' }, service_areas: { many: 'service_area' }, schedules: { many: 'schedule' },
    service_at_locations: { many: 'service_at_location' }, attributes: { many: 'attribute' } } },
  service_at_location: { must: ['id'], fields: {
    id: 'uuid', service_id: 'uuid', location_id: 'uuid', description: 'text', location: { of: 'location' }, service_areas: { many: 'service_area' },
    schedules: { many: 'schedule' } } },
  location: { must: ['id', 'location_type'], fields: {
    id: 'uuid', location_type: ['physical', 'postal', 'virtual'], url: 'uri', organization_id: 'uuid', name: 'text', alternate_name: 'text',
    description: 'text', latitude: 'number', longitude: 'number' } },
  language: { must: ['id'], fields: { id: 'uuid', service_id: 'uuid', location_id: 'uuid', name: 'text', code: 'text', note: 'text' } },
  service_area: { must: ['id'], fields: { id: 'uuid', service_id: 'uuid', name: 'text', description: 'text', uri: 'text' } },
  schedule: { must: ['id'], fields: {
    id: 'uuid', service_id: 'uuid', location_id: 'uuid', timezone: 'number', wkst: DAYS, freq: ['WEEKLY', 'MONTHLY'], interval: 'number',
    byday: 'text', opens_at: 'text', closes_at: 'text', description: 'text' } },
  attribute: { must: ['id'], fields: {
    id: 'uuid', link_id: 'uuid', taxonomy_term_id: 'uuid', link_type: 'text', link_entity: 'text', value: 'text', taxonomy_term: { of: 'taxonomy_term' },
    label: 'text' } },
  taxonomy: { must: ['id', 'name', 'description'], fields: { id: 'uuid', name: 'text', description: 'text', uri: 'uri', version: 'text' } },
  taxonomy_term: { must: ['id', 'name', 'description'], fields: {
    id: 'uuid', code: 'text', name: 'text', description: 'text', parent_id: 'uuid', taxonomy: 'text', language: 'text', taxonomy_id: 'uuid', term_uri: 'uri' } },
}
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Where an object is not what the specification says; nothing where it is. */
function wrongIn(kind: string, value: Json, at = kind): string[] {
  const { must, fields } = specification[kind]!
  const missing = must.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`)
  return Object.entries(value).reduce((found, [name, one]) => {
    const field = fields[name]
    const here = `${at}.${name}`
    return field === undefined
      ? [...found, `${here} is not in the specification`]
      : [...found, ...wrongField(field, one, here)]
  }, missing)
}

function wrongField(field: Field, value: unknown, here: string): string[] {
  if (field === 'number') return typeof value === 'number' ? [] : [`${here} is no number`]
  if (typeof field === 'object' && 'of' in field) return wrongIn(field.of, value as Json, here)
  if (typeof field === 'object' && 'many' in field)
    return Array.isArray(value)
      ? value.flatMap((one, n) => wrongIn(field.many, one as Json, `${here}[${n}]`))
      : [`${here} is no list`]
  if (typeof value !== 'string') return [`${here} is no text`]
  const fits =
    field === 'uuid'
      ? UUID.test(value)
      : field === 'uri'
        ? URL.canParse(value)
        : field === 'text' || field.includes(value)
  return fits ? [] : [`${here} is wrong: ${value}`]
}

const contents = (body: Json) => body['contents'] as unknown as Json[]

test('every list and every service is as the specification says, with its pages; nothing private stands in it', async () => {
  const made = await write(app(), system, async (ctx) => [
    await aProvider(ctx, {
      name: 'Komunitas Banua (contoh)',
      regions: ['63', '62.71'],
      represents: ['63'],
      serves_neighbours: true,
      competences: [{ code: 'network', level: 2 }, { code: 'libreoffice' }],
    }),
    await aProvider(ctx, { name: 'Yayasan Nusantara (contoh)', kind: 'partner', serves_nation: true }),
    await aProvider(ctx, { name: 'Sudah berakhir (contoh)', suspended: true }),
  ])
  expect((await ask('/api/hsds/')).body).toMatchObject({ version: '3.0' })
  for (const [path, kind, many] of [
    ['services', 'service', 2],
    ['services?full=true', 'service', 2],
    ['organizations', 'organization', 2],
    ['service_at_locations', 'service_at_location', 2],
    ['taxonomies', 'taxonomy', 1],
    ['taxonomy_terms', 'taxonomy_term', 29],
  ] as const) {
    const { status, body } = await ask(`/api/hsds/${path}`)
    expect([path, status, body['total_items']]).toEqual([path, 200, many])
    expect(contents(body).flatMap((one) => wrongIn(kind, one))).toEqual([])
    expect(body).toMatchObject({ page_number: 1, size: many, first_page: true, last_page: true, empty: false })
  }
  const { body: whole } = await ask(`/api/hsds/services/${made[0]!.desk.id}`)
  expect(wrongIn('service', whole)).toEqual([])
  expect(whole).toMatchObject({
    organization: { name: 'Komunitas Banua (contoh)' },
    schedules: [{ byday: 'MO,TU,WE,TH,FR' }, {}],
  })
  expect(JSON.stringify(whole)).not.toMatch(/duty|contact|evidence|capacity/)
  expect((await ask(`/api/hsds/services/${made[2]!.desk.id}`)).status).toBe(404)
})

test('pages and filters: by competence, by organisation, by a part of the name; ids stay the same', async () => {
  const { body: first } = await ask('/api/hsds/services?per_page=1')
  const { body: second } = await ask('/api/hsds/services?per_page=1&page=2')
  expect([first['total_pages'], first['last_page'], second['last_page']]).toEqual([2, false, true])
  expect(contents(first)[0]!['id']).not.toEqual(contents(second)[0]!['id'])
  expect((await ask('/api/hsds/services?page=9')).body).toMatchObject({ empty: true, contents: [] })
  const terms = contents((await ask('/api/hsds/taxonomy_terms')).body)
  const network = terms.find((one) => String(one['code']) === 'network')!
  const { body: able } = await ask(`/api/hsds/services?taxonomy_term_id=${String(network['id'])}&full=true`)
  expect(contents(able)).toHaveLength(1)
  expect(JSON.stringify(able)).toContain(String(network['id']))
  expect((await ask('/api/hsds/organizations?search=yayasan')).body['total_items']).toBe(1)
  expect((await ask('/api/hsds/services?surplus=1')).status).toBe(422)
})

test('terms of members and partners need a token; desks and organisations say where and as what they stand', async () => {
  expect((await ask('/api/v1/affiliations')).status).toBe(401)
  const { items } = await ask('/api/v1/affiliations', { token: await cliToken(['directory:read']) })
  expect(items.map((one) => `${String(one['kind'])} ${String(one['state'])}`).toSorted()).toEqual([
    'member active',
    'member suspended',
    'partner active',
  ])
  const { items: organisations } = await ask('/api/v1/organisations?query=yayasan')
  expect(organisations).toMatchObject([{ standing: 'partner' }])
  const { items: desks } = await ask('/api/v1/desks')
  expect(desks.find(({ name }) => String(name) === 'Komunitas Banua (contoh)')).toMatchObject({
    kind: 'provider',
    serves_neighbours: true,
    competences: [
      { code: 'libreoffice', level: 1 },
      { code: 'network', level: 2 },
    ],
  })
})
