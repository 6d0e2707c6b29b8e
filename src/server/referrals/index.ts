/** Who is asked to help, what becomes of it, and what a network of helpers would do. */
export { acceptOffer } from './accept-offer.ts'
export { answerQuestion, AnswerQuestion, settleQuestion, SettleQuestion, showAnswer } from './answer-question.ts'
export { askDesk, AskDesk } from './ask-desk.ts'
export { listWaitingQuestions, questionsOfOffers, type SeenQuestion, type WaitingQuestion } from './list-questions.ts'
export { tellQuestions } from './tell-questions.ts'
export { AnswerOffer, Via, type Answered } from './answering.ts'
export { completeCase, CompleteCase } from './complete-case.ts'
export { declineOffer, DeclineOffer, declineReasons, type DeclineReason } from './decline-offer.ts'
export { sweepDeskChanges } from './known-desks.ts'
export { listOffers, seeOffer, type ListOffers, type OfferRow } from './list-offers.ts'
export { returnCase, ReturnCase } from './return-case.ts'
export { expireOffers } from './expire-offers.ts'
export { followTickets } from './follow-tickets.ts'
export { askNextCandidates } from './next-candidate.ts'
export { hearAnswers } from './hear-answers.ts'
export { askPlaces } from './ask-places.ts'
export { goOnReferring } from './go-on.ts'
export { passOnOffers } from './pass-on-offers.ts'
export { refer, Refer, type Referred } from './refer.ts'
export { referralStates } from './referral-rows.ts'
export { moveDeadline, MoveDeadline } from './move-deadline.ts'
export { replay, type Replayed } from './replay.ts'
export {
  listReferrals,
  seeReferral,
  type SeenCandidate,
  type SeenDecision,
  type SeenOffer,
  type SeenReferral,
} from './see-referral.ts'
export { changeCourse, ChangeCourse } from './change-course.ts'
export { objectToReferral, takeBackObjection, ObjectTo, settleObjection, SettleObjection } from './object.ts'
export { seeProgress, type Progress } from './see-progress.ts'
export { seeReferralWork, type ReferralWork } from './see-work.ts'
export { settleGrants, settleGrantsOf } from './settle-grants.ts'
export { suggestSummary, withoutNames } from './suggest-summary.ts'
export { tellRequesters } from './tell-requesters.ts'
export { withdrawReferral, WithdrawReferral } from './withdraw-referral.ts'
export { undoAnswer } from './undo-answer.ts'
export { firstPolicy } from './policy.ts'
export { listPolicies, type KnownPolicy } from './policies.ts'
export { activatePolicy, ActivatePolicy, policyBounds, policyNumbers, savePolicy, SavePolicy } from './save-policy.ts'
export type { Trial } from './try-policy.ts'
export { exampleScenario } from './simulation/example.ts'
export { fitScenario } from './simulation/fit-scenario.ts'
export { Scenario, withOneMore } from './simulation/scenario.ts'
export { simulate } from './simulation/simulate.ts'
export type { Simulated, Times } from './simulation/simulate.ts'
export { SUMMARY_LENGTH_MAX, summarise, type KnownNames } from './summarise.ts'
export { remindOffers, sendHeldOffers, sendOffers } from './send-offer.ts'
export { tellContacts, tellProvider } from './tell-contacts.ts'
export { dutyNow } from './duty-now.ts'
export { openOfferLink, offerUrl, useOfferLink, type OfferLink } from './offer-links.ts'
export { readCommand, type Command, type Heard } from './read-command.ts'
export { answerByLink, seeLinkedOffer, undoByLink, type LinkedOffer } from './answer-by-link.ts'
export { filesInWords, topicOf } from './offer-mail.ts'
export { blotQuestions, forgetPersonInReferrals } from './forget-person.ts'
export { lapseSilentNumbers } from './silent-contacts.ts'
export { findProviderTexts, type MaybeProviderText, type ProviderText } from './find-provider-texts.ts'
export { takeProviderText, type AnsweredText } from './take-provider-text.ts'
export { findProviderMails, type ProviderMail } from './find-provider-mails.ts'
export { takeProviderMail, tellHeldForward } from './take-provider-mail.ts'
export { acceptOffers, pause, Pause, seePauses } from './pause.ts'
export { ownShares, type OwnShare } from './own-share.ts'
export { keepFigures } from './keep-figures.ts'
export { placeMeasures, type Figures, type PlaceMeasure } from './reckon-figures.ts'
export { isQuarter, quarterBefore, quarterOf, type Quarter } from './quarters.ts'
export {
  listOutcomes,
  ListOutcomes,
  outcomes,
  providerOutcomes,
  type Outcome,
  type OutcomeRow,
  type ProviderOutcomes,
} from './list-outcomes.ts'
export { seeFigures, type SeenFigures } from './see-figures.ts'
export { askProviders, AskProviders } from './paid/ask-providers.ts'
export {
  agreementFields,
  agreementKinds,
  answerAgreement,
  AnswerAgreement,
  answerLinkedAgreement,
  coverages,
  endAgreement,
  EndAgreement,
  endLinkedAgreement,
  listAgreements,
  listCustomers,
  listExistingAgreements,
  recordAgreement,
  RecordAgreement,
  seeLinkedAgreement,
  type AgreementRow,
} from './paid/agreements.ts'
export { AnswerPaid, answerPaid, contactOf, seeLinkedPaid } from './paid/answer-paid.ts'
export {
  agreementCode,
  contactCode,
  isAgreementCode,
  isContactCode,
  isTermsCode,
  termsCode,
} from './paid/paid-codes.ts'
export { nameOf, sayContact, sayNeed, sayOne, sayWork } from './paid/say-need.ts'
export { reopenNeed, undoAsking, undoReply } from './paid/undo-step.ts'
export { expireNeeds } from './paid/expire-needs.ts'
export { OpenNeed, openNeed } from './paid/open-need.ts'
export { seeNeed, type PaidAnswer, type PaidNeed } from './paid/see-need.ts'
export {
  confirmNoParty,
  ConfirmNoParty,
  recordOutcome,
  RecordOutcome,
  replyToQuestion,
  ReplyToQuestion,
  withdrawNeed,
  WithdrawNeed,
} from './paid/settle-need.ts'
export { remindPaid, tellPaid } from './paid/tell-paid.ts'
