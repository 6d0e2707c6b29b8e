/** People: who somebody is, how they are reached, what they agreed to, and who signs in. */
export { findOrMakePeople, type NewPerson, type Person } from './find-or-make-people.ts'
export { normaliseAddress, type Address, type AddressChannel } from './normalise-address.ts'
export { freshSince, SILENT_DAYS } from './fresh-since.ts'
export { cleanName, foldName } from './fold-name.ts'
export { addContactPoints, type AddedContactPoint } from './add-contact-points.ts'
export { recordConsents, type Consent } from './record-consents.ts'
export { blotStandings, standingWords } from './blot-standings.ts'
export { listPeople, type ListPeople, type PersonRow } from './list-people.ts'
export { seePerson, type SeenPerson } from './see-person.ts'
export { changePerson, ChangePerson } from './change-person.ts'
export {
  addOrganisation,
  AddOrganisation,
  addOrganisations,
  listOrganisations,
  nameLike,
  organisationNamed,
  organisationKinds,
  type OrganisationRow,
} from './organisations.ts'
export { organisationNames } from './organisation-names.ts'
export { organisationsNewestFirst } from './organisations-newest-first.ts'
export { endGrants, giveGrants, listGrants, revokeGrants, type LiveGrant, type NewGrant } from './grants.ts'
export { mustAdminister, mustAdministerAfresh, mustBeStaff } from './may.ts'
export { makeSetupLink, setUp, SetUp } from './set-up.ts'
export {
  acceptInvitation,
  AccountEmail,
  InviteStaff,
  inviteStaff,
  withdrawInvitation,
  type Invitation,
  proveAddress,
} from './invite-staff.ts'
export { mailResetLink, makeResetLink, requestReset, resetPassword, type ResetLink } from './reset-password.ts'
export { endLinks, makeLink, openLink, useLink, type OneTimeLink } from './one-time-links.ts'
export { signIn, type SignIn } from './sign-in.ts'
export {
  accountEmail,
  factorsOf,
  openSessionFor,
  recordRefusedSignIn,
  type Entry,
  type Factors,
  type OpenSessionFor,
  type Proof,
} from './open-session-for.ts'
export { answerSecondStep, dueStep, finishSecondStep } from './second-step.ts'
export { type HalfSession } from './half-sessions.ts'
export {
  beginFactor,
  confirmDueFactor,
  confirmFactor,
  dueKey,
  newKeyOf,
  removeFactor,
  renewRecoveryCodes,
  resetFactor,
  type NewKey,
} from './set-up-factor.ts'
export {
  factorRoles,
  requiredFactorRoles,
  RequireFactor,
  requireFactor,
  type FactorRole,
} from './second-factor-rule.ts'
export { requestSignInLink, signInByLink } from './sign-in-link.ts'
export { mustHaveSignedInRecently, RECENT_SIGN_IN_MINUTES } from '../platform/recent-sign-in.ts'
export type { Visit } from './visit.ts'
export { signOut } from './sign-out.ts'
export { signOutByProvider } from './sign-out-by-provider.ts'
export { endAllSessions, EndSession, endOtherSessions, endSession, listSessions, type OwnSession } from './sessions.ts'
export { changePassword, type ChangePassword, type PasswordChanged } from './change-password.ts'
export { sessionPerson, sessionPersonWith } from './session-person.ts'
export { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, type SessionCookie } from './sign-in-library.ts'
export {
  accountStates,
  countAccounts,
  disableAccount,
  enableAccount,
  findAccount,
  listAccounts,
  searchAccounts,
  type AccountRow,
} from './accounts.ts'
export { setAdministrator } from './set-administrator.ts'
export { setLanguage } from './set-language.ts'
export { disownPoints, ownPointsAgain, undoDisownedPoints } from './disown-points.ts'
export { SetRole, setRole, wideRoles } from './set-role.ts'
export { createToken, CreateToken, isTokenShaped, scopes, type CreatedToken, type Scope } from './create-token.ts'
export { listTokens, noteTokenUse, revokeToken, type TokenRow } from './tokens.ts'
export { setNotices, SetNotices, wantsNotices } from './notice-setting.ts'
export { sweepSignIns } from './sweep-sign-ins.ts'
export {
  invitationMail,
  noticeMail,
  passwordChangedMail,
  resetMail,
  signInLinkMail,
  type AccountMail,
  type AccountNotice,
} from './mails.ts'
export { tracePerson, type PersonTraces } from './trace-person.ts'
export { forgetPerson, mustBeForgettable } from './forget-person.ts'
export {
  holdPerson,
  HoldPerson,
  releasePerson,
  restrictPerson,
  standingOf,
  unrestrictPerson,
  WithReason,
  type Standing,
} from './hold-and-restrict.ts'
export { withdrawConsents } from './withdraw-consents.ts'
export * from './other-ways.ts'
export { keepApart, KeepApart, suggestDuplicates, type SuggestedPair } from './duplicates.ts'
export {
  changeOrganisation,
  ChangeOrganisation,
  renameOrganisation,
  seeOrganisation,
  type SeenOrganisation,
} from './change-organisation.ts'
