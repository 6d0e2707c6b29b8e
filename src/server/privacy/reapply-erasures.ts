import { existsSync } from 'node:fs'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { read, system } from '../platform/context.ts'
import type { AddressChannel } from '../people/index.ts'
import { erasePerson, type Erased } from './erase-person.ts'
import {
  erasureListPath,
  keyOfAddress,
  keysOf,
  listErasures,
  readErasureList,
  type ListedErasure,
} from './erasure-list.ts'
import { findUnlistedRestore, noteUnlistedRestore } from './unlisted-restores.ts'

/**
 * Forgets again whom a database of before still knows, before anybody can read it: at every start, and after a restore. The list is
 * `erasures.log` in the data folder, which no restore of a database touches. Found by id; and, for those who
 * were written down under another id in a backup, by the keyed hash of address and name, as long as that row is older than the erasure:
 * whoever comes back later is a new person. Answers who was forgotten now.
 */
export async function reapplyErasures(app: App): Promise<Erased[]> {
  const { PANDU_DATA } = app.settings
  const path = erasureListPath(PANDU_DATA)
  const is_new_folder = !existsSync(path)
  const listed = await readErasureList(path)
  const more = await unlisted(app, listed)
  // A database that remembers erasures, in a folder that knows of none, was put back past ./pandu restore, which writes this down itself.
  if (is_new_folder && more.length > 0 && !(await isWrittenDown(app))) await noteUnlistedRestore(app, null)
  await listErasures(PANDU_DATA, more)
  if (listed.length === 0) return []
  const again = await findAgain(app, listed)
  const erased: Erased[] = []
  for (const { person_id, erasure } of again) {
    const one = await erasePerson(app, person_id, { ...erasure, person_id })
    if (one) erased.push(one)
  }
  return erased
}

async function isWrittenDown(app: App): Promise<boolean> {
  return (await read(app, system, findUnlistedRestore)) !== null
}

/** What the database knows and the list does not: it came with a backup into a new data folder. */
async function unlisted(app: App, listed: readonly ListedErasure[]): Promise<ListedErasure[]> {
  const { rows } = await sql<{
    person_id: string
    keys: string[]
    erased_at: Date
  }>`select person_id, keys, erased_at from erasures
    where erased_at is not null and person_id <> all (${listed.map(({ person_id }) => person_id)}::uuid[])
    order by erased_at, person_id`.execute(app.worker)
  return rows.map(({ person_id, keys, erased_at }) => ({ at: erased_at.toISOString(), person_id, keys }))
}

async function findAgain(app: App, listed: readonly ListedErasure[]) {
  const byId = new Map(listed.map((one) => [one.person_id, one]))
  return read(app, system, async (ctx) => {
    // A hold that is younger than the line: the erasure had come to nothing (a crash before the commit), so it waits like any other.
    const { rows } = await sql<{ person_id: string }>`select p.id as person_id from people p
      join unnest(${listed.map((one) => one.person_id)}::uuid[], ${listed.map(({ at }) => at)}::timestamptz[]) as l (person_id, at) on l.person_id = p.id
      where p.erased_at is null and p.merged_into is null
        and not exists (select from legal_holds h where h.person_id = p.id and h.lifted_at is null and h.placed_at > l.at)
      order by p.id`.execute(ctx.db)
    const found = rows.map(({ person_id }) => ({ person_id, erasure: byId.get(person_id)! }))
    if (found.length === 0) return found
    // Something of before came back, so the same person may stand there under another id, too.
    const byKey = new Map(listed.flatMap((one) => one.keys.map((key) => [key, one] as const)))
    const { rows: points } = await sql<{
      person_id: string
      channel: AddressChannel
      normalised: string
      folded_name: string
      created_at: Date
    }>`select c.person_id, c.channel, c.normalised, p.folded_name, p.created_at
      from contact_points c join people p on p.id = c.person_id where p.erased_at is null and p.merged_into is null`.execute(
      ctx.db,
    )
    for (const { person_id, channel, normalised, folded_name, created_at } of points) {
      const [named] = keysOf(app, { folded_names: [folded_name], addresses: [{ channel, normalised, alone: false }] })
      const erasure = byKey.get(named!) ?? byKey.get(keyOfAddress(app, channel, normalised))
      if (erasure && created_at < new Date(erasure.at) && !found.some((one) => one.person_id === person_id))
        found.push({ person_id, erasure })
    }
    return found
  })
}
