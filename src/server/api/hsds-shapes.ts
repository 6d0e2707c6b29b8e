/** What /api/hsds/ answers, field by field: the part of HSDS 3.0 that is used, for the OpenAPI document. Nothing is null: absent is left out. */
import { z } from '@hono/zod-openapi'

const id = z.uuid()
const text = z.string()
const link = z.url()

export const Organization = z.strictObject({
  id,
  name: text,
  description: text,
  website: link.optional(),
  uri: link,
})
const Location = z.strictObject({
  id,
  location_type: z.enum(['physical', 'postal', 'virtual']),
  url: link,
  organization_id: id,
  name: text,
})
export const ServiceAtLocation = z.strictObject({ id, service_id: id, location_id: id, location: Location })
export const Taxonomy = z.strictObject({ id, name: text, description: text })
export const TaxonomyTerm = z.strictObject({
  id,
  code: text,
  name: text,
  description: text,
  language: text,
  taxonomy: text,
  taxonomy_id: id,
})
export const Service = z.strictObject({
  id,
  organization_id: id,
  name: text,
  description: text,
  url: link,
  status: z.enum(['active', 'inactive', 'defunct', 'temporarily closed']),
  application_process: text,
  fees_description: text,
  organization: Organization,
  languages: z.array(z.strictObject({ id, service_id: id, name: text, code: text })).optional(),
  service_areas: z.array(z.strictObject({ id, service_id: id, name: text, uri: text.optional() })).optional(),
  schedules: z
    .array(
      z.strictObject({
        id,
        service_id: id,
        freq: z.enum(['WEEKLY', 'MONTHLY']),
        wkst: text,
        byday: text,
        timezone: z.number(),
        opens_at: text,
        closes_at: text,
      }),
    )
    .optional(),
  service_at_locations: z.array(ServiceAtLocation).optional(),
  attributes: z
    .array(
      z.strictObject({
        id,
        link_id: id,
        link_entity: text,
        link_type: text,
        taxonomy_term_id: id,
        value: text,
        taxonomy_term: TaxonomyTerm,
      }),
    )
    .optional(),
})
export const Feed = z.strictObject({
  version: z.literal('3.0'),
  profile: link,
  openapi_url: link,
  description: text,
  publisher: z.strictObject({ name: text, website: link, email: text.optional() }),
})

/** A page as the HSDS API says it. */
export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({
    total_items: z.int(),
    total_pages: z.int(),
    page_number: z.int(),
    size: z.int(),
    first_page: z.boolean(),
    last_page: z.boolean(),
    empty: z.boolean(),
    contents: z.array(row),
  })

const ORIGIN = 'https://bantuan.contoh.go.id'
const one = (last: string) => `019aa000-0000-7000-8000-0000000001${last}`
export const aFeed = {
  version: '3.0',
  profile: 'https://docs.openreferral.org/en/3.0/hsds/',
  openapi_url: `${ORIGIN}/api/v1/openapi.json`,
  description: 'Members and partners that help with free software.',
  publisher: { name: 'Helpdesk FOSS Contoh', website: ORIGIN },
}
export const anOrganization = {
  id: one('01'),
  name: 'Komunitas Linux Banua (contoh)',
  description: 'Membantu sekolah dan kantor desa.',
  uri: `${ORIGIN}/directory/${one('01')}`,
}
export const aService = {
  id: one('02'),
  organization_id: one('01'),
  name: 'Pendampingan oleh Komunitas Linux Banua (contoh)',
  description: anOrganization.description,
  url: anOrganization.uri,
  status: 'active',
  application_process: 'Ajukan permintaan lewat helpdesk ini.',
  fees_description: 'bantuan gratis',
  organization: anOrganization,
}
export const aServiceAtLocation = {
  id: one('03'),
  service_id: one('02'),
  location_id: one('04'),
  location: {
    id: one('04'),
    location_type: 'virtual',
    url: anOrganization.uri,
    organization_id: one('01'),
    name: 'Kota Banjarmasin',
  },
}
export const aTaxonomy = { id: one('05'), name: 'Kompetensi', description: 'What an organisation can help with' }
export const aTaxonomyTerm = {
  id: one('06'),
  code: 'libreoffice',
  name: 'LibreOffice',
  description: 'LibreOffice',
  language: 'id',
  taxonomy: 'Kompetensi',
  taxonomy_id: one('05'),
}
export const aPage = (row: object) => ({
  total_items: 1,
  total_pages: 1,
  page_number: 1,
  size: 1,
  first_page: true,
  last_page: true,
  empty: false,
  contents: [row],
})
