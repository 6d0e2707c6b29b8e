import type { Language, Writing } from '../../platform/context.ts'
import { recordAll } from '../../platform/journal.ts'
import { limitCatalog, limitInForce } from '../../platform/limit-catalog.ts'
import { hitsOfEach } from '../../platform/limits.ts'
import { say, type Key, type Values } from '../../platform/words.ts'
import { foldToGsm, queueMessages, segment, type Speaker } from '../../channels/index.ts'
import { followUrl, makeFollowLinks } from '../../tickets/index.ts'
import { keyOf } from './look-up-texts.ts'

export type SmsKey = Extract<Key, `sms.${string}`>

/** One answer to a number or chat. */
export interface Answer extends Speaker {
  language: Language
  /** The sentence, or what another folder has said already. */
  says: { key: SmsKey; values?: Values } | { text: string }
  person_id: string | null
  ticket: { id: string; number: string } | null
  /** The same with a link to the ticket's page, where that fits: into one part of an SMS, or as many as it is worth. */
  with_link?: { key: SmsKey; values?: Values; parts_max?: number }
  kind?: 'acknowledgement' | 'notice'
  /** The answer to their own STOP goes out all the same. */
  after_stop?: boolean
  /** Their newest ticket, whose history says when they are answered no more; none: nobody's. */
  newest_ticket_id?: string | undefined
  /** It tells what was just done in the number's name: it always goes, so that who did not write it sees it (limit-commands.ts bounds them). */
  is_echo?: boolean
  /** Nothing is known of this number: it may be a forged one. */
  is_stranger?: boolean
}

/** Two programs that answer each other end here, and somebody who plays: what they write is kept and done all the same. */
const ANSWERS_MAX = 20
const WINDOW_SECONDS = 3600

/**
 * Answers texts, each in one segment of an SMS (a link that was asked for in two). A number gets twenty answers an hour, then none but the echoes of what was done, and the ticket's history says so once. The caller
 * leaves out whom nobody may write to. Records `link.sent` for links, `conversation.silenced`.
 */
export async function sayAll(ctx: Writing, answers: readonly Answer[]): Promise<void> {
  if (answers.length === 0) return
  const leaving = await withinLimit(ctx, answers)
  const linked = leaving.filter(({ with_link, ticket, person_id }) => with_link && ticket && person_id)
  const tokens = await makeFollowLinks(
    ctx,
    linked.map(({ ticket, person_id }) => ({ ticket_id: ticket!.id, person_id: person_id! })),
  )
  const urls = new Map(linked.map((answer, index) => [answer, followUrl(ctx.app, tokens[index]!)]))
  const written = leaving.map((answer) => ({ answer, ...wordsOf(answer, urls.get(answer)) }))
  const outbox_ids = await queueMessages(
    ctx,
    written.map(({ answer, text }) => ({
      channel: answer.channel,
      kind: answer.kind ?? ('notice' as const),
      recipient: answer.address,
      ...(answer.person_id ? { recipient_id: answer.person_id } : {}),
      text,
      language: answer.language,
      automatic: true,
      ...(answer.ticket ? { about_id: answer.ticket.id, about_number: answer.ticket.number } : {}),
      ...(answer.after_stop ? { options: { after_stop: true as const } } : {}),
    })),
  )
  await recordAll(
    ctx,
    written.flatMap(({ answer, has_link }, index) =>
      has_link
        ? [
            {
              kind: 'link.sent' as const,
              ticket_id: answer.ticket!.id,
              about: { person_id: answer.person_id!, by: 'acknowledgement', outbox_id: outbox_ids[index]! },
            },
          ]
        : [],
    ),
  )
}

/** With the link where all of it is one segment of an SMS, or few enough; elsewhere length costs nothing. */
export function wordsOf({ channel, language, says, with_link }: Answer, url: string | undefined) {
  const bare = 'text' in says ? says.text : say(language, says.key, says.values)
  if (with_link && url !== undefined) {
    const linked = say(language, with_link.key, { ...with_link.values, link: url })
    if (channel !== 'sms' || isAtMost(linked, with_link.parts_max ?? 1)) return { text: linked, has_link: true }
  }
  return { text: bare, has_link: false }
}

const isAtMost = (text: string, parts_max: number): boolean => {
  const { coding, parts } = segment(foldToGsm(text))
  return coding === 'gsm' && parts.length <= parts_max
}
export const isOneSegment = (text: string): boolean => isAtMost(text, 1)

async function withinLimit(ctx: Writing, answers: readonly Answer[]): Promise<Answer[]> {
  const limited = answers.filter(({ is_echo }) => !is_echo)
  const groups = [...Map.groupBy(limited, keyOf).values()]
  const strangers = groups.filter(isStrange)
  const [unknown, ...counted] = await hitsOfEach(ctx, [
    {
      limit: { name: STRANGERS, whom: 'all', window_seconds: limitCatalog[STRANGERS].window_seconds },
      lot: strangers.length,
    },
    ...groups.map((group) => ({
      limit: { name: 'text_answers', whom: keyOf(group[0]!), window_seconds: WINDOW_SECONDS },
      lot: group.length,
    })),
  ])
  const unpaid = new Set(strangers.slice(await roomForStrangers(ctx, unknown!, strangers.length)))
  const silenced = groups.filter(
    (group, index) => counted[index]! > ANSWERS_MAX && counted[index]! - group.length <= ANSWERS_MAX,
  )
  await recordAll(
    ctx,
    silenced.map((group) => {
      const ticket_id = group.map(({ ticket, newest_ticket_id }) => ticket?.id ?? newest_ticket_id).find(Boolean)
      return {
        kind: 'conversation.silenced' as const,
        ...(ticket_id ? { ticket_id } : {}),
        about: { channel: group[0]!.channel },
      }
    }),
  )
  const kept = new Set(
    groups.flatMap((group, index) =>
      unpaid.has(group) ? [] : group.slice(0, Math.max(0, ANSWERS_MAX - (counted[index]! - group.length))),
    ),
  )
  return answers.filter((one) => one.is_echo || kept.has(one))
}

const STRANGERS = 'text.strangers'
const isStrange = (group: readonly Answer[]) => group[0]!.channel === 'sms' && group.some((one) => one.is_stranger)

/** How many more numbers of whom nothing is known are answered today; `so_far` has these already. */
async function roomForStrangers(ctx: Writing, so_far: number, these: number): Promise<number> {
  if (these === 0) return 0
  const most = await limitInForce(ctx, STRANGERS)
  if (so_far > most && so_far - these <= most)
    ctx.app.log.warn({ most }, 'texts of unknown numbers are answered no more today; they are kept all the same')
  return Math.max(0, most - (so_far - these))
}

/** The longest that a desk's or provider's name may be in a text. */
const NAME_LENGTH_MAX = 36

export const shortName = (name: string): string =>
  name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX - 3).trimEnd()}...`
