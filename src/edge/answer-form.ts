/** How a failed form is answered: in one place for every page (architecture: The web's edge; Refusals). */
import { fail, type ActionFailure } from '@sveltejs/kit'
import { dictionaries } from '#server/platform/words.ts'
import { Refusal, statusOf, type Fault } from '#server/platform/refusal.ts'

/** What a page gets back with a form that was not saved: everything that was typed, the fields to correct, the sentence on top. */
export interface NotSaved<Values> {
  values: Values
  faults: Fault[]
  key: string
}

/** A form with faults that the page itself found: 422 with the values, so that no text is lost. */
export const notSaved = <Values>(
  values: Values,
  faults: Fault[],
  key = 'form.not_saved',
): ActionFailure<NotSaved<Values>> => fail(422, { values, faults, key })

/** An expected refusal becomes a failed form with its status and sentence; everything else is thrown on (redirects, bugs). */
export function refused<Values>(thrown: unknown, values: Values): ActionFailure<NotSaved<Values>> {
  if (!(thrown instanceof Refusal)) throw thrown
  const faults = thrown.faults.map(({ path, key }) => ({ path, key: sentenceFor(key) }))
  return fail(statusOf[thrown.kind], {
    values,
    faults,
    key: faults.length > 0 ? 'form.not_saved' : sentenceFor(thrown.key, thrown.kind),
  })
}

/** The sentence of a refusal: `refusal.KEY`, or KEY itself, or that of its kind, or the general one; a person never sees a bare key. */
function sentenceFor(key: string, kind?: string): string {
  const candidates = [`refusal.${key}`, key, `refusal.${kind}`]
  return candidates.find((candidate) => candidate in dictionaries.id) ?? 'refusal.other'
}
