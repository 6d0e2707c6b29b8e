import type { Language, Reading } from '../../platform/context.ts'
import type { Answer } from './say.ts'

/**
 * The best solved case's short form. What solves a case stands on tickets, in the words of those who worked it, and nobody has said of any that strangers may
 * read it; so nothing is shown before there are articles, and the answer says so.
 */
export async function searchSolved(
  _ctx: Reading,
  _question: { query: string; language: Language },
): Promise<Answer['says']> {
  return { key: 'sms.search_none' }
}
