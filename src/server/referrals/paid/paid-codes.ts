import type { Reading } from '../../platform/context.ts'
import { sameBytes } from '../../platform/secrets.ts'
import { SIGNS } from '../make-code.ts'

/** A code of the window before still counts, so it holds for a quarter of an hour at least. */
const WINDOW_MS = 15 * 60_000
const CODE_LENGTH = 5
/** The first so many signs are figures. */
const FIGURES = 8

interface Showing {
  answer_id: string
  person_id: string
  /** The number or chat by which they asked. */
  address: string
}

/**
 * What goes to the number of whoever asks by text to see a contact and to show their own, beside what will be shown to whom, and has to come back from there: who
 * forges the sender never sees it, and nobody agrees to what they were not told. It is of this person, organisation, number and quarter of an hour, and stands nowhere.
 */
export const contactCode = (ctx: Reading, { answer_id, ...by }: Showing): string =>
  codeOf(ctx, 'paid_contact_code', { id: answer_id, ...by }, 0)
export const isContactCode = (ctx: Reading, { answer_id, ...by }: Showing, code: string): boolean =>
  isCode(ctx, 'paid_contact_code', { id: answer_id, ...by }, code)

interface Agreeing extends Pick<Showing, 'person_id' | 'address'> {
  agreement_id: string
}

/** The same beside the terms of an agreement, for saying that it is right, is not, or has ended. */
export const agreementCode = (ctx: Reading, { agreement_id, ...by }: Agreeing): string =>
  codeOf(ctx, 'agreement_code', { id: agreement_id, ...by }, 0)
export const isAgreementCode = (ctx: Reading, { agreement_id, ...by }: Agreeing, code: string): boolean =>
  isCode(ctx, 'agreement_code', { id: agreement_id, ...by }, code)

interface Recording extends Showing {
  /** All of what is recorded, spelled in one way. */
  terms: string
}

/** The same beside the terms as they were read, for recording them: it is of these terms, so no other can be recorded by it. */
export const termsCode = (ctx: Reading, { answer_id, terms, ...by }: Recording): string =>
  codeOf(ctx, 'agreement_terms_code', { id: `${answer_id} ${terms}`, ...by }, 0)
export const isTermsCode = (ctx: Reading, { answer_id, terms, ...by }: Recording, code: string): boolean =>
  isCode(ctx, 'agreement_terms_code', { id: `${answer_id} ${terms}`, ...by }, code)

type Coded = Pick<Showing, 'person_id' | 'address'> & { id: string }

function codeOf(
  ctx: Reading,
  purpose: 'paid_contact_code' | 'agreement_code' | 'agreement_terms_code',
  { id, person_id, address }: Coded,
  windows_ago: number,
): string {
  const window = Math.floor(ctx.now.getTime() / WINDOW_MS) - windows_ago
  return spell(ctx.app.secrets.sign(purpose, id, person_id, address, String(window)))
}

const isCode = (ctx: Reading, purpose: Parameters<typeof codeOf>[1], coded: Coded, code: string): boolean =>
  [0, 1].some((windows_ago) => sameBytes(codeOf(ctx, purpose, coded, windows_ago), code))

/** A letter and a figure first: it is neither a word nor the number of a ticket (intake/texts/paid-words.ts). */
const spell = (bytes: Uint8Array): string =>
  Array.from({ length: CODE_LENGTH }, (_, place) => {
    const byte = bytes[place]!
    if (place === 0) return SIGNS[FIGURES + (byte % (SIGNS.length - FIGURES))]
    return SIGNS[place === 1 ? byte % FIGURES : byte % SIGNS.length]
  }).join('')
