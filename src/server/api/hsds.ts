/**
 * The directory in the words of the Human Services Data Specification 3.0 (Open Referral), so that other directories can read it. One
 * service for each member or partner: free or paid help with free software, with its competences as attributes. Absent values are left
 * out (the specification knows no null); there are no contacts, because a duty contact is nobody's public number.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { listCompetences, operator, type VocabularyWord } from '../desks/index.ts'
import { listWholeDirectory, type SeenProvider } from '../membership/index.ts'
import { nothing, reading, type Endpoint } from './endpoint.ts'
import * as shape from './hsds-shapes.ts'

const PER_PAGE = 50
const PER_PAGE_MAX = 200
const paging = {
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(PER_PAGE_MAX).default(PER_PAGE),
  search: z.string().trim().max(200).optional(),
  format: z.enum(['json']).optional(),
}
const ofServices = {
  organization_id: z.string().max(100).optional(),
  taxonomy_id: z.string().max(100).optional(),
  taxonomy_term_id: z.string().max(100).optional(),
}
const about = { scope: null, refuses: [] } as const

const root = reading({
  ...about,
  path: '/api/hsds/',
  name: 'getHsds',
  summary: 'Which version of HSDS this is, and who publishes it',
  query: nothing,
  answers: { 200: { description: 'About the feed.', schema: shape.Feed, example: shape.aFeed } },
  async look(ctx) {
    const { PANDU_ORIGIN } = ctx.app.settings
    const { name, email } = await operator(ctx)
    return {
      version: '3.0',
      profile: 'https://docs.openreferral.org/en/3.0/hsds/',
      openapi_url: `${PANDU_ORIGIN}/api/v1/openapi.json`,
      description: say('en', 'directory.lead'),
      publisher: { name: name || 'Pandu', website: PANDU_ORIGIN, ...(email ? { email } : {}) },
    }
  },
})

const services = reading({
  ...about,
  path: '/api/hsds/services',
  name: 'listHsdsServices',
  summary: 'One service for each member or partner; `full=true` with everything nested',
  query: z.strictObject({ ...paging, ...ofServices, full: z.enum(['true', 'false']).optional() }),
  answers: {
    200: { description: 'A page.', schema: shape.pageOf(shape.Service), example: shape.aPage(shape.aService) },
  },
  async look(ctx, { query }) {
    const found = (await everybodyIn(ctx)).filter((one) => isAsked(one, query))
    return page(found, query, (one) => (query.full === 'true' ? wholeService(ctx, one) : serviceOf(ctx, one)))
  },
})

const service = reading({
  path: '/api/hsds/services/{id}',
  name: 'getHsdsService',
  summary: 'One service with everything that belongs to it',
  scope: null,
  query: nothing,
  answers: { 200: { description: 'The service.', schema: shape.Service, example: shape.aService } },
  refuses: [404],
  async find(ctx, { id }) {
    return (await everybodyIn(ctx)).find(({ desk_id }) => desk_id === id) ?? refuse('not_found', 'organisation')
  },
  look: (ctx, { subject }) => Promise.resolve(wholeService(ctx, subject)),
})

const organizations = reading({
  ...about,
  path: '/api/hsds/organizations',
  name: 'listHsdsOrganizations',
  summary: 'Members and partners as organisations',
  query: z.strictObject({
    ...paging,
    taxonomy_id: ofServices.taxonomy_id,
    taxonomy_term_id: ofServices.taxonomy_term_id,
  }),
  answers: {
    200: {
      description: 'A page.',
      schema: shape.pageOf(shape.Organization),
      example: shape.aPage(shape.anOrganization),
    },
  },
  async look(ctx, { query }) {
    const found = (await everybodyIn(ctx)).filter((one) => isAsked(one, query))
    return page(found, query, (one) => organizationOf(ctx, one))
  },
})

const serviceAtLocations = reading({
  ...about,
  path: '/api/hsds/service_at_locations',
  name: 'listHsdsServiceAtLocations',
  summary: 'Where each service is: at a distance, for the areas that it serves',
  query: z.strictObject({ ...paging, ...ofServices }),
  answers: {
    200: {
      description: 'A page.',
      schema: shape.pageOf(shape.ServiceAtLocation),
      example: shape.aPage(shape.aServiceAtLocation),
    },
  },
  async look(ctx, { query }) {
    const found = (await everybodyIn(ctx)).filter((one) => isAsked(one, query))
    return page(found, query, (one) => ({ ...atLocation(one), location: locationOf(ctx, one) }))
  },
})

const taxonomies = reading({
  ...about,
  path: '/api/hsds/taxonomies',
  name: 'listHsdsTaxonomies',
  summary: 'The one list of words that services are classified with',
  query: z.strictObject(paging),
  answers: {
    200: { description: 'A page.', schema: shape.pageOf(shape.Taxonomy), example: shape.aPage(shape.aTaxonomy) },
  },
  look: (_ctx, { query }) => Promise.resolve(page([taxonomy], query, (one) => one)),
})

const taxonomyTerms = reading({
  ...about,
  path: '/api/hsds/taxonomy_terms',
  name: 'listHsdsTaxonomyTerms',
  summary: 'Competences',
  query: z.strictObject({ ...paging, taxonomy_id: ofServices.taxonomy_id }),
  answers: {
    200: {
      description: 'A page.',
      schema: shape.pageOf(shape.TaxonomyTerm),
      example: shape.aPage(shape.aTaxonomyTerm),
    },
  },
  async look(ctx, { query }) {
    const all = query.taxonomy_id === undefined || query.taxonomy_id === taxonomy.id ? await listCompetences(ctx) : []
    const found = all.filter(({ code, name_id }) => code !== 'none' && contains(name_id, query.search))
    return page(found, query, termOf)
  },
})

export const hsdsEndpoints: readonly Endpoint[] = [
  root,
  services,
  service,
  organizations,
  serviceAtLocations,
  taxonomies,
  taxonomyTerms,
]

const everybodyIn = (ctx: Reading): Promise<SeenProvider[]> => listWholeDirectory(ctx)

const contains = (name: string, search: string | undefined) => name.toLowerCase().includes((search ?? '').toLowerCase())

function isAsked(
  one: SeenProvider,
  query: {
    search?: string | undefined
    organization_id?: string | undefined
    taxonomy_id?: string | undefined
    taxonomy_term_id?: string | undefined
  },
): boolean {
  return (
    contains(one.name, query.search) &&
    (query.organization_id === undefined || query.organization_id === one.id) &&
    (query.taxonomy_id === undefined || query.taxonomy_id === taxonomy.id) &&
    (query.taxonomy_term_id === undefined ||
      one.competences.some(({ code }) => termId(code) === query.taxonomy_term_id))
  )
}

/** A page as the HSDS API says it. */
function page<Row, Shown>(rows: readonly Row[], query: { page: number; per_page: number }, show: (row: Row) => Shown) {
  const contents = rows.slice((query.page - 1) * query.per_page, query.page * query.per_page).map((row) => show(row))
  const total_pages = Math.max(1, Math.ceil(rows.length / query.per_page))
  return {
    total_items: rows.length,
    total_pages,
    page_number: query.page,
    size: contents.length,
    first_page: query.page === 1,
    last_page: query.page >= total_pages,
    empty: contents.length === 0,
    contents,
  }
}

