import { sql } from 'kysely'
import type { OpenHours } from '../regions/index.ts'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { refuseBadParts, saveDeskParts } from './save-desk-parts.ts'
import { setDutyContacts, type DutyContact } from './set-duty-contacts.ts'

export interface SaveProvider {
  organisation_id: string
  name: string
  time_zone: string
  about: string
  website: string | null
  /** Kemendagri codes of provinces and regencies where it helps. */
  regions: readonly string[]
  serves_neighbours: boolean
  serves_nation: boolean
  kinds: readonly ('free' | 'paid')[]
  languages: readonly string[]
  /** New cases a week. */
  capacity_per_week: number
  hours: readonly OpenHours[]
  /** Each once; `valid_until` null where nothing that shows it has an end. */
  competences: readonly { code: string; level: number; valid_until: Date | null }[]
  contacts: readonly DutyContact[]
  /** Who answers for it; whoever else works there stays. */
  coordinator_id: string
}

/**
 * The one desk of a member or partner: made, or made what is given where the organisation has one. For the secretariat's coordinators and
 * administrators who signed in recently. Answers its id. Refuses forbidden, unauthenticated, and invalid `desk.unknown_part` for codes that nobody knows.
 */
export async function saveProvider(ctx: Writing, input: SaveProvider): Promise<string> {
  mustCoordinateAll(ctx.actor)
  mustHaveSignedInRecently(ctx)
  return refuseBadParts(async () => {
    const desk_id = await saveDesk(ctx, input)
    await saveDeskParts(ctx, desk_id, { regions: input.regions, hours: input.hours })
    await saveLevels(ctx, desk_id, input.competences)
    await sql`insert into desk_members (desk_id, person_id, role) values (${desk_id}::uuid, ${input.coordinator_id}::uuid, 'coordinator')
      on conflict (desk_id, person_id) do update set role = 'coordinator'`.execute(ctx.tx)
    await setDutyContacts(ctx, { desk_id, contacts: input.contacts })
    return desk_id
  })
}

async function saveDesk(ctx: Writing, input: SaveProvider): Promise<string> {
  const { rows: known } = await sql<{ id: string }>`select id from desks
    where organisation_id = ${input.organisation_id}::uuid and kind = 'provider' and closed_at is null for update`.execute(
    ctx.tx,
  )
  const found = known[0]?.id
  const id = found ?? newId()
  const { name, time_zone, about, website, serves_neighbours, serves_nation, capacity_per_week } = input
  const said = { name, time_zone, about, website, serves_neighbours, serves_nation, capacity_per_week }
  const lists = { kinds: [...input.kinds], languages: [...input.languages] }
  if (found)
    await ctx.tx
      .updateTable('desks')
      .set({ ...said, ...lists })
      .where('id', '=', id)
      .execute()
  else
    await ctx.tx
      .insertInto('desks')
      .values({ id, ...said, ...lists, kind: 'provider', organisation_id: input.organisation_id, accepting: true })
      .execute()
  await record(ctx, found ? 'desk.changed' : 'desk.added', { about: { desk_id: id, kind: 'provider' } })
  return id
}

async function saveLevels(ctx: Writing, desk_id: string, competences: SaveProvider['competences']): Promise<void> {
  if (new Set(competences.map(({ code }) => code)).size < competences.length) refuse('invalid', 'desk.unknown_part')
  await saveDeskParts(ctx, desk_id, { competences: competences.map(({ code }) => code) })
  await sql`update desk_competences d set level = c.level, valid_until = c.valid_until
    from jsonb_to_recordset(${JSON.stringify(competences)}::jsonb) as c (code text, level int, valid_until timestamptz)
    where d.desk_id = ${desk_id}::uuid and d.competence_code = c.code`.execute(ctx.tx)
}
