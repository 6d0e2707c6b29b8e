import { sql, type RawBuilder } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { FORGOTTEN, names, withoutNaming, type Naming } from '../platform/redact.ts'
import type { PersonTraces } from '../people/index.ts'

export interface TicketsForgotten {
  /** Those that they asked, with an institution or without. */
  own_ids: string[]
  /** Those that they asked for themselves alone: nothing but number, dates and place is left. */
  private_ids: string[]
  /** Where they took part, their own included. */
  ids: string[]
  /** Of the messages that lost their words. */
  message_ids: string[]
  /** Files whose rows went; their bytes may go when nothing else names them. */
  sha256s: string[]
  /** Others on which somebody had written their address or number, or which they answered as a colleague. */
  elsewhere_ids: string[]
}

/**
 * Forgets a person in tickets. What they wrote or sent goes everywhere. A ticket that they asked for themselves alone loses every word;
 * an institution's case, and one where they only took part, stays with what others wrote, in which their name, addresses and numbers are
 * blotted out. Quotations go on all of them, because they repeat what was said. On all other tickets their addresses and numbers are blotted
 * out; where they answered as a colleague, their name too, because it stands under what they wrote. A name that others wrote elsewhere may
 * be somebody else's: find-namings.ts shows those places to whoever decides.
 * Call indexThese() with those that stay when the person has become a pseudonym.
 */
export async function forgetPersonInTickets(ctx: Writing, traces: PersonTraces): Promise<TicketsForgotten> {
  const known = await theirTickets(ctx, traces.person_id)
  const ids = known.map(({ id }) => id)
  const own_ids = known.filter(({ own }) => own).map(({ id }) => id)
  const private_ids = known.filter(({ alone }) => alone).map(({ id }) => id)
  const forgotten = { ids, own_ids, private_ids }
  const messages = await forgetMessages(ctx, traces, forgotten)
  await forgetAround(ctx, traces, forgotten)
  const elsewhere_ids = await forgetElsewhere(ctx, traces, ids)
  await sql`delete from search_documents where ticket_id = any (${private_ids}::uuid[])`.execute(ctx.tx)
  return { ...forgotten, ...messages, elsewhere_ids }
}

type Which = Pick<TicketsForgotten, 'ids' | 'own_ids' | 'private_ids'>

async function theirTickets(ctx: Writing, person_id: string) {
  const { rows } = await sql<{ id: string; own: boolean; alone: boolean }>`
    select t.id, t.requester_id = ${person_id}::uuid as own,
      t.requester_id = ${person_id}::uuid and t.organisation_id is null and t.institution is null as alone
    from tickets t where t.id in (select ticket_id from participants where person_id = ${person_id}::uuid
      union select id from tickets where requester_id = ${person_id}::uuid) order by t.id for update`.execute(ctx.tx)
  return rows
}

/** Under a legal hold: nothing that they wrote changes, whoever it names, until the hold ends; then it is forgotten again (privacy/put-off.ts). */
const isHeld = (author: RawBuilder<unknown>) =>
  sql<boolean>`exists (select from legal_holds h where h.person_id = ${author} and h.lifted_at is null)`
/** The message to which a row of `message_htmls` or `attachments` belongs; its id alone, because `ticket_id` would be its own. */
const ofHeld = sql<boolean>`exists (select from messages held where held.id = message_id and ${isHeld(sql`held.author_id`)})`

async function forgetMessages(ctx: Writing, { person_id, naming }: PersonTraces, { ids, private_ids }: Which) {
  const goes = sql`(m.ticket_id = any (${private_ids}::uuid[]) or m.author_id = ${person_id}::uuid)`
  const { rows: emptied } = await sql<{ id: string }>`update messages m set text = ${FORGOTTEN}, quoted_text = null
    where m.ticket_id = any (${ids}::uuid[]) and ${goes} and not ${isHeld(sql`m.author_id`)} returning m.id`.execute(
    ctx.tx,
  )
  await sql`update messages m set text = ${withoutNaming(sql`m.text`, naming)}, quoted_text = null
    where m.ticket_id = any (${ids}::uuid[]) and not ${goes} and not ${isHeld(sql`m.author_id`)}
      and (m.quoted_text is not null or ${names(sql`m.text`, naming)})`.execute(ctx.tx)
  await sql`delete from message_htmls where ticket_id = any (${ids}::uuid[]) and not ${ofHeld}`.execute(ctx.tx)
  const message_ids = emptied.map(({ id }) => id)
  const { rows: files } = await sql<{ sha256: string }>`delete from attachments
    where ticket_id = any (${ids}::uuid[]) and message_id = any (${message_ids}::uuid[]) returning sha256`.execute(
    ctx.tx,
  )
  await sql`update attachments set name = left(${withoutNaming(sql`name`, naming)}, 255)
    where ticket_id = any (${ids}::uuid[]) and not ${ofHeld} and ${names(sql`name`, naming)}`.execute(ctx.tx)
  return { message_ids, sha256s: files.map(({ sha256 }) => sha256) }
}

