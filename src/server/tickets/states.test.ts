import { expect, test } from 'vitest'
import { stateAfter, states, steps, type Step } from './states.ts'

// One line a step: where it leads from new, open, waiting, referred, resolved, closed; - where it is refused.
test.each<[Step, string]>([
  ['receive', 'new open open referred open open'],
  ['ask', 'waiting waiting waiting referred resolved closed'],
  ['answer', 'open open open referred resolved closed'],
  ['take_back', 'new open open referred open closed'],
  ['claim', 'open open waiting referred resolved -'],
  ['release', 'new open waiting referred resolved -'],
  ['assign', 'new open waiting open resolved -'],
  ['refer', 'referred referred referred referred - -'],
  ['recall', '- - - open - -'],
  ['remind', '- - waiting - - -'],
  ['resolve', 'resolved resolved resolved resolved - -'],
  ['confirm', 'closed closed closed closed closed -'],
  ['reject', '- - - - open -'],
  ['reopen', '- - open - open open'],
  ['close', 'closed closed closed closed closed -'],
  ['withdraw', 'closed closed closed closed closed -'],
  ['rate', '- - - - resolved closed'],
])('%s leads to %s', (step, expected) => {
  expect(states.map((state) => stateAfter(step, state) ?? '-').join(' ')).toBe(expected)
})

test('every step stands in the table above', () => {
  expect(Object.keys(steps)).toHaveLength(17)
})
