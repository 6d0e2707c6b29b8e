import { sql } from 'kysely'
import { identify, system, type Language, type Writing } from '../../platform/context.ts'
import { Refusal } from '../../platform/refusal.ts'
import { say } from '../../platform/words.ts'
import {
  continuesUntil,
  lockSpeakers,
  releaseItems,
  saveConversations,
  settleItems,
  type Conversation,
  type Settlement,
  type Speaker,
} from '../../channels/index.ts'
import { narrowestDesk } from '../../desks/index.ts'
import { findOrMakePeople } from '../../people/index.ts'
import { askPlaces, takeProviderText } from '../../referrals/index.ts'
import { quietRules } from '../../service_levels/index.ts'
import { openTickets, receiveMessages } from '../../tickets/index.ts'
import { guessLanguage } from '../guess-language.ts'
import { decideText, type TextDecision } from './decide-text.ts'
import { doAct, type Done } from './do-act.ts'
import { contactChannel } from './find-speaker.ts'
import { keyOf, lookUpTexts, type Known, type OwnTicket } from './look-up-texts.ts'
import { olderElsewhere } from './older-elsewhere.ts'
import { placeParts } from './place-parts.ts'
import type { ReadyText } from './ready-text.ts'
import { sayAll, shortName, type Answer } from './say.ts'
import { askWhich } from './ask-which.ts'

type Decided<O extends TextDecision['outcome'] = TextDecision['outcome']> = ReadyText & {
  speaker: Speaker
  known: Known
  language: Language
  decision: Extract<TextDecision, { outcome: O }>
}

/** What became of one text. */
interface Became {
  settlement: Omit<Settlement, 'id'>
  answer?: Answer | null
  conversation?: Partial<Conversation>
}

/**
 * Says of each number's oldest text what becomes of it, and does it: tickets, messages, commands, answers, and the outcome in the ledger, all in the caller's
 * one transaction, in a number of statements that does not depend on how many numbers there are. Texts of one number that go into one ticket one after the
 * other go in together. Answers which are left for another time, the oldest first.
 */
export async function settleTexts(ctx: Writing, given: readonly ReadyText[]): Promise<{ left: ReadyText[] }> {
  await lockSpeakers(
    ctx,
    given.flatMap(({ speaker }) => speaker ?? []),
  )
  const texts = await withLateParts(ctx, given)
  const { mine, later } = await olderElsewhere(ctx, texts)
  await releaseItems(
    ctx.app,
    later.map(({ item }) => item.id),
    1,
  )
  const known = await lookUpTexts(ctx, mine)
  const { now: decided, left } = firstOfEach(ctx, mine, known)
  const became = new Map<string, Became>()
  const put = (entries: Iterable<readonly [string, Became]>) => {
    for (const [id, one] of entries) became.set(id, one)
  }
  put(decided.filter(is('report', 'refused', 'thanks', 'told')).map((one) => [one.item.id, ended(one)]))
  put(askWhich(ctx, decided.filter(is('held'))))
  put(await openAll(ctx, decided.filter(is('ticket'))))
  put(await enterAll(ctx, decided.filter(is('message'))))
  // One after the other: each is a command of its own, and what it may not do harms no other.
  for (const one of decided.filter(is('act'))) became.set(one.item.id, await actOn(ctx, one))
  for (const one of decided.filter(is('provider'))) became.set(one.item.id, await passToProvider(ctx, one))
  await saveConversations(ctx, conversationsAfter(ctx, decided, became))
  await sayAll(ctx, answersOf(decided, became))
  await settleItems(
    ctx,
    decided.map((one) => ({ ...whatWasRead(one), ...became.get(one.item.id)!.settlement })),
  )
  return { left }
}

/** A part that another process placed since the others were joined. */
async function withLateParts(ctx: Writing, texts: readonly ReadyText[]): Promise<ReadyText[]> {
  const joined = await placeParts(
    ctx,
    texts.filter(({ has_gaps }) => has_gaps),
  )
  const anew = new Map(joined.map((one) => [one.item.id, one]))
  return texts.map((text) => ({ ...text, ...anew.get(text.item.id) }))
}

const is =
  <O extends TextDecision['outcome']>(...outcomes: O[]) =>
  (one: Decided): one is Decided<O> =>
    (outcomes as string[]).includes(one.decision.outcome)

/** Of each number the oldest; and those behind it as long as all of them go on in the same ticket. */
function firstOfEach(ctx: Writing, texts: readonly ReadyText[], known: readonly Known[]) {
  const now: Decided[] = []
  const left: ReadyText[] = []
  const inOrder = texts.map((text, index) => ({ text, known: known[index]! }))
  for (const group of Map.groupBy(inOrder, ({ text }) =>
    text.speaker ? keyOf(text.speaker) : text.item.id,
  ).values()) {
    let goes_on: OwnTicket | null = null
    let behind = false
    for (const { text, known: own } of group) {
      if (behind) {
        left.push(text)
        continue
      }
      const decision = decideText(text, goes_on ? withLastWordIn(own, goes_on, text.speaker!, ctx.now) : own, ctx.now)
      const follows = decision.outcome === 'message' ? decision.ticket : null
      if (goes_on && follows?.id !== goes_on.id) {
        behind = true
        left.push(text)
        continue
      }
      now.push(asDecided(text, own, decision))
      goes_on = follows
      behind = follows === null
    }
  }
  return { now, left: left.sort((a, b) => (a.item.id < b.item.id ? -1 : 1)) }
}