/** Everything that stands around the messages. */
async function forgetAround(ctx: Writing, traces: PersonTraces, { ids, own_ids, private_ids }: Which): Promise<void> {
  const { person_id, naming, addresses } = traces
  const alone = addresses.filter((one) => one.alone).map(({ normalised }) => normalised)
  const [all, own, priv] = [sql`any (${ids}::uuid[])`, sql`any (${own_ids}::uuid[])`, sql`any (${private_ids}::uuid[])`]
  const without = (column: string) => withoutNaming(sql.ref(column), naming)
  await sql`update tickets set
      subject = case when id = ${own} then ${FORGOTTEN} else left(${without('subject')}, 200) end,
      institution = case when id = ${own} then left(${without('institution')}, 200) else institution end,
      region_code = case when id = ${priv} then left(region_code, 2) else region_code end
    where id = ${all}`.execute(ctx.tx)
  await sql`update resolutions set
      problem = case when ticket_id = ${priv} then ${FORGOTTEN} else ${without('problem')} end,
      cause = case when ticket_id = ${priv} then null else ${without('cause')} end,
      alternatives = case when ticket_id = ${priv} then null else ${without('alternatives')} end,
      steps = case when ticket_id = ${priv} then ${FORGOTTEN} else ${without('steps')} end
    where ticket_id = ${all}`.execute(ctx.tx)
  await sql`update closures set pointer = case when ticket_id = ${priv} then ${FORGOTTEN} else ${without('pointer')} end
    where ticket_id = ${all} and pointer is not null`.execute(ctx.tx)
  await sql`update ratings set words = '' where ticket_id = ${own} or person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`update recordings set letter_number = null, letter_date = null where ticket_id = ${own}`.execute(ctx.tx)
  await sql`delete from suggested_participants where ticket_id = ${priv} or normalised = any (${alone}::text[])
    or (ticket_id = ${all} and ${names(sql`name || ' ' || address`, naming)})`.execute(ctx.tx)
  await sql`delete from drafts where ticket_id = ${all} or person_id = ${person_id}::uuid
    or ${names(sql`fields::text`, naming)}`.execute(ctx.tx)
  await sql`delete from presences where person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`delete from follow_links where person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`update participants set contact_point_id = null where person_id = ${person_id}::uuid`.execute(ctx.tx)
}

/** On the tickets of others. Answers those in which something was found. */
async function forgetElsewhere(ctx: Writing, traces: PersonTraces, ids: readonly string[]): Promise<string[]> {
  const worked = await answeredBy(ctx, traces.person_id)
  const changed = [
    ...(await blotIn(ctx, traces.addressed, sql`not (ticket_id = any (${ids}::uuid[]))`)),
    ...(worked.length > 0
      ? await blotIn(
          ctx,
          traces.naming,
          sql`ticket_id = any (${worked}::uuid[]) and not (ticket_id = any (${ids}::uuid[]))`,
        )
      : []),
  ]
  return [...new Set(changed)]
}

async function answeredBy(ctx: Writing, person_id: string): Promise<string[]> {
  const { rows } = await sql<{ ticket_id: string }>`select distinct ticket_id from messages
    where author_id = ${person_id}::uuid and direction <> 'in'`.execute(ctx.tx)
  return rows.map(({ ticket_id }) => ticket_id)
}

const FILE_NAME_MAX = 255
/** Every column of a ticket in which somebody writes what they like; `where` is said of `ticket_id`. */
const written = {
  messages: ['text', 'quoted_text'],
  resolutions: ['problem', 'cause', 'alternatives', 'steps'],
  closures: ['pointer'],
  ratings: ['words'],
  attachments: ['name'],
} as const

const keptOf: Record<string, RawBuilder<boolean>> = {
  messages: isHeld(sql`author_id`),
  attachments: ofHeld,
  ratings: isHeld(sql`person_id`),
}

/** Blots somebody out of tickets. Answers the tickets in which they stood. As the worker's role, which alone may change a file's name. */
export async function blotIn(ctx: Writing, naming: Naming, where: RawBuilder<unknown>): Promise<string[]> {
  if (naming.anyhow === null && naming.as_name === null) return []
  const found = new Set<string>()
  for (const [table, columns] of Object.entries(written)) {
    const without = (column: string) => {
      const text = withoutNaming(sql.ref(column), naming)
      return table === 'attachments' ? sql`left(${text}, ${FILE_NAME_MAX}::int)` : text
    }
    const set = sql.join(columns.map((column) => sql`${sql.ref(column)} = ${without(column)}`))
    const kept = keptOf[table]
    const { rows } = await sql<{ ticket_id: string }>`update ${sql.table(table)} set ${set}
      where ${where} ${kept ? sql`and not ${kept}` : sql``} and ${names(sql`concat_ws(' ', ${sql.join(columns.map((column) => sql.ref(column)))})`, naming)}
      returning ticket_id`.execute(ctx.tx)
    for (const { ticket_id } of rows) found.add(ticket_id)
  }
  const { rows: htmls } = await sql<{ ticket_id: string }>`delete from message_htmls
    where ${where} and not ${ofHeld} and ${names(sql`html`, naming)} returning ticket_id`.execute(ctx.tx)
  const { rows: tickets } = await sql<{ ticket_id: string }>`update tickets set
      subject = left(${withoutNaming(sql`subject`, naming)}, 200), institution = left(${withoutNaming(sql`institution`, naming)}, 200)
    where id in (select id from (select id as ticket_id, id from tickets) t where ${where})
      and ${names(sql`concat_ws(' ', subject, institution)`, naming)} returning id as ticket_id`.execute(ctx.tx)
  for (const { ticket_id } of [...htmls, ...tickets]) found.add(ticket_id)
  return [...found]
}
