/** Membership: who applies, who is member or partner, until when, and who is willing to represent which province. */
export {
  acceptedPages,
  addressOfChannel,
  ApplicationForm,
  applicationKinds,
  COMPETENCES_MAX,
  CONTACTS_MAX,
  dutyChannels,
  evidenceKinds,
  helpLanguages,
  missingParts,
  STAFF_MAX,
  type ApplicationKind,
  type BegunForm,
  type DutyChannel,
} from './application-form.ts'
export {
  findWilling,
  isLive,
  standInTheWay,
  willingMembers,
  type Representation,
  type Term,
  type WillingMember,
} from './partner-rule.ts'
export { confirmOwnUnit, ConfirmOwnUnit } from './confirm-own-unit.ts'
export {
  coverageTarget,
  listAskable,
  listCoverage,
  type Askable,
  type Coverage,
  type CoveredProvince,
} from './list-coverage.ts'
export {
  decideProposal,
  DecideProposal,
  findCompetenceFile,
  listProposals,
  proposeCompetence,
  ProposeCompetence,
  withdrawProposal,
  WithdrawProposal,
  type Proposal,
} from './competence-proposals.ts'
export { competenceMails } from './competence-mails.ts'
export { changeUnitParticulars, ChangeUnitParticulars, seeParticulars, type Particulars } from './particulars.ts'
export { setCoverageTarget, SetCoverageTarget } from './set-coverage-target.ts'
export { DIRECTORY_LIMIT, listDirectory, type DirectoryPage, type ListedProvider } from './list-directory.ts'
export { seeProvider } from './see-provider.ts'
export type { NamedRegion, Provider, SeenProvider, ShownCompetence } from './provider-rows.ts'
export { proveApplicants } from './prove-applicants.ts'
export { apply, Apply, type Applied } from './apply.ts'
export { applicationUrl, openApplicationLink } from './application-links.ts'
export {
  AnswerQuestions,
  answerQuestions,
  seeOwnApplication,
  withdrawApplication,
  type OwnApplication,
} from './own-application.ts'
export {
  applicationStates,
  checklistItems,
  countApplications,
  findApplicationFile,
  listApplications,
  seeApplication,
  type Application,
  type ApplicationState,
  type ChecklistItem,
  type ListedApplication,
} from './application-rows.ts'
export { AskBack, askBack, CheckItem, checkItem, DeclineApplication, declineApplication } from './review-application.ts'
export { ApproveApplication, approveApplication, TERM_YEARS } from './approve-application.ts'
export { applicationsOfTicket, sendApplicationLink, StartApplication, startApplication } from './start-application.ts'
export {
  ChangeAffiliation,
  endAffiliation,
  liftSuspension,
  listAffiliations,
  suspendAffiliation,
  type AffiliationRow,
} from './affiliations.ts'
export { RecordWillingness, recordWillingness, WithdrawWillingness, withdrawWillingness } from './willingness.ts'
export { decideReview, DecideReview, listPartnerReviews, type PartnerReview } from './partner-reviews.ts'
export { renewTerms, reminderDays, affiliationMails } from './renewals.ts'
export { applicationMails, applicationNotices, whoToInvite } from './application-mails.ts'
export { applicationsOfPerson, type CopiedApplication } from './applications-of-person.ts'
export { forgetPersonInMembership } from './forget-person.ts'
export { clearApplications, oldApplications } from './clear-applications.ts'
export { blotCompetence, oldCompetenceFiles } from './clear-competence-files.ts'
export { listTerms, listWholeDirectory, standingsOf, type ListedTerm } from './list-terms.ts'
