/** Reports: what the whole installation looks like from outside: is it sound, is it ready, how busy is it. */
export { addQueueMetrics } from './queue-metrics.ts'
export {
  countDecisions,
  decisionKinds,
  DECISIONS_MAX,
  listDecisions,
  type Decision,
  type DecisionKind,
  type Decisions,
} from './list-decisions.ts'
export { seeReadiness, type LocalParts, type Readiness } from './readiness.ts'
export { verifyLedger } from './verify-ledger.ts'
export {
  journalTopics,
  ListJournal,
  listJournal,
  maySeeJournal,
  maySeeTicketJournal,
  topicOf,
  type JournalRow,
  type JournalTopic,
} from './list-journal.ts'
export { tellJournalHead } from './tell-journal-head.ts'
export { sentenceKeyOf, tellFact, whoOf } from './tell-fact.ts'
