import { z } from 'zod'
import { listDesks, listTopics } from '../desks/index.ts'
import { organisationsNewestFirst } from '../people/index.ts'
import { listRegions } from '../regions/index.ts'
import { listTerms, standingsOf } from '../membership/index.ts'
import { LIMIT, paging, pageOf, reading, type Endpoint } from './endpoint.ts'
import { aDesk, anAffiliation, anOrganisation, aRegion, aTopic } from './examples.ts'
import { Affiliation, Desk, Organisation, pageSchema, Region, toDesk, Topic } from './shapes.ts'

const desks = reading({
  path: '/api/v1/desks',
  name: 'listDesks',
  summary: 'Open desks and the regions they cover, newest first',
  scope: null,
  query: z.strictObject(paging),
  answers: { 200: { description: 'A page.', schema: pageSchema(Desk), example: { items: [aDesk], next: null } } },
  refuses: [],
  async look(ctx, { query }) {
    const rows = await listDesks(ctx)
    const newest = rows.toSorted((a, b) => (a.id < b.id ? 1 : -1))
    const { items, next } = pageOf(newest, (desk) => desk.id, query)
    return { items: items.map((desk) => toDesk(desk, ctx.app.settings.PANDU_MAIL_DOMAIN)), next }
  },
})

const organisations = reading({
  path: '/api/v1/organisations',
  name: 'listOrganisations',
  summary: 'Organisations, newest first; `query` finds a part of the name',
  scope: null,
  query: z.strictObject({ query: z.string().trim().max(200).optional(), ...paging }),
  answers: {
    200: { description: 'A page.', schema: pageSchema(Organisation), example: { items: [anOrganisation], next: null } },
  },
  refuses: [],
  async look(ctx, { query }) {
    const { items, next } = await organisationsNewestFirst(ctx, { ...query, limit: query.limit ?? LIMIT })
    const standings = await standingsOf(
      ctx,
      items.map(({ id }) => id),
    )
    return {
      items: items.map(({ id, name, kind, region_code, parent_id }) => ({
        id,
        name,
        kind,
        region: region_code,
        parent: parent_id,
        standing: standings.get(id) ?? null,
      })),
      next,
    }
  },
})

const affiliations = reading({
  path: '/api/v1/affiliations',
  name: 'listAffiliations',
  summary: 'Terms of members and partners, newest first, past ones too',
  scope: 'directory:read',
  query: z.strictObject(paging),
  answers: {
    200: { description: 'A page.', schema: pageSchema(Affiliation), example: { items: [anAffiliation], next: null } },
  },
  refuses: [],
  look: (ctx, { query }) => listTerms(ctx, { cursor: query.cursor, limit: query.limit ?? LIMIT }),
})

const code = z.string().regex(/^\d{2}(\.\d{2})?$/, 'fault.region')

const regions = reading({
  path: '/api/v1/regions',
  name: 'listRegions',
  summary: 'Provinces, regencies and cities by their Kemendagri codes',
  scope: null,
  query: z.strictObject({ level: Region.shape.level.optional(), province: code.optional(), ...paging }),
  answers: { 200: { description: 'A page.', schema: pageSchema(Region), example: { items: [aRegion], next: null } } },
  refuses: [],
  async look(ctx, { query: { level, province, cursor, limit = LIMIT } }) {
    const rows = await listRegions(ctx, { level, province_code: province, after: cursor, limit: limit + 1 })
    const items = rows.map(({ code, name, level, parent_code, time_zone }) => ({
      code,
      name,
      level,
      parent: parent_code,
      time_zone,
    }))
    return pageOf(items, (region) => region.code, { limit })
  },
})

const topics = reading({
  path: '/api/v1/topics',
  name: 'listTopics',
  summary: 'Topics on offer, in both languages',
  scope: null,
  query: z.strictObject(paging),
  answers: { 200: { description: 'A page.', schema: pageSchema(Topic), example: { items: [aTopic], next: null } } },
  refuses: [],
  async look(ctx, { query }) {
    const rows = await listTopics(ctx)
    const items = rows.map(({ code, name_id, name_en }) => ({ code, name_id, name_en }))
    return pageOf(items, (topic) => topic.code, query)
  },
})

export const directoryEndpoints: readonly Endpoint[] = [desks, organisations, affiliations, regions, topics]
