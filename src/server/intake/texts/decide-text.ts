/** What becomes of one text. Pure: everything it asks was looked up before (look-up-texts.ts). */
import { CONTINUES_HOURS, type DoneCommand } from '../../channels/index.ts'
import { readCommand, type ProviderText } from '../../referrals/index.ts'
import { readNumber } from '../../tickets/index.ts'
import type { BarredTicket, Known, OwnTicket } from './look-up-texts.ts'
import { spelledPaid, type PaidWord } from './paid-words.ts'
import { isPaidWord, readWords, type Heard, type Word } from './read-words.ts'
import type { ReadyText } from './ready-text.ts'
import { readBareCode, type DataWord } from './data-words.ts'

type Answers = Record<string, string | number>

/** What a text commands, about which of their own tickets. */
export type Act =
  | { act: 'status'; tickets: readonly OwnTicket[] }
  | { act: 'solved' | 'not_solved' | 'disown'; ticket: OwnTicket }
  | { act: 'rate'; ticket: OwnTicket; score: number; words: string | null }
  | { act: 'withdraw' | 'link' | 'files'; ticket: OwnTicket }
  | { act: 'object'; ticket: OwnTicket; words: string }
  | { act: 'language'; language: 'id' | 'en'; tickets: readonly OwnTicket[] }
  | { act: 'undo'; command: DoneCommand }
  | { act: 'search'; query: string }
  /** Which ticket their texts that wait are for; null: another matter. */
  | { act: 'pick'; ticket: OwnTicket | null; item_ids: readonly string[] }
  /** About their own data: nothing is done before the number proved itself. */
  | { act: 'data'; word: DataWord }
  /** A step of the paid work that they need. */
  | { act: 'paid'; ticket: OwnTicket; word: PaidWord }
  /** Whoever has the number is not a provider's contact. */
  | { act: 'end_duty' }
  | { act: 'stop' | 'resume' | 'help' | 'new' }

export type TextDecision =
  | { outcome: 'ticket'; text: string; possible_ticket: OwnTicket | null }
  | { outcome: 'message'; ticket: OwnTicket }
  /** Held until they say which ticket it is for; `ask`: they are asked now. */
  | { outcome: 'held'; tickets: readonly OwnTicket[]; ask: boolean }
  | { outcome: 'act'; act: Act }
  /** Nothing is done; they are told why, or asked back. */
  | { outcome: 'told'; reason: TellingReason; key: ToldKey; values: Answers }
  | { outcome: 'provider'; entry: ProviderText }
  /** A thank-you after the end: it stands in the ledger and opens nothing. */
  | { outcome: 'thanks'; ticket: OwnTicket | null }
  | { outcome: 'report'; reason: 'own_text' | 'edited' | 'empty' }
  | { outcome: 'refused'; reason: 'blocked' | 'sender_unreachable' }

export type TellingReason = 'asked' | 'no_ticket' | 'not_contact'
export type ToldKey =
  | 'sms.ask_back'
  | 'sms.number_slip'
  | 'sms.no_ticket'
  | 'sms.unknown_number'
  | 'sms.which_number'
  | 'sms.which_need'
  | 'sms.which_role'
  | 'sms.nothing_to_rate'
  | 'sms.nothing_to_undo'
  | 'sms.not_contact'
  | 'sms.wrong_nobody'
  | 'sms.nothing_referred'
  | 'sms.barred_channel'
  | 'sms.barred_silence'

const HOUR_MS = 3_600_000
/** Texts that wait for one answer; what comes behind so many goes where all of them would go without one. */
const HELD_MAX = 100
/** "BARU" holds for the next text, for so long. */
const NEW_HOURS = 24

/**
 * One of our own numbers, a blocked sender, one whom nobody can answer: kept and seen, opens nothing. Then a provider's command, a requester's command,
 * the answer to what we asked. Everything else is words: for the ticket that they name, quote or were asked about; for the only one of the last 72
 * hours; of several, for the one in which they spoke last while we said nothing in another; else they are asked which.
 */
