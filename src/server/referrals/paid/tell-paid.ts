import { sql } from 'kysely'
import { day, moment } from '#messages/moments.ts'
import type { App } from '../../platform/app.ts'
import { system, write, type Language, type Writing } from '../../platform/context.ts'
import type { FactJob } from '../../platform/relay.ts'
import { say } from '../../platform/words.ts'
import { queueMessages } from '../../channels/index.ts'
import { operator } from '../../desks/index.ts'
import { dutyNow } from '../duty-now.ts'
import { makeCode } from '../make-code.ts'
import { keepContact } from './answer-paid.ts'
import { makePaidLink, paidUrl } from './paid-links.ts'
import { agreementSteps, tellAgreement } from './tell-agreement.ts'
import { tellAsker } from './tell-asker.ts'

/** Tells whoever a step of paid work concerns. Each fact is told once for each answer, also when its job runs twice. */
export async function tellPaid(app: App, jobs: readonly FactJob[]): Promise<void> {
  for (const job of jobs) await write(app, system, (ctx) => tellStep(ctx, job))
}

export async function tellStep(ctx: Writing, { kind, about, fact_id, ticket_id }: FactJob): Promise<void> {
  if (kind in agreementSteps)
    return tellAgreement(ctx, {
      agreement_id: String(about['agreement_id']),
      fact_id,
      step: agreementSteps[kind as keyof typeof agreementSteps],
    })
  const need_id = String(about['paid_need_id'])
  if (kind === 'paid_need.agreed') return tellInvited(ctx, need_id)
  if (kind === 'paid_need.opened') return tellOpened(ctx, { need_id, ticket_id, fact_id })
  const answer_id = String(about['paid_answer_id'])
  if (!(await isFirst(ctx, fact_id, answer_id))) return
  if (kind === 'paid_answer.confirmed') {
    await keepRequester(ctx, answer_id)
    return tellProvider(ctx, answer_id, 'confirmed')
  }
  if (kind === 'paid_answer.replied') return tellProvider(ctx, answer_id, 'replied')
  if (ticket_id) await tellAsker(ctx, ticket_id, { answer_id, is_question: kind === 'paid_answer.asked' })
}

/** That it is written down, and whom they can ask; noted at the first of the list. */
async function tellOpened(
  ctx: Writing,
  { need_id, ticket_id, fact_id }: { need_id: string; ticket_id: string | null; fact_id: string },
): Promise<void> {
  const { rows } = await sql<{ id: string }>`select id from paid_answers where need_id = ${need_id}::uuid
    order by position limit 1`.execute(ctx.tx)
  if (ticket_id && rows[0] && (await isFirst(ctx, fact_id, rows[0].id))) await tellAsker(ctx, ticket_id, null)
}

async function isFirst(ctx: Writing, fact_id: string, answer_id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`insert into paid_notices (fact_id, answer_id, at)
    values (${fact_id}::uuid, ${answer_id}::uuid, ${ctx.now}::timestamptz) on conflict do nothing`.execute(ctx.tx)
  return numAffectedRows === 1n
}

const INVITED_MAX = 100

/**
 * Everybody who was ticked and not told yet, also by the fact of an earlier tick: each is invited once. Who was chosen by a text is told when the five minutes of its
 * BATAL are over (inviteLateNow). The need is locked first, as BATAL does: whoever is told then was not taken back.
 */
async function tellInvited(ctx: Writing, need_id: string): Promise<void> {
  const { rows: runs } =
    await sql`select from paid_needs n join tickets t on t.id = n.ticket_id and t.state <> 'closed' and t.spam_at is null
      where n.id = ${need_id}::uuid and n.state = 'open' for share of n`.execute(ctx.tx)
  if (runs.length === 0) return
  const { rows } = await sql<{
    id: string
  }>`select a.id from paid_answers a where a.need_id = ${need_id}::uuid and ${untold(ctx)}
    order by a.position limit ${INVITED_MAX}::int for update of a`.execute(ctx.tx)
  for (const { id } of rows) {
    await giveCode(ctx, id)
    await tellProvider(ctx, id, 'invited')
  }
}

/** SQL over `paid_answers a`: to be invited now. Its code is given with the invitation. */
const untold = ({
  now,
}: Pick<
  Writing,
  'now'
>) => sql<boolean>`a.invited_at is not null and a.code is null and a.answer is null and a.due_at > ${now}::timestamptz
  and not exists (select from paid_links l where l.answer_id = a.id)
  and not exists (select from text_commands c where c.ticket_id = a.ticket_id and c.word = 'ask_providers' and c.done_at = a.invited_at
    and c.undone_at is null and c.undo_until > ${now}::timestamptz)`

const NEEDS_AT_ONCE_MAX = 50

/** Whoever was chosen by a text more than five minutes ago. */
async function inviteLateNow(ctx: Writing): Promise<void> {
  const { rows } = await sql<{ id: string }>`select n.id from paid_needs n where n.state = 'open'
    and exists (select from paid_answers a where a.need_id = n.id and ${untold(ctx)})
    order by n.due_at, n.id limit ${NEEDS_AT_ONCE_MAX}::int for share of n skip locked`.execute(ctx.tx)
  for (const { id } of rows) await tellInvited(ctx, id)
}

const CODE_LENGTH = 4
const CODE_LENGTH_MAX = 8

