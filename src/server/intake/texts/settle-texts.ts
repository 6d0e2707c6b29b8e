import type { Language, Writing } from '../../platform/context.ts'
import {
  continuesUntil,
  lockSpeakers,
  releaseItems,
  saveConversations,
  settleItems,
  unmuteWriters,
  type Conversation,
  type Settlement,
  type Speaker,
} from '../../channels/index.ts'
import { lapseSilentNumbers } from '../../referrals/index.ts'
import { guessLanguage } from '../guess-language.ts'
import { askWhich } from './ask-which.ts'
import { answer, conversationOf, type Became, type Decided } from './became.ts'
import { decideText, type TextDecision } from './decide-text.ts'
import { enterTexts, openFromTexts } from './enter-texts.ts'
import { beyondCommands } from './limit-commands.ts'
import { keyOf, lookUpTexts, type Known, type OwnTicket } from './look-up-texts.ts'
import { obeyText, passToProvider } from './obey-text.ts'
import { olderElsewhere } from './older-elsewhere.ts'
import { placeParts } from './place-parts.ts'
import type { ReadyText } from './ready-text.ts'
import { sayAll, type Answer } from './say.ts'

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
  // Before this very text ends the silence.
  await lapseSilentNumbers(
    ctx,
    mine.flatMap(({ speaker }) => (speaker && speaker.channel !== 'telegram' ? [speaker.address] : [])),
  )
  const known = await lookUpTexts(ctx, mine)
  const { now: decided, left } = firstOfEach(ctx, mine, known)
  const became = new Map<string, Became>()
  const put = (entries: Iterable<readonly [string, Became]>) => {
    for (const [id, one] of entries) became.set(id, one)
  }
  put(decided.filter(is('report', 'refused', 'thanks', 'told')).map((one) => [one.item.id, ended(one)]))
  put(askWhich(ctx, decided.filter(is('held'))))
  put(await openFromTexts(ctx, decided.filter(is('ticket'))))
  put(await enterTexts(ctx, decided.filter(is('message'))))
  // One after the other: each is a command of its own, and what it may not do harms no other.
  for (const one of decided.filter(is('act')))
    became.set(one.item.id, (await beyondCommands(ctx, one)) ?? (await obeyText(ctx, one)))
  for (const one of decided.filter(is('provider')))
    became.set(one.item.id, (await beyondCommands(ctx, one)) ?? (await passToProvider(ctx, one)))
  await saveConversations(ctx, conversationsAfter(ctx, decided, became))
  await unmuteWriters(
    ctx,
    decided.flatMap(({ speaker }) => (speaker?.channel === 'sms' ? [speaker.address] : [])),
  )
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
      // The original may be among those before it: where that went is known when they are settled.
      if (behind || (goes_on && text.heard.edited)) {
        behind = true
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

function languageOf({ text }: ReadyText, { tickets, barred }: Known, decision: TextDecision): Language {
  if (decision.outcome === 'ticket') return guessLanguage(decision.text)
  return (decision.outcome === 'message' ? decision.ticket : (tickets[0] ?? barred[0]))?.language ?? guessLanguage(text)
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
  // Deleted, there is nothing to say again.
  if (decision.reason === 'edited' && !one.heard.deleted)
    return { settlement: decision, answer: answer(one, { key: 'sms.edit_lost' }) }
  return { settlement: decision }
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