export function decideText(given: ReadyText, known: Known, now: Date): TextDecision {
  if (known.own) return { outcome: 'report', reason: 'own_text' }
  if (known.blocked) return byBlocked(given)
  // Nobody reads an answer there: advertisements and codes of an operator, by the thousand. Each can be made a ticket by hand.
  if (!given.speaker) return { outcome: 'refused', reason: 'sender_unreachable' }
  if (given.heard.edited) return edited(known, now)
  if (given.text.trim() === '' && given.attachments.length === 0) return { outcome: 'report', reason: 'empty' }
  const heard: Heard =
    given.has_gaps || given.attachments.length > 0
      ? { kind: 'words' }
      : (asCode(given, known) ?? ofPaidWork(readWords(given.heard.button ?? given.text), given, known))
  return (
    byProvider(given, known, heard, now) ??
    byAnswer(known, heard) ??
    byWord(given, known, heard, now) ??
    asWords(given, known, now)
  )
}

/** Whoever was sent a code types it, and often nothing else. */
function asCode({ text }: ReadyText, { conversation }: Known): Heard | null {
  const question = conversation?.question
  const has_code = question?.kind === 'data_code' || (question?.kind === 'new' && question.has_code === true)
  const command = has_code ? readBareCode(text) : null
  return command && { kind: 'command', command }
}

/**
 * "Pilih 1" is a command of whoever needs paid work; of everybody else, and once that has ended, it answers somebody. By SMS nothing of it is done after STOP: no
 * echo tells the number's owner what another did in their name.
 */
function ofPaidWork(heard: Heard, { speaker }: ReadyText, { tickets, barred, conversation }: Known): Heard {
  const word = heard.kind === 'command' && isPaidWord(heard.command) ? heard.command : null
  if (word === null && !(heard.kind === 'asked' && heard.paid_only)) return heard
  const is_stopped = speaker?.channel === 'sms' && conversation !== null && conversation.stopped_at !== null
  const is_theirs = [...tickets, ...barred].some((ticket) => (word ? isAbout(word, ticket) : ticket.need === 'open'))
  return is_theirs && !is_stopped ? heard : { kind: 'words' }
}

/** Whether such a word can be meant for that ticket. One that names it is a command also when the work is over, which it is told. */
function isAbout(word: PaidWord, { need, number, has_contacts }: OwnTicket): boolean {
  if (need === null) return false
  if (word.number === number) return true
  if (word.word === 'LIHAT' || word.word === 'LIHAT PEKERJAAN') return true
  // An agreement outlives the need that led to it; "perjanjian 3: kirim salinannya" speaks to somebody where there can be none.
  if (word.word !== 'PERJANJIAN') return need === 'open'
  return has_contacts || (need === 'open' && !(word.step === 'record' && word.terms === null))
}

/** Of a blocked sender only STOP is heard, because a colleague may still write to them. */
function byBlocked(given: ReadyText): TextDecision {
  const heard = readWords(given.heard.button ?? given.text)
  const stops = given.speaker && !given.has_gaps && heard.kind === 'command' && heard.command.word === 'STOP'
  return stops ? { outcome: 'act', act: { act: 'stop' } } : { outcome: 'refused', reason: 'blocked' }
}

/** Not closed, and something was said within 72 hours: there what they write goes on. */
const goingOn = ({ tickets }: Pick<Known, 'tickets'>, now: Date): OwnTicket[] =>
  tickets.filter(
    ({ state, last_at }) => state !== 'closed' && now.getTime() - last_at.getTime() <= CONTINUES_HOURS * HOUR_MS,
  )

/**
 * The new version of something goes to where the old one stands, and nowhere else: behind one that waits to be told for which ticket it is, it waits too. What has
 * no ticket any more opens none, and they are told.
 */
function edited({ tickets, conversation, original_ticket_id, original_item_id }: Known, now: Date): TextDecision {
  const question = conversation?.question
  if (question?.kind === 'which_ticket' && original_item_id && question.item_ids.includes(original_item_id))
    return { outcome: 'held', tickets: goingOn({ tickets }, now), ask: false }
  const ticket = tickets.find(({ id, state }) => id === original_ticket_id && state !== 'closed')
  return ticket ? { outcome: 'message', ticket } : { outcome: 'report', reason: 'edited' }
}

/**
 * From a registered contact: a command with a code of theirs, or for their desk. What they say as requesters goes first where it is one of our words
 * for requesters, but SELESAI without a code, of somebody who has a ticket and helps with a case, is asked back.
 */
