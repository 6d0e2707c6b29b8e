import { sql } from 'kysely'
import { messageId, queueMessages, replyAddress } from '../channels/index.ts'
import type { App } from '../platform/app.ts'
import { system, write, type Language, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import type { FactJob } from '../platform/relay.ts'
import { maskNik } from '../platform/mask-nik.ts'
import { say } from '../platform/words.ts'
import { standsInAt } from '../desks/index.ts'
import { subjectWithNumber } from './number.ts'

interface Told {
  ticket_id: string
  number: string
  subject: string
  person_id: string
  name: string
  language: Language
  address: string
  text: string
}

/** As much of a message as a mail to an agent carries; the rest stands on the page that it links to. */
const TEXT_LENGTH_MAX = 5_000

/**
 * Tells the agent who holds a ticket by mail that somebody wrote on it. They answer on the page, or by answering the mail: it goes to an
 * address signed for them. While one such mail about a ticket waits to be sent, no second is written, and of several messages the newest is
 * told; who does not want these mails gets none (people: notices_off). Safe to run twice: what was told of a message is not told again.
 */
export async function tellHolder(app: App, jobs: FactJob[]): Promise<void> {
  const message_ids = jobs.flatMap(({ about }) =>
    typeof about['message_id'] === 'string' ? [about['message_id']] : [],
  )
  const ticket_ids = [...new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))]
  if (message_ids.length === 0) return
  await write(app, system, async (ctx) => {
    const told = await findTold(ctx, ticket_ids, message_ids)
    await queueMessages(
      ctx,
      told.map((one) => toNotice(ctx, one)),
    )
  })
}

async function findTold(ctx: Writing, ticket_ids: readonly string[], message_ids: readonly string[]): Promise<Told[]> {
  const { rows } =
    await sql<Told>`select distinct on (t.id) t.id as ticket_id, t.number::text as number, t.subject, p.id as person_id, p.name,
      p.language, c.address, left(m.text, ${TEXT_LENGTH_MAX}::int) as text
    from tickets t
    join messages m on m.ticket_id = t.id and m.id = any (${[...message_ids]}::uuid[]) and m.direction = 'in' and m.taken_back_at is null
    join accounts a on a.person_id = t.holder_person_id and a.disabled_at is null
    join people p on p.id = a.person_id
    cross join lateral (select address from contact_points where person_id = p.id and channel = 'email' and verified_at is not null
      order by verified_at, id limit 1) c
    where t.id = any (${[...ticket_ids]}::uuid[]) and t.spam_at is null and m.author_id is distinct from p.id
      -- Whoever left a member or partner reads its cases no more.
      and not exists (select from desks d where d.id = t.holder_desk_id and d.kind = 'provider'
        and not exists (select from desk_members w where w.desk_id = d.id and w.person_id = p.id))
      -- Nor does whoever stood in for somebody and does so no more.
      and (not exists (select from deputies y where y.deputy_id = p.id) or exists (select from roles r where r.person_id = p.id)
        or exists (select from desk_members w where w.desk_id = t.holder_desk_id and w.person_id = p.id)
        or ${standsInAt(sql`t.holder_desk_id`, sql`p.id`)})
      and not exists (select from notices_off o where o.person_id = p.id)
      and not exists (select from outbox o where o.about_id = t.id and o.recipient_id = p.id and o.kind = 'notice'
        and (o.created_at >= m.at or o.state = 'waiting'))
    order by t.id, m.at desc, m.id desc`.execute(ctx.tx)
  return rows
}

function toNotice(ctx: Writing, told: Told): Parameters<typeof queueMessages>[1][number] {
  const { secrets, settings } = ctx.app
  const { number, language } = told
  return {
    channel: 'email',
    kind: 'notice',
    recipient: told.address,
    recipient_name: told.name,
    recipient_id: told.person_id,
    subject: subjectWithNumber(number, maskNik(told.subject)),
    text: say(language, 'ticket.mail.agent_notice', {
      number,
      text: maskNik(told.text),
      link: `${settings.PANDU_ORIGIN}/desk/tickets/${number}`,
      off: `${settings.PANDU_ORIGIN}/desk/notices`,
    }),
    language,
    automatic: true,
    about_id: told.ticket_id,
    about_number: number,
    mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: number, id: newId() }),
    reply_to: replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, {
      ticket_number: number,
      participant_id: told.person_id,
    }),
  }
}
