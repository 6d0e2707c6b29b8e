/** Tickets: opened, worked, answered, ended, listed, found. Everything that other folders may use stands here. */
export {
  openTickets,
  SUBJECT_LENGTH_MAX,
  type Channel,
  type Kind,
  type NewTicket,
  type OpenedTicket,
  type Urgency,
} from './open-tickets.ts'
export { recordTicket, RecordTicket } from './record-ticket.ts'
export { receiveMessages, type NewMessageIn, type ReceivedMessage } from './receive-messages.ts'
export { Attachment, reply, Reply, REPLY_LENGTH_MAX, TAKE_BACK_SECONDS } from './reply.ts'
export { takeBack, TakeBack } from './take-back.ts'
export { note, Note } from './note.ts'
export { claim, OneTicket, release } from './claim.ts'
export { assign, Assign } from './assign.ts'
export { triage, Triage } from './triage.ts'
export { resolutionText, resolve, Resolve } from './resolve.ts'
export { confirm } from './confirm.ts'
export { reject, Reject } from './reject.ts'
export { reopen } from './reopen.ts'
export { close, Close } from './close.ts'
export { closeReasons, type CloseReason } from './end-ticket.ts'
export { withdraw } from './withdraw.ts'
export { rate, Rate } from './rate.ts'
export { markSpam, MarkSpam, unmarkSpam } from './spam.ts'
export { dismissPossible, linkPossible } from './possible.ts'
export { closeQuiet, remindQuiet, resolveQuiet } from './quiet.ts'
export { setDueTimes } from './set-due-times.ts'
export { followUrl, makeFollowLink, makeFollowLinks, openFollowLink } from './follow-link.ts'
export { countViews, listTickets, ListTickets } from './list-tickets.ts'
export { views, type View } from './views.ts'
export { findTicketRow } from './find-ticket-row.ts'
export { seeTicket, type OtherTicket, type Ticket } from './see-ticket.ts'
export type { TicketRow } from './ticket-rows.ts'
export { listMessages, type ListMessages, type MessageRow } from './list-messages.ts'
export { listHistory, type HistoryRow } from './list-history.ts'
export { findAttachment } from './find-attachment.ts'
export { indexTickets } from './index-tickets.ts'
export { abilities, type Guarded, type Verb } from './policy.ts'
export { states, type State } from './states.ts'
export { readNumber, subjectWithNumber } from './number.ts'
export type { NewAttachment } from './keep-attachments.ts'
export type { Sent } from './send-out.ts'
