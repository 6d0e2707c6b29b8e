import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import {
  noteDeliveryReports,
  rememberMailIds,
  settleItems,
  type Settlement,
  unmuteWriters,
  withoutMarkers,
} from '../channels/index.ts'
import { findOrMakePeople } from '../people/index.ts'
import { dueTimes, quietRules } from '../service_levels/index.ts'
import { takeProviderMail, tellHeldForward } from '../referrals/index.ts'
import { openTickets, receiveMessages } from '../tickets/index.ts'
import { answerByMail } from './answer-by-mail.ts'
import { decide, type Decision, type TicketName } from './decide.ts'
import { readDeliveryReports } from './delivery-reports.ts'
import { guessLanguage } from './guess-language.ts'
import { keepBeside } from './keep-beside.ts'
import { lookUp, type LookedUp } from './look-up.ts'
import type { ReadMail } from './read-items.ts'
import { tellUnsent } from './tell-unsent.ts'
import { settlePieces } from './settle-pieces.ts'
import { textOfMail } from './text-of-mail.ts'

type Decided<O extends Decision['outcome']> = LookedUp & { decision: Extract<Decision, { outcome: O }> }
type Placed = {
  read: LookedUp
  ticket: TicketName
  message_id: string
  outcome: 'ticket' | 'message'
  reason: string | null
  possible: TicketName | null
}

/**
 * Says of each mail what becomes of it, and does it: tickets, messages, reports, and the outcome in the ledger, all in the caller's one
 * transaction. In the plural throughout, so that fifty mails cost hardly more than one. Answers how many are to be read again.
 */
export async function settleMails(ctx: Writing, mails: readonly ReadMail[]): Promise<{ again: number }> {
  const { rest: decided, again } = await settlePieces(
    ctx,
    (await lookUp(ctx, mails)).map((read) => ({ ...read, decision: decide(read.mail, read.known) })),
  )
  const entering = decided.filter((one): one is Decided<'message'> => one.decision.outcome === 'message')
  const placed = [
    ...(await openAll(
      ctx,
      decided.filter((one): one is Decided<'ticket'> => one.decision.outcome === 'ticket'),
    )),
    ...(await enterAll(
      ctx,
      entering.filter(({ decision }) => decision.reason === null),
    )),
    ...(await answerAll(
      ctx,
      entering.filter(({ decision }) => decision.reason === 'agent_reply'),
    )),
  ]
  const provided = await takeProviders(
    ctx,
    decided.filter((one): one is Decided<'provider'> => one.decision.outcome === 'provider'),
  )
  await keepBeside(ctx, placed)
  await rememberMailIds(ctx, placed.flatMap(idsOf))
  await unmuteWriters(
    ctx,
    placed.flatMap(({ read: { mail, known } }) =>
      known.sender && !mail.auto.automatic && !known.doubtful ? [known.sender.normalised] : [],
    ),
  )
  const reports = decided.filter((one): one is Decided<'report'> => one.decision.outcome === 'report')
  const reported = await noteReports(ctx, reports)

  const refused = decided.filter((one): one is Decided<'refused' | 'quarantined'> =>
    /^(refused|quarantined)$/.test(one.decision.outcome),
  )
  await settleItems(ctx, [
    ...placed.map(({ read, ticket, message_id, outcome, reason, possible }) => ({
      ...whatWasRead(read),
      outcome,
      reason,
      ticket,
      ticket_message_id: message_id,
      possible_ticket: possible,
    })),
    ...provided.map(({ read, ...settled }) => ({ ...whatWasRead(read), ...settled })),
    ...reports.map((read) => ({
      ...whatWasRead(read),
      outcome: 'report' as const,
      reason: read.decision.reason,
      ticket: reported.get(read.item.id) ?? read.decision.ticket,
    })),
    ...refused.map((read) => ({
      ...whatWasRead(read),
      outcome: read.decision.outcome,
      reason: read.decision.reason,
      possible_ticket: 'possible_ticket' in read.decision ? read.decision.possible_ticket : null,
      for_desk_id: (read.decision.outcome === 'quarantined' && read.known.provider?.desk_id) || null,
    })),
  ])
  for (const { decision, known, mail } of refused)
    if (decision.reason === 'forwarded' && known.provider)
      await tellHeldForward(ctx, { entry: known.provider, ...aboutMail(mail, known) })
  await tellUnsent(
    ctx,
    refused.flatMap(({ item, mail, decision }) =>
      'author_id' in decision
        ? [{ ...decision, item_id: item.id, mail_id: mail.message_id, subject: mail.subject }]
        : [],
    ),
  )
  await recordAll(
    ctx,
    refused
      .filter(({ decision }) => decision.outcome === 'quarantined')
      .map(({ item, decision }) => ({
        kind: 'intake.quarantined',
        about: { item_id: item.id, reason: decision.reason },
      })),
  )
  return { again }
}

/** What mail hosts reported about mails of ours, written down; answers by item the ticket that the mail was about. */
async function noteReports(ctx: Writing, reads: readonly Decided<'report'>[]): Promise<Map<string, TicketName>> {
  const reports = reads.flatMap((read) =>
    readDeliveryReports(ctx.app, read).map((report) => ({ item_id: read.item.id, report })),
  )
  const mails = await noteDeliveryReports(
    ctx,
    reports.map(({ report }) => report),
  )
  return new Map(
    reports.flatMap(({ item_id }, index) => (mails[index]?.ticket ? [[item_id, mails[index].ticket]] : [])),
  )
}

