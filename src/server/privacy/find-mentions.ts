import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { read, system, write, type Reading, type Writing } from '../platform/context.ts'
import { dropBlobs, removeBlobs } from '../platform/drop-blobs.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { names, namingOf, type Naming } from '../platform/redact.ts'
import type { FactJob } from '../platform/relay.ts'
import { dropRaw } from '../channels/index.ts'
import { blotStandings, standingWords, tracePerson } from '../people/index.ts'
import { blotCompetence } from '../membership/index.ts'
import { blotQuestions } from '../referrals/index.ts'
import { blotIn, indexThese, removeFile } from '../tickets/index.ts'
import { blotOutside, wordsOutside } from './blot-outside.ts'
import { namedWithoutKey } from './named-without-key.ts'
import { spellingsOf } from './spellings.ts'

export const mentionPlaces = [
  'ticket',
  'incidents',
  'data_requests',
  'legal_holds',
  'restrictions',
  'held_mail',
  'offer_questions',
  'competence_proposals',
  'evidence',
] as const
export type MentionPlace = (typeof mentionPlaces)[number]

/** A place in which others wrote somebody's whole name. */
export interface Mention {
  place: MentionPlace
  /** Of the ticket, incident, request, held mail, question, proposal or evidence; of the person whom a hold or restriction is about. */
  id: string
  /** As people say it: of a question its request’s; of what shows a competence its desk’s name. Null where there is none. */
  number: string | null
  /** Whose competence it is. */
  desk_id: string | null
  at: Date
  /** Not as we write the name: perhaps it is somebody else's. */
  spelt_otherwise: boolean
}

const MENTIONS_MAX = 200

/**
 * Where others wrote this person's whole name, also spelt otherwise (spellings.ts), newest first, outside the tickets on which the person stands: perhaps somebody else of that
 * name is meant, so forgetting them blots out nothing there by itself; whoever decides looks, and says so place by place
 * ({@link removeMention}). Addresses and numbers are not looked for: those go by themselves. The secretariat's coordinators and administrators.
 */
export async function findMentions(ctx: Reading, person_id: string): Promise<Mention[]> {
  mustCoordinateAll(ctx.actor)
  // As the worker's role, because under a policy PostgreSQL uses no index of words; whoever asks sees everything anyway.
  return read(ctx.app, system, async (all) => {
    const { rows: merged } =
      await sql`select from people where id = ${person_id}::uuid and merged_into is not null`.execute(all.db)
    // The page of a row that was merged still opens; the person is the other one.
    if (merged.length > 0) return []
    const { named, ids, erased_at, names: whole } = await tracePerson(all, person_id)
    if (erased_at || named.anyhow === null) return []
    const others = whole.flatMap(spellingsOf)
    const [exact, otherwise] = await Promise.all([
      mentionsOf(all, { ids, named, whole }),
      others.length === 0 ? [] : mentionsOf(all, { ids, named: anyhow(others), whole: others }),
    ])
    const known = new Set(exact.map(keyOf))
    return [
      ...exact.map((one) => ({ ...one, spelt_otherwise: false })),
      ...otherwise.filter((one) => !known.has(keyOf(one))).map((one) => ({ ...one, spelt_otherwise: true })),
    ]
  })
}

const keyOf = ({ place, id }: Pick<Mention, 'place' | 'id'>): string => `${place} ${id}`
const anyhow = (spelt: readonly string[]): Naming => ({ ...namingOf({ names: spelt, addresses: [] }), as_name: null })

async function mentionsOf(
  all: Reading,
  { ids, named, whole }: { ids: readonly string[]; named: Naming; whole: readonly string[] },
): Promise<Omit<Mention, 'spelt_otherwise'>[]> {
  const { incidents, data_requests } = wordsOutside
  const outside = [
    mentionsIn('incidents', Object.keys(incidents), named, ids),
    mentionsIn('data_requests', Object.keys(data_requests), named, ids),
    ...Object.entries(standingWords).map(([table, columns]) => mentionsIn(table, columns, named, ids)),
  ]
  const { rows } = await sql<
    Omit<Mention, 'spelt_otherwise'>
  >`with asked as (select phraseto_tsquery('simple', name) as q from unnest(${[...whole]}::text[]) as name),
      worded as (
        select s.ticket_id from search_documents s, asked where s.tsv @@ q
        union select m.ticket_id from messages m, asked where m.direction = 'note' and to_tsvector('simple', m.text) @@ q
        union select r.ticket_id from resolutions r, asked where to_tsvector('simple', ${resolution}) @@ q),
      -- A document knows who asked, too: somebody of the same name names nobody else.
      tickets_naming as (
        select t.id, t.number, t.created_at from worded w join tickets t on t.id = w.ticket_id
        where not exists (select from participants p where p.ticket_id = t.id and p.person_id = any (${[...ids]}::uuid[]))
          and (${names(sql`concat_ws(' ', t.subject, t.institution)`, named)}
            or exists (select from messages m where m.ticket_id = t.id and ${names(sql`concat_ws(' ', m.text, m.quoted_text)`, named)})
            or exists (select from resolutions r where r.ticket_id = t.id and ${names(resolution, named)}))
        order by t.created_at desc, t.id desc limit ${MENTIONS_MAX}::int)
      select * from (
        select 'ticket' as place, id, number::text, created_at as at, null::uuid as desk_id from tickets_naming
        union all ${sql.join(outside, sql` union all `)}
        -- On requests in which they take part it goes by itself.
        union all (select 'offer_questions', q.id, t.number::text, q.asked_at, null from offer_questions q join tickets t on t.id = q.ticket_id
          where ${names(sql`concat_ws(' ', q.question, q.answer)`, named)}
            and not exists (select from participants p where p.ticket_id = q.ticket_id and p.person_id = any (${[...ids]}::uuid[]))
          order by q.asked_at desc, q.id desc limit ${MENTIONS_MAX}::int)
        union all (select 'competence_proposals', c.id, d.name, c.proposed_at, d.id from competence_proposals c join desks d on d.id = c.desk_id
          where ${names(proposed, named)} order by c.proposed_at desc, c.id desc limit ${MENTIONS_MAX}::int)
        union all (select 'evidence', e.id, d.name, e.recorded_at, d.id from evidence e join desks d on d.id = e.desk_id
          where ${names(sql`concat_ws(' ', e.title, e.url)`, named)} order by e.recorded_at desc, e.id desc limit ${MENTIONS_MAX}::int)
        union all (select 'held_mail', i.id, null, i.received_at, null from intake_items i where i.outcome = 'quarantined'
          and ${names(sql`concat_ws(' ', i.subject, i.text)`, named)} order by i.id desc limit ${MENTIONS_MAX}::int)) found
      order by at desc, id desc limit ${MENTIONS_MAX}::int`.execute(all.db)
  return rows
}

