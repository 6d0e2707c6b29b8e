import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { firstCompetences, firstTopics, firstUrgencies, type Word } from './first-vocabulary.ts'

export interface VocabularyWord extends Word {
  position: number
  /** Switched-off words stay on old tickets and are offered no more; nothing is deleted. */
  switched_off_at: Date | null
}
type Table = 'topics' | 'competences' | 'urgencies'
const factOf = { topics: 'topic.changed', competences: 'competence.changed', urgencies: 'urgency.changed' } as const

/** Puts in the first words that are missing; a word that is there keeps what was changed in it. Answers how many were new. */
export async function loadVocabulary(ctx: Writing): Promise<number> {
  const load = async (table: Table, words: readonly Word[]) => {
    const rows = words.map((word, index) => ({ ...word, position: (index + 1) * 10 }))
    const { rows: added } = await sql<{ code: string }>`
      insert into ${sql.table(table)} (code, name_id, name_en, position)
      select code, name_id, name_en, position
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (code text, name_id text, name_en text, position int)
      on conflict (code) do nothing returning code`.execute(ctx.tx)
    return added.map(({ code }) => code)
  }
  const competences = await load('competences', firstCompetences)
  const topics = await load('topics', firstTopics)
  if (topics.length > 0) await setCompetences(ctx, topics)
  return topics.length + competences.length + (await load('urgencies', firstUrgencies)).length
}

/** What the first topics ask for, of those that are new: what somebody gave the others, or took from them, stays. */
async function setCompetences(ctx: Writing, added: readonly string[]): Promise<void> {
  const rows = firstTopics.filter(({ code, competence_code }) => competence_code !== undefined && added.includes(code))
  await sql`update topics set competence_code = w.competence_code, level = w.level
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (code text, competence_code text, level int)
    where topics.code = w.code`.execute(ctx.tx)
}

export interface TopicNeed {
  code: string
  /** Null: none in particular. */
  competence_code: string | null
  level: number | null
}

/** Which competence each topic asks for, and how far it goes. */
export const listTopicNeeds = (ctx: Reading): Promise<TopicNeed[]> =>
  ctx.db.selectFrom('topics').select(['code', 'competence_code', 'level']).orderBy('code').limit(500).execute()

export const TopicNeeds = z.strictObject({
  code: z.string().min(1).max(40),
  /** Empty: none in particular. */
  competence_code: z.string().max(40).nullable(),
  level: z.coerce.number().int().min(1).max(3).default(1),
})
export type TopicNeeds = z.infer<typeof TopicNeeds>

/** Says which competence a topic asks for, for referrals made from now on. For the secretariat's coordinators and administrators. */
export async function setTopicNeed(ctx: Writing, { code, competence_code, level }: TopicNeeds): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if (competence_code !== null) {
    const known = await ctx.tx
      .selectFrom('competences')
      .select('code')
      .where('code', '=', competence_code)
      .executeTakeFirst()
    if (!known) refuse('invalid', 'form', [{ path: 'competence_code', key: 'fault.wrong' }])
  }
  const { numAffectedRows } = await sql`update topics set competence_code = ${competence_code}::text,
      level = ${competence_code === null ? null : level}::int where code = ${code}`.execute(ctx.tx)
  if (!numAffectedRows) refuse('not_found', 'vocabulary.word')
  await record(ctx, 'topic.changed', {
    about: { code, competence_code, level: competence_code === null ? null : level },
  })
}

/** The words on offer in their order; with `all` also those that were switched off. */
const listWords =
  (table: Table) =>
  (ctx: Reading, question: { all?: boolean } = {}): Promise<VocabularyWord[]> =>
    ctx.db
      .selectFrom(table)
      .select(['code', 'name_id', 'name_en', 'position', 'switched_off_at'])
      .$if(question.all !== true, (query) => query.where('switched_off_at', 'is', null))
      .orderBy('position')
      .orderBy('code')
      .limit(500)
      .execute()

export const listTopics = listWords('topics')
export const listCompetences = listWords('competences')
export const listUrgencies = listWords('urgencies')

const name = z.string().trim().min(1).max(80)
export const AddWord = z.strictObject({
  code: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(40),
  name_id: name,
  name_en: name,
  position: z.int().min(0).max(10_000).default(1000),
})
export type AddWord = z.infer<typeof AddWord>

/** A new topic or competence (urgencies are a closed list). Refuses `conflict` when the code is taken. */
const addWord =
  (table: 'topics' | 'competences') =>
  async (ctx: Writing, input: AddWord): Promise<void> => {
    mustCoordinateAll(ctx.actor)
    const added = await ctx.tx
      .insertInto(table)
      .values(input)
      .onConflict((conflict) => conflict.column('code').doNothing())
      .returning('code')
      .executeTakeFirst()
    if (!added) refuse('conflict', 'vocabulary.code_taken', [{ path: 'code', key: 'vocabulary.code_taken' }])
    await record(ctx, factOf[table], { about: { code: input.code, added: true } })
  }

export const addTopic = addWord('topics')
export const addCompetence = addWord('competences')

export const ChangeWord = z.strictObject({
  code: z.string().min(1).max(40),
  name_id: name.optional(),
  name_en: name.optional(),
  position: z.int().min(0).max(10_000).optional(),
  switched_on: z.boolean().optional(),
})
export type ChangeWord = z.infer<typeof ChangeWord>

/** Renames, moves, switches off or on again; what is not given stays. */
const changeWord =
  (table: Table) =>
  async (ctx: Writing, input: ChangeWord): Promise<void> => {
    mustCoordinateAll(ctx.actor)
    const { code, switched_on, ...named } = input
    // New tickets are of normal urgency until somebody looks at them.
    if (table === 'urgencies' && code === 'normal' && switched_on === false)
      refuse('conflict', 'vocabulary.normal_stays')
    const { numAffectedRows } = await sql`
    update ${sql.table(table)} set
      name_id = coalesce(${named.name_id ?? null}::text, name_id),
      name_en = coalesce(${named.name_en ?? null}::text, name_en),
      position = coalesce(${named.position ?? null}::int, position),
      switched_off_at = case ${switched_on ?? null}::boolean
        when true then null
        when false then coalesce(switched_off_at, ${ctx.now}::timestamptz)
        else switched_off_at end
    where code = ${code}`.execute(ctx.tx)
    if (!numAffectedRows) refuse('not_found', 'vocabulary.word')
    await record(ctx, factOf[table], {
      about: { code, ...(switched_on === undefined ? {} : { switched_on }) },
      details: { ...named },
    })
  }

export const changeTopic = changeWord('topics')
export const changeCompetence = changeWord('competences')
export const changeUrgency = changeWord('urgencies')
