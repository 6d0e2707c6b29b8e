/** Channels: the ledger of what came in, the outbox of what goes out, and what keeps both from looping. */
export { takeItems, type Channel, type NewItem, type TakenItem } from './take-items.ts'
export { takeItem } from './take-item.ts'
export { hasTemplateKey, httpItems } from './sms/http/item.ts'
export { readTemplates } from './sms/http/template.ts'
export { kannelItem, kannelReport } from './sms/kannel/item.ts'
export { takeReport } from './texts/take-report.ts'
export { readRequest, type ReceivedRequest } from './sms/gateway-request.ts'
export { isSigned, isVerifyToken, looksSigned, takeBatch } from './whatsapp/take-batch.ts'
export { whatsappSettings, type WhatsappSettings } from './whatsapp/settings.ts'
export { markRead } from './whatsapp/mark-read.ts'
export { noteBadSignature } from './whatsapp/bad-signatures.ts'
export { askNumber, seeWhatsapp, showVerifyToken, tryWhatsapp, type WhatsappSeen } from './whatsapp/see-whatsapp.ts'
export {
  listTemplates,
  removeTemplate,
  RemoveTemplate,
  SaveTemplate,
  saveTemplate,
  templateOf,
} from './whatsapp/templates.ts'
export { takeMail } from './take-mail.ts'
export { takeRefusedMail } from './take-refused-mail.ts'
export { anyDied, bytesOf, claimItems, extendLease, isFull, releaseItems, type ClaimedItem } from './claim-items.ts'
export {
  claimWholes,
  gatherPieces,
  keepPieces,
  missingPieces,
  readAgain,
  settleAsPieces,
  type GatheredPiece,
  type Piece,
  type Pieces,
} from './mail-pieces.ts'
export { settleItems, unsettleItem, type Outcome, type Settlement } from './settle-items.ts'
export { listItems, rawItem, seeItem, type Item, type ItemQuestion } from './list-items.ts'
export { listHeld, type HeldItem } from './list-held.ts'
export { intakeSummary, type IntakeSums, type IntakeSummary } from './intake-summary.ts'
export { queueMessages, type KeptFile, type NewMessage } from './queue-messages.ts'
export { tellAccountOwner } from './tell-account-owner.ts'
export { tellSecretariat } from './tell-secretariat.ts'
export { askDutyContacts, inviteColleagues } from './ask-contacts.ts'
export { tellAffiliated, tellApplicants } from './tell-applicants.ts'
export { cancelMessage } from './cancel-message.ts'
export { dropRaw } from './drop-raw.ts'
export { releaseSetBack } from './release-set-back.ts'
export {
  deliveryStates,
  listOutbox,
  outboxChannels,
  retryMessage,
  retryUndecided,
  seeOutboxRow,
  type DeliveryState,
  type OutboxQuestion,
  type OutboxRow,
} from './list-outbox.ts'
export { rememberMailIds, ticketsOfMailIds, type KnownMailId } from './mail-ids.ts'
export {
  bookAcknowledgements,
  dropBooked,
  heldAndFree,
  nameMails,
  type BookedAcknowledgement,
  type WantedAcknowledgement,
} from './acknowledgement-limits.ts'
export {
  blockedAmong,
  blockSender,
  BlockSender,
  isBlocked,
  listBlockedSenders,
  mayBlock,
  unblockSender,
  type BlockedSender,
} from './blocked-senders.ts'
export { maySend } from './send-mail.ts'
export { startSender } from './sender.ts'
export { noteDeliveryReports, type DeliveryReport } from './note-delivery-reports.ts'
export { muteAddresses, mutedAmong, unmuteAddress, unmuteWriters, type MutedAddress } from './mute-addresses.ts'
export {
  bounceAddress,
  checkSenders,
  endOfCertificate,
  FALSE_END,
  hasFalseEnd,
  listenSmtp,
  messageId,
  normaliseAddress,
  openMailReader,
  readMarkers,
  joinMail,
  UNKNOWN_SENDER,
  withoutMarkers,
  readMessageId,
  isReport,
  readBounce,
  readBounceAddress,
  readCertificate,
  readReplyAddress,
  readRowAddress,
  replyAddress,
  rowAddress,
  splitAddress,
  Unreadable,
  watchCertificate,
  type CertificateFiles,
  type Mail,
  type MailReader,
  type ReceivedMail,
  type Recipient,
  type RowAddress,
  type SenderCheck,
  type SmtpListener,
  foldMail,
  isForwarded,
  partsOfFolded,
  type Invitation,
  type InvitationTime,
  type MailParts,
  type MailRemark,
} from './email/index.ts'
export {
  mailboxName,
  MailboxFault,
  openMailbox,
  readEnvelope,
  readMailboxUrl,
  type MailboxAddress,
  type MailboxFaultKind,
  type OpenMailbox,
  headerOf,
} from './email/index.ts'
export {
  forgetMarks,
  noteMailbox,
  placeInMailbox,
  seeMailbox,
  unmarkedMails,
  type MailboxPlace,
  type MailboxState,
} from './mailboxes.ts'
export { tryMailbox, type TriedMailbox } from './try-mailbox.ts'
export { passOver, PlaceLost, takeFromMailbox } from './take-from-mailbox.ts'
export {
  forgetPersonInChannels,
  isBeingSent,
  removeKeptMails,
  type ChannelsForgotten,
  type ForgottenTickets,
} from './forget-person.ts'
export { findUncheckedMail, UNCHECKED_MAIL, whatIsUnchecked, type UncheckedMail } from './find-unchecked-mail.ts'
export { checkDomain, type DomainFinding } from './check-domain.ts'
export { seeReceiving, tryReceiving, type ReceivingTried } from './try-receiving.ts'
export * from './phone/index.ts'
export {
  acknowledgementLimits,
  heldItems,
  quietNumbers,
  rawItems,
  sentWords,
  type Clearing,
  type OldRows,
} from './clear-old.ts'
export { foldToGsm } from './sms/alphabet.ts'
export { segment } from './sms/segments.ts'
export { textLines } from './texts/gateways.ts'
export { lookAtGammu } from './sms/gammu/open-gammu.ts'
export { tryLink } from './sms/smpp/link.ts'
export { readSmppAddress, smppLease } from './sms/smpp/smpp-address.ts'
export { startTextSender } from './texts/send-texts.ts'
export { noteReceipts, type NewReceipt, type ReportedText } from './texts/note-receipts.ts'
export { mayWrite, mayWriteToAll, measure, type Allowed, type MayWrite } from './texts/may-write.ts'
export { seeSmsGateways, TryTexting, tryTexting, type SmsGateway } from './texts/try-texting.ts'
export { percentOf, seePaidUse, type PaidUse } from './texts/paid-texts.ts'
export { seeGateways, type SeenGateway } from './texts/tell-gateway-states.ts'
export { linesServing, type OpenedLine } from './texts/read-gateways.ts'
export { shorten } from './texts/shorten-automatic.ts'
export type { DueText, Gateway, GatewayState, TextAttempt, TextChannel, TextOptions } from './texts/adapter.ts'
export {
  CONTINUES_HOURS,
  continuesUntil,
  findConversations,
  lockSpeakers,
  saveConversations,
  stoppedAmong,
  stopSms,
  ticketsOfSentTexts,
  unansweredQuestions,
  type Conversation,
  type Question,
  type Speaker,
} from './texts/conversations.ts'
export {
  dropReceivedTexts,
  keepTextParts,
  messagesOfItems,
  nameReceivedTexts,
  waitNoLonger,
  wakeItems,
  type PlacedPart,
  type ReceivedPart,
  type ReceivedText,
} from './texts/text-parts.ts'
export {
  lastTextCommands,
  noteTextCommand,
  undoTextCommand,
  type DoneCommand,
  type UndoableWord,
} from './texts/text-commands.ts'
export {
  answerPresses,
  askTelegram,
  botId,
  clearTelegramUpdates,
  listTelegramGaps,
  lookAtBot,
  removeTelegramWebhook,
  seeTelegram,
  setTelegramWebhook,
  takeUpdates,
  watchTelegram,
  webhookAddress,
  whyFetching,
  type AskedTelegram,
  type TelegramGap,
  type TelegramState,
  type TelegramWatch,
} from './telegram/index.ts'
export { joinParts } from './sms/join-parts.ts'
export { completeItem } from './texts/complete-item.ts'
export { fetchMedia, MediaGone } from './texts/fetch-media.ts'
export { readText } from './texts/read-text.ts'
export { textChannels, UnreadableText, type DeliveryReceipt, type HeardText, type Media } from './texts/adapter.ts'
