import { agreementFields, agreementKinds, coverages } from '#server/referrals/index.ts'
import { textOf } from './form-fields.ts'

/** What can be chosen in the form of an agreement. */
export const agreementTerms = { kinds: [...agreementKinds], coverages: [...coverages] }

export type TypedAgreement = Record<(typeof agreementFields)[number], string>

/** What either of the two typed of an agreement; the command's own schema reads it. */
export const typedAgreement = (form: FormData): TypedAgreement =>
  Object.fromEntries(agreementFields.map((name) => [name, textOf(form, name)])) as TypedAgreement

/** Which one, and whether it is right; a form with neither button says nothing. */
export const answerTyped = (form: FormData): { agreement_id: string; confirmed: boolean | undefined } => ({
  agreement_id: textOf(form, 'agreement_id'),
  confirmed: confirmedIn(form),
})
export const confirmedIn = (form: FormData): boolean | undefined =>
  ({ yes: true, no: false })[textOf(form, 'confirmed')]
