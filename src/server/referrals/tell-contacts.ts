import { sql } from 'kysely'
import { moment } from '#messages/moments.ts'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { maskNik } from '../platform/mask-nik.ts'
import { say } from '../platform/words.ts'
import { queueMessages } from '../channels/index.ts'
import { subjectWithNumber } from '../tickets/index.ts'
import { reachable, type Told } from './duty-now.ts'
import { seeOffer, type OfferRow } from './list-offers.ts'
import { providerMail, topicOf } from './offer-mail.ts'
import { providerAddress } from './provider-address.ts'
import { providerText } from './provider-text.ts'
import { noteTold, wasTold } from './send-offer.ts'

/** What is told of each fact to those who had been told of the offer. */
const told = {
  'offer.accepted': 'accepted',
  'offer.declined': 'declined',
  'offer.expired': 'expired',
  'offer.cancelled': 'cancelled',
  'offer.reopened': 'reopened',
  'offer.returned': 'returned',
  'offer.deadline_moved': 'moved',
} as const
type TellKind = (typeof told)[keyof typeof told]

/**
 * What became of an offer, to whom had been told of it: that a colleague answered, that its time is over, that nobody is needed any more. Whoever
 * accepted gets the case itself, with how it is worked by mail or by text. Reads the offer again; each fact is told once.
 */
export async function tellContacts(app: App, jobs: FactJob[]): Promise<void> {
  for (const { kind, about, fact_id } of jobs) {
    const offer_id = about['offer_id']
    if (typeof offer_id === 'string' && kind in told)
      await write(app, system, (ctx) => tellOf(ctx, { offer_id, fact_id, kind: told[kind as keyof typeof told] }))
  }
}

async function tellOf(
  ctx: Writing,
  { offer_id, fact_id, kind }: { offer_id: string; fact_id: string; kind: TellKind },
): Promise<void> {
  const offer = await seeOffer(ctx, { offer_id })
  const everybody = await reachable(ctx, offer.desk.id)
  const knowing = await whoKnows(ctx, offer_id)
  const answered_by = offer.answered_by?.id ?? null
  const cased = kind === 'accepted' && offer.state === 'accepted' ? whoTakesIt(everybody, answered_by) : null
  const others = everybody.filter(
    ({ person_id }) => knowing.has(person_id) && person_id !== answered_by && person_id !== cased?.person_id,
  )
  if (cased) await tellCase(ctx, offer, cased, fact_id)
  for (const to of others) {
    if (await wasTold(ctx, { offer_id, person_id: to.person_id, kind, because: fact_id })) continue
    const values = {
      code: offer.code,
      topic: topicOf(offer, to.language),
      region: offer.region.name,
      due: moment(offer.due_at, offer.desk.time_zone, to.language),
      who: offer.answered_by?.name ?? say(to.language, 'mail.offer_somebody'),
    }
    const short = say(to.language, `sms.offer_told_${kind}`, values)
    const told =
      to.channel === 'email'
        ? await providerMail(ctx, {
            offer,
            to,
            kind: 'offer',
            subject: say(to.language, 'mail.offer_told_subject', values),
            text: say(to.language, `mail.offer_told_${kind}`, values),
          })
        : await providerText(ctx, { offer, to, kind: 'offer', words: short, chat: short })
    const [outbox_id] = await queueMessages(ctx, [told])
    await noteTold(ctx, [{ offer_id, person_id: to.person_id, kind, because: fact_id, outbox_id: outbox_id! }])
  }
}

const whoTakesIt = (everybody: readonly Told[], answered_by: string | null): Told | null =>
  everybody.find(({ person_id }) => person_id === answered_by) ?? everybody[0] ?? null

async function whoKnows(ctx: Writing, offer_id: string): Promise<Set<string>> {
  const { rows } = await sql<{ person_id: string }>`select distinct person_id from offer_notices
    where offer_id = ${offer_id}::uuid and kind in ('offered', 'reminded') limit 100`.execute(ctx.tx)
  return new Set(rows.map((row) => row.person_id))
}

interface Request {
  number: string
  subject: string
  requester: string
  /** By which the requester came; '' for a chat, or none. */
  contact: string
  text: string
}
const TEXT_LENGTH_MAX = 8_000

/** The case itself: the whole request now, and how it is worked by mail or by text. */
async function tellCase(ctx: Writing, offer: OfferRow, to: Told, fact_id: string): Promise<void> {
  if (await wasTold(ctx, { offer_id: offer.id, person_id: to.person_id, kind: 'accepted', because: fact_id })) return
  const { rows } = await sql<Request>`select t.number::text as number, t.subject, p.name as requester,
      coalesce((select c.address from participants a join contact_points c on c.id = a.contact_point_id and c.channel <> 'telegram'
        where a.ticket_id = t.id and a.person_id = t.requester_id), '') as contact,
      left(coalesce((select string_agg(m.text, E'\n\n' order by m.at, m.id) from messages m
        where m.ticket_id = t.id and m.direction = 'in' and m.taken_back_at is null), ''), ${TEXT_LENGTH_MAX}::int) as text
    from offers o join tickets t on t.id = o.ticket_id join people p on p.id = t.requester_id where o.id = ${offer.id}::uuid`.execute(
    ctx.tx,
  )
  const request = rows[0]!
  const [outbox_id] = await queueMessages(ctx, [
    to.channel === 'email' ? await caseMail(ctx, offer, to, request) : await caseText(ctx, offer, to, request),
  ])
  await noteTold(ctx, [
    { offer_id: offer.id, person_id: to.person_id, kind: 'accepted', because: fact_id, outbox_id: outbox_id! },
  ])
}