/** The same thing has the same id each time, though it has no row of its own (RFC 9562, version 8: made of a sum). */
function derivedId(...parts: string[]): string {
  const sum = createHash('sha256')
    .update(JSON.stringify(['hsds', ...parts]))
    .digest('hex')
  return `${sum.slice(0, 8)}-${sum.slice(8, 12)}-8${sum.slice(13, 16)}-a${sum.slice(17, 20)}-${sum.slice(20, 32)}`
}

const taxonomy = {
  id: derivedId('taxonomy', 'competences'),
  name: say('id', 'directory.competences'),
  description: say('en', 'directory.competences_about'),
}
const termId = (code: string) => derivedId('term', code)
const termOf = ({ code, name_id, name_en }: Pick<VocabularyWord, 'code' | 'name_id' | 'name_en'>) => ({
  id: termId(code),
  code,
  name: name_id,
  description: name_en,
  language: 'id',
  taxonomy: taxonomy.name,
  taxonomy_id: taxonomy.id,
})

const pageOfProvider = (ctx: Reading, { id }: SeenProvider) => `${ctx.app.settings.PANDU_ORIGIN}/directory/${id}`

const organizationOf = (ctx: Reading, one: SeenProvider) => ({
  id: one.id,
  name: one.name,
  description: one.about || say('id', `coverage.${one.kind}`),
  ...(one.website ? { website: one.website } : {}),
  uri: pageOfProvider(ctx, one),
})

