import type { App } from '../platform/app.ts'
import { enter, everybody, read, system, type Language, type Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { restrictPerson, withdrawConsents, standingOf } from '../people/index.ts'
import { copyOfPerson } from './copy-of-person.ts'
import { peopleOf, personAt, type DataLink } from './data-link.ts'
import type { ProvedPoint } from './proved-point.ts'
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
  return enter(app, 'link', (ctx) => takeBackConsents(ctx, person_id))
}

/** The same for somebody whose number has proved itself. */
export async function takeBackConsents(ctx: Writing, person_id: string): Promise<number> {
  const withdrawn = await withdrawConsents(ctx, { person_id })
  const { restriction } = await standingOf(ctx, person_id)
  if (withdrawn > 0 && !restriction)
    await restrictPerson(ctx, { person_id, reason: say('id', 'privacy.because_withdrawn') })
  return withdrawn
}

/**
 * What was asked from this address, newest last decided, by those whom it stands for now: a number may be somebody else's since, and what was asked there
 * before is not theirs to read.
 */
export const ownRequests = (app: App, { channel, address }: ProvedPoint): Promise<DataRequest[]> =>
  read(app, system, async (ctx) => {
    const [people, requests] = await Promise.all([peopleOf(ctx, { channel, address }), listRequests(ctx, { address })])
    return requests.filter(({ person_id }) => people.some(({ id }) => id === person_id))
  })

/** That somebody took their copy along; asked by a text it is done by that. */
export async function recordCopy(
  app: App,
  { person_id, address }: { person_id: string; address: string },
): Promise<void> {
  await enter(app, 'link', async (ctx) => {
    await record(ctx, 'data_copy.taken', { about: { person_id } })
    const open = await listRequests(ctx, { person_id, address, open: true })
    for (const { id } of open.filter(({ kind }) => kind === 'copy'))
      await decideRequest(ctx, { id, decision: 'done', reason: '' })
  })
}

/**
 * The copy that somebody asked for who has no internet, for whoever hands it over on paper: of an open or fulfilled request for one, of what belongs to
 * the address or number of that request. The secretariat's coordinators and administrators, signed in recently; they have made sure who it is, by the code or
 * face to face. Refuses not_found. Records `data_copy.taken`.
 */
export async function handOverCopy(
  ctx: Writing,
  { person_id, request_id }: { person_id: string; request_id: string },
): Promise<Awaited<ReturnType<typeof copyOfPerson>>> {
  mustCoordinateAll(ctx.actor)
  mustHaveSignedInRecently(ctx)
  if (!isId(person_id)) refuse('not_found', 'person')
  const asked = (await listRequests(ctx, { person_id })).find(({ id }) => id === request_id)
  if (!asked || asked.kind !== 'copy' || asked.decision === 'refused' || asked.address === null)
    return refuse('not_found', 'privacy.request')
  const { answer_way, address } = asked
  const channel = answer_way === 'email' || answer_way === 'telegram' ? answer_way : 'phone'
  await record(ctx, 'data_copy.taken', { about: { person_id, request_id } })
  return copyOfPerson(ctx.app, {
    person_id,
    channel,
    address: channel === 'email' ? address.toLowerCase() : address,
    made_sure: true,
  })
}
