import { day } from '#messages/moments.ts'
import type { Language, Writing } from '../../platform/context.ts'
import { Refusal } from '../../platform/refusal.ts'
import { say } from '../../platform/words.ts'
import { noteTextCommand } from '../../channels/index.ts'
import {
  agreementCode,
  answerAgreement,
  endAgreement,
  isAgreementCode,
  isTermsCode,
  listAgreements,
  nameOf,
  recordAgreement,
  termsCode,
  type AgreementRow,
  type PaidAnswer,
} from '../../referrals/index.ts'
import type { Commanding, Done } from './do-act.ts'
import type { OwnTicket } from './look-up-texts.ts'
import { spelledTerms } from './agreement-terms.ts'
import { spelledPaid, type PaidWord } from './paid-words.ts'
import type { SmsKey } from './say.ts'

type Word = Extract<PaidWord, { word: 'PERJANJIAN' }>

interface Agreeing extends Omit<Commanding, 'act'> {
  ticket: OwnTicket
  one: PaidAnswer
}

/**
 * The agreement with one of those whose contacts they were shown: its terms, recording it, whether it is right, that it ended. Each takes the code that goes to the number
 * with the terms: the other side is told at once, and by a forged sender it could record and confirm an agreement alone. What is recorded waits for the other side,
 * and BATAL takes it back. Call as the requester.
 */
export async function doAgreement(ctx: Writing, given: Agreeing, word: Word): Promise<Done> {
  const { ticket, one } = given
  if (one.contacts_shown_at === null) return told('sms.paid_no_contacts', given)
  const all = (await listAgreements(ctx)).filter(({ answer_id }) => answer_id === one.id)
  // What waits for somebody first, then what holds.
  const newest =
    all.find(({ state }) => state === 'recorded') ?? all.find(({ state }) => state === 'confirmed') ?? all[0]
  if (word.step === 'record')
    return newest?.state === 'recorded' ? told('sms.agreement_waits', given) : recordTerms(ctx, given, word)
  if (!newest) return told('sms.agreement_form', given)
  const code = { agreement_id: newest.id, person_id: ticket.person_id, address: given.speaker.address }
  if (word.step === 'see' || word.code === null)
    return {
      answer: { says: { text: sayAgreement(newest, given, agreementCode(ctx, code)) } },
      ticket,
    }
  if (!isAgreementCode(ctx, code, word.code)) return told('sms.agreement_code', given)
  const { id: agreement_id } = newest
  try {
    if (word.step === 'end') await endAgreement(ctx, { agreement_id })
    else await answerAgreement(ctx, { agreement_id, confirmed: word.step === 'confirm' })
  } catch (thrown) {
    // Found out before anything is written.
    if (thrown instanceof Refusal && thrown.kind === 'conflict') return told('sms.agreement_nothing', given)
    throw thrown
  }
  // The other side is told at once: BATAL says that it stands, and takes back nothing that was done before.
  await note(ctx, given, {})
  return told(`sms.agreement_done_${word.step}`, given)
}

/** First the terms as they were read, with the code by which they are recorded when they come once more. */
async function recordTerms(ctx: Writing, given: Agreeing, word: Extract<Word, { step: 'record' }>): Promise<Done> {
  const { terms } = word
  if (terms === null) return told('sms.agreement_form', given)
  const { ticket, one, speaker } = given
  const recording = {
    answer_id: one.id,
    terms: spelledTerms(terms),
    person_id: ticket.person_id,
    address: speaker.address,
  }
  if (word.code === null) {
    const line = spelledPaid({ ...word, number: ticket.number, code: termsCode(ctx, recording) })
    return told('sms.agreement_read', given, { line })
  }
  if (!isTermsCode(ctx, recording, word.code)) return told('sms.agreement_terms_code', given)
  try {
    const agreement_id = await recordAgreement(ctx, { answer_id: given.one.id, ...terms })
    await note(ctx, given, { agreement_id })
    return told('sms.agreement_done_record', given)
  } catch (thrown) {
    // Both are found out before anything is written.
    if (thrown instanceof Refusal && thrown.key === 'paid.agreement_waits') return told('sms.agreement_waits', given)
    if (thrown instanceof Refusal && thrown.key === 'paid.no_customer') return told('sms.paid_no_contacts', given)
    throw thrown
  }
}

const note = (ctx: Writing, { speaker, ticket }: Agreeing, before: Record<string, unknown>): Promise<void> =>
  noteTextCommand(ctx, { ...speaker, word: 'agreement', ticket_id: ticket.id, before })

/** BATAL: what they recorded is taken back while the other side has not answered; what they said of the other's stands. */
export async function undoAgreement(ctx: Writing, before: Record<string, unknown>, ticket: OwnTicket): Promise<Done> {
  const values = { number: ticket.number }
  const stands: Done = { answer: { says: { key: 'sms.paid_not_undone', values } }, ticket }
  if (!before['agreement_id']) return stands
  try {
    const [waiting] = (await listAgreements(ctx)).filter(
      ({ id, state }) => id === before['agreement_id'] && state === 'recorded',
    )
    if (!waiting) return stands
    await endAgreement(ctx, { agreement_id: waiting.id })
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.kind === 'conflict') return stands
    throw thrown
  }
  return { answer: { says: { key: 'sms.agreement_undone', values } }, ticket }
}

const told = (key: SmsKey, { ticket, one }: Agreeing, more: Record<string, string> = {}): Done => ({
  answer: { says: { key, values: { number: ticket.number, place: one.position, name: nameOf(one), ...more } } },
  ticket,
})

/** Its terms, and what can be said of it. */
function sayAgreement(agreement: AgreementRow, { ticket, one, language }: Agreeing, code: string): string {
  const place = one.position
  const waits_for_them = agreement.state === 'recorded' && agreement.recorded_side !== 'requester'
  const date = (text: string) => shortDay(text, language)
  const next =
    agreement.state === 'recorded' || agreement.state === 'confirmed'
      ? say(language, waits_for_them ? 'sms.agreement_how_answer' : 'sms.agreement_how_end', {
          place,
          number: ticket.number,
          code,
        })
      : ''
  return [
    say(language, 'sms.agreement_terms', {
      number: ticket.number,
      name: nameOf(one),
      kind: say(language, `agreement.kind_${agreement.kind}`).toLowerCase(),
      starts: date(agreement.starts_on),
      ends: date(agreement.ends_on),
      coverage: say(language, `agreement.coverage_${agreement.coverage}`).toLowerCase(),
      hours: agreement.coverage,
      response: agreement.response_minutes,
      resolution: agreement.resolution_minutes,
      state: say(language, `agreement.state_${waits_for_them ? 'waits_for_you' : agreement.state}`).toLowerCase(),
    }),
    next,
  ]
    .filter(Boolean)
    .join(' ')
}

/** Without its weekday. */
const shortDay = (text: string, language: Language): string =>
  day(new Date(`${text}T12:00:00Z`), 'UTC', language).replace(/^\S+ /, '')
