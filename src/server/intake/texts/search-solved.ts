import type { Language, Reading } from '../../platform/context.ts'
import { say } from '../../platform/words.ts'
import { foldToGsm, shorten } from '../../channels/index.ts'
import { withoutNames } from '../../referrals/index.ts'
import { findSolved } from '../../tickets/index.ts'
import type { Answer } from './say.ts'

/**
 * The best solved case's short form, until there are articles: what the problem was and what helped, of a case whose requester confirmed it. Strangers read it,
 * so it is shown only where nothing in it looks as if it named a person, an office, a place, a number or a machine; what had to be masked is not shown at
 * all. Where nothing may be shown the answer says so.
 */
export async function searchSolved(
  ctx: Reading,
  { query, language }: { query: string; language: Language },
): Promise<Answer['says']> {
  for (const { ticket_id, problem, steps } of await findSolved(ctx, { query, language })) {
    const said = oneLine(say(language, 'sms.search_found', { problem, steps }))
    const shown = oneLine(await withoutNames(ctx, ticket_id, said))
    if (shown === said && !NUMBER.test(said)) return { text: shorten(foldToGsm(said), 1) }
  }
  return { key: 'sms.search_none' }
}

/** Longer than a version of something. */
const NUMBER = /\d{5}/
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