function byProvider(given: ReadyText, known: Known, heard: Heard, now: Date): TextDecision | null {
  const { provider: entry, tickets } = known
  if (!entry) return byStranger(given, [...tickets, ...known.barred])
  const provider: TextDecision = { outcome: 'provider', entry }
  const { heard: said } = entry
  if (given.has_gaps && said.kind !== 'words') return null
  const isOwn = heard.kind === 'command' || heard.kind === 'number' || heard.kind === 'choice'
  if (said.kind === 'command') {
    if (said.command.word === 'BATAL') return undoesTheirs(known) ? provider : null
    // "SELESAI 234562" may be the number of a ticket of their own; a code of theirs goes first.
    return isOwn && entry.offer === null && tickets.length > 0 ? null : provider
  }
  if (said.kind === 'asked') {
    if (isBare(heard, 'SELESAI') && entry.in_hand > 0 && tickets.some(({ state }) => state !== 'closed'))
      return told('asked', 'sms.which_role', { number: tickets[0]!.number, code: entry.offer?.code ?? '7K3' })
    return isOwn && (tickets.length > 0 || (said.code === null && !isBare(heard, 'SELESAI'))) ? null : provider
  }
  // Whoever has a contact's number now and no ticket: the desk that offers reads it.
  const is_wrong = heard.kind === 'command' && heard.command.word === 'SALAH' && tickets.length === 0
  const as_requester =
    (heard.kind !== 'words' && !is_wrong) ||
    goingOn(known, now).length > 0 ||
    known.conversation?.question != null ||
    namedIn(given.text, known) !== null
  const quotes = known.quoted_id !== null && known.quoted_id === entry.offer?.ticket_id
  return entry.offer && (quotes || !as_requester) ? provider : null
}

const isBare = (heard: Heard, word: Word['word']): boolean =>
  heard.kind === 'command' && heard.command.word === word && !('number' in heard.command && heard.command.number)

/** BATAL is about the newest of what they did. */
const undoesTheirs = ({ provider, undoable }: Known): boolean =>
  provider!.undoable_at !== null && (undoable === null || undoable.done_at < provider!.undoable_at)

/** A provider's command from a number that nobody registered does nothing, whatever its code; whether the code exists is not told. */
function byStranger(given: ReadyText, tickets: readonly OwnTicket[]): TextDecision | null {
  if (given.speaker?.channel === 'telegram' || given.has_gaps || given.attachments.length > 0) return null
  const said = readCommand(given.heard.button ?? given.text)
  if (said.kind !== 'command' || !('code' in said.command)) return null
  const { code } = said.command
  return tickets.some(({ number }) => number === readNumber(code)) ? null : told('not_contact', 'sms.not_contact')
}

/** "1", or the number of one of those that we named: which ticket their waiting texts are for. */
function byAnswer({ conversation, tickets }: Known, heard: Heard): TextDecision | null {
  const question = conversation?.question
  if (question?.kind !== 'which_ticket') return null
  const { item_ids } = question
  if (heard.kind === 'command' && heard.command.word === 'BARU' && heard.command.text === null)
    return { outcome: 'act', act: { act: 'pick', ticket: null, item_ids } }
  const named =
    heard.kind === 'choice'
      ? question.tickets[heard.choice - 1]
      : heard.kind === 'number'
        ? tickets.find(({ number }) => number === heard.number)
        : undefined
  const ticket = tickets.find(({ id }) => id === named?.id)
  return ticket ? { outcome: 'act', act: { act: 'pick', ticket, item_ids } } : null
}

function byWord(given: ReadyText, known: Known, heard: Heard, now: Date): TextDecision | null {
  const { tickets } = known
  if (heard.kind === 'command') return byCommand(heard.command, known, now)
  if (heard.kind === 'slip') return told('asked', 'sms.number_slip')
  if (heard.kind === 'asked')
    return heard.solved_only && !tickets.some(({ state }) => state === 'resolved')
      ? null
      : told('asked', 'sms.ask_back', { means: heard.means })
  if (heard.kind === 'number' && [...tickets, ...known.barred].some(({ number }) => number === heard.number))
    return told('asked', 'sms.ask_back', { means: `STATUS ${heard.number}` })
  // While a ticket goes on, a number answers what was asked there.
  if (isScore(heard) && goingOn(known, now).length === 0 && tickets.some(awaitsRating))
    return told('asked', 'sms.ask_back', { means: `NILAI ${heard.choice}` })
  if (heard.kind === 'thanks') {
    const [newest] = tickets
    if (!newest || newest.state === 'resolved' || newest.state === 'closed')
      return { outcome: 'thanks', ticket: newest ?? null }
  }
  return null
}

const isScore = (heard: Heard): heard is Extract<Heard, { kind: 'choice' }> =>
  heard.kind === 'choice' && heard.choice >= 1 && heard.choice <= 5