/** With the names of its documents, read as membership does when it takes them away. */
const proposed = sql`concat_ws(' ', c.title, c.url, c.reason, (select string_agg(f.name || ' ' || translate(f.name, '_-.', '   '), ' ' order by f.id)
  from competence_files f where f.proposal_id = c.id))`

/** As the index of words has it (migration 0051). */
const resolution = sql`(coalesce(problem, '') || ' ' || coalesce(cause, '') || ' ' || coalesce(alternatives, '') || ' ' || coalesce(steps, ''))`

function mentionsIn(table: string, columns: readonly string[], named: Naming, ids: readonly string[]) {
  const words = sql`concat_ws(' ', ${sql.join(columns.map((column) => sql.ref(column)))})`
  const about = table === 'incidents' ? null : sql`person_id`
  const number = table === 'incidents' || table === 'data_requests' ? sql`number::text` : sql`null::text`
  const at = { incidents: 'declared_at', data_requests: 'made_at' }[table] ?? 'placed_at'
  return sql`(select ${sql.lit(table)}, ${table === 'incidents' || !about ? sql`id` : about}, ${number}, ${sql.ref(at)}, null::uuid from ${sql.table(table)}
    where ${names(words, named)} ${about ? sql`and not (person_id = any (${[...ids]}::uuid[]))` : sql``} order by ${sql.ref(at)} desc, id desc limit ${MENTIONS_MAX}::int)`
}

export const RemoveMention = z.strictObject({
  person_id: z.uuid(),
  place: z.enum([
    'ticket',
    'incidents',
    'data_requests',
    'legal_holds',
    'restrictions',
    'offer_questions',
    'competence_proposals',
    'evidence',
    'file',
  ]),
  id: z.uuid(),
})

/**
 * Somebody looked, and this person is meant there: their name is blotted out in that place, by a job ({@link removeMentions}), because only
 * the worker's role changes what others wrote. Of place `file`: that file goes, with the mail in which it came; of a proposal of a
 * competence: its documents that name them go, too. The secretariat's coordinators and administrators. Records `person.name_removed`.
 */
export async function removeMention(ctx: Writing, input: z.output<typeof RemoveMention>): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await tracePerson(ctx, input.person_id)
  const { person_id, place, id } = input
  await record(ctx, 'person.name_removed', {
    ...(place === 'ticket' ? { ticket_id: id } : {}),
    about: { person_id, place, place_id: id },
  })
}

/** The job of {@link removeMention}. Somebody who was forgotten meanwhile has no name any more. */
export async function removeMentions(app: App, jobs: readonly FactJob[]): Promise<void> {
  for (const { about } of jobs) {
    const { person_id, place, place_id } = about as {
      person_id: string
      place: MentionPlace | 'file'
      place_id: string
    }
    if (place === 'file') {
      await dropFile(app, place_id)
      continue
    }
    const blobs = await write(app, system, async (ctx) => {
      const { names: whole, erased_at } = await tracePerson(ctx, person_id)
      if (erased_at) return []
      // Somebody looked, and they are meant, however their name is spelt there.
      const named = anyhow([...whole, ...whole.flatMap(spellingsOf)])
      if (place === 'legal_holds' || place === 'restrictions')
        await blotStandings(ctx, named, { table: place, person_id: place_id })
      else if (place === 'offer_questions') await blotQuestions(ctx, named, sql`id = ${place_id}::uuid`)
      else if (place === 'competence_proposals' || place === 'evidence') {
        const gone = await blotCompetence(ctx, named, { table: place, id: place_id })
        return dropBlobs(ctx, gone, await namedWithoutKey(ctx, gone))
      } else if (place === 'ticket') await indexThese(ctx, await blotIn(ctx, named, sql`ticket_id = ${place_id}::uuid`))
      else await blotOutside(ctx, named, { table: place, id: place_id })
      return []
    })
    await removeBlobs(app, blobs)
  }
}

/** With the bytes of the mail in which it came. */
async function dropFile(app: App, attachment_id: string): Promise<void> {
  const blobs = await write(app, system, async (ctx) => {
    const gone = await removeFile(ctx, attachment_id)
    if (!gone) return []
    const raw = gone.intake_item_id ? await dropRaw(ctx, gone.intake_item_id) : []
    const candidates = [gone.sha256, ...raw]
    return dropBlobs(ctx, candidates, await namedWithoutKey(ctx, candidates))
  })
  await removeBlobs(app, blobs)
}