const withLastWordIn = (known: Known, ticket: OwnTicket, speaker: Speaker, now: Date): Known => ({
  ...known,
  conversation: { ...conversationOf(known, speaker), ticket_id: ticket.id, continues_until: continuesUntil(now) },
})

const asDecided = (text: ReadyText, known: Known, decision: TextDecision): Decided => ({
  ...text,
  // Those that have none are refused before anybody asks for it.
  speaker: text.speaker ?? { channel: text.item.channel as Speaker['channel'], address: '' },
  known,
  decision,
  language: languageOf(text, known, decision),
})

function languageOf({ text }: ReadyText, { tickets }: Known, decision: TextDecision): Language {
  if (decision.outcome === 'ticket') return guessLanguage(decision.text)
  return (decision.outcome === 'message' ? decision.ticket : tickets[0])?.language ?? guessLanguage(text)
}

const conversationOf = ({ conversation }: Known, { channel, address }: Speaker): Conversation =>
  conversation ?? {
    channel,
    address,
    stopped_at: null,
    last_in_at: null,
    ticket_id: null,
    continues_until: null,
    question: null,
    asked_at: null,
  }

function ended(one: Decided<'report' | 'refused' | 'thanks' | 'told'>): Became {
  const { decision, known } = one
  if (decision.outcome === 'thanks') {
    const ticket = decision.ticket
    return {
      settlement: { outcome: 'command', reason: 'thanks', ticket },
      answer: ticket || known.provider ? null : answer(one, { key: 'sms.no_ticket' }),
    }
  }
  if (decision.outcome === 'told')
    return {
      settlement: { outcome: 'command', reason: decision.reason },
      answer: answer(one, { key: decision.key, values: decision.values }),
    }
  return { settlement: decision }
}

const answer = (
  { speaker, language, known }: Decided,
  says: Answer['says'],
  ticket: OwnTicket | null = null,
): Answer => ({
  newest_ticket_id: known.tickets[0]?.id,
  ...speaker,
  language,
  says,
  person_id: ticket?.person_id ?? null,
  ticket: ticket && { id: ticket.id, number: ticket.number },
})

async function openAll(ctx: Writing, texts: readonly Decided<'ticket'>[]): Promise<[string, Became][]> {
  if (texts.length === 0) return []
  const people = await findOrMakePeople(
    ctx,
    texts.map(({ speaker, known, heard, language }) => ({
      name: nameFor(known, heard.name, speaker),
      channel: contactChannel(speaker.channel),
      address: speaker.address,
      language,
    })),
  )
  const desk_id = await narrowestDesk(ctx, null)
  const opened = await openTickets(
    ctx,
    texts.map(({ speaker, decision, attachments, language, item }, index) => ({
      text: decision.text.trim() || say(language, 'intake.only_attachments'),
      channel: speaker.channel,
      language,
      requester_id: people[index]!.id,
      contact_point_id: people[index]!.contact_point_id,
      desk_id,
      intake_item_id: item.id,
      possible_ticket_id: decision.possible_ticket?.id,
      attachments: [...attachments],
    })),
  )
  // A form asks where they are; a text has none, so the first answer does.
  await askPlaces(
    ctx,
    opened.map(({ id }) => id),
  )
  const { rows } = await sql<{ name: string }>`select name from desks where id = ${desk_id}::uuid`.execute(ctx.db)
  const holder = shortName(rows[0]!.name)
  return texts.map((one, index) => {
    const { id, number, message_id } = opened[index]!
    const values = { number, holder }
    return [
      one.item.id,
      {
        settlement: {
          outcome: 'ticket',
          ticket: { id, number },
          ticket_message_id: message_id,
          possible_ticket: one.decision.possible_ticket,
        },
        answer: {
          ...answer(one, { key: 'sms.opened_where', values }),
          with_link: { key: 'sms.opened_where_link', values },
          kind: 'acknowledgement',
          person_id: people[index]!.id,
          ticket: { id, number },
        },
        conversation: { ticket_id: id, continues_until: continuesUntil(ctx.now), ...answeredNow(one.known) },
      },
    ]
  })
}

/**
 * The only person with this number, or of several of one name the newest; of people with several names nobody can tell who wrote: then somebody who is
 * called as the number, the same each time. What a messenger calls them is believed of strangers only.
 */
export function nameFor({ names }: Pick<Known, 'names'>, told: string, { address }: Speaker): string {
  if (names.length === 0) return told
  return names.length === 1 ? names[0]!.name : address
}

