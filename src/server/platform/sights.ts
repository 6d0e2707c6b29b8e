import type { Kysely } from 'kysely'
import type { App } from './app.ts'
import type { Reading, StaffActor } from './context.ts'
import { codeOf } from './database.ts'
import { newId } from './ids.ts'
import { writeFacts, type NewFact } from './journal.ts'
import type { FactKind } from './reactions.ts'
import { refuse } from './refusal.ts'
import type { DB } from './tables.ts'

/** Facts that say that somebody read personal data; whoever adds one records it by {@link seen}. */
export const readingKinds = [
  'ticket.seen',
  'tickets.searched',
  'tickets.listed',
  'file.seen',
  'nik.seen',
  'person.seen',
  'people.searched',
  'intake.seen',
  'intake.raw_seen',
  'intake.listed',
  'outbox.seen',
  'outbox.listed',
  'application.listed',
  'application.seen',
  'journal.seen',
  'journal.exported',
] as const satisfies readonly FactKind[]
export type ReadingKind = (typeof readingKinds)[number]
export const isReading = (kind: FactKind): kind is ReadingKind => (readingKinds as readonly FactKind[]).includes(kind)

/**
 * The one rule of how often a look is written down: the same look (who, by which session or token, from which address, at what) counts
 * once in ten minutes, beginning with the first. A page that is reloaded, or that a change brings up to date by itself, is not looked at anew.
 */
export const SAME_LOOK_MINUTES = 10

/** What one account may have written down about asking for what it does not see; the others are in the log of requests. */
export const REFUSED_AN_HOUR_MAX = 200

/** Looks of a few moments are written together, after the answers that they belong to. */
const GATHER_MS = 250
const AGAIN_MS = 1_000
const LOT_MAX = 500
/** So many that could not be written down yet, and nothing more is shown until they are. */
const WAITING_MAX = 5_000
const REMEMBERED_MAX = 50_000
const STOP_MS = 5_000

/**
 * By what somebody was let in: the duty of a desk that holds or held the ticket, a grant, the oversight of the whole house (administrators,
 * secretariat), a program's token. Whoever reads very much at once says why in words (the journal's export).
 */
export type Why = 'own_desk' | 'earlier_desk' | 'granted' | 'whole_house' | 'program'

interface Sight extends NewFact {
  at: Date
  actor: StaffActor
  why: Why
}

export interface Sights {
  /** Remembers it to be written down; refuses `unavailable` when too much waits, so that nothing is read that leaves no trace. */
  note(sight: Sight): void
  /** For whoever wants to see now what was noted until now. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** For processes that show nobody anything. */
export const noSights: Sights = {
  note: () => undefined,
  flush: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

/**
 * Somebody of the staff reads personal data: to be recorded, with who, what, when, and from where. Costs the page nothing, because it is
 * written after the answer (decision on records of reading). A requester's own ticket, and what the system reads, is not recorded.
 * Call it where the rows are read, so that no page can forget it. `about` holds ids and codes only, words go into `details`. `why` stands with
 * the details; whoever knows nothing better says nothing, and it is the reader's own desk or, for those who see everything, their oversight.
 */
export function seen(ctx: Reading, kind: ReadingKind, what: Omit<NewFact, 'kind'> & { why?: Why } = {}): void {
  const { actor } = ctx
  if (actor.kind !== 'staff') return
  const why = actor.from?.token_id ? 'program' : (what.why ?? (actor.sees_all ? 'whole_house' : 'own_desk'))
  ctx.app.sights.note({ ...what, why, kind, at: ctx.now, actor })
}

/**
 * Somebody of the staff asked a page for what they do not see, or what is not there (nobody knows which), or for what they may not do:
 * who looks for other people's requests leaves a trace. `asked` is what they named; anything may stand there, so it is kept apart.
 */
export function noteRefused(
  app: App,
  actor: StaffActor,
  about: { route: string; kind: 'not_found' | 'forbidden'; asked: readonly string[] },
): void {
  app.sights.note({
    kind: 'access.refused',
    at: new Date(),
    actor,
    why: actor.sees_all ? 'whole_house' : 'own_desk',
    about: { route: about.route, refusal: about.kind },
    details: { asked: about.asked.slice(0, 10).map((text) => text.replaceAll('\0', '').slice(0, 100)) },
  })
}

/** Writes down what was noted, in batches, by the web's role; keeps what could not be written until it can. */
export function openSights(app: Pick<App, 'log' | 'poke'> & { web: Kysely<DB> }): Sights {
  /** When the same was noted last, oldest first. */
  const known = new Map<string, number>()
  const refused = new Map<string, { since: number; count: number }>()
  let waiting: Sight[] = []
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let failing = false

  function note(sight: Sight): void {
    const is_refusal = sight.kind === 'access.refused'
    if (waiting.length >= WAITING_MAX) {
      if (is_refusal) return
      refuse('unavailable', 'unavailable')
    }
    const key = JSON.stringify([
      sight.kind,
      sight.actor.person_id,
      sight.actor.from,
      sight.ticket_id,
      sight.about,
      sight.details,
    ])
    const now = performance.now()
    const before = known.get(key)
    if (before !== undefined && now - before < SAME_LOOK_MINUTES * 60_000) return
    if (is_refusal && !isAmongFirst(sight.actor.person_id, now)) return
    known.delete(key)
    known.set(key, now)
    if (known.size > REMEMBERED_MAX) known.delete(known.keys().next().value!)
    waiting.push(sight)
    timer ??= setTimeout(() => void flush().catch(() => undefined), failing ? AGAIN_MS : GATHER_MS)
  }

  function isAmongFirst(person_id: string, now: number): boolean {
    const hour = refused.get(person_id)
    if (!hour || now - hour.since > 3_600_000) refused.set(person_id, { since: now, count: 1 })
    else hour.count++
    return (refused.get(person_id)?.count ?? 0) <= REFUSED_AN_HOUR_MAX
  }

  async function flush(): Promise<void> {
    await writing?.catch(() => undefined)
    if (timer) clearTimeout(timer)
    timer = null
    writing = write()
    await writing
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const lot = waiting.slice(0, LOT_MAX)
      try {
        await writeFacts(
          app.web,
          lot.map(({ why, ...sight }) => ({
            ...sight,
            id: newId(),
            details: sight.kind === 'access.refused' ? (sight.details ?? {}) : { ...sight.details, why },
          })),
        )
      } catch (error) {
        failing = true
        app.log.warn({ code: codeOf(error), waiting: waiting.length }, 'what was read could not be recorded yet')
        timer ??= setTimeout(() => void flush().catch(() => undefined), AGAIN_MS)
        throw error
      }
      failing = false
      waiting = waiting.slice(lot.length)
      app.poke()
    }
  }

  return {
    note,
    flush,
    async stop() {
      const until = performance.now() + STOP_MS
      while (waiting.length > 0 && performance.now() < until)
        await flush().catch(() => new Promise((resolve) => setTimeout(resolve, GATHER_MS)))
      if (timer) clearTimeout(timer)
      timer = null
      if (waiting.length > 0)
        app.log.error({ lost: waiting.length }, 'what was read could not be recorded before the stop')
    },
  }
}
