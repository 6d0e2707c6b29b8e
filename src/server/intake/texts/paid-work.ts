import { sql } from 'kysely'
import type { Writing } from '../../platform/context.ts'
import { Refusal } from '../../platform/refusal.ts'
import { noteTextCommand, type DoneCommand } from '../../channels/index.ts'
import {
  askProviders,
  confirmNoParty,
  contactCode,
  contactOf,
  isContactCode,
  nameOf,
  recordOutcome,
  reopenNeed,
  replyToQuestion,
  sayContact,
  sayNeed,
  sayOne,
  sayWork,
  seeNeed,
  undoAsking,
  undoReply,
  withdrawNeed,
  type PaidAnswer,
  type PaidNeed,
} from '../../referrals/index.ts'
import { doAgreement, undoAgreement } from './agreement-by-text.ts'
import type { Commanding, Done } from './do-act.ts'
import type { OwnTicket } from './look-up-texts.ts'
import type { PaidWord } from './paid-words.ts'
import type { SmsKey } from './say.ts'

interface Step extends Omit<Commanding, 'act'> {
  ticket: OwnTicket
  need: PaidNeed
}

/**
 * A step of the paid work that somebody needs, by a text: whom to ask, what to answer, that contacts are exchanged, what came of it. What cannot be done is told and
 * changes nothing. To exchange contacts takes a code that goes to the number together with what will be shown to whom, and comes back from there (decision 37).
 */
export async function doPaidWork(
  ctx: Writing,
  given: Omit<Commanding, 'act'>,
  ticket: OwnTicket,
  word: PaidWord,
): Promise<Done> {
  const need = ticket.need === null ? null : await seeNeed(ctx, { ticket_id: ticket.id })
  if (!need) return told('sms.paid_none', ticket)
  const step: Step = { ...given, ticket, need }
  const { number } = ticket
  const { language } = given
  if (word.word === 'LIHAT PEKERJAAN') return saidText(sayWork(need, { number, language }), ticket)
  if (word.word === 'LIHAT' && word.place === null) {
    const from = word.from ?? 1
    const has_any = need.answers.some(({ position }) => position >= from)
    return has_any
      ? saidText(sayNeed(need, { number, language, now: ctx.now, from }), ticket)
      : told('sms.paid_no_place', ticket, { place: from })
  }
  if (word.word === 'LIHAT') {
    const one = placed(need, word.place!)
    return one
      ? saidText(sayOne(one, need, { number, language, now: ctx.now }), ticket)
      : told('sms.paid_no_place', ticket, { place: word.place! })
  }
  // An agreement outlives the need.
  if (word.word === 'PERJANJIAN') {
    const one = placed(need, word.place)
    return one ? doAgreement(ctx, { ...step, one }, word) : told('sms.paid_no_place', ticket, { place: word.place })
  }
  if (need.state !== 'open') return told('sms.paid_none', ticket)
  try {
    return await doStep(ctx, step, word)
  } catch (thrown) {
    // Found out before anything is written: their page, or the deadline, was faster.
    if (thrown instanceof Refusal && thrown.key === 'paid.none') return told('sms.paid_none', ticket)
    throw thrown
  }
}

async function doStep(
  ctx: Writing,
  step: Step,
  word: Exclude<PaidWord, { word: 'LIHAT' | 'LIHAT PEKERJAAN' | 'PERJANJIAN' }>,
): Promise<Done> {
  switch (word.word) {
    case 'PILIH':
      return ask(ctx, step, word.places)
    case 'JAWAB':
      return reply(ctx, step, word)
    case 'KONTAK':
      return showContacts(ctx, step, word)
    case 'SEPAKAT':
      return recordAgreed(ctx, step, word.place)
    case 'TARIK PEKERJAAN':
      return takeBackNeed(ctx, step)
  }
}

const placed = (need: PaidNeed, place: number): PaidAnswer | undefined =>
  need.answers.find(({ position }) => position === place)
const told = (key: SmsKey, ticket: OwnTicket, more: Record<string, string | number> = {}): Done => ({
  answer: { says: { key, values: { number: ticket.number, ...more } } },
  ticket,
})
const saidText = (text: string, ticket: OwnTicket): Done => ({ answer: { says: { text } }, ticket })

/** Nobody is asked where one of the numbers is wrong: they may have meant somebody else. */
async function ask(ctx: Writing, { speaker, ticket, need }: Step, places: readonly number[] | null): Promise<Done> {
  if (need.due_at <= ctx.now) return told('sms.paid_over', ticket)
  const chosen = places?.map((place) => placed(need, place)) ?? need.answers
  const answer_ids = chosen.flatMap((one) => (one && one.invited_at === null ? one.id : []))
  if (answer_ids.length === 0 || chosen.includes(undefined)) return told('sms.paid_nobody_new', ticket)
  const count = await askProviders(ctx, { ticket_id: ticket.id, answer_ids })
  await noteTextCommand(ctx, { ...speaker, word: 'ask_providers', ticket_id: ticket.id, before: before(ctx, need) })
  return told('sms.paid_asked', ticket, { count })
}

/** What BATAL needs to know: nothing that names anybody. */
const before = (ctx: Writing, { id }: PaidNeed) => ({ need_id: id, at: ctx.now.toISOString() })

