import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { FORGOTTEN, names, withoutNaming } from '../platform/redact.ts'
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
}

/**
 * Forgets a person in tickets. What they wrote or sent goes everywhere. A ticket that they asked for themselves alone loses every word;
 * an institution's case, and one where they only took part, stays with what others wrote, in which their name, addresses and numbers are
 * blotted out. Quotations go on all of them, because they repeat what was said.
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
  await sql`delete from search_documents where ticket_id = any (${private_ids}::uuid[])`.execute(ctx.tx)
  return { ...forgotten, ...messages }
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

async function forgetMessages(ctx: Writing, { person_id, naming }: PersonTraces, { ids, private_ids }: Which) {
  const goes = sql`(m.ticket_id = any (${private_ids}::uuid[]) or m.author_id = ${person_id}::uuid)`
  const { rows: emptied } = await sql<{ id: string }>`update messages m set text = ${FORGOTTEN}, quoted_text = null
    where m.ticket_id = any (${ids}::uuid[]) and ${goes} returning m.id`.execute(ctx.tx)
  await sql`update messages m set text = ${withoutNaming(sql`m.text`, naming)}, quoted_text = null
    where m.ticket_id = any (${ids}::uuid[]) and not ${goes}
      and (m.quoted_text is not null or ${names(sql`m.text`, naming)})`.execute(ctx.tx)
  await sql`delete from message_htmls where ticket_id = any (${ids}::uuid[])`.execute(ctx.tx)
  const message_ids = emptied.map(({ id }) => id)
  const { rows: files } = await sql<{ sha256: string }>`delete from attachments
    where ticket_id = any (${ids}::uuid[]) and message_id = any (${message_ids}::uuid[]) returning sha256`.execute(
    ctx.tx,
  )
  await sql`update attachments set name = left(${withoutNaming(sql`name`, naming)}, 255)
    where ticket_id = any (${ids}::uuid[]) and ${names(sql`name`, naming)}`.execute(ctx.tx)
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
