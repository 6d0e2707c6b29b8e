import { sql } from 'kysely'
import type { Language, Writing } from '../../platform/context.ts'
import { say } from '../../platform/words.ts'
import { queueMessages } from '../../channels/index.ts'
import { operator } from '../../desks/index.ts'
import { findRecipients } from '../../tickets/index.ts'
import { dutyNow } from '../duty-now.ts'
import { cutName } from './say-need.ts'
import { agreementUrl, makeAgreementLink, type Side } from './paid-links.ts'

/** What became of an agreement: each is told to whichever of the two did not do it. */
export const agreementSteps = {
  'agreement.recorded': 'recorded',
  'agreement.confirmed': 'confirmed',
  'agreement.declined': 'declined',
  'agreement.withdrawn': 'withdrawn',
  'agreement.ended': 'ended',
} as const
type Step = (typeof agreementSteps)[keyof typeof agreementSteps]

interface Concerned {
  desk_id: string
  ticket_id: string
  number: string
  /** Of the organisation in the list of whoever asked, by which a text calls it. */
  place: number
  /** The word of a text shows another: of a newer need, or a newer agreement of the same two. */
  is_hidden: boolean
  is_closed: boolean
  person_id: string
  provider: string
  customer: string
  /** Whose doing it was. */
  by: Side
}

/**
 * Tells one of the two, by the channel they have: whoever is on duty for the provider, or whoever asked, by the way by which they are told of their
 * request. The link shows the terms and takes an answer, so that neither needs an account. Each fact is told once, also when its job runs twice; that
 * one waits is not told once it was taken back, and that it was taken back only to whom it was told before.
 */
export async function tellAgreement(
  ctx: Writing,
  { agreement_id, fact_id, step }: { agreement_id: string; fact_id: string; step: Step },
): Promise<void> {
  const { rows } = await sql<Concerned>`with first as (
      insert into paid_notices (fact_id, answer_id, at) select ${fact_id}::uuid, g.answer_id, ${ctx.now}::timestamptz from agreements g
      where g.id = ${agreement_id}::uuid and (${step} <> 'recorded' or g.state = 'recorded') and (${step} <> 'withdrawn' or exists (
        select from paid_notices n join facts f on f.id = n.fact_id
        where n.answer_id = g.answer_id and f.kind = 'agreement.recorded' and f.about ->> 'agreement_id' = g.id::text))
      -- Nobody takes it back while the other is told of it.
      for share of g on conflict do nothing returning answer_id)
    select g.desk_id, a.ticket_id, t.number::text as number, a.position as place, t.state = 'closed' as is_closed,
      exists (select from paid_needs n where n.ticket_id = a.ticket_id and n.id > a.need_id) or (g.state <> 'recorded' and exists (
        select from agreements h where h.answer_id = a.id and h.id <> g.id and h.state in ('recorded', 'confirmed'))) as is_hidden,
      g.asked_person_id as person_id, o.name as provider, coalesce(k.name, p.name) as customer,
      case when ${step} = 'ended' then g.ended_side
        when ${step} in ('recorded', 'withdrawn') then g.recorded_side
        when g.recorded_side = 'provider' then 'requester' else 'provider' end as by
    from first join agreements g on g.id = ${agreement_id}::uuid join paid_answers a on a.id = g.answer_id
      join tickets t on t.id = a.ticket_id
      join organisations o on o.id = g.organisation_id join people p on p.id = g.asked_person_id
      left join organisations k on k.id = g.customer_id`.execute(ctx.tx)
  const [one] = rows
  if (!one) return
  const side: Side = one.by === 'provider' ? 'requester' : 'provider'
  const to = side === 'provider' ? await dutyNow(ctx, one.desk_id) : await requesterOf(ctx, one)
  if (!to) return
  const { language } = to
  const whom = {
    channel: to.channel,
    kind: 'notice' as const,
    recipient: to.address,
    recipient_name: to.name,
    recipient_id: to.person_id,
    language,
    automatic: true,
    ...(side === 'requester' && to.channel !== 'email' ? { about_id: one.ticket_id, about_number: one.number } : {}),
  }
  const by = one.by === 'provider' ? one.provider : one.customer
  // A telephone without pages is answered by texts (intake/texts/agreement-by-text.ts): it is told which, and no link.
  const words = say(language, `sms.agreement_${step}_asker`, { number: one.number, place: one.place, by: cutName(by) })
  const by_word = side === 'requester' && !one.is_hidden
  if (by_word && to.channel === 'sms' && !one.is_closed) {
    await queueMessages(ctx, [{ ...whom, text: words }])
    return
  }
  const token = await makeAgreementLink(ctx, { agreement_id, person_id: to.person_id, side })
  const values = {
    name: to.name,
    provider: one.provider,
    customer: one.customer,
    by,
    link: agreementUrl(ctx.app.settings.PANDU_ORIGIN, token, language),
    operator: (await operator(ctx)).name || say(language, 'app.name'),
  }
  // Months after the request was closed their number may count no more, so that both ways are told.
  const chat = by_word ? `${words}\n${values.link}` : say(language, `sms.agreement_${step}`, values)
  await queueMessages(ctx, [
    to.channel === 'email'
      ? {
          ...whom,
          subject: say(language, `mail.agreement_${step}_subject`, values),
          text: [say(language, `mail.agreement_${step}`, values), say(language, 'mail.paid_footer', values)].join(
            '\n\n',
          ),
        }
      : { ...whom, text: chat },
  ])
}

interface Reached {
  person_id: string
  name: string
  language: Language
  channel: 'email' | 'sms' | 'whatsapp' | 'telegram'
  address: string
}

/** Null for whom nothing reaches: their page shows it. */
async function requesterOf(ctx: Writing, { ticket_id, person_id }: Concerned): Promise<Reached | null> {
  const to = (await findRecipients(ctx, [ticket_id])).find((one) => one.person_id === person_id)
  return to && to.channel !== null && to.address !== null ? { ...to, channel: to.channel, address: to.address } : null
}
