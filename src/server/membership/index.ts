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
