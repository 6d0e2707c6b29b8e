import type { FactKind } from '../platform/reactions.ts'
import { dictionaries, say, type Key, type Language } from '../platform/words.ts'
import type { JournalRow } from './list-journal.ts'

/** The sentence of a kind of fact: that of a ticket's history, or one of the journal's own. */
export const sentenceKeyOf = (kind: FactKind): Key => {
  const name = kind.replaceAll('.', '_')
  return (`journal.fact_${name}` in dictionaries.id ? `journal.fact_${name}` : `fact.${name}`) as Key
}

const TRIAGED = ['subject', 'region_code', 'organisation_id', 'topic_code', 'urgency', 'kind'] as const

/** A fact in words that anybody reads: who did what, and to whom. */
export function tellFact(
  language: Language,
  row: Pick<JournalRow, 'kind' | 'actor' | 'person' | 'desk' | 'about'>,
): string {
  const { kind, actor, person, desk, about } = row
  const reason = `ticket.reason_${String(about['reason'])}`
  return say(language, sentenceKeyOf(kind), {
    actor: whoOf(language, actor),
    person: person?.name || say(language, 'journal.somebody'),
    desk: desk?.name ?? say(language, 'journal.a_desk'),
    to: person ? 'person' : 'desk',
    fields: TRIAGED.filter((name) => name in about)
      .map((name) => say(language, `ticket.${name}`))
      .join(', '),
    reason: reason in dictionaries.id ? say(language, reason as Key) : '',
  })
}

export const whoOf = (language: Language, actor: JournalRow['actor']): string =>
  actor.kind === 'system' || actor.kind === 'public'
    ? say(language, 'fact.by_pandu')
    : (actor.name ?? say(language, `fact.by_${actor.kind}`))
