import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { isPaid } from './find-provider-mails.ts'
import { readCommand, type Heard } from './read-command.ts'
import { undoablePaid } from './paid/undo-paid.ts'
import { returnedBy } from './returned-by.ts'
import { unsentReply } from './unsent-reply.ts'

/** One text, as far as it may be from a provider. */
export interface MaybeProviderText {
  channel: 'sms' | 'whatsapp'
  /** Normalised. */
  address: string
  text: string
  /** The ticket of the text of ours that it answers by its channel's own function. */
  answers_ticket_id: string | null
}

/** What a provider's contact wrote: who they are, at which desk, and which offer or case of theirs it is about, if it is known. */
export interface ProviderText {
  person_id: string
  desk_id: string
  heard: Heard
  offer: { id: string; code: string; state: string; ticket_id: string; number: string } | null
  /** How many offers and cases they have in hand; a text without a code is about the only one. */
  in_hand: number
  /** When they last answered, gave back, finished, wrote to a requester or paused, where that can still be taken back: BATAL is about the newest of what somebody did. */
  undoable_at: Date | null
}

const WORKS_MAX = 500

/**
 * Which of these texts come from a registered, proven contact of a provider, by the very channel that was registered. In order; null for everybody
 * else. What is about no offer of theirs has `offer` null. A number of statements that does not depend on how many texts there are.
 */
export async function findProviderTexts(
  ctx: Reading,
  texts: readonly MaybeProviderText[],
): Promise<(ProviderText | null)[]> {
  if (texts.length === 0) return []
  const works = await findContacts(ctx, texts)
  if (works.length === 0) return texts.map(() => null)
  const offers = await findOffers(
    ctx,
    works.map(({ desk_id }) => desk_id),
  )
  const undoable = await findUndoable(ctx, works)
  return texts.map((text) => {
    const heard = readCommand(text.text)
    // Whoever was named and has not proven the number yet can do nothing but that.
    const proves = heard.kind === 'command' && heard.command.word === 'SETUJU'
    const own = works.filter(
      ({ channel, address, is_proven }) =>
        channel === text.channel && address === text.address && (is_proven ? !proves : proves),
    )
    if (own.length === 0) return null
    const theirs = offers.filter(({ desk_id }) => !proves && own.some((one) => one.desk_id === desk_id))
    const code = codeOf(heard)
    const in_hand = theirs.filter(({ state }) => state === 'open' || state === 'accepted')
    const offer =
      code !== null
        ? theirs.find((one) => one.code === code)
        : (in_hand.find(({ ticket_id }) => ticket_id === text.answers_ticket_id) ??
          (in_hand.length === 1 || heard.kind === 'words' ? in_hand[0] : undefined))
    const { person_id, desk_id } = own.find((one) => one.desk_id === offer?.desk_id) ?? own[0]!
    return {
      person_id,
      desk_id,
      heard,
      offer: offer ?? null,
      in_hand: in_hand.length,
      undoable_at: undoable.get(person_id) ?? null,
    }
  })
}

const codeOf = (heard: Heard): string | null =>
  heard.kind === 'command'
    ? 'code' in heard.command && !isPaid(heard.command)
      ? heard.command.code
      : null
    : heard.kind === 'asked'
      ? heard.code
      : null

interface Works {
  channel: 'sms' | 'whatsapp'
  address: string
  person_id: string
  desk_id: string
  is_proven: boolean
}

async function findContacts(ctx: Reading, texts: readonly MaybeProviderText[]): Promise<Works[]> {
  const { rows } = await sql<Works>`with asked as (
      select distinct channel, address from unnest(${texts.map(({ channel }) => channel)}::text[],
        ${texts.map(({ address }) => address)}::text[]) as a (channel, address))
    select a.channel, a.address, d.person_id, d.desk_id, d.proven_at is not null as is_proven
    from asked a
    join contact_points c on c.channel = 'phone' and c.normalised = a.address
    join duty_contacts d on d.contact_point_id = c.id and d.channel = a.channel and d.ended_at is null
    join desks on desks.id = d.desk_id and desks.kind in ('provider', 'own_unit') and desks.closed_at is null
    order by a.channel, a.address, desks.kind <> 'provider', d.desk_id, d.person_id limit ${WORKS_MAX}::int`.execute(
    ctx.db,
  )
  return rows
}

type Offer = NonNullable<ProviderText['offer']> & { desk_id: string }

/** Of these desks: what is in hand, and what a command about something that is over may name. The living first. */
async function findOffers(ctx: Reading, desk_ids: readonly string[]): Promise<Offer[]> {
  const { rows } = await sql<Offer>`select o.id, o.code, o.state, o.desk_id, o.ticket_id, t.number::text as number
    from unnest(${[...new Set(desk_ids)]}::uuid[]) as d (id)
    cross join lateral (select * from offers where desk_id = d.id order by state in ('open', 'accepted') desc, id desc limit 100) o
    join tickets t on t.id = o.ticket_id
    order by o.state in ('open', 'accepted') desc, o.id desc limit ${WORKS_MAX * 4}::int`.execute(ctx.db)
  return rows
}

/** As BATAL finds it when it is obeyed (do-command.ts): what they answered, also to paid work, gave back, said to be done, or paused. */
async function findUndoable(ctx: Reading, works: readonly Works[]): Promise<Map<string, Date>> {
  const { rows } = await sql<{ person_id: string; at: Date }>`with works as (
      select distinct person_id, desk_id from unnest(${works.map(({ person_id }) => person_id)}::uuid[],
        ${works.map(({ desk_id }) => desk_id)}::uuid[]) as w (person_id, desk_id))
    select person_id, max(at) as at from (
      select w.person_id, coalesce(o.ended_at, o.answered_at) as at from works w join offers o on o.answered_by = w.person_id
        where o.undo_until > ${ctx.now}::timestamptz and o.state in ('accepted', 'declined')
      union all select w.person_id, o.ended_at from works w join offers o on o.desk_id = w.desk_id
        where o.undo_until > ${ctx.now}::timestamptz and o.state = 'returned' and ${returnedBy(sql`o`, sql`w.person_id`)}
      union all select w.person_id, r.resolved_at from works w join offers o on o.desk_id = w.desk_id and o.state = 'accepted'
        join resolutions r on r.ticket_id = o.ticket_id and r.reopened_at is null and r.resolved_by = w.person_id
        join messages m on m.ticket_id = r.ticket_id and m.id = r.message_id and m.leaves_at > ${ctx.now}::timestamptz and m.taken_back_at is null
      union all select w.person_id, m.at from works w join offers o on o.desk_id = w.desk_id and o.state = 'accepted'
        join messages m on ${unsentReply(ctx, sql`o`, sql`w.person_id`)}
      union all select w.person_id, p.at from works w join desk_pauses p on p.person_id = w.person_id
        where p.undo_until > ${ctx.now}::timestamptz and p.undone_at is null
      union all select w.person_id, coalesce(a.answered_at, a.asked_at) from works w join paid_answers a on a.desk_id = w.desk_id
        and ${undoablePaid(ctx, sql`w.person_id`)}) done
    group by person_id`.execute(ctx.db)
  return new Map(rows.map((row) => [row.person_id, row.at]))
}
