import type { App } from '../platform/app.ts'
import { enter, everybody, read, system, type Language } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import { restrictPerson, withdrawConsents, standingOf } from '../people/index.ts'
import { personAt, type DataLink } from './data-link.ts'
import {
  decideRequest,
  listRequests,
  makeRequest,
  type DataRequest,
  type MadeRequest,
  type RequestKind,
} from './requests.ts'

/** Whoever opened a link, and their address, number or chat. */
type Proved = Pick<DataLink, 'channel' | 'address' | 'via'>

/**
 * What somebody who proved their address or number asks about themselves (door link). A copy is ready at once; everything else waits for a person.
 * Refuses not_found for somebody whom this address does not stand for.
 */
export async function askAboutOwnData(
  app: App,
  { via, ...input }: Proved & { person_id: string; kind: RequestKind; words: string; language: Language },
): Promise<MadeRequest> {
  await personAt(app, input, input.person_id)
  const { channel: _, ...asked } = input
  return enter(app, 'link', async (ctx) => {
    const made = await makeRequest(
      { ...ctx, actor: everybody },
      { ...asked, channel: 'web', answer_way: via ?? 'email' },
    )
    if (input.kind === 'copy') await decideRequest(ctx, { id: made.id, decision: 'done', reason: '' })
    return made
  })
}

/**
 * Takes every consent back. What rested on it stops at once: the person is restricted until somebody has looked at it. Answers how many
 * were in force.
 */
export async function withdrawOwnConsents(
  app: App,
  { person_id, ...point }: Pick<Proved, 'channel' | 'address'> & { person_id: string },
): Promise<number> {
  await personAt(app, point, person_id)
  return enter(app, 'link', async (ctx) => {
    const withdrawn = await withdrawConsents(ctx, { person_id })
    const { restriction } = await standingOf(ctx, person_id)
    if (withdrawn > 0 && !restriction)
      await restrictPerson(ctx, { person_id, reason: say('id', 'privacy.because_withdrawn') })
    return withdrawn
  })
}

/** What was asked from this address, newest last decided. */
export const ownRequests = (app: App, address: string): Promise<DataRequest[]> =>
  read(app, system, (ctx) => listRequests(ctx, { address }))

/** That somebody took their copy along. */
export const recordCopy = (app: App, person_id: string): Promise<void> =>
  enter(app, 'link', (ctx) => record(ctx, 'data_copy.taken', { about: { person_id } }))
