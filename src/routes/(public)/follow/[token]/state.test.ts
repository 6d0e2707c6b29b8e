import { expect, test } from 'vitest'
import { dictionaries } from '#server/platform/words.ts'
import { nextStepOf, stateSentenceOf, toneOf, type Told } from './state.ts'

test.each<[Told['state'], string | null, string, string]>([
  ['new', null, 'follow.state_new', 'ours'],
  ['open', null, 'follow.state_open', 'ours'],
  ['referred', null, 'follow.state_referred', 'ours'],
  ['waiting', null, 'follow.state_waiting', 'yours'],
  ['resolved', null, 'follow.state_resolved', 'yours'],
  ['closed', 'solved', 'follow.closed_solved', 'solved'],
  ['closed', 'out_of_scope', 'follow.closed_out_of_scope', 'over'],
  ['closed', 'duplicate', 'follow.closed_duplicate', 'over'],
  ['closed', 'withdrawn', 'follow.closed_withdrawn', 'over'],
  ['closed', 'no_answer', 'follow.closed_no_answer', 'over'],
  ['closed', 'a reason to come', 'follow.state_closed', 'over'],
])('%s %s is one sentence, in both languages', (state, reason, sentence, tone) => {
  const told: Told = { state, closure: reason === null ? null : { reason } }
  expect(stateSentenceOf(told)).toBe(sentence)
  expect(toneOf(told)).toBe(tone)
  for (const key of [sentence, nextStepOf(told)]) {
    if (key === null) continue
    expect(dictionaries.id[key], key).toBeTruthy()
    expect(dictionaries.en[key], key).toBeTruthy()
  }
})
