/** Desks: who takes which request, when they are open, the vocabulary, and who runs this installation. */
export { officeHours } from './office-hours.ts'
export {
  addCompetence,
  addTopic,
  AddWord,
  changeCompetence,
  changeTopic,
  changeUrgency,
  ChangeWord,
  listCompetences,
  listTopics,
  listUrgencies,
  loadVocabulary,
} from './vocabulary.ts'
export type { VocabularyWord } from './vocabulary.ts'
