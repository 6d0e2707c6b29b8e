import type { StaffActor } from '#server/platform/context.ts'
import { may } from '#server/platform/may.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import type { Key } from '#messages/format.ts'

export interface Place {
  href: string
  word: Key
  about: Key
}

/** What there is to set, in the order in which a new installation is opened. `who` may see the page and change what it shows. */
const places = [
  { name: 'own_account', who: 'everybody' },
  { name: 'operator', who: 'secretariat' },
  { name: 'pages', who: 'secretariat' },
  { name: 'desks', who: 'coordinator' },
  { name: 'people', who: 'administrator' },
  { name: 'second_factors', who: 'administrator' },
  { name: 'channels', who: 'administrator' },
  { name: 'phone', who: 'secretariat' },
  { name: 'tokens', who: 'administrator' },
  { name: 'organisations', who: 'secretariat' },
  { name: 'providers', who: 'provider' },
  { name: 'applications', who: 'reviewer' },
  { name: 'affiliations', who: 'secretariat' },
  { name: 'coverage', who: 'secretariat' },
  { name: 'agreements', who: 'secretariat' },
  { name: 'referral_policy', who: 'secretariat' },
  { name: 'duplicates', who: 'secretariat' },
  { name: 'sign_in_providers', who: 'administrator' },
  { name: 'answer_times', who: 'secretariat' },
  { name: 'holidays', who: 'secretariat' },
  { name: 'topics', who: 'secretariat' },
  { name: 'competences', who: 'secretariat' },
  { name: 'urgencies', who: 'secretariat' },
  { name: 'regions', who: 'secretariat' },
  { name: 'limits', who: 'administrator' },
  { name: 'personal_data', who: 'secretariat' },
  { name: 'journal', who: 'administrator' },
  { name: 'installation', who: 'administrator' },
] as const

/** The pages that this person may open; the commands behind them ask again. */
export function placesOf(actor: StaffActor): Place[] {
  const opens = {
    everybody: true,
    administrator: actor.roles.includes('administrator'),
    secretariat: mayCoordinateAll(actor),
    // Whoever works for the secretariat reads and asks; its coordinators decide.
    reviewer: may(actor, 'application.review'),
    provider: mayCoordinateAll(actor) || (actor.providers ?? []).some(({ role }) => role === 'coordinator'),
    coordinator: mayCoordinateAll(actor) || actor.desks.some((desk) => desk.role === 'coordinator'),
  }
  return places
    .filter(({ who }) => opens[who])
    .map(({ name }) => ({
      href: `/desk/settings/${name.replaceAll('_', '-')}`,
      word: `settings.${name}_title`,
      about: `settings.${name}_about`,
    }))
}