async function openAll(ctx: Writing, reads: readonly Decided<'ticket'>[]): Promise<Placed[]> {
  if (reads.length === 0) return []
  const languages = reads.map(({ mail }) => guessLanguage(`${mail.subject}\n${mail.text}`))
  const [people, due_times] = await Promise.all([
    findOrMakePeople(
      ctx,
      reads.map(({ known }, index) => ({
        name: known.sender!.name,
        channel: 'email' as const,
        address: known.sender!.normalised,
        language: languages[index]!,
      })),
    ),
    // In the row from the start: set later it would be written into each of the ticket's indexes a second time.
    dueTimes(
      ctx,
      reads.map(({ desk_id }) => ({ urgency: 'normal', channel: 'email', desk_id, at: ctx.now })),
    ),
  ])
  const opened = await openTickets(
    ctx,
    reads.map((read, index) => ({
      subject: read.mail.subject || (read.mail.text === '' ? say(languages[index]!, 'intake.no_subject') : undefined),
      ...textOfMail(read.mail, languages[index]!),
      channel: 'email' as const,
      language: languages[index]!,
      requester_id: people[index]!.id,
      contact_point_id: people[index]!.contact_point_id,
      desk_id: read.desk_id,
      due_at: due_times[index],
      intake_item_id: read.item.id,
      possible_ticket_id: read.decision.possible_ticket?.id,
      attachments: read.attachments,
    })),
  )
  return reads.map((read, index) => ({
    read,
    ticket: opened[index]!,
    message_id: opened[index]!.message_id,
    outcome: 'ticket',
    reason: read.decision.reason,
    possible: read.decision.possible_ticket,
  }))
}

async function enterAll(ctx: Writing, reads: readonly Decided<'message'>[]): Promise<Placed[]> {
  if (reads.length === 0) return []
  const { reopen_within_days } = await quietRules(ctx)
  const received = await receiveMessages(
    ctx,
    reads.map((read) => ({
      ticket_id: read.decision.ticket.id,
      author_id: read.decision.author_id,
      channel: 'email' as const,
      ...textOfMail(read.mail, guessLanguage(read.mail.text)),
      attachments: read.attachments,
      intake_item_id: read.item.id,
      reopen_within_days,
    })),
  )
  return reads.map((read, index) => {
    const { ticket_id, number, message_id, follows_id } = received[index]!
    // The answer to a ticket closed long ago opened a new one, by the visible rule.
    return {
      read,
      ticket: { id: ticket_id, number },
      message_id,
      outcome: follows_id ? 'ticket' : 'message',
      // A program's mail is not answered automatically there either: acknowledge.ts asks for the reason.
      reason: follows_id && (read.mail.auto.automatic || read.known.null_return_path) ? 'automatic' : null,
      possible: null,
    }
  })
}

/** One after the other, as agents' answers are: each is a command of its own, in the name of whoever wrote it. */
async function takeProviders(ctx: Writing, reads: readonly Decided<'provider'>[]) {
  const settled = []
  for (const read of reads) {
    const { mail, known, attachments, decision } = read
    const { outcome, reason, message_id } = await takeProviderMail(ctx, {
      entry: decision.entry,
      ...aboutMail(mail, known),
      text: ownWords(mail),
      attachments: attachments.map(({ content_id: _, ...file }) => file),
      unsendable: decision.unsendable,
      is_marked: decision.is_marked,
    })
    settled.push({ read, outcome, reason, ticket: decision.entry.ticket, ticket_message_id: message_id })
  }
  return settled
}

const aboutMail = (mail: LookedUp['mail'], known: LookedUp['known']) => ({
  sender: known.sender!.normalised,
  subject: mail.subject,
  mail_id: mail.message_id,
})

/** Without what is quoted and without the addresses that were signed for one person; a mail that brings nothing but a file quotes at most. */
const ownWords = (mail: LookedUp['mail']): string =>
  withoutMarkers(
    textOfMail({ ...mail, quoted_text: null, ...(mail.only_repeats && { text: '' }) }, guessLanguage(mail.text)).text,
  )

async function answerAll(ctx: Writing, reads: readonly Decided<'message'>[]): Promise<Placed[]> {
  const answers = await answerByMail(
    ctx,
    reads.map((read) => ({
      ticket_id: read.decision.ticket.id,
      author_id: read.decision.author_id,
      // What is quoted stays here: it is the desk's own notice, and was never meant for the requester. Where an answer stands between
      // quoted lines those remain, but not the address that is signed for the agent. A mail that brings nothing but a file quotes at most.
      text: withoutMarkers(
        textOfMail(
          { ...read.mail, quoted_text: null, ...(read.mail.only_repeats && { text: '' }) },
          guessLanguage(read.mail.text),
        ).text,
      ),
      attachments: read.attachments,
    })),
  )
  return reads.map((read, index) => ({
    read,
    ticket: read.decision.ticket,
    message_id: answers[index]!.message_id,
    outcome: 'message',
    reason: read.decision.reason,
    possible: null,
  }))
}

const idsOf = ({ read: { mail }, ticket }: Placed) => [
  ...(mail.message_id ? [{ mail_id: mail.message_id, ticket_id: ticket.id, origin: 'received' as const }] : []),
  ...[...new Set([...mail.in_reply_to, ...mail.references])].map((mail_id) => ({
    mail_id,
    ticket_id: ticket.id,
    origin: 'referenced' as const,
  })),
]

const whatWasRead = ({
  item,
  mail,
  known,
  attachments,
  check,
}: LookedUp): Pick<Settlement, 'id'> & Partial<Settlement> => ({
  id: item.id,
  message_id: mail.message_id,
  sender: known.sender ? { name: known.sender.name, address: known.sender.normalised } : null,
  subject: mail.subject,
  text: mail.text,
  attachments: attachments.map(({ content_id: _, ...file }) => file),
  authentication: check,
})
