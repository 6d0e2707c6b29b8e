/** Privacy: what people ask about their own data, what is forgotten and when, and what is done when something came out. */
export { decideErasure } from './decide-erasure.ts'
export { eraseDue } from './erase-due.ts'
export {
  findMentions,
  removeMention,
  RemoveMention,
  removeMentions,
  type Mention,
  type MentionPlace,
} from './find-mentions.ts'
export { findStayingFiles, type StayingFile } from './find-files.ts'
export { erasePerson, type Erased } from './erase-person.ts'
export { adoptErasureList, erasureListPath } from './erasure-list.ts'
export {
  acknowledgeRestore,
  AcknowledgeRestore,
  findUnlistedRestore,
  noteUnlistedRestore,
  type UnlistedRestore,
} from './unlisted-restores.ts'
export { reapplyErasures } from './reapply-erasures.ts'
export {
  DATA_CODE_MINUTES,
  DATA_LINK_HOURS,
  forgetDataLinks,
  openDataLink,
  openProvedLink,
  peopleAt,
  personAt,
  proveDataLink,
  sendDataLink,
  type DataLink,
  type KnownPerson,
} from './data-link.ts'
export { sendDataCodes, takeDataCodes } from './data-by-text.ts'
export type { ProvedPoint } from './proved-point.ts'
export {
  decideRequest,
  DecideRequest,
  listRequests,
  makeRequest,
  MakeRequest,
  requestKinds,
  type DataRequest,
  type MadeRequest,
  type RequestKind,
} from './requests.ts'
export { askAboutOwnData, handOverCopy, ownRequests, recordCopy, withdrawOwnConsents } from './own-requests.ts'
export { copyOfPerson, entriesOf, type CopyOfPerson } from './copy-of-person.ts'
export {
  changeRetention,
  ChangeRetention,
  clearOld,
  listRetention,
  retentionKinds,
  type RetentionKind,
  type RetentionRule,
} from './retention.ts'
export {
  closeIncident,
  CloseIncident,
  declareIncident,
  DeclareIncident,
  listConcerned,
  listIncidents,
  noteAgencyTold,
  seeIncident,
  tellPeople,
  type Incident,
} from './incidents.ts'
