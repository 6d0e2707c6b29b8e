/** Who is asked to help, what becomes of it, and what a network of helpers would do. */
export { acceptOffer } from './accept-offer.ts'
export { AnswerOffer, Via, type Answered } from './answering.ts'
export { completeCase, CompleteCase } from './complete-case.ts'
export { declineOffer, DeclineOffer, declineReasons, type DeclineReason } from './decline-offer.ts'
export { listOffers, seeOffer, type ListOffers, type OfferRow } from './list-offers.ts'
export { returnCase, ReturnCase } from './return-case.ts'
export { expireOffers } from './expire-offers.ts'
export { followTickets } from './follow-tickets.ts'
export { askNextCandidates } from './next-candidate.ts'
export { refer, Refer, type Referred } from './refer.ts'
export { referralStates } from './referral-rows.ts'
export { replay, type Replayed } from './replay.ts'
export {
  listReferrals,
  seeReferral,
  type SeenCandidate,
  type SeenDecision,
  type SeenOffer,
  type SeenReferral,
} from './see-referral.ts'
export { settleGrants, settleGrantsOf } from './settle-grants.ts'
export { suggestSummary } from './suggest-summary.ts'
export { tellRequesters } from './tell-requesters.ts'
export { withdrawReferral, WithdrawReferral } from './withdraw-referral.ts'
export { undoAnswer } from './undo-answer.ts'
export { firstPolicy } from './policy.ts'
export { exampleScenario } from './simulation/example.ts'
export { Scenario, withOneMore } from './simulation/scenario.ts'
export { simulate } from './simulation/simulate.ts'
export type { Simulated, Times } from './simulation/simulate.ts'
export { SUMMARY_LENGTH_MAX, summarise, type KnownNames } from './summarise.ts'
export { remindOffers, sendOffers } from './send-offer.ts'
export { tellContacts, tellProvider } from './tell-contacts.ts'
export { dutyNow } from './duty-now.ts'
export { openOfferLink, offerUrl, useOfferLink, type OfferLink } from './offer-links.ts'
export { readCommand, type Command, type Heard } from './read-command.ts'
export { answerByLink, seeLinkedOffer, undoByLink, type LinkedOffer } from './answer-by-link.ts'
export { filesInWords, topicOf } from './offer-mail.ts'
export { findProviderMails, type ProviderMail } from './find-provider-mails.ts'
export { takeProviderMail, tellHeldForward } from './take-provider-mail.ts'
export { acceptOffers, pause, Pause } from './pause.ts'