const awaitsRating = ({ state, score }: OwnTicket): boolean => state === 'closed' && score === null

/** Null: it is words after all. */
function byCommand(command: Word, known: Known, now: Date): TextDecision | null {
  const { tickets, barred, undoable } = known
  const act = (one: Act): TextDecision => ({ outcome: 'act', act: one })
  switch (command.word) {
    case 'DATA':
    case 'KODE':
      return act({ act: 'data', word: command })
    case 'STOP':
      return act({ act: 'stop' })
    case 'MULAI':
      return act({ act: 'resume' })
    case 'BANTUAN':
      return act({ act: 'help' })
    case 'CARI':
      return act({ act: 'search', query: command.query })
    case 'BATAL':
      return undoable ? act({ act: 'undo', command: undoable }) : told('asked', 'sms.nothing_to_undo')
    case 'BARU':
      return command.text === null
        ? act({ act: 'new' })
        : { outcome: 'ticket', text: command.text, possible_ticket: null }
    case 'STATUS': {
      // It tells no more than how they stand, and only the number itself.
      const all = [...tickets, ...barred]
      if (command.number === null)
        return all.length === 0 ? told('no_ticket', 'sms.no_ticket') : act({ act: 'status', tickets: all })
      return aboutNumber(command.number, { tickets: all, barred: [] }, (ticket) => ({
        act: 'status',
        tickets: [ticket],
      }))
    }
    case 'TARIK':
      return ofTheirs('withdraw', command, known, now)
    case 'TAUTAN':
      return ofTheirs('link', command, known, now)
    case 'KIRIM BERKAS':
      return ofTheirs('files', command, known, now)
    case 'PERJANJIAN':
    case 'LIHAT':
    case 'LIHAT PEKERJAAN':
    case 'PILIH':
    case 'JAWAB':
    case 'KONTAK':
    case 'SEPAKAT':
    case 'TARIK PEKERJAAN':
      return ofNeed(command, known)
    case 'KEBERATAN': {
      const { number, words } = command
      if (number !== null) return aboutNumber(number, known, (ticket) => ({ act: 'object', ticket, words }))
      const referred = tickets.filter(({ state }) => state === 'referred')
      if (referred.length > 1) return which(`KEBERATAN`, referred)
      return referred[0]
        ? act({ act: 'object', ticket: referred[0], words })
        : (byBar(barred, ['referred']) ?? told('asked', 'sms.nothing_referred'))
    }
    case 'BAHASA':
      return act({ act: 'language', language: command.language, tickets })
    case 'SALAH':
      return wrongNumber(command, known, now)
    case 'SELESAI':
      return solved(command, known, now)
    case 'BELUM':
      return notSolved(command, known, now)
    case 'NILAI': {
      const { score, words } = command
      if (command.number !== null)
        return aboutNumber(command.number, known, (ticket) => ({ act: 'rate', ticket, score, words }))
      const ended = tickets.filter(({ state }) => state === 'resolved' || state === 'closed')
      // Of several that ended, the one that was not judged yet.
      const open = ended.filter((one) => one.score === null)
      const ticket = ended.length === 1 ? ended[0] : open.length === 1 ? open[0] : undefined
      if (ticket) return act({ act: 'rate', ticket, score, words })
      if (ended.length > 0) return which(`NILAI ${score}`, ended)
      return byBar(barred, ['resolved', 'closed']) ?? told('asked', 'sms.nothing_to_rate')
    }
  }
}

/**
 * "SELESAI": the ticket that waits to be confirmed, else the one in which they speak, else their only one. "SUDAH" alone answers many a question of ours, so it
 * counts only for a ticket that waits to be confirmed.
 */
function solved({ number, weak }: Extract<Word, { word: 'SELESAI' }>, known: Known, now: Date): TextDecision | null {
  const { tickets } = known
  if (number !== null) return aboutNumber(number, known, (ticket) => ({ act: 'solved', ticket }))
  const open = tickets.filter(({ state }) => state !== 'closed')
  const asked = open.filter(({ state }) => state === 'resolved')
  if (weak && asked.length === 0) return byBar(known.barred, ['resolved'])
  const ticket =
    asked.length === 1 ? asked[0] : asked.length === 0 ? (chosen(known, goingOn(known, now)) ?? only(open)) : undefined
  if (ticket) return { outcome: 'act', act: { act: 'solved', ticket } }
  if (open.length > 0) return which('SELESAI', asked.length > 0 ? asked : open)
  const elsewhere = byBar(known.barred, ['new', 'open', 'waiting', 'referred', 'resolved'])
  if (elsewhere) return elsewhere
  // Closed a moment ago, by them or by us: said twice.
  return tickets[0] ? { outcome: 'thanks', ticket: tickets[0] } : told('no_ticket', 'sms.no_ticket')
}