const serviceOf = (ctx: Reading, one: SeenProvider) => ({
  id: one.desk_id,
  organization_id: one.id,
  name: say('id', 'directory.service', { organisation: one.name }),
  description: one.about || say('id', 'directory.lead'),
  url: pageOfProvider(ctx, one),
  status: one.accepting ? 'active' : 'temporarily closed',
  application_process: say('id', 'directory.how_lead'),
  fees_description: one.kinds.map((kind) => say('id', `directory.kind_${kind}`)).join(', '),
  organization: organizationOf(ctx, one),
})

const wholeService = (ctx: Reading, one: SeenProvider) => ({
  ...serviceOf(ctx, one),
  languages: one.languages.map((code) => ({
    id: derivedId('language', one.desk_id, code),
    service_id: one.desk_id,
    name: new Intl.DisplayNames(['id'], { type: 'language' }).of(code) ?? code,
    code,
  })),
  service_areas: areasOf(one),
  schedules: schedulesOf(one),
  service_at_locations: [{ ...atLocation(one), location: locationOf(ctx, one) }],
  attributes: one.competences.map((word) => ({
    id: derivedId('attribute', one.desk_id, word.code),
    link_id: one.desk_id,
    link_entity: 'service',
    link_type: 'competence',
    taxonomy_term_id: termId(word.code),
    value: String(word.level),
    taxonomy_term: termOf(word),
  })),
})

const atLocation = (one: SeenProvider) => ({
  id: derivedId('service at location', one.desk_id),
  service_id: one.desk_id,
  location_id: derivedId('location', one.desk_id),
})

const locationOf = (ctx: Reading, one: SeenProvider) => ({
  id: derivedId('location', one.desk_id),
  location_type: 'virtual',
  url: pageOfProvider(ctx, one),
  organization_id: one.id,
  name: one.region?.name ?? one.name,
})

function areasOf(one: SeenProvider) {
  const area = (key: string, name: string, uri?: string) => ({
    id: derivedId('area', one.desk_id, key),
    service_id: one.desk_id,
    name,
    ...(uri ? { uri } : {}),
  })
  return [
    // The code of the Ministry of Home Affairs, as this installation's own /api/v1/regions lists it.
    ...one.regions.map(({ code, name }) => area(code, name, `urn:kemendagri:${code}`)),
    ...(one.serves_neighbours ? [area('neighbours', say('id', 'directory.neighbours_too'))] : []),
    ...(one.serves_nation ? [area('nation', say('id', 'directory.nation'))] : []),
  ]
}

const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
/** Hours from UTC of the zones that a desk may have; none of them has summer time. */
const OFFSETS: Record<string, number> = {
  'Asia/Jakarta': 7,
  'Asia/Pontianak': 7,
  'Asia/Makassar': 8,
  'Asia/Jayapura': 9,
}

function schedulesOf(one: SeenProvider) {
  const offset = OFFSETS[one.time_zone] ?? 7
  const clock = (time: string) => `${time}+0${offset}:00`
  // Days with the same hours are one schedule.
  return [...Map.groupBy(one.hours, ({ opens, closes }) => `${opens} ${closes}`)].map(([key, days]) => ({
    id: derivedId('schedule', one.desk_id, key),
    service_id: one.desk_id,
    freq: 'WEEKLY',
    wkst: 'MO',
    byday: days.map(({ weekday }) => DAYS[weekday - 1]).join(','),
    timezone: offset,
    opens_at: clock(days[0]!.opens),
    closes_at: clock(days[0]!.closes),
  }))
}
