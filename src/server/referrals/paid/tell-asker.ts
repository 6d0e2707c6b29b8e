import type { Language, Writing } from '../../platform/context.ts'
import { limitInForce } from '../../platform/limit-catalog.ts'
import { say } from '../../platform/words.ts'
import { lockTickets, sendOut, smsForm, tellBriefly, type Texted } from '../../tickets/index.ts'
import { nameOf, sayWhom, sayWork, standingOf } from './say-need.ts'
import { seeNeed, type PaidAnswer, type PaidNeed } from './see-need.ts'

/**
 * Tells whoever needs paid work what is written down for them, or what somebody who was asked says. A mail leads to their page, which says it; a text says it
 * itself, with what to answer, and goes to them alone: others who take part in the request are not told who was asked. What is true no more is not told.
 * @param answer by whom, and whether it is a question or an answer: both may be there when the first is told; null for what is written down
 */
export async function tellAsker(ctx: Writing, ticket_id: string, answer: Told | null): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  if (!ticket || ticket.state === 'closed' || ticket.spam_at !== null) return
  const asker = { ...ctx, actor: { kind: 'requester' as const, ticket_id, person_id: ticket.requester_id } }
  const need = await seeNeed(asker, { ticket_id })
  if (need?.state !== 'open') return
  const { number } = ticket
  const one = need.answers.find(({ id }) => id === answer?.answer_id)
  const parts_max = await limitInForce(ctx, 'text.parts')
  const written = (to: Texted, { words, tail }: Said): string =>
    to.channel === 'sms' ? smsForm({ words, tail, link: '', parts_max }) : [words, tail].filter(Boolean).join('\n')
  const said = (language: Language): Said | null =>
    one && answer ? news(one, need, answer.is_question, number, language) : opened(need, number, language)
  if (said(ticket.language) === null) return
  if (await tellBriefly(ctx, ticket, (to) => written(to, said(to.language)!), { linked: true })) return
  const text = say(ticket.language, one ? 'paid.told_requester' : 'paid.told_opened')
  const sms = say(ticket.language, 'sms.told_paid', { number })
  await sendOut(ctx, [
    { ticket, text, sms, author_id: null, leaves_at: ctx.now, footer: 'ticket.mail.follow', aside: true },
  ])
}

export interface Told {
  answer_id: string
  is_question: boolean
}

interface Said {
  /** Of people, cut where they are longer than the parts that are allowed. */
  words: string
  tail: string
}

const opened = (need: PaidNeed, number: string, language: Language): Said | null =>
  need.agreed_at === null ? { words: sayWork(need, { number, language }), tail: sayWhom(need, language) } : null

function news(one: PaidAnswer, need: PaidNeed, is_question: boolean, number: string, language: Language): Said | null {
  const place = one.position
  const name = nameOf(one)
  if (is_question)
    return one.question === null || one.reply !== null
      ? null
      : {
          words: say(language, 'sms.paid_told_question', { number, name, question: one.question }),
          tail: say(language, 'sms.paid_how_reply', { place }),
        }
  const standing = standingOf(one, need)
  if (standing === 'interested')
    return { words: say(language, 'sms.paid_told_interested', { number, name, place }), tail: '' }
  return standing === 'not_interested'
    ? { words: say(language, 'sms.paid_told_not_interested', { number, name }), tail: '' }
    : null
}
