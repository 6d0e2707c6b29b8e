import { day } from '#messages/moments.ts'
import type { Language } from '../../platform/context.ts'
import { say } from '../../platform/words.ts'
import { foldToGsm, segment } from '../../channels/index.ts'
import type { PaidAnswer, PaidNeed } from './see-need.ts'

/** How paid work is told to whoever needs it by SMS: each organisation by its number in the list, which stays the same. Pure. */

/** Two segments are worth a list of organisations (docs/channels.md). */
const LIST_PARTS_MAX = 2
const NAME_LENGTH_MAX = 36
const LISTED_NAME_LENGTH_MAX = 26
/** Days are said as of Jakarta, whose midnight is the last of Indonesia: nothing is over before the day that was told. */
const ZONE = 'Asia/Jakarta'

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 3).trimEnd()}...`
/** As it stands in an SMS. */
export const cutName = (name: string): string => cut(name, NAME_LENGTH_MAX)
export const nameOf = ({ name }: Pick<PaidAnswer, 'name'>): string => cutName(name)

type Standing = 'new' | 'asked' | 'interested' | 'not_interested' | 'question' | 'shown' | 'agreed'

export function standingOf(one: PaidAnswer, need: Pick<PaidNeed, 'outcome_answer_id'>): Standing {
  if (need.outcome_answer_id === one.id) return 'agreed'
  if (one.contacts_shown_at !== null) return 'shown'
  if (one.answer !== null) return one.answer
  if (one.question !== null && one.reply === null) return 'question'
  return one.invited_at === null ? 'new' : 'asked'
}

const fits = (text: string): boolean => segment(foldToGsm(text)).parts.length <= LIST_PARTS_MAX

/** As many of the list as fit, from that number on, with what can be done about them. */
export function sayNeed(
  need: PaidNeed,
  { number, language, now, from = 1 }: { number: string; language: Language; now: Date; from?: number },
): string {
  const rest = need.answers.filter(({ position }) => position >= from)
  const how = need.state === 'open' ? stepsOf(need, language, now) : []
  const write = (count: number): string => {
    const list = rest
      .slice(0, count)
      .map((one) => listed(one, need, language))
      .join(', ')
    const more = rest[count]
    return [
      need.state === 'open'
        ? say(language, 'sms.paid_list', { number, list })
        : say(language, 'sms.paid_list_ended', { number, list, state: stateOf(need, language) }),
      [...(more ? [say(language, 'sms.paid_more', { from: more.position })] : []), ...how].join('. '),
    ]
      .join(' ')
      .trim()
  }
  return write(mostThatFit(rest.length, write))
}

/** Whom they may ask, and how: what follows what is to be done (sayWork). */
export function sayWhom(need: PaidNeed, language: Language): string {
  const first = need.answers[0]?.position ?? 1
  const write = (count: number): string => {
    const list = need.answers
      .slice(0, count)
      .map(({ position, name }) => `${position} ${cut(name, LISTED_NAME_LENGTH_MAX)}`)
      .join(', ')
    const more = need.answers[count]
    return [
      say(language, 'sms.paid_whom', { list }),
      ...(more ? [`${say(language, 'sms.paid_more', { from: more.position })}.`] : []),
      say(language, 'sms.paid_how_choose', { place: first }),
    ].join(' ')
  }
  return write(mostThatFit(need.answers.length, write))
}

function mostThatFit(most: number, write: (count: number) => string): number {
  let count = most
  while (count > 1 && !fits(write(count))) count--
  return count
}

function listed(one: PaidAnswer, need: PaidNeed, language: Language): string {
  const standing = standingOf(one, need)
  const name = `${one.position} ${cut(one.name, LISTED_NAME_LENGTH_MAX)}`
  return standing === 'new' ? name : `${name} (${say(language, `sms.paid_state_${standing}`)})`
}

/** What they can do next, each with the first whom it is about. */
function stepsOf(need: PaidNeed, language: Language, now: Date): string[] {
  const first = (...standings: Standing[]) =>
    need.answers.find((one) => standings.includes(standingOf(one, need)))?.position
  const [asks, wants, shown, unasked] = [first('question'), first('interested'), first('shown'), first('new')]
  return [
    ...(asks === undefined ? [] : [say(language, 'sms.paid_how_answer', { place: asks })]),
    ...(wants === undefined ? [] : [say(language, 'sms.paid_how_contact', { place: wants })]),
    ...(shown === undefined ? [] : [say(language, 'sms.paid_how_outcome', { place: shown })]),
    ...(unasked === undefined || need.due_at <= now
      ? []
      : [say(language, 'sms.paid_how_choose', { place: unasked }).replace(/\.$/, '')]),
    ...(need.agreed_at === null ? [] : [say(language, 'sms.paid_how_see', { place: asks ?? wants ?? shown ?? 1 })]),
  ]
}

const stateOf = (need: PaidNeed, language: Language): string => say(language, `paid.state_${need.state}`)

/** What is to be done, where, by when. What people wrote at any length stands last: an SMS that is too long is cut there. */
export const sayWork = (need: PaidNeed, { number, language }: { number: string; language: Language }): string =>
  say(language, 'sms.paid_work', {
    number,
    scope: need.scope.trim(),
    site: need.place,
    wanted: day(new Date(`${need.wanted_by}T12:00:00Z`), 'UTC', language),
    until: day(need.due_at, ZONE, language),
  })

/** Everything of one of them. Their contact stands there once both have confirmed, and what can be done next; what was asked and answered, which is cut, last. */
export function sayOne(
  one: PaidAnswer,
  need: PaidNeed,
  { number, language, now }: { number: string; language: Language; now: Date },
): string {
  const standing = standingOf(one, need)
  const place = one.position
  const next: Partial<Record<Standing, string>> =
    need.state !== 'open'
      ? {}
      : {
          new: need.due_at > now ? say(language, 'sms.paid_how_choose', { place }) : '',
          question: say(language, 'sms.paid_how_answer', { place }),
          interested: say(language, 'sms.paid_how_contact', { place }),
          shown: say(language, 'sms.paid_how_outcome', { place }),
        }
  return [
    say(language, 'sms.paid_one', {
      number,
      place,
      name: nameOf(one),
      state: say(language, `sms.paid_state_${standing}`),
    }),
    one.contact === null ? '' : say(language, 'sms.paid_one_contact', { contact: sayContact(one.contact) }),
    next[standing] ?? '',
    one.reply === null ? '' : say(language, 'sms.paid_one_reply', { reply: one.reply }),
    one.question === null ? '' : say(language, 'sms.paid_one_question', { question: one.question }),
  ]
    .filter(Boolean)
    .join('\n')
}

/** A name and how to reach it; somebody who is called as their number once. */
export const sayContact = ({ name, addresses }: { name: string; addresses: readonly string[] }): string =>
  [...new Set([name, ...addresses])].join(', ')
