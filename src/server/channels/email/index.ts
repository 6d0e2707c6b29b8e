/** Mail without the database: listening, reading, telling mails apart, addresses, composing, sending. */
export {
  bounceAddress,
  isValidAddress,
  messageId,
  normaliseAddress,
  readBounceAddress,
  readMessageId,
  readReplyAddress,
  readRowAddress,
  replyAddress,
  rowAddress,
  splitAddress,
  type OwnMessageId,
  type ReplyAddress,
  type RowAddress,
} from './addresses.ts'
export type { AutomaticReason } from './automatic.ts'
export { readMarkers, withMarker, withoutMarkers } from './body-marker.ts'
export {
  checkSenders,
  UNKNOWN as UNKNOWN_SENDER,
  type CheckableMail,
  type SenderCheck,
  type SenderChecks,
} from './check-sender.ts'
export type { Finding } from './findings.ts'
export type { MailRemark } from './attachments.ts'
export type { Invitation, InvitationTime } from './calendar.ts'
export { isForwarded } from './fold/markers.ts'
export { foldMail, partsOfFolded, type MailParts } from './fold/fold-mail.ts'
export { composeMail, type Envelope, type OutgoingMail } from './compose.ts'
export { hasFalseEnd } from './find-false-end.ts'
export { fingerprint } from './fingerprint.ts'
export {
  Deferred,
  listenSmtp,
  OutcomeUnknown,
  type MailCertificate,
  type ReceivedMail,
  type Recipient,
  type SmtpLimits,
  type SmtpListener,
  type SmtpListening,
} from './listen.ts'
export { isOneOf } from './sending-host.ts'
export { FALSE_END } from './smtp-replies.ts'
export { joinPieces as joinMail, type MailPiece } from './join-pieces.ts'
export { headerOf } from './tidy.ts'
export type { Mail, MailAddress, MailAttachment } from './read.ts'
export { isReport, readBounce, type Bounce, type BouncedRecipient } from './read-bounce.ts'
export { openMailReader, Unreadable, type MailReader, type UnreadableReason } from './reader.ts'
export { classifyFailure, openMailRelay, type Failure, type MailRelay, type Sent } from './send.ts'
export {
  CertificateFault,
  endOfCertificate,
  readCertificate,
  watchCertificate,
  type CertificateFiles,
} from './watch-certificate.ts'
export {
  mailboxName,
  MailboxFault,
  openMailbox,
  readMailboxUrl,
  type MailboxAddress,
  type MailboxFaultKind,
  type OpenMailbox,
} from './open-mailbox.ts'
export { readEnvelope } from './read-envelope.ts'