/** By which it is answered in one line, and when it is reminded: at half of the time from now. */
async function giveCode(ctx: Writing, answer_id: string): Promise<void> {
  for (let length = CODE_LENGTH; length <= CODE_LENGTH_MAX; length++) {
    const code = makeCode(length)
    const { numAffectedRows } = await sql`update paid_answers a set code = ${code},
        remind_at = ${ctx.now}::timestamptz + (a.due_at - ${ctx.now}::timestamptz) / 2
      where a.id = ${answer_id}::uuid and a.invited_at is not null and not exists (select from paid_answers b where b.code = ${code})
        and not exists (select from offers o where o.code = ${code})`.execute(ctx.tx)
    if (numAffectedRows === 1n) return
  }
  throw new Error('no code is free')
}

const REMINDED_AT_ONCE_MAX = 100

/** Invites whom a text chose, and reminds once whoever has not said anything by half of the time. A round of each minute. */
export const remindPaid = (app: App): Promise<void> => write(app, system, remindPaidNow)

export async function remindPaidNow(ctx: Writing): Promise<void> {
  await inviteLateNow(ctx)
  const { rows } = await sql<{ id: string }>`update paid_answers set reminded_at = ${ctx.now}::timestamptz where id in (
      select a.id from paid_answers a join paid_needs n on n.id = a.need_id and n.state = 'open'
      where a.remind_at <= ${ctx.now}::timestamptz and a.reminded_at is null and a.answer is null and a.due_at > ${ctx.now}::timestamptz
        and (a.question is null or a.reply is not null)
      order by a.remind_at, a.id limit ${REMINDED_AT_ONCE_MAX}::int for update of a skip locked) returning id`.execute(
    ctx.tx,
  )
  for (const { id } of rows) await tellProvider(ctx, id, 'reminded')
}

interface Asked {
  desk_id: string
  name: string
  time_zone: string
  summary: string
  region: string
  wanted_by: string
  due_at: Date
  question: string | null
  reply: string | null
  code: string | null
}

/** To whoever of a provider is on duty, by mail or by a short text. It holds no number of the request and no name; contacts stand behind its link. */
async function tellProvider(
  ctx: Writing,
  answer_id: string,
  step: 'invited' | 'replied' | 'confirmed' | 'reminded',
): Promise<void> {
  const { rows } =
    await sql<Asked>`select a.desk_id, g.name, d.time_zone, a.summary, r.name as region, a.wanted_by::text, a.due_at, a.question, a.reply, a.code
    from paid_answers a join desks d on d.id = a.desk_id join organisations g on g.id = a.organisation_id join regions r on r.code = a.region_code
      join paid_needs n on n.id = a.need_id and n.state = 'open'
    where a.id = ${answer_id}::uuid`.execute(ctx.tx)
  const [asked] = rows
  // Taken back since.
  if (step === 'replied' && asked?.reply === null) return
  const to = asked && (await dutyNow(ctx, asked.desk_id))
  if (!to) return
  const { language } = to
  const link = paidUrl(ctx.app.settings.PANDU_ORIGIN, await makePaidLink(ctx, answer_id, to.person_id), language)
  const values = {
    organisation: asked.name,
    summary: asked.summary,
    region: asked.region,
    wanted: dateOf(asked.wanted_by, language),
    due: moment(asked.due_at, asked.time_zone, language),
    question: asked.question ?? '',
    reply: asked.reply ?? '',
    link,
    code: asked.code ?? '',
    operator: (await operator(ctx)).name || say(language, 'app.name'),
  }
  const answers = step !== 'confirmed' && asked.code !== null
  const kind = step === 'invited' || step === 'reminded' ? ('offer' as const) : ('notice' as const)
  await queueMessages(ctx, [
    to.channel !== 'email'
      ? {
          channel: to.channel,
          kind,
          recipient: to.address,
          recipient_name: to.name,
          recipient_id: to.person_id,
          // The link is worth a second segment, and so is how to answer without it.
          text: answers
            ? `${say(language, `sms.paid_${step}`, values)} ${say(language, 'sms.paid_answer', values)}`
            : say(language, `sms.paid_${step}`, values),
          language,
          automatic: true,
        }
      : {
          channel: 'email',
          kind,
          recipient: to.address,
          recipient_name: to.name,
          recipient_id: to.person_id,
          subject: say(language, `mail.paid_${step}_subject`, values),
          text: [
            say(language, `mail.paid_${step}`, values),
            ...(answers ? [say(language, 'mail.paid_answer', values)] : []),
            say(language, 'mail.paid_footer', values),
          ].join('\n\n'),
          language,
          automatic: true,
        },
  ])
}

const dateOf = (date: string, language: Language): string => day(new Date(`${date}T12:00:00Z`), 'UTC', language)

async function keepRequester(ctx: Writing, answer_id: string): Promise<void> {
  const { rows } = await sql<{
    person_id: string
    organisation_id: string | null
  }>`select t.requester_id as person_id, t.organisation_id
    from paid_answers a join tickets t on t.id = a.ticket_id where a.id = ${answer_id}::uuid and a.contacts_shown_at is not null`.execute(
    ctx.tx,
  )
  if (rows[0]) await keepContact(ctx, { answer_id, side: 'requester', ...rows[0] })
}
