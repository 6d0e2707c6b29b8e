import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { say } from '../../platform/words.ts'
import { continuesUntil, type Speaker } from '../../channels/index.ts'
import { narrowestDesk } from '../../desks/index.ts'
import { findOrMakePeople } from '../../people/index.ts'
import { askPlaces } from '../../referrals/index.ts'
import { dueTimes, quietRules } from '../../service_levels/index.ts'
import { openTickets, receiveMessages } from '../../tickets/index.ts'
import { nameApart } from '../still-theirs.ts'
import { answer, answeredNow, type Became, type Decided } from './became.ts'
import { contactChannel } from './find-speaker.ts'
import type { Known } from './look-up-texts.ts'
import { saysWrongNumber } from './read-words.ts'
import { shortName } from './say.ts'

/** Texts that open tickets, each answered with its number. In the plural. */
export async function openFromTexts(ctx: Writing, texts: readonly Decided<'ticket'>[]): Promise<[string, Became][]> {
  if (texts.length === 0) return []
  const people = await findOrMakePeople(
    ctx,
    texts.map(({ speaker, known, heard, language }) => ({
      name: nameFor(known, heard.name, speaker, heard.text),
      channel: contactChannel(speaker.channel),
      address: speaker.address,
      language,
    })),
  )
  const desk_id = await narrowestDesk(ctx, null)
  const due_times = await dueTimes(
    ctx,
    texts.map(({ speaker }) => ({ urgency: 'normal', channel: speaker.channel, desk_id, at: ctx.now })),
  )
  const opened = await openTickets(
    ctx,
    texts.map(({ speaker, decision, attachments, language, item }, index) => ({
      text: decision.text.trim() || say(language, 'intake.only_attachments'),
      channel: speaker.channel,
      language,
      requester_id: people[index]!.id,
      contact_point_id: people[index]!.contact_point_id,
      desk_id,
      due_at: due_times[index],
      intake_item_id: item.id,
      possible_ticket_id: decision.possible_ticket?.id,
      attachments: [...attachments],
    })),
  )
  // A form asks where they are; a text has none, so the first answer does.
  await askPlaces(
    ctx,
    opened.map(({ id }) => id),
  )
  const { rows } = await sql<{ name: string }>`select name from desks where id = ${desk_id}::uuid`.execute(ctx.db)
  const holder = shortName(rows[0]!.name)
  return texts.map((one, index) => {
    const { id, number, message_id } = opened[index]!
    const values = { number, holder }
    return [
      one.item.id,
      {
        settlement: {
          outcome: 'ticket',
          ticket: { id, number },
          ticket_message_id: message_id,
          possible_ticket: one.decision.possible_ticket,
        },
        answer: {
          ...answer(one, { key: 'sms.opened_where', values }),
          with_link: { key: 'sms.opened_where_link', values },
          kind: 'acknowledgement',
          person_id: people[index]!.id,
          ticket: { id, number },
        },
        conversation: { ticket_id: id, continues_until: continuesUntil(ctx.now), ...answeredNow(one.known) },
      },
    ]
  })
}

/**
 * The only person with this number, or of several of one name the newest; of people with several names nobody can tell who wrote, nor after months of silence or
 * where the text says that the number is somebody else's: then somebody who is called as the number, the same each time. What a messenger calls them is
 * believed of strangers only.
 */
export function nameFor({ names }: Pick<Known, 'names'>, told: string, { address }: Speaker, text = ''): string {
  if (names.length === 0) return told
  const [first] = names
  if (names.length === 1 && first!.is_fresh && !saysWrongNumber(text)) return first!.name
  return nameApart(
    address,
    names.flatMap(({ name, is_fresh }) => (is_fresh ? [] : [name])),
  )
}

/** Texts that go on in a ticket. In the plural. */
export async function enterTexts(ctx: Writing, texts: readonly Decided<'message'>[]): Promise<[string, Became][]> {
  if (texts.length === 0) return []
  const { reopen_within_days } = await quietRules(ctx)
  const received = await receiveMessages(
    ctx,
    texts.map(({ decision: { ticket }, speaker, text, heard, attachments, item, language }) => ({
      ticket_id: ticket.id,
      author_id: ticket.person_id,
      channel: speaker.channel,
      text: heard.edited
        ? `${say(language, 'texts.edited')}\n${text}`
        : text.trim() || say(language, 'intake.only_attachments'),
      attachments: [...attachments],
      intake_item_id: item.id,
      reopen_within_days,
    })),
  )
  return texts.map((one, index) => {
    const { ticket_id, number, message_id, follows_id } = received[index]!
    return [
      one.item.id,
      {
        settlement: {
          outcome: follows_id ? 'ticket' : 'message',
          ticket: { id: ticket_id, number },
          ticket_message_id: message_id,
        },
        // What they write enters all the same; whether the number is still that person's, they are asked.
        ...(saysWrongNumber(one.text)
          ? { answer: answer(one, { key: 'sms.is_it_wrong', values: { number } }, one.decision.ticket) }
          : {}),
        conversation: { ticket_id, continues_until: continuesUntil(ctx.now), ...answeredNow(one.known) },
      },
    ]
  })
}
