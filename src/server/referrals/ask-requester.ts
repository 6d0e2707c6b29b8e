import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { say, type Language } from '../platform/words.ts'
import { listTopics } from '../desks/index.ts'
import { regionName } from '../regions/index.ts'
import { lockTickets, moveTicket, sendOut, stateAfter, type KnownTicket } from '../tickets/index.ts'

/** What a requester can be asked before anybody is: where they are, more closely where, what it is about. */
export type Asked = 'region' | 'regency' | 'topic'

/**
 * Asks the requester, in one message on the channel they came by, what is not known and must not be guessed; each thing once. From then on it
 * is their turn. Answers what was asked just now; nothing when all of it was asked before. Records `referral.asked`.
 */
export async function askRequester(
  ctx: Writing,
  ticket: KnownTicket,
  { asks, province_code }: { asks: readonly Asked[]; province_code: string | null },
): Promise<Asked[]> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{ asks: Asked }>`insert into referral_questions (ticket_id, asks, asked_at, asked_by)
    select ${ticket.id}::uuid, asks, ${ctx.now}::timestamptz, ${by}::uuid from unnest(${[...asks]}::text[]) as a (asks)
    on conflict do nothing returning asks`.execute(ctx.tx)
  const asked = asks.filter((one) => rows.some((row) => row.asks === one))
  if (asked.length === 0) return []
  await sendOut(ctx, [
    {
      ticket,
      text: await questionOf(ctx, ticket.language, asked, province_code),
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

async function questionOf(ctx: Writing, language: Language, asked: readonly Asked[], province_code: string | null) {
  const topics = asked.includes('topic') ? await listTopics(ctx) : []
  const names = topics.map((topic) => `- ${language === 'id' ? topic.name_id : topic.name_en}`).join('\n')
  const province = asked.includes('regency') && province_code ? await regionName(ctx, province_code) : ''
  return [
    say(language, 'referral.ask_begin'),
    ...asked.map((one) => say(language, `referral.ask_${one}`, { topics: names, province: province ?? '' })),
    say(language, 'referral.ask_end'),
  ].join('\n\n')
}
