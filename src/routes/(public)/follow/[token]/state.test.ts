import { expect, test } from 'vitest'
import { dictionaries } from '#server/platform/words.ts'
import { nextStepOf, stateSentenceOf, toneOf, type Told } from './state.ts'

const fresh: Told = { state: 'new', closure: null, resolution: null, takes_messages: true, follow_up: null }

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
  const told: Told = { ...fresh, state, closure: reason === null ? null : { reason } }
  expect(stateSentenceOf(told)).toBe(sentence)
  expect(toneOf(told)).toBe(tone)
  for (const key of [sentence, nextStepOf(told)]) {
    if (key === null) continue
    expect(dictionaries.id[key], key).toBeTruthy()
    expect(dictionaries.en[key], key).toBeTruthy()
  }
})

test('what happens to an answer is said beforehand: reopened, a new request, or on in the one that follows', () => {
  const closed: Told = { ...fresh, state: 'closed', closure: { reason: 'solved' } }
  expect(nextStepOf(closed)).toBe('follow.next_closed')
  expect(nextStepOf({ ...closed, takes_messages: false })).toBe('follow.next_closed_long_ago')
  expect(nextStepOf({ ...closed, takes_messages: false, follow_up: { number: '100015' } })).toBe('follow.next_goes_on')
})

test('no agent is said to have solved what only silence ended', () => {
  const resolved: Told = { ...fresh, state: 'resolved', resolution: { by_rule: false } }
  expect(stateSentenceOf(resolved)).toBe('follow.state_resolved')
  expect(stateSentenceOf({ ...resolved, resolution: { by_rule: true } })).toBe('follow.state_resolved_quiet')
})
