import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { cleanName, foldName } from './fold-name.ts'
import { normaliseAddress, type AddressChannel } from './normalise-address.ts'

export interface NewPerson {
  /** May be empty: a mail without a display name, an SMS. */
  name: string
  /** Left out for somebody without any address (a visitor at the counter): that is always a new person. */
  channel?: AddressChannel
  address?: string
  language?: Language
}

export interface Person {
  id: string
  name: string
  language: Language
  organisation_id: string | null
  region_code: string | null
  /** The address of the input, as this person's own; null for somebody without any. */
  contact_point_id: string | null
  /** Made by this call. */
  is_new: boolean
}

/**
 * Who these are: one answer per input, in order. The same address **and** the same folded name is the same person; anybody else is a
 * new person on the same, unconfirmed contact point, and nothing merges by itself: an office mailbox or a family's telephone belongs
 * to many. Whoever was merged into somebody (tickets/merge-people.ts) goes on being known by their own name too. A message without any name says nothing against the only person of its address, and is theirs. Somebody whom the actor does not
 * see is nobody: whoever has that name and address is then a new person on the same contact point.
 *
 * Two transactions with the same new sender wait for each other (a lock per address, in one order): call this once per transaction,
 * with all of them. Records `person.added`. Refuses invalid with the fault `people.N.address` for what is no address.
 */
export async function findOrMakePeople(ctx: Writing, inputs: readonly NewPerson[]): Promise<Person[]> {
  if (inputs.length === 0) return []
  const wanted = inputs.map(prepare)
  // At once, but in this order: the second looks when the lock is ours.
  const [, found] = await Promise.all([lockAddresses(ctx, wanted), findPeople(ctx, wanted)])
  const made = await makePeople(
    ctx,
    wanted.filter((one) => !found.has(one.key)),
  )
  return wanted.map((one) => found.get(one.key) ?? made.get(one.key)!)
}

interface Wanted {
  /** Two inputs with one key are one person. */
  key: string
  channel: AddressChannel | null
  address: string | null
  normalised: string | null
  named: boolean
  name: string
  folded_name: string
  language: Language
}

function prepare(input: NewPerson, position: number): Wanted {
  const given = cleanName(input.name)
  const point = input.channel && input.address ? normaliseAddress(input.channel, input.address) : null
  if (!point && (input.channel || input.address))
    refuse('invalid', 'address', [{ path: `people.${position}.address`, key: `fault.${input.channel ?? 'email'}` }])
  const name =
    given ||
    (point
      ? nameOf(input.channel!, point.normalised)
      : refuse('invalid', 'name', [{ path: `people.${position}.name`, key: 'fault.required' }]))
  // A name of punctuation only folds to nothing; compared as it stands it still tells two people apart.
  const folded_name = foldName(name) || name.toLowerCase()
  return {
    key: point ? `${input.channel} ${point.normalised} ${given ? folded_name : ''}` : `nowhere ${position}`,
    channel: point ? input.channel! : null,
    address: point?.address ?? null,
    normalised: point?.normalised ?? null,
    named: given !== '',
    name,
    folded_name,
    language: input.language ?? 'id',
  }
}

/** The number of a chat alone would be read as anything. */
const nameOf = (channel: AddressChannel, normalised: string) =>
  channel === 'email' ? normalised.split('@')[0]! : channel === 'telegram' ? `Telegram ${normalised}` : normalised

async function lockAddresses(ctx: Writing, wanted: readonly Wanted[]): Promise<void> {
  const keys = wanted.flatMap((one) => (one.channel ? [`${one.channel} ${one.normalised}`] : []))
  await sql`select pg_advisory_xact_lock(lock) from (
    select distinct hashtextextended('person of ' || key, 0) as lock from unnest(${keys}::text[]) as k (key) order by lock) as locks`.execute(
    ctx.tx,
  )
}

async function findPeople(ctx: Writing, wanted: readonly Wanted[]): Promise<Map<string, Person>> {
  const asked = wanted.filter((one) => one.channel)
  // `limit 2`: a nameless message needs to know only whether there is exactly one.
  const { rows } = await sql<Person & { key: string }>`
    with asked as (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
        as a (key text, channel text, normalised text, named boolean, folded_name text))
    select asked.key, p.id, p.name, p.language, p.organisation_id, p.region_code, p.contact_point_id, false as is_new
    from asked join lateral (
      select p.*, count(*) over () as candidates from (
        select p.*, c.id as contact_point_id from contact_points c join people p on p.id = c.person_id
        where c.channel = asked.channel and c.normalised = asked.normalised and p.merged_into is null
          and (not asked.named or p.folded_name = asked.folded_name or also_named(p.id, asked.folded_name))
        order by p.created_at, p.id limit 2) as p
      order by p.created_at, p.id limit 1) as p on asked.named or p.candidates = 1`.execute(ctx.db)
  return new Map(rows.map(({ key, ...person }) => [key, person]))
}

async function makePeople(ctx: Writing, wanted: readonly Wanted[]): Promise<Map<string, Person>> {
  const made = new Map<string, Person>()
  if (wanted.length === 0) return made
  // Who comes twice is written as they came first.
  const rows = wanted
    .filter((one, position) => wanted.findIndex((other) => other.key === one.key) === position)
    .map((one) => ({ ...one, id: newId(), point_id: newId() }))
  const writing = sql`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as g (id uuid, point_id uuid, name text, folded_name text, language text, channel text, address text, normalised text)),
    written as (
      insert into people (id, name, folded_name, language, created_at)
      select id, name, folded_name, language, ${ctx.now}::timestamptz from given)
    insert into contact_points (id, person_id, channel, address, normalised, created_at)
    select point_id, id, channel, address, normalised, ${ctx.now}::timestamptz from given where channel is not null`.execute(
    ctx.tx,
  )
  const recording = recordAll(
    ctx,
    rows.map((row) => ({ kind: 'person.added', about: { person_id: row.id, channel: row.channel } })),
  )
  await Promise.all([writing, recording])
  for (const { key, id, name, language, channel, point_id } of rows)
    made.set(key, {
      id,
      name,
      language,
      organisation_id: null,
      region_code: null,
      contact_point_id: channel ? point_id : null,
      is_new: true,
    })
  return made
}
