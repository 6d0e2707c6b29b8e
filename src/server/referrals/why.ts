import { day } from '#messages/moments.ts'
import { say, type Key, type Language } from '../platform/words.ts'
import type { Judged, RuleAnswer } from './decide.ts'

export interface Explained {
  language: Language
  zone: string
  /** By code, in that language. */
  competences: ReadonlyMap<string, string>
}

/** One filter's answer as a sentence: `referral.rule.CODE.BECAUSE`. */
export function ruleSentence(rule: RuleAnswer, told: Explained): string {
  return say(told.language, `referral.rule.${rule.code}.${rule.because}` as Key, valuesOf(rule.values, told))
}

/** One sentence about one candidate: why not, by the first rule that speaks against it; or in which tier, and whose turn it is there. */
export function whySentence(judged: Judged, told: Explained): string {
  const against = judged.rules.find(({ passed }) => !passed)
  if (against) return ruleSentence(against, told)
  const { offers, promised, last_offered_at } = judged.turn
  return say(told.language, 'referral.why', {
    tier: say(told.language, `referral.tier.${judged.tier!}`),
    turn:
      judged.tier === 'own_unit' || judged.tier === 'secretariat'
        ? 'none'
        : last_offered_at === null
          ? 'first'
          : 'again',
    offers,
    promised,
    last: last_offered_at === null ? '' : day(new Date(last_offered_at), told.zone, told.language),
  })
}

function valuesOf(
  values: RuleAnswer['values'],
  { language, zone, competences }: Explained,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'competence'
        ? (competences.get(String(value)) ?? value)
        : name === 'until' || name === 'from'
          ? day(new Date(value), zone, language)
          : value,
    ]),
  )
}