/** The only request in which paid work of theirs runs; of several they are asked which. One whose work is over says so itself. */
function ofNeed(word: PaidWord, known: Known): TextDecision {
  const act = (ticket: OwnTicket): Act => ({ act: 'paid', ticket, word })
  if (word.number !== null) return aboutNumber(word.number, known, act)
  const theirs = known.tickets.filter((ticket) => isAbout(word, ticket))
  const likely = theirs.filter(({ need, has_contacts }) =>
    word.word === 'PERJANJIAN' ? has_contacts : need === 'open',
  )
  if (likely.length > 1) {
    const [{ number }] = likely as [OwnTicket, ...OwnTicket[]]
    const line = spelledPaid({ ...word, number, ...('words' in word && { words: 'isi' }) })
    return told('asked', 'sms.which_need', { line, list: numbersOf(likely) })
  }
  const ticket = likely[0] ?? theirs[0]
  if (ticket) return { outcome: 'act', act: act(ticket) }
  const elsewhere = known.barred.find((one) => isAbout(word, one))
  return told('asked', `sms.barred_${elsewhere!.bar}`, { number: elsewhere!.number })
}

/** "TARIK", "TAUTAN": the one in which they speak, else their only one that is not closed. */
function ofTheirs(
  act: 'withdraw' | 'link' | 'files',
  { word, number }: { word: string; number: string | null },
  known: Known,
  now: Date,
): TextDecision {
  if (number !== null) return aboutNumber(number, known, (ticket) => ({ act, ticket }))
  const open = known.tickets.filter(({ state }) => state !== 'closed')
  const ticket = chosen(known, goingOn(known, now)) ?? only(open)
  if (ticket) return { outcome: 'act', act: { act, ticket } }
  if (open.length > 0) return which(word, open)
  return byBar(known.barred, ['new', 'open', 'waiting', 'referred', 'resolved']) ?? told('no_ticket', 'sms.no_ticket')
}

/** "BELUM": of a ticket that waits to be confirmed, or that ended lately. While we still work on it, it answers what we asked there. */
function notSolved({ number }: { number: string | null }, known: Known, now: Date): TextDecision | null {
  const { tickets } = known
  if (number !== null) return aboutNumber(number, known, (ticket) => ({ act: 'not_solved', ticket }))
  const asked = tickets.filter(({ state }) => state === 'resolved')
  if (asked.length === 1) return { outcome: 'act', act: { act: 'not_solved', ticket: asked[0]! } }
  if (asked.length > 1) return which('BELUM', asked)
  if (goingOn(known, now).length > 0) return null
  const elsewhere = byBar(known.barred, ['resolved'])
  if (elsewhere) return elsewhere
  const ended = tickets.filter(({ state }) => state === 'closed')
  if (ended.length > 1) return which('BELUM', ended)
  return ended[0]
    ? { outcome: 'act', act: { act: 'not_solved', ticket: ended[0] } }
    : told('no_ticket', 'sms.no_ticket')
}

/** "SALAH": about the ticket that it names or answers, else the one about which we wrote there last. */
function wrongNumber(
  { number, weak }: { number: string | null; weak: boolean },
  known: Known,
  now: Date,
): TextDecision {
  const act = (ticket: OwnTicket): Act => ({ act: 'disown', ticket })
  // Also where months of silence stand between: that is when numbers change hands.
  const tickets = [...known.tickets, ...known.barred.filter(({ bar }) => bar === 'silence')]
  if (number !== null) return aboutNumber(number, { tickets, barred: known.barred }, act)
  const written = tickets
    .filter(({ last_out_at }) => last_out_at !== null)
    .sort((a, b) => b.last_out_at!.getTime() - a.last_out_at!.getTime())
  const ticket = tickets.find(({ id }) => id === known.quoted_id) ?? written[0] ?? only(tickets)
  // "Kata sandinya benar?" "Salah." They speak in it, so it is more likely an answer; they would be told nothing any more.
  if (ticket && weak && chosen(known, goingOn(known, now))?.id === ticket.id)
    return told('asked', 'sms.ask_back', { means: 'SALAH NOMOR' })
  if (ticket) return { outcome: 'act', act: act(ticket) }
  if (tickets.length > 0) return which('SALAH', tickets)
  return known.is_asked_for_duty ? { outcome: 'act', act: { act: 'end_duty' } } : told('asked', 'sms.wrong_nobody')
}

