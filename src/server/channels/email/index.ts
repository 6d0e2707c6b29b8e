/** Mail without the database: listening, reading, telling mails apart, addresses, composing, sending. */
export {
  isValidAddress,
  messageId,
  normaliseAddress,
  readMessageId,
  readReplyAddress,
  replyAddress,
  splitAddress,
  type OwnMessageId,
  type ReplyAddress,
} from './addresses.ts'
export type { AutomaticReason } from './automatic.ts'
export { composeMail, type Envelope, type OutgoingMail } from './compose.ts'
export { fingerprint } from './fingerprint.ts'
export {
  Deferred,
  listenSmtp,
  OutcomeUnknown,
  type ReceivedMail,
  type Recipient,
  type SmtpLimits,
  type SmtpListener,
  type SmtpListening,
} from './listen.ts'
export type { Mail, MailAddress, MailAttachment } from './read.ts'
export { openMailReader, Unreadable, type MailReader, type UnreadableReason } from './reader.ts'
export { classifyFailure, openMailRelay, type Failure, type MailRelay, type Sent } from './send.ts'
