/** Service levels: by when an answer may be expected, the clocks that say so, and what becomes of tickets that stay quiet. */
export {
  answerChannels,
  listAnswerTimes,
  saveAnswerTimes,
  SaveAnswerTimes,
  urgencyCodes,
  type AnswerTime,
} from './answer-times.ts'
export {
  dueTimes,
  expectedAnswer,
  expectedAnswers,
  type AnswerQuestion,
  type ExpectedAnswer,
} from './expected-answer.ts'
export { listClocks, type Clock } from './list-clocks.ts'
export { nextQuietStep, type QuietStep } from './next-quiet-step.ts'
export { quietRules, saveQuietRules, SaveQuietRules, type QuietRules } from './quiet-rules.ts'
export { startClocks, stopClocks } from './reckon-clocks.ts'
export { sweepQuiet, type Swept } from './sweep-quiet.ts'