async function caseMail(ctx: Writing, offer: OfferRow, to: Told, request: Request) {
  const note = await providerAddress(ctx, { kind: 'note', offer_id: offer.id, person_id: to.person_id })
  return providerMail(ctx, {
    offer,
    to,
    kind: 'case',
    subject: subjectWithNumber(request.number, maskNik(request.subject)),
    text: say(to.language, 'mail.offer_case', {
      number: request.number,
      requester: request.requester,
      text: maskNik(request.text),
      code: offer.code,
      note: note.address,
      link: caseUrl(ctx, request.number),
    }),
  })
}

const caseUrl = (ctx: Writing, number: string): string => `${ctx.app.settings.PANDU_ORIGIN}/desk/tickets/${number}`

/** Who asks, how they are reached, and what they wrote; whoever has no page works the whole case by texts. */
async function caseText(ctx: Writing, offer: OfferRow, to: Told, request: Request) {
  const { number, requester, contact } = request
  const values = { code: offer.code, number, requester: [requester, contact].filter(Boolean).join(', ') }
  const words = `${say(to.language, 'sms.offer_case', values)}\n${maskNik(request.text)}`
  const tail = say(to.language, 'sms.offer_case_answer', values)
  const link = caseUrl(ctx, number)
  return providerText(ctx, {
    offer,
    to,
    kind: 'case',
    words,
    tail,
    link,
    chat: `${words}\n\n${tail}\n${link}`,
    in_parts: true,
  })
}

interface Written {
  offer_id: string
  desk_id: string
  answered_by: string | null
  number: string
  subject: string
  message_id: string
  author_id: string | null
  text: string
  code: string
}

/**
 * What somebody wrote on a case that a provider works, to whoever accepted it, or to a colleague when they are there no more, so that it can be
 * answered by mail or text. (`message.received`; staff with an account who hold the ticket are told by tickets/tell-holder.ts.)
 */
export async function tellProvider(app: App, jobs: FactJob[]): Promise<void> {
  const message_ids = jobs.flatMap(({ about }) =>
    typeof about['message_id'] === 'string' ? [about['message_id']] : [],
  )
  const ticket_ids = [...new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))]
  if (message_ids.length === 0) return
  await write(app, system, async (ctx) => {
    for (const one of await findWritten(ctx, ticket_ids, message_ids)) {
      const { offer_id, desk_id, message_id } = one
      const to = whoTakesIt(await reachable(ctx, desk_id), one.answered_by)
      if (!to || to.person_id === one.author_id) continue
      const notice = { offer_id, person_id: to.person_id, kind: 'written', because: message_id }
      if (await wasTold(ctx, notice)) continue
      const [outbox_id] = await queueMessages(ctx, [
        to.channel === 'email' ? await writtenMail(ctx, to, one) : await writtenText(ctx, to, one),
      ])
      await noteTold(ctx, [{ ...notice, outbox_id: outbox_id! }])
    }
  })
}

const writtenMail = (ctx: Writing, to: Told, one: Written) =>
  providerMail(ctx, {
    offer: { id: one.offer_id },
    to,
    kind: 'case',
    subject: subjectWithNumber(one.number, maskNik(one.subject)),
    text: say(to.language, 'mail.offer_written', { number: one.number, text: maskNik(one.text), code: one.code }),
  })

async function writtenText(ctx: Writing, to: Told, one: Written) {
  const { code, number, offer_id } = one
  const words = say(to.language, 'sms.offer_written', { code, number, text: maskNik(one.text) })
  const tail = say(to.language, 'sms.offer_written_answer', { code })
  const link = caseUrl(ctx, number)
  const chat = `${words}\n\n${tail}\n${link}`
  return providerText(ctx, { offer: { id: offer_id }, to, kind: 'case', words, tail, link, chat, in_parts: true })
}

async function findWritten(
  ctx: Writing,
  ticket_ids: readonly string[],
  message_ids: readonly string[],
): Promise<Written[]> {
  const { rows } =
    await sql<Written>`select o.id as offer_id, o.desk_id, o.answered_by, t.number::text as number, t.subject, o.code,
      m.id as message_id, m.author_id, left(m.text, ${TEXT_LENGTH_MAX}::int) as text
    from tickets t
    join offers o on o.ticket_id = t.id and o.state = 'accepted'
    join messages m on m.ticket_id = t.id and m.id = any (${[...message_ids]}::uuid[]) and m.direction = 'in' and m.taken_back_at is null
    where t.id = any (${[...ticket_ids]}::uuid[]) and t.spam_at is null
      and not exists (select from accounts a join desk_members w on w.person_id = a.person_id and w.desk_id = o.desk_id
        where a.person_id = t.holder_person_id and a.person_id = o.answered_by and a.disabled_at is null)
    order by m.at, m.id limit 100`.execute(ctx.tx)
  return rows
}