/** What cannot be done from here is told, where a ticket of theirs may have been meant. */
function byBar(barred: readonly BarredTicket[], states: readonly OwnTicket['state'][]): TextDecision | null {
  const meant = barred.find(({ state }) => states.includes(state))
  return meant ? told('asked', `sms.barred_${meant.bar}`, { number: meant.number }) : null
}

function aboutNumber(
  number: string,
  { tickets, barred }: Pick<Known, 'tickets' | 'barred'>,
  act: (ticket: OwnTicket) => Act,
): TextDecision {
  const ticket = tickets.find((one) => one.number === number)
  const elsewhere = barred.find((one) => one.number === number)
  if (!ticket && elsewhere) return told('asked', `sms.barred_${elsewhere.bar}`, { number })
  // Of somebody else's ticket nothing is told, not even that it is there.
  return ticket ? { outcome: 'act', act: act(ticket) } : told('asked', 'sms.unknown_number', { number })
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)
const told = (reason: TellingReason, key: ToldKey, values: Answers = {}): TextDecision => ({
  outcome: 'told',
  reason,
  key,
  values,
})
const NUMBERS_MAX = 3
const which = (word: string, tickets: readonly OwnTicket[]): TextDecision =>
  told('asked', 'sms.which_number', {
    word,
    number: tickets[0]!.number,
    list: numbersOf(tickets),
  })
const numbersOf = (tickets: readonly OwnTicket[]): string =>
  tickets
    .slice(0, NUMBERS_MAX)
    .map(({ number }) => number)
    .join(', ')

/** The one in which they spoke last, while nothing of ours stands in another since then. */
function chosen({ conversation }: Known, going_on: readonly OwnTicket[]): OwnTicket | undefined {
  const { ticket_id, continues_until } = conversation ?? {}
  if (!ticket_id || !continues_until) return undefined
  const since = continues_until.getTime() - CONTINUES_HOURS * HOUR_MS
  const elsewhere = going_on.some(
    ({ id, last_out_at }) => id !== ticket_id && last_out_at !== null && last_out_at.getTime() > since,
  )
  return elsewhere ? undefined : going_on.find(({ id }) => id === ticket_id)
}

function asWords(given: ReadyText, known: Known, now: Date): TextDecision {
  const { conversation, tickets, quoted_id } = known
  const question = conversation?.question ?? null
  const into = (ticket: OwnTicket): TextDecision => ({ outcome: 'message', ticket })
  const named = namedIn(given.text, known) ?? tickets.find(({ id }) => id === quoted_id)
  if (named && named.state !== 'closed') return into(named)
  if (question?.kind === 'new' && now.getTime() - conversation!.asked_at!.getTime() <= NEW_HOURS * HOUR_MS)
    return { outcome: 'ticket', text: given.text, possible_ticket: null }
  const going_on = goingOn(known, now)
  if (question?.kind === 'which_ticket' && going_on.length > 1)
    return question.item_ids.length < HELD_MAX ? { outcome: 'held', tickets: going_on, ask: false } : into(going_on[0]!)
  const ticket = only(going_on) ?? chosen(known, going_on)
  if (ticket) return into(ticket)
  if (going_on.length > 1) return { outcome: 'held', tickets: going_on, ask: true }
  // It may go on with what ended lately, or with what nobody spoke of for days: the desk decides.
  const elsewhere = namedIn(given.text, { tickets: known.barred }) ?? known.barred[0]
  return { outcome: 'ticket', text: given.text, possible_ticket: named ?? tickets[0] ?? elsewhere ?? null }
}

/** A ticket of theirs whose number stands in the text. */
function namedIn(text: string, { tickets }: Pick<Known, 'tickets'>): OwnTicket | null {
  if (tickets.length === 0) return null
  const numbers = new Set(
    [...text.slice(0, 2_000).matchAll(/(?<![\d+])#?\s?(\d{3,11})(?!\d)/g)].map((match) => match[1]!),
  )
  return tickets.find(({ number }) => numbers.has(number)) ?? null
}