async function enterAll(ctx: Writing, texts: readonly Decided<'message'>[]): Promise<[string, Became][]> {
  if (texts.length === 0) return []
  const { reopen_within_days } = await quietRules(ctx)
  const received = await receiveMessages(
    ctx,
    texts.map(({ decision: { ticket }, speaker, text, heard, attachments, item, language }) => ({
      ticket_id: ticket.id,
      author_id: ticket.person_id,
      channel: speaker.channel,
      text: heard.edited
        ? `${say(language, 'texts.edited')}\n${text}`
        : text.trim() || say(language, 'intake.only_attachments'),
      attachments: [...attachments],
      intake_item_id: item.id,
      reopen_within_days,
    })),
  )
  return texts.map((one, index) => {
    const { ticket_id, number, message_id, follows_id } = received[index]!
    return [
      one.item.id,
      {
        settlement: {
          outcome: follows_id ? 'ticket' : 'message',
          ticket: { id: ticket_id, number },
          ticket_message_id: message_id,
        },
        conversation: { ticket_id, continues_until: continuesUntil(ctx.now), ...answeredNow(one.known) },
      },
    ]
  })
}

/** What was asked is answered, but for texts that wait to be told which ticket they are for. */
const answeredNow = ({ conversation }: Known): Partial<Conversation> =>
  conversation?.question?.kind === 'which_ticket' ? {} : { question: null, asked_at: null }

async function actOn(ctx: Writing, one: Decided<'act'>): Promise<Became> {
  const { speaker, item, known, language, decision, text } = one
  await sql`savepoint act`.execute(ctx.tx)
  let done: Done
  try {
    done = await doAct(ctx, { speaker, item_id: item.id, text, known, language, act: decision.act })
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    await sql`rollback to savepoint act`.execute(ctx.tx)
    await identify(ctx.tx, system)
    const ticket = 'ticket' in decision.act ? decision.act.ticket : null
    return {
      settlement: { outcome: 'command', reason: 'not_possible', ticket },
      answer: answer(
        one,
        ticket
          ? {
              key: 'sms.not_possible',
              values: { number: ticket.number, state: say(language, `sms.state_${ticket.state}`) },
            }
          : { key: 'sms.nothing_to_undo' },
        ticket,
      ),
    }
  }
  return {
    settlement: {
      outcome: 'command',
      ticket: done.ticket,
      ticket_message_id: done.message_id ?? null,
    },
    answer: done.answer && {
      ...answer(one, done.answer.says, done.ticket),
      after_stop: done.answer.after_stop ?? false,
    },
    ...(done.conversation ? { conversation: done.conversation } : {}),
  }
}

async function passToProvider(ctx: Writing, one: Decided<'provider'>): Promise<Became> {
  const { decision, speaker, text, heard, attachments } = one
  const taken = await takeProviderText(ctx, {
    entry: decision.entry,
    via: speaker.channel === 'whatsapp' ? 'whatsapp' : 'sms',
    text: heard.button ?? text,
    attachments,
  })
  return {
    settlement: {
      outcome: taken.outcome,
      reason: taken.reason,
      ticket: taken.ticket,
      ticket_message_id: taken.message_id,
    },
    answer:
      taken.answer === null
        ? null
        : {
            ...speaker,
            language: taken.language,
            says: { text: taken.answer },
            person_id: taken.person_id,
            ticket: taken.ticket,
          },
  }
}

/** One row for each number: what its last text of this time leaves. */
function conversationsAfter(
  ctx: Writing,
  decided: readonly Decided[],
  became: ReadonlyMap<string, Became>,
): Conversation[] {
  const after = new Map<string, Conversation>()
  for (const { speaker, known, item, heard, decision } of decided) {
    if (decision.outcome === 'refused' || decision.outcome === 'report') continue
    const before = after.get(keyOf(speaker)) ?? conversationOf(known, speaker)
    const { conversation } = became.get(item.id)!
    // WhatsApp counts its 24 hours from when it was written, and brings what waited for days.
    const said_at = heard.at && heard.at < item.received_at ? heard.at : item.received_at
    const last_in_at = before.last_in_at && before.last_in_at > said_at ? before.last_in_at : said_at
    after.set(keyOf(speaker), { ...before, ...conversation, last_in_at })
  }
  return [...after.values()]
}

/** Whoever wrote STOP is answered no more, but for the answer to it. */
const answersOf = (decided: readonly Decided[], became: ReadonlyMap<string, Became>): Answer[] =>
  decided.flatMap(({ item, known }) => {
    const one = became.get(item.id)!
    if (!one.answer) return []
    const stopped =
      one.conversation?.stopped_at === undefined ? known.conversation?.stopped_at : one.conversation.stopped_at
    return stopped && !one.answer.after_stop ? [] : [one.answer]
  })

const whatWasRead = ({
  item,
  heard,
  speaker,
  text,
  attachments,
}: Decided): Pick<Settlement, 'id'> & Partial<Settlement> => ({
  id: item.id,
  message_id: heard.remote_id,
  sender: { name: heard.name, address: speaker.address || heard.from },
  text,
  attachments: [...attachments],
})
