import type { App } from '../platform/app.ts'
import { enter, everybody, read, system, type Language } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import { restrictPerson, withdrawConsents, standingOf } from '../people/index.ts'
import { personAt } from './data-link.ts'
import {
  decideRequest,
  listRequests,
  makeRequest,
  type DataRequest,
  type MadeRequest,
  type RequestKind,
} from './requests.ts'

/**
 * What somebody who proved their address asks about themselves (door link). A copy is ready at once; everything else waits for a person.
 * Refuses not_found for somebody whom this address does not stand for.
 */
export async function askAboutOwnData(
  app: App,
  input: { address: string; person_id: string; kind: RequestKind; words: string; language: Language },
): Promise<MadeRequest> {
  await personAt(app, input.address, input.person_id)
  return enter(app, 'link', async (ctx) => {
    const made = await makeRequest({ ...ctx, actor: everybody }, { ...input, channel: 'web' })
    if (input.kind === 'copy') await decideRequest(ctx, { id: made.id, decision: 'done', reason: '' })
    return made
  })
}

/**
 * Takes every consent back. What rested on it stops at once: the person is restricted until somebody has looked at it. Answers how many
 * were in force.
 */
export async function withdrawOwnConsents(app: App, input: { address: string; person_id: string }): Promise<number> {
  await personAt(app, input.address, input.person_id)
  return enter(app, 'link', async (ctx) => {
    const withdrawn = await withdrawConsents(ctx, { person_id: input.person_id })
    const { restriction } = await standingOf(ctx, input.person_id)
    if (withdrawn > 0 && !restriction)
      await restrictPerson(ctx, { person_id: input.person_id, reason: say('id', 'privacy.because_withdrawn') })
    return withdrawn
  })
}

/** What was asked from this address, newest last decided. */
export const ownRequests = (app: App, address: string): Promise<DataRequest[]> =>
  read(app, system, (ctx) => listRequests(ctx, { address }))

/** That somebody took their copy along. */
export const recordCopy = (app: App, person_id: string): Promise<void> =>
  enter(app, 'link', (ctx) => record(ctx, 'data_copy.taken', { about: { person_id } }))
