import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { say, type Language } from '../platform/words.ts'
import { listTopics } from '../desks/index.ts'
import { regionName } from '../regions/index.ts'
import { findRecipients, lockTickets, moveTicket, sendOut, stateAfter, type KnownTicket } from '../tickets/index.ts'

/** What a requester can be asked before anybody is: where they are, more closely where, what it is about. */
export type Asked = 'region' | 'regency' | 'topic'

/**
 * Asks the requester, on the channel they came by, what is not known and must not be guessed; each thing once. By mail all of it in one message; by
 * SMS or a messenger one thing at a time, the next when the first is answered. From then on it is their turn. Answers what was asked just now;
 * nothing when all of it was asked before, or one thing stands open. Records `referral.asked`.
 * @param goes_on whether referring goes on by itself once everything is answered (hear-answers.ts)
 */
export async function askRequester(
  ctx: Writing,
  ticket: KnownTicket,
  { asks, province_code, goes_on }: { asks: readonly Asked[]; province_code: string | null; goes_on: boolean },
): Promise<Asked[]> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  if (goes_on)
    await sql`update referral_questions set goes_on = true
      where ticket_id = ${ticket.id}::uuid and asks = any (${[...asks]}::text[]) and answered_at is null and not goes_on`.execute(
      ctx.tx,
    )
  const one_at_a_time = await isTexting(ctx, ticket)
  const topics = asks.includes('topic') ? await listTopics(ctx) : []
  const { rows } = await sql<{
    asks: Asked
  }>`insert into referral_questions (ticket_id, asks, asked_at, asked_by, goes_on, candidates)
    select ${ticket.id}::uuid, asks, ${ctx.now}::timestamptz, ${by}::uuid, ${goes_on}::boolean,
      case when asks = 'topic' then ${topics.map(({ code }) => code)}::text[] end
    from unnest(${[...asks]}::text[]) with ordinality as a (asks, position)
    where not exists (select from referral_questions q where q.ticket_id = ${ticket.id}::uuid and q.asks = a.asks)
      and not (${one_at_a_time}::boolean and exists (select from referral_questions q
        where q.ticket_id = ${ticket.id}::uuid and q.asks = any (${[...asks]}::text[]) and q.answered_at is null))
    order by position limit ${one_at_a_time ? 1 : 3}::int
    on conflict do nothing returning asks`.execute(ctx.tx)
  const asked = asks.filter((one) => rows.some((row) => row.asks === one))
  if (asked.length === 0) return []
  const province = asked.includes('regency') && province_code ? await regionName(ctx, province_code) : ''
  const names = topics.map((topic) => (ticket.language === 'id' ? topic.name_id : topic.name_en))
  await sendOut(ctx, [
    {
      ticket,
      text: questionOf(ticket.language, asked, { province, names }),
      sms: shortQuestion(ticket, asked[0]!, { province, names }),
      in_parts: asked[0] === 'topic',
      author_id: null,
      leaves_at: ctx.now,
      footer: 'ticket.mail.follow',
    },
  ])
  const [now] = await lockTickets(ctx, [ticket.id])
  const to = stateAfter('ask', now!.state)!
  await moveTicket(ctx, now!, to)
  await recordAll(
    ctx,
    asked.map((one) => ({ kind: 'referral.asked' as const, ticket_id: ticket.id, about: { asks: one } })),
  )
  return asked
}

/** Whether the requester is reached by SMS or a messenger. */
async function isTexting(ctx: Writing, ticket: KnownTicket): Promise<boolean> {
  const requester = (await findRecipients(ctx, [ticket.id])).find(({ part }) => part === 'requester')
  return requester !== undefined && requester.channel !== null && requester.channel !== 'email'
}

interface Named {
  province: string
  /** Of the topics, in their order. */
  names: readonly string[]
}

const questionOf = (language: Language, asked: readonly Asked[], { province, names }: Named): string =>
  [
    say(language, 'referral.ask_begin'),
    ...asked.map((one) => say(language, `referral.ask_${one}`, { topics: numbered(names, '\n'), province })),
    say(language, 'referral.ask_end'),
  ].join('\n\n')

const shortQuestion = ({ language, number }: KnownTicket, asks: Asked, { province, names }: Named): string =>
  say(language, `sms.ask_${asks}`, { number, province, list: numbered(names, ', ') })

/** "1 Kab. Bogor, 2 Kota Bogor": answered by the number. */
export const numbered = (names: readonly string[], between: string): string =>
  names.map((name, index) => `${index + 1} ${name}`).join(between)