async function reply(
  ctx: Writing,
  { speaker, ticket, need }: Step,
  { place, words }: Extract<PaidWord, { word: 'JAWAB' }>,
): Promise<Done> {
  const one = placed(need, place)
  if (!one) return told('sms.paid_no_place', ticket, { place })
  if (one.question === null || one.reply !== null) return told('sms.paid_no_question', ticket, { place })
  await replyToQuestion(ctx, { ticket_id: ticket.id, answer_id: one.id, reply: words })
  await noteTextCommand(ctx, {
    ...speaker,
    word: 'reply_question',
    ticket_id: ticket.id,
    before: { ...before(ctx, need), answer_id: one.id, place },
  })
  return told('sms.paid_replied_ok', ticket)
}

/** First what will be shown to whom, with a code; when that comes back, each sees how to reach the other. */
async function showContacts(
  ctx: Writing,
  step: Step,
  { place, code }: Extract<PaidWord, { word: 'KONTAK' }>,
): Promise<Done> {
  const { speaker, ticket, need, language } = step
  const one = placed(need, place)
  if (!one) return told('sms.paid_no_place', ticket, { place })
  if (one.contacts_shown_at !== null)
    return saidText(sayOne(one, need, { number: ticket.number, language, now: ctx.now }), ticket)
  if (one.answer !== 'interested') return told('sms.paid_contact_wait', ticket, { place })
  const showing = { answer_id: one.id, person_id: ticket.person_id, address: speaker.address }
  const name = nameOf(one)
  if (code === null)
    return told('sms.paid_contact_ask', ticket, {
      place,
      name,
      yours: sayContact(await contactOf(ctx, ticket.person_id)),
      code: contactCode(ctx, showing),
    })
  if (!isContactCode(ctx, showing, code)) return told('sms.paid_contact_code', ticket, { place })
  await confirmNoParty(ctx, { ticket_id: ticket.id, answer_id: one.id })
  // Whoever was told knows it: BATAL says so, and takes back nothing that was done before.
  await noteTextCommand(ctx, { ...speaker, word: 'show_contacts', ticket_id: ticket.id, before: {} })
  const shown = placed((await seeNeed(ctx, { ticket_id: ticket.id }))!, place)!
  // Whoever answered for them is forgotten since: their organisation has the requester's contact and rings.
  if (shown.contact === null) return told('sms.paid_contact_gone', ticket, { place, name })
  return told('sms.paid_contact_shown', ticket, { place, name, contact: sayContact(shown.contact) })
}

async function recordAgreed(ctx: Writing, { speaker, ticket, need }: Step, place: number): Promise<Done> {
  const one = place === 0 ? null : placed(need, place)
  if (one === undefined) return told('sms.paid_no_place', ticket, { place })
  if (need.agreed_at === null) return told('sms.paid_nobody_asked', ticket)
  if (one && one.contacts_shown_at === null) return told('sms.paid_no_contacts', ticket, { place })
  await recordOutcome(ctx, { ticket_id: ticket.id, answer_id: one?.id ?? null })
  await noteTextCommand(ctx, { ...speaker, word: 'outcome', ticket_id: ticket.id, before: before(ctx, need) })
  return one ? told('sms.paid_agreed_ok', ticket, { name: nameOf(one), place }) : told('sms.paid_agreed_nobody', ticket)
}

async function takeBackNeed(ctx: Writing, { speaker, ticket, need }: Step): Promise<Done> {
  await withdrawNeed(ctx, { ticket_id: ticket.id })
  await noteTextCommand(ctx, { ...speaker, word: 'withdraw_need', ticket_id: ticket.id, before: before(ctx, need) })
  return told('sms.paid_withdrawn_ok', ticket)
}

type PaidStep = Extract<
  DoneCommand['word'],
  'ask_providers' | 'reply_question' | 'show_contacts' | 'outcome' | 'withdraw_need' | 'agreement'
>
const PAID_STEPS: ReadonlySet<DoneCommand['word']> = new Set<PaidStep>([
  'ask_providers',
  'reply_question',
  'show_contacts',
  'outcome',
  'withdraw_need',
  'agreement',
])
export const isPaidStep = (word: DoneCommand['word']): word is PaidStep => PAID_STEPS.has(word)

/** BATAL: the step is taken back where nobody has acted on it. Its note is used up already. */
export async function undoPaidWork(
  ctx: Writing,
  { word, before }: Pick<DoneCommand, 'before'> & { word: PaidStep },
  ticket: OwnTicket,
): Promise<Done> {
  if (word === 'agreement') return undoAgreement(ctx, before, ticket)
  if (word === 'show_contacts') return told('sms.paid_contact_final', ticket)
  const step = { need_id: String(before['need_id']), ticket_id: ticket.id, at: new Date(String(before['at'])) }
  await sql`savepoint undo_step`.execute(ctx.tx)
  try {
    if (word === 'ask_providers') return told('sms.paid_undone_asked', ticket, { count: await undoAsking(ctx, step) })
    if (word === 'reply_question') {
      await undoReply(ctx, { ...step, answer_id: String(before['answer_id']) })
      return told('sms.paid_undone_replied', ticket, { place: Number(before['place']) })
    }
    await reopenNeed(ctx, step)
    return told('sms.paid_undone_ended', ticket)
  } catch (thrown) {
    if (!(thrown instanceof Refusal && thrown.kind === 'conflict')) throw thrown
    await sql`rollback to savepoint undo_step`.execute(ctx.tx)
    return told('sms.paid_not_undone', ticket)
  }
}
