/** Desks: who takes which request, when they are open, the vocabulary, the information pages, and who runs this installation. */
export { raiseCompetence } from './raise-competence.ts'
export { addDesk, AddDesk } from './add-desk.ts'
export { changeDesk, ChangeDesk, mayChangeDesk } from './change-desk.ts'
export { changeProvider, ChangeProvider, seeProfile, type ProviderProfile } from './change-provider.ts'
export { confirmDesk, ConfirmDesk, unconfirmDesk, UnconfirmDesk } from './confirm-desk.ts'
export { changeOffices, ChangeOffices, listOffices, type Office } from './offices.ts'
export { Hours } from './desk-input.ts'
export { deskHours, hoursOfDesks, type DeskHours } from './desk-hours.ts'
export { deskForAddress, desksForAddresses, narrowestDesk, narrowestDesks } from './find-holder.ts'
export { findDesk, listDeskMembers, listDesks, type Desk, type DeskMember, type ListedDesk } from './list-desks.ts'
export { joinDesk, JoinDesk, leaveDesk, LeaveDesk } from './join-desk.ts'
export {
  endDeputy,
  EndDeputy,
  listDeputies,
  setDeputy,
  SetDeputy,
  standInsOf,
  standsInAt,
  type Deputy,
} from './deputies.ts'
export { joinSecretariat } from './join-secretariat.ts'
export { findLogo, imageType, keepLogo, LOGO_BYTES_MAX, useLogo } from './logo.ts'
export { makeSecretariat } from './make-secretariat.ts'
export { listMemberships, type Membership } from './memberships.ts'
export { officeHours } from './office-hours.ts'
export { pauseDesk, setAccepting } from './pause-desk.ts'
export { changeOperator, ChangeOperator, operator, type Operator } from './operator.ts'
export { listPageVersions, listWithdrawnPages, seePageVersion, type PageVersion } from './page-versions.ts'
export {
  findPage,
  listPages,
  loadPages,
  pageVersion,
  privacyVersion,
  savePage,
  SavePage,
  withdrawPage,
  type ListedPage,
  type Page,
} from './pages.ts'
export { prepare } from './prepare.ts'
export { saveProvider, type SaveProvider } from './save-provider.ts'
export { addDutyContact, AddDutyContact, askDutyContactAgain, OneDutyContact, proveByCall } from './add-duty-contact.ts'
export { dutyChannels } from './named-at-address.ts'
export { answerDutyLink, askContacts, seeDutyLink } from './duty-links.ts'
export { disownDuty, lapseContacts, numbersAskedForDuty } from './lapse-contacts.ts'
export { proveByText } from './prove-by-text.ts'
export { addColleague, AddColleague, colleaguesToInvite, removeColleague, RemoveColleague } from './colleagues.ts'
export { proveContacts } from './prove-contacts.ts'
export { setDutyContacts, type DutyContact } from './set-duty-contacts.ts'
export { forgetPersonAtDesks } from './forget-person.ts'
export { staffActor } from './staff-actor.ts'
export { staffActors } from './staff-actors.ts'
export { tokenActor, type TokenHolder } from './token-actor.ts'
export {
  addCompetence,
  addTopic,
  AddWord,
  changeCompetence,
  changeTopic,
  changeUrgency,
  ChangeWord,
  listCompetences,
  listTopicNeeds,
  listTopics,
  listUrgencies,
  loadVocabulary,
  setTopicNeed,
  TopicNeeds,
  type TopicNeed,
  type VocabularyWord,
} from './vocabulary.ts'
