import type { Language, Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { Refusal } from '../../platform/refusal.ts'
import { say } from '../../platform/words.ts'
import {
  continuesUntil,
  noteTextCommand,
  stopSms,
  undoTextCommand,
  wakeItems,
  type Conversation,
  type DoneCommand,
  type Speaker,
} from '../../channels/index.ts'
import { disownDuty } from '../../desks/index.ts'
import { setLanguage } from '../../people/index.ts'
import { objectToReferral, takeBackObjection } from '../../referrals/index.ts'
import { quietRules } from '../../service_levels/index.ts'
import {
  confirm,
  disownAddress,
  rate,
  receiveMessages,
  undoConfirm,
  undoDisowning,
  undoRating,
  undoReopening,
  withdraw,
  type State,
} from '../../tickets/index.ts'
import type { Act } from './decide-text.ts'
import type { Known, OwnTicket } from './look-up-texts.ts'
import { askOwnData } from './own-data.ts'
import { doPaidWork, isPaidStep, undoPaidWork } from './paid-work.ts'
import { whereFilesGo } from './where-files-go.ts'
import { isOneSegment, shortName, type Answer, type SmsKey } from './say.ts'
import { searchSolved } from './search-solved.ts'

export interface Commanding {
  speaker: Speaker
  item_id: string
  /** As it was sent. */
  text: string
  known: Known
  language: Language
  act: Act
}

/** What was done: the answer to it, what it is about, and what is known of the number from now on. */
export interface Done {
  answer: Pick<Answer, 'says' | 'after_stop' | 'with_link'> | null
  ticket: OwnTicket | null
  message_id?: string
  conversation?: Partial<Conversation>
  /** In which to answer, where that has just changed. */
  language?: Language
}

/**
 * Does what a text commands, in the name of whoever takes part in the ticket with this number. What the ticket's state does not allow is refused by the
 * commands themselves; the caller tells it.
 */
export async function doAct(ctx: Writing, given: Commanding): Promise<Done> {
  const { act, language } = given
  switch (act.act) {
    case 'status':
      return { answer: { says: { text: status(act.tickets, language) } }, ticket: only(act.tickets) }
    case 'solved':
      return solve(ctx, given, act.ticket)
    case 'not_solved':
      return reject(ctx, given, act.ticket)
    case 'disown':
      return disown(ctx, given, act.ticket)
    case 'rate':
      return judge(ctx, given, act)
    case 'withdraw':
      return takeBack(ctx, given, act.ticket)
    case 'link':
      // It goes to the number itself, whoever wrote.
      return {
        answer: {
          says: { key: 'sms.link_long', values: { number: act.ticket.number } },
          // Whoever asks for it by a telephone without pages gets it whole: somebody else may open it for them.
          with_link: { key: 'sms.link', values: { number: act.ticket.number }, parts_max: 2 },
        },
        ticket: act.ticket,
      }
    case 'object':
      return object(ctx, given, act)
    case 'paid':
      return doPaidWork(as(ctx, act.ticket), given, act.ticket, act.word)
    case 'files':
      return whereFilesGo(ctx, given, act.ticket)
    case 'language':
      return speak(ctx, given, act)
    case 'undo':
      return undo(ctx, given, act.command)
    case 'search':
      return { answer: { says: await searchSolved(ctx, { query: act.query, language }) }, ticket: null }
    case 'stop':
      return stop(ctx, given)
    case 'resume':
      return resume(ctx, given)
    case 'help':
      return help(given)
    case 'new':
      return { ...answered('sms.new_matter', null), conversation: { question: { kind: 'new' }, asked_at: ctx.now } }
    case 'data':
      return askOwnData(ctx, given, act.word)
    case 'end_duty':
      await disownDuty(ctx, given.speaker)
      return answered('sms.duty_disowned', null)
    case 'pick':
      return pick(ctx, given, act)
  }
}

const only = (tickets: readonly OwnTicket[]) => (tickets.length === 1 ? tickets[0]! : null)
const answered = (key: SmsKey, ticket: OwnTicket | null, more: Record<string, string | number> = {}): Done => ({
  answer: { says: { key, values: { ...(ticket ? { number: ticket.number } : {}), ...more } } },
  ticket,
})

/** Whoever needs paid work has words of their own. */
function help({ known }: Commanding): Done {
  const need = known.tickets.find((ticket) => ticket.need === 'open')
  return need ? answered('sms.help_paid', need) : answered('sms.help', null)
}

/** In the name of whoever takes part. */
const as = (ctx: Writing, { id, person_id }: OwnTicket): Writing => ({
  ...ctx,
  actor: { kind: 'requester', ticket_id: id, person_id },
})

const wordOf = ({ state, accepted }: Pick<OwnTicket, 'state' | 'accepted'>, language: Language): string =>
  say(language, `sms.state_${accepted ? 'open' : state}`)

const LISTED_MAX = 4

/** Number, state and holder, never what it is about: telephones are shared. Of several, as many as one segment takes. */
export function status(tickets: readonly OwnTicket[], language: Language): string {
  const [first] = tickets
  if (tickets.length === 1)
    return say(language, 'sms.status_one', {
      number: first!.number,
      state: wordOf(first!, language),
      holder: shortName(first!.holder),
    })
  for (let count = Math.min(tickets.length, LISTED_MAX); count > 1; count--) {
    const text = listed(tickets.slice(0, count), language)
    if (isOneSegment(text)) return text
  }
  return listed(tickets.slice(0, 1), language)
}

const listed = (tickets: readonly OwnTicket[], language: Language): string =>
  say(language, 'sms.status_many', {
    list: tickets.map((ticket) => `#${ticket.number} ${wordOf(ticket, language)}`).join('; '),
  })

async function solve(ctx: Writing, { speaker, language }: Commanding, ticket: OwnTicket): Promise<Done> {
  if (ticket.state === 'closed') return answered('sms.not_possible', ticket, { state: wordOf(ticket, language) })
  await confirm(as(ctx, ticket), { ticket_id: ticket.id })
  await noteTextCommand(ctx, { ...speaker, word: 'solved', ticket_id: ticket.id, before: { state: ticket.state } })
  return answered('sms.solved', ticket)
}

/** Their word stands on the ticket, which is open again; closed long ago, in a new one that follows it, as anywhere. */
async function reject(
  ctx: Writing,
  { speaker, item_id, text, language }: Commanding,
  ticket: OwnTicket,
): Promise<Done> {
  if (ticket.state !== 'resolved' && ticket.state !== 'closed')
    return answered('sms.not_possible', ticket, { state: wordOf(ticket, language) })
  const { reopen_within_days } = await quietRules(ctx)
  const [received] = await receiveMessages(as(ctx, ticket), [
    {
      ticket_id: ticket.id,
      author_id: ticket.person_id,
      channel: speaker.channel,
      text,
      intake_item_id: item_id,
      reopen_within_days,
    },
  ])
  const { ticket_id, number, message_id, follows_id } = received!
  if (follows_id === null && ticket_id === ticket.id)
    await noteTextCommand(ctx, {
      ...speaker,
      word: 'not_solved',
      ticket_id,
      before: { state: ticket.state, at: ctx.now.toISOString() },
    })
  return {
    ...answered('sms.not_solved', { ...ticket, id: ticket_id, number }),
    message_id,
    conversation: { ticket_id, continues_until: continuesUntil(ctx.now) },
  }
}

/** The word stands on the ticket, so that the desk looks for the person; nothing about it goes to this number any more. */
async function disown(ctx: Writing, { speaker, item_id, text, known }: Commanding, ticket: OwnTicket): Promise<Done> {
  const { id: ticket_id, person_id } = ticket
  // After months of silence these are not the person's words, and would end that silence if BATAL followed.
  const is_silent = known.barred.some(({ id }) => id === ticket_id)
  const message_id =
    ticket.state === 'closed' || is_silent
      ? undefined
      : (
          await receiveMessages(as(ctx, ticket), [
            {
              ticket_id,
              author_id: person_id,
              channel: speaker.channel,
              text,
              intake_item_id: item_id,
              reopen_within_days: 0,
            },
          ])
        )[0]!.message_id
  await disownAddress(as(ctx, ticket), { ticket_id, person_id })
  // Whoever says so is no contact of a provider either.
  if (known.is_asked_for_duty) await disownDuty(ctx, speaker)
  await noteTextCommand(ctx, { ...speaker, word: 'disown', ticket_id, before: { person_id, number: ticket.number } })
  return {
    ...answered('sms.disowned', ticket),
    ...(message_id ? { message_id } : {}),
    conversation: { ticket_id: null, continues_until: null },
  }
}

async function judge(
  ctx: Writing,
  { speaker }: Commanding,
  { ticket, score, words }: { ticket: OwnTicket; score: number; words: string | null },
): Promise<Done> {
  try {
    await rate(as(ctx, ticket), { ticket_id: ticket.id, score, ...(words ? { words: words.slice(0, 2_000) } : {}) })
  } catch (thrown) {
    // Both are found out before anything is written.
    if (thrown instanceof Refusal && thrown.key === 'ticket.nothing_to_rate')
      return answered('sms.nothing_to_rate', ticket)
    if (thrown instanceof Refusal && thrown.key === 'ticket.rated_already') return answered('sms.rated_already', ticket)
    throw thrown
  }
  await noteTextCommand(ctx, {
    ...speaker,
    word: 'rate',
    ticket_id: ticket.id,
    before: { score: ticket.score, words: ticket.score_words },
  })
  return answered('sms.rated', ticket, { score })
}

/** They need it no more. */
async function takeBack(ctx: Writing, { speaker, language }: Commanding, ticket: OwnTicket): Promise<Done> {
  if (ticket.state === 'closed') return answered('sms.not_possible', ticket, { state: wordOf(ticket, language) })
  await withdraw(as(ctx, ticket), { ticket_id: ticket.id })
  await noteTextCommand(ctx, { ...speaker, word: 'withdraw', ticket_id: ticket.id, before: { state: ticket.state } })
  return answered('sms.withdrawn', ticket)
}

/** Stands on the secretariat's screen until somebody has settled it. */
async function object(
  ctx: Writing,
  { speaker }: Commanding,
  { ticket, words }: { ticket: OwnTicket; words: string },
): Promise<Done> {
  try {
    await objectToReferral(as(ctx, ticket), { ticket_id: ticket.id, words: words.slice(0, 2_000) })
  } catch (thrown) {
    // Both are found out before anything is written.
    if (thrown instanceof Refusal && thrown.key === 'referral.objected')
      // Nothing was done now: BATAL would take back something else.
      return answered('sms.objected_already', ticket)
    if (thrown instanceof Refusal && thrown.key === 'referral.none') return answered('sms.nothing_referred', null)
    throw thrown
  }
  await noteTextCommand(ctx, {
    ...speaker,
    word: 'object',
    ticket_id: ticket.id,
    before: { person_id: ticket.person_id },
  })
  return answered('sms.objected', ticket)
}

/** Everybody who takes part in a ticket with this number; who has none is answered, and nothing is kept. */
async function speak(
  ctx: Writing,
  { speaker }: Commanding,
  { language, tickets }: { language: Language; tickets: readonly OwnTicket[] },
): Promise<Done> {
  const person_ids = [...new Set(tickets.map(({ person_id }) => person_id))]
  const before = await setLanguage(
    ctx,
    person_ids.map((person_id) => ({ person_id, language })),
  )
  if (before.length > 0)
    await noteTextCommand(ctx, { ...speaker, word: 'language', ticket_id: null, before: { people: before } })
  return { ...answered(person_ids.length > 0 ? 'sms.language' : 'sms.help', null), language }
}

async function undo(ctx: Writing, { known }: Commanding, command: DoneCommand): Promise<Done> {
  const { word, before } = command
  const ticket = known.tickets.find(({ id }) => id === command.ticket_id) ?? null
  if (!(await undoTextCommand(ctx, command.id))) return answered('sms.nothing_to_undo', null)
  if (word === 'stop') {
    if (command.channel === 'whatsapp' && !before['sms_was']) await stopSms(ctx, command, null)
    return { ...answered('sms.undone_stop', null), conversation: { stopped_at: null } }
  }
  if (word === 'language') {
    const people = before['people'] as { person_id: string; language: Language }[]
    await setLanguage(ctx, people)
    return { ...answered('sms.undone_language', null), language: people[0]!.language }
  }
  if (word === 'disown') {
    await undoDisowning(ctx, { ticket_id: command.ticket_id!, person_id: String(before['person_id']) })
    return answered('sms.undone_disown', null, { number: String(before['number']) })
  }
  if (word === 'resume') {
    if (command.channel === 'whatsapp' && before['sms_was'])
      await stopSms(ctx, command, new Date(String(before['sms_was'])))
    return {
      answer: { says: { key: 'sms.undone_resume' }, after_stop: true },
      ticket: null,
      conversation: { stopped_at: ctx.now },
    }
  }
  if (!ticket) return answered('sms.nothing_to_undo', null)
  if (isPaidStep(word)) return undoPaidWork(as(ctx, ticket), { word, before }, ticket)
  const there = { ticket_id: ticket.id }
  try {
    if (word === 'object') await takeBackObjection(ctx, { ...there, person_id: String(before['person_id']) })
    if (word === 'solved' || word === 'withdraw')
      await undoConfirm(as(ctx, ticket), { ...there, state: before['state'] as State })
    if (word === 'not_solved')
      await undoReopening(as(ctx, ticket), {
        ...there,
        state: before['state'] as 'resolved' | 'closed',
        at: new Date(String(before['at'])),
      })
    if (word === 'rate')
      await undoRating(as(ctx, ticket), {
        ...there,
        score: (before['score'] ?? null) as number | null,
        words: (before['words'] ?? '') as string,
      })
  } catch (thrown) {
    // Found out before anything is written: somebody works on it again.
    if (thrown instanceof Refusal && thrown.kind === 'conflict') return answered('sms.not_undone', ticket)
    throw thrown
  }
  // Closing took it back from whoever had accepted it: that does not come again by itself.
  if ((word === 'solved' || word === 'withdraw') && before['state'] === 'referred')
    return answered('sms.undone_to_desk', ticket)
  return answered(`sms.undone_${word}`, ticket)
}

/**
 * They get nothing from here, also not by hand, until they write MULAI; this answer alone. By WhatsApp, which proves whose number it is, it holds for SMS too; an
 * SMS, which anybody can send in their name, ends SMS only.
 */
async function stop(ctx: Writing, { speaker, known }: Commanding): Promise<Done> {
  if (known.conversation?.stopped_at) return { answer: null, ticket: null }
  const before = speaker.channel === 'whatsapp' ? { sms_was: (await stopSms(ctx, speaker, ctx.now)).was } : {}
  await noteTextCommand(ctx, { ...speaker, word: 'stop', ticket_id: null, before })
  await recordSpeaker(ctx, known, 'conversation.stopped', speaker)
  return {
    answer: { says: { key: 'sms.stopped' }, after_stop: true },
    ticket: null,
    conversation: { stopped_at: ctx.now },
  }
}

async function resume(ctx: Writing, { speaker, known }: Commanding): Promise<Done> {
  // How a chat with a bot begins, and what somebody writes who never stopped.
  if (!known.conversation?.stopped_at) return answered('sms.help', null)
  const before = speaker.channel === 'whatsapp' ? { sms_was: (await stopSms(ctx, speaker, null)).was } : {}
  await noteTextCommand(ctx, { ...speaker, word: 'resume', ticket_id: null, before })
  await recordSpeaker(ctx, known, 'conversation.resumed', speaker)
  return { ...answered('sms.resumed', null), conversation: { stopped_at: null } }
}

async function recordSpeaker(
  ctx: Writing,
  { tickets }: Known,
  kind: 'conversation.stopped' | 'conversation.resumed',
  { channel, address }: Speaker,
): Promise<void> {
  const [newest] = tickets
  await record(newest ? as(ctx, newest) : ctx, kind, {
    ...(newest ? { ticket_id: newest.id } : {}),
    about: { channel },
    details: { address },
  })
}

/** Their texts that waited are read again, and go there. */
async function pick(
  ctx: Writing,
  { speaker }: Commanding,
  { ticket, item_ids }: Extract<Act, { act: 'pick' }>,
): Promise<Done> {
  await wakeItems(ctx, item_ids)
  ctx.afterCommit(() => ctx.app.poke(speaker.channel))
  if (!ticket) return { answer: null, ticket: null, conversation: { question: { kind: 'new' }, asked_at: ctx.now } }
  return {
    ...answered('sms.picked', ticket),
    conversation: { ticket_id: ticket.id, continues_until: continuesUntil(ctx.now), question: null, asked_at: null },
  }
}
