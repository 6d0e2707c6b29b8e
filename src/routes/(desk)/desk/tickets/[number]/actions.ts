import type { Actions, RequestEvent } from './$types'
import { read, type Writing } from '#server/platform/context.ts'
import { listOrganisations, searchAccounts } from '#server/people/index.ts'
import { FormId } from '#server/platform/do-once.ts'
import { refuse } from '#server/platform/refusal.ts'
import { say } from '#server/platform/words.ts'
import { StartApplication, startApplication } from '#server/membership/index.ts'
import { acceptHeld, rejectHeld } from '#server/intake/index.ts'
import {
  acceptOffer,
  AnswerOffer,
  AnswerQuestion,
  answerQuestion,
  ChangeCourse,
  changeCourse,
  declineOffer,
  DeclineOffer,
  OpenNeed,
  openNeed,
  Refer,
  refer,
  returnCase,
  ReturnCase,
  SettleObjection,
  settleObjection,
  SettleQuestion,
  settleQuestion,
  showAnswer,
  WithdrawNeed,
  withdrawNeed,
  moveDeadline,
  MoveDeadline,
  WithdrawReferral,
  withdrawReferral,
} from '#server/referrals/index.ts'
import { quietRules } from '#server/service_levels/index.ts'
import {
  addParticipant,
  assign,
  Assign,
  claim,
  close,
  Close,
  dismissParticipant,
  dismissPossible,
  findTicketRow,
  GiveAccess,
  giveAccess,
  linkPossible,
  markSpam,
  mergePossible,
  MergePossible,
  note,
  Note,
  OneTicket,
  release,
  reopen,
  reply,
  Reply,
  resolve,
  Resolve,
  seeTicket,
  sendOnce,
  SplitOff,
  splitOff,
  SuggestedParticipant,
  takeAccess,
  TakeAccess,
  takeBack,
  TakeBack,
  triage,
  Triage,
  unmarkSpam,
  unmergePossible,
} from '#server/tickets/index.ts'
import { deskActor, optional, orNull, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../../../edge/uploads.ts'

const TRIAGE_FIELDS = ['subject', 'region_code', 'organisation_id', 'topic_code', 'urgency', 'kind'] as const
/** Organisations that one is shown to choose from. */
export const FOUND_MAX = 20
const sent_from = { send_id: FormId }

/** Everything that is done on a ticket's page: one form each, by the schema beside its command. */
export const actions: Actions = {
  reply: (event) =>
    act(
      event,
      'reply',
      'replied',
      ['text', 'seen_message_id', 'waiting', 'send_id'],
      async (ctx, { ticket_id, text, waiting, seen_message_id, send_id }, files) => {
        const input = parsed(Reply.extend(sent_from), {
          ticket_id,
          text,
          waiting: waiting !== 'no',
          seen_message_id: optional(seen_message_id),
          attachments: await files(),
          send_id,
        })
        const words = { text: input.text, files: input.attachments?.map(({ sha256 }) => sha256) }
        return sendOnce(ctx, { ...input, kind: 'reply', words }, () => reply(ctx, input))
      },
    ),
  note: (event) =>
    act(event, 'note', 'noted', ['text', 'send_id'], async (ctx, { ticket_id, text, send_id }, files) => {
      const input = parsed(Note.extend(sent_from), { ticket_id, text, attachments: await files(), send_id })
      const words = { text: input.text, files: input.attachments?.map(({ sha256 }) => sha256) }
      return sendOnce(ctx, { ...input, kind: 'note', words }, () => note(ctx, input))
    }),
  resolve: (event) =>
    act(
      event,
      'resolve',
      'resolved',
      ['problem', 'cause', 'alternatives', 'steps', 'seen_message_id', 'send_id'],
      (ctx, { ticket_id, problem, cause, alternatives, steps, seen_message_id, send_id }) => {
        const input = parsed(Resolve.extend(sent_from), {
          ticket_id,
          problem,
          cause: optional(cause),
          alternatives: optional(alternatives),
          steps,
          seen_message_id: optional(seen_message_id),
          send_id,
        })
        const words = { problem, cause, alternatives, steps }
        return sendOnce(ctx, { ...input, kind: 'resolve', words }, () => resolve(ctx, input))
      },
    ),
  take_back: (event) =>
    act(event, 'take_back', 'taken_back', ['message_id'], (ctx, { ticket_id, message_id }) =>
      takeBack(ctx, parsed(TakeBack, { ticket_id, message_id })),
    ),
  triage: (event) =>
    act(
      event,
      'triage',
      'triaged',
      TRIAGE_FIELDS,
      (ctx, { form: _, form_id: __, region_code, organisation_id, topic_code, ...values }) =>
        triage(
          ctx,
          parsed(Triage, {
            ...values,
            region_code: orNull(region_code),
            organisation_id: orNull(organisation_id),
            topic_code: orNull(topic_code),
          }),
        ),
    ),
  /** Looks a name up in the directory, and shows the form again with everything that was typed. */
  find_organisation: async ({ request, locals, params }) => {
    const form = await request.formData()
    const names = [...TRIAGE_FIELDS, 'organisation_query', 'ticket_id', 'form_id'] as const
    const typed = Object.fromEntries(names.map((name) => [name, textOf(form, name)])) as Record<
      (typeof names)[number],
      string
    >
    const { items } = await read(locals.app, deskActor(locals), async (ctx) => {
      await findTicketRow(ctx, { number: params.number })
      return listOrganisations(ctx, { query: typed.organisation_query })
    })
    const found = items.slice(0, FOUND_MAX)
    return { values: { ...typed, form: 'triage', lost_files: '' }, faults: [], key: undefined, found }
  },
  claim: (event) => act(event, 'claim', 'claimed', [], (ctx, values) => claim(ctx, parsed(OneTicket, values))),
  release: (event) => act(event, 'release', 'released', [], (ctx, values) => release(ctx, parsed(OneTicket, values))),
  assign: (event) =>
    act(event, 'assign', 'assigned', ['desk_id', 'person_id'], (ctx, { ticket_id, desk_id, person_id }) =>
      assign(ctx, parsed(Assign, { ticket_id, desk_id, person_id: orNull(person_id) })),
    ),
  close: (event) =>
    act(
      event,
      'close',
      'closed',
      ['reason', 'pointer', 'duplicate_of'],
      (ctx, { ticket_id, reason, pointer, duplicate_of }) =>
        close(
          ctx,
          parsed(Close, { ticket_id, reason, pointer: optional(pointer), duplicate_of: optional(duplicate_of) }),
        ),
    ),
  reopen: (event) => act(event, 'reopen', 'reopened', [], (ctx, values) => reopen(ctx, parsed(OneTicket, values))),
  spam: (event) =>
    act(event, 'spam', 'spam', ['block_sender'], (ctx, { ticket_id, block_sender }) =>
      markSpam(ctx, { ...parsed(OneTicket, { ticket_id }), block_sender: block_sender !== '' }),
    ),
  unspam: (event) => act(event, 'unspam', 'unspam', [], (ctx, values) => unmarkSpam(ctx, parsed(OneTicket, values))),
  split_off: (event) =>
    act(
      event,
      'split_off',
      'part_opened',
      ['part_text', 'part_subject', 'part_topic_code'],
      (ctx, { ticket_id, part_text, part_subject, part_topic_code }) => {
        if (part_text.trim() === '') refuse('invalid', 'form', [{ path: 'part_text', key: 'fault.part' }])
        const part = { ticket_id, text: part_text, subject: part_subject, topic_code: orNull(part_topic_code) }
        return splitOff(ctx, parsed(SplitOff, part))
      },
    ),
  link: (event) => act(event, 'link', 'linked', [], (ctx, values) => linkPossible(ctx, parsed(OneTicket, values))),
  merge: (event) =>
    act(event, 'merge', 'merged', [], async (ctx, { ticket_id }) =>
      mergePossible(ctx, parsed(MergePossible, { ticket_id, ...(await quietRules(ctx)) })),
    ),
  unmerge: (event) =>
    act(event, 'unmerge', 'unmerged', [], (ctx, values) => unmergePossible(ctx, parsed(OneTicket, values))),
  add_participant: (event) =>
    act(event, 'add_participant', 'participant_added', ['normalised'], (ctx, { ticket_id, normalised }) =>
      addParticipant(ctx, parsed(SuggestedParticipant, { ticket_id, normalised })),
    ),
  dismiss_participant: (event) =>
    act(event, 'dismiss_participant', 'participant_dismissed', ['normalised'], (ctx, { ticket_id, normalised }) =>
      dismissParticipant(ctx, parsed(SuggestedParticipant, { ticket_id, normalised })),
    ),
  accept_held: (event) =>
    act(event, 'accept_held', 'accepted', ['item_id'], (ctx, { item_id }) => acceptHeld(ctx, { id: item_id })),
  reject_held: (event) =>
    act(event, 'reject_held', 'rejected', ['item_id'], (ctx, { item_id }) => rejectHeld(ctx, { id: item_id })),
  give_access: (event) =>
    act(
      event,
      'give_access',
      'access_given',
      ['given_to', 'reason', 'days'],
      async (ctx, { ticket_id, given_to, reason, days }) => {
        const { items } = given_to
          ? await searchAccounts(ctx, { query: given_to, state: 'active', limit: 2 })
          : { items: [] }
        const [account, another] = items
        if (!account || another) refuse('invalid', 'form', [{ path: 'given_to', key: 'fault.no_account' }])
        return giveAccess(
          ctx,
          parsed(GiveAccess, { ticket_id, person_id: account.person_id, reason, days: orNull(days) }),
        )
      },
    ),
  take_access: (event) =>
    act(event, 'take_access', 'access_taken', ['grant_id'], (ctx, { ticket_id, grant_id }) =>
      takeAccess(ctx, parsed(TakeAccess, { ticket_id, grant_id })),
    ),
  /** Where something is not known, the requester was asked instead: the page says so. */
  refer: (event) =>
    act(
      event,
      'refer',
      askedOr('referred'),
      ['organisation_id', 'reason', 'summary'],
      (ctx, { ticket_id, organisation_id, reason, summary }) =>
        refer(
          ctx,
          parsed(Refer, {
            ticket_id,
            organisation_id: optional(organisation_id),
            reason: optional(organisation_id && reason),
            summary: optional(summary),
          }),
        ),
    ),
  change_course: (event) =>
    act(event, 'change_course', askedOr('course_changed'), ['course'], (ctx, { ticket_id, course }) =>
      changeCourse(ctx, parsed(ChangeCourse, { ticket_id, course })),
    ),
  move_deadline: (event) =>
    act(event, 'move_deadline', 'deadline_moved', ['minutes'], (ctx, { ticket_id, minutes }) =>
      moveDeadline(ctx, parsed(MoveDeadline, { ticket_id, minutes })),
    ),
  withdraw_referral: (event) =>
    act(event, 'withdraw_referral', 'referral_withdrawn', [], (ctx, { ticket_id }) =>
      withdrawReferral(ctx, parsed(WithdrawReferral, { ticket_id })),
    ),
  settle_objection: (event) =>
    act(event, 'settle_objection', 'objection_settled', [], (ctx, { ticket_id }) =>
      settleObjection(ctx, parsed(SettleObjection, { ticket_id })),
    ),
  answer_question: (event) =>
    act(event, 'answer_question', 'question_answered', ['question_id', 'desk_answer'], async (ctx, values) => {
      const { ticket_id, question_id, desk_answer } = values
      if (desk_answer.trim() === '') refuse('invalid', 'form', [{ path: 'desk_answer', key: 'fault.required' }])
      const input = parsed(AnswerQuestion, { ticket_id, question_id, answer: desk_answer })
      // Whoever answers sees what they will read before it leaves: the form again, with the words as they are masked.
      const { text, is_masked } = await showAnswer(ctx, input)
      if (is_masked) {
        values.desk_answer = text
        refuse('invalid', 'form', [{ path: 'desk_answer', key: 'fault.answer_masked' }])
      }
      return answerQuestion(ctx, input)
    }),
  settle_question: (event) =>
    act(event, 'settle_question', 'question_settled', ['question_id'], (ctx, { ticket_id, question_id }) =>
      settleQuestion(ctx, parsed(SettleQuestion, { ticket_id, question_id })),
    ),
  accept_offer: (event) =>
    act(event, 'accept_offer', 'offer_accepted', ['offer_id'], (ctx, { offer_id }) =>
      acceptOffer(ctx, parsed(AnswerOffer, { offer_id, via: 'web' })),
    ),
  decline_offer: (event) =>
    act(
      event,
      'decline_offer',
      'offer_declined',
      ['offer_id', 'reason_code', 'reason_words'],
      (ctx, { offer_id, reason_code, reason_words }) =>
        declineOffer(
          ctx,
          parsed(DeclineOffer, { offer_id, via: 'web', reason_code, reason_words: optional(reason_words) }),
        ),
    ),
  /** Whoever gives it back may not see it any more: the next page is the list. */
  return_case: (event) =>
    act(
      event,
      'return_case',
      'case_returned',
      ['offer_id', 'reason_code', 'reason_words'],
      (ctx, { offer_id, reason_code, reason_words }) =>
        returnCase(
          ctx,
          parsed(ReturnCase, { offer_id, via: 'web', reason_code, reason_words: optional(reason_words) }),
        ),
    ),
  open_need: (event) =>
    act(
      event,
      'open_need',
      'need_opened',
      ['scope', 'work_place', 'wanted_by', 'wait_days'],
      (ctx, { ticket_id, scope, work_place, wanted_by, wait_days }) =>
        openNeed(ctx, parsed(OpenNeed, { ticket_id, scope, work_place, wanted_by, wait_days })),
    ),
  withdraw_need: (event) =>
    act(event, 'withdraw_need', 'need_withdrawn', [], (ctx, { ticket_id }) =>
      withdrawNeed(ctx, parsed(WithdrawNeed, { ticket_id })),
    ),
  /** Application, link to its form and answer in one transaction. The link goes in a mail of its own: whoever reads the ticket must not have it. */
  make_application: (event) =>
    act(event, 'make_application', 'application_made', ['kind'], async (ctx, { ticket_id, kind }) => {
      const ticket = await seeTicket(ctx, { id: ticket_id })
      const email = ticket.contacts.find(({ channel }) => channel === 'email')?.address
      if (!email) refuse('conflict', 'application.no_address')
      const begun = await startApplication(
        ctx,
        parsed(StartApplication, {
          kind,
          name: ticket.requester.name,
          email,
          institution: ticket.organisation?.name ?? ticket.institution ?? '',
          language: ticket.language,
          ticket: { id: ticket_id, requester_id: ticket.requester_id },
        }),
      )
      if (!begun.is_new) refuse('conflict', 'application.made_already')
      await reply(ctx, { ticket_id, text: say(ticket.language, 'mail.application_reply', { number: begun.number }) })
    }),
  keep_apart: (event) =>
    act(event, 'keep_apart', 'kept_apart', [], (ctx, values) => dismissPossible(ctx, parsed(OneTicket, values))),
}

/** What the page says after it: done, or that the requester was asked what is not known. */
const askedOr =
  (outcome: string) =>
  (answer: unknown): string =>
    typeof answer === 'object' && answer !== null && 'outcome' in answer && answer.outcome === 'asked'
      ? 'requester_asked'
      : outcome

// prettier-ignore
type Field =
  | 'question_id' | 'desk_answer' | 'minutes' | 'part_text' | 'part_subject' | 'part_topic_code'
  | 'scope' | 'work_place' | 'wanted_by' | 'wait_days' | 'summary' | 'course' | 'offer_id' | 'reason_code' | 'reason_words'
  | 'text' | 'seen_message_id' | 'waiting' | 'problem' | 'cause' | 'alternatives' | 'steps' | 'message_id' | 'subject' | 'region_code'
  | 'given_to' | 'days' | 'grant_id' | 'normalised' | 'item_id' | 'organisation_id' | 'organisation_query' | 'topic_code' | 'urgency' | 'kind' | 'desk_id' | 'person_id' | 'reason' | 'pointer' | 'duplicate_of' | 'block_sender' | 'form_id' | 'send_id'
type Values<Name extends Field> = Record<Name | 'form' | 'ticket_id' | 'form_id' | 'lost_files', string>

/**
 * Reads the named fields, does the work, and goes back to the ticket, which says what was done. The files are kept only when the work
 * asks for them, before its rows are written.
 */
async function act<Name extends Field>(
  { request, locals, params }: RequestEvent,
  name: string,
  outcome: string | ((answer: unknown) => string),
  fields: readonly Name[],
  work: (ctx: Writing, values: Values<Name>, files: () => ReturnType<typeof keepUploads>) => Promise<unknown>,
) {
  const form = await request.formData()
  const names = [...fields, 'ticket_id', 'form_id'] as const
  const values = {
    form: name,
    // A browser does not fill files in again.
    lost_files: uploadsOf(form, 'files')
      .map((file) => file.name)
      .join(', '),
    ...Object.fromEntries(names.map((field) => [field, textOf(form, field)])),
  } as Values<Name>
  const files = () => {
    const uploads = uploadsOf(form, 'files')
    const faults = uploadFaults(uploads, 'files')
    if (faults.length > 0) refuse('invalid', 'form', faults)
    return keepUploads(locals.app, uploads)
  }
  const next = (answer: unknown) =>
    name === 'return_case'
      ? '/desk?done=case_returned'
      : `/desk/tickets/${params.number}?done=${typeof outcome === 'string' ? outcome : outcome(answer)}#done`
  return settle(locals, values, next, async (ctx) => {
    // The address is what the log and the reader see; a form that names another ticket is stale or forged.
    const { id } = await findTicketRow(ctx, { number: params.number })
    if (id !== values.ticket_id) refuse('conflict', 'ticket.another')
    return work(ctx, values, files)
  })
}
