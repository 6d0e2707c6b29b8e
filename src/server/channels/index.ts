/** Channels: the ledger of what came in, the outbox of what goes out, and what keeps both from looping. */
export { queueMessages, type KeptFile, type NewMessage } from './queue-messages.ts'
export { rememberMailIds, ticketsOfMailIds, type KnownMailId } from './mail-ids.ts'
export {
  messageId,
  normaliseAddress,
  readMessageId,
  readReplyAddress,
  replyAddress,
  splitAddress,
} from './email/addresses.ts'
