import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { Logger, parseCronItems, run, type Runner, type Task, type TaskList, type WorkerEvents } from 'graphile-worker'
import { forgetAnswers } from '../api/index.ts'
import {
  askDutyContacts,
  clearTelegramUpdates,
  inviteColleagues,
  markRead,
  tellAccountOwner,
  tellSecretariat,
  tellAffiliated,
  tellApplicants,
} from '../channels/index.ts'
import { renewTerms } from '../membership/index.ts'
import { acknowledge, gatherHeld, sweepCalls } from '../intake/index.ts'
import {
  askNextCandidates,
  expireNeeds,
  expireOffers,
  followTickets,
  goOnReferring,
  hearAnswers,
  keepFigures,
  passOnOffers,
  remindOffers,
  remindPaid,
  sendHeldOffers,
  sendOffers,
  settleGrants,
  settleGrantsOf,
  sweepDeskChanges,
  tellContacts,
  tellPaid,
  tellQuestions,
  tellProvider,
  tellRequesters,
} from '../referrals/index.ts'
import { startClocks, stopClocks, sweepQuiet } from '../service_levels/index.ts'
import { forgetDeskTraces, indexOffices, indexTickets, markUndelivered, tellHolder } from '../tickets/index.ts'
import type { App } from '../platform/app.ts'
import { MAY_WAIT, type ReactionTask } from '../platform/reactions.ts'
import type { FactJob } from '../platform/relay.ts'
import { sweepSignIns } from '../people/index.ts'
import { system, write } from '../platform/context.ts'
import { codeOf, isDatabaseAway } from '../platform/database.ts'
import { fault } from '../platform/fault.ts'
import { withLease } from '../platform/leases.ts'
import { watchClock } from './watch-clock.ts'
import { watchFlood } from './watch-flood.ts'
import { clearOld, forgetDataLinks, removeMentions, sendDataCodes, takeDataCodes } from '../privacy/index.ts'
import { eraseAllDue } from './erase-people.ts'
import { sweepBlobs } from '../platform/sweep-blobs.ts'
import { makePartitions, sweepPlatform } from '../platform/sweep.ts'
import { tellJournalHead } from '../reports/index.ts'

export { eraseAllDue, eraseAgain } from './erase-people.ts'
export {
  pullFromFuture,
  pullRounds,
  startBeats,
  unlockForgotten,
  unlockSilent,
  type BeatingPart,
  type Beats,
} from './beats.ts'

/** What follows from facts (platform/reactions.ts names these tasks): each takes the facts of one job, plural, and may run twice. */
const reactionTasks: Record<ReactionTask, (app: App, jobs: FactJob[]) => Promise<unknown>> = {
  'service_levels.start': startClocks,
  'service_levels.stop': stopClocks,
  'intake.acknowledge': acknowledge,
  'channels.tell_owner': tellAccountOwner,
  'channels.tell_secretariat': tellSecretariat,
  'channels.mark_read': markRead,
  'channels.tell_applicants': tellApplicants,
  'channels.tell_affiliated': tellAffiliated,
  'channels.ask_contacts': askDutyContacts,
  'channels.invite_colleagues': inviteColleagues,
  'tickets.index': indexTickets,
  'tickets.index_offices': indexOffices,
  'tickets.tell_holder': tellHolder,
  'tickets.mark_undelivered': markUndelivered,
  'referrals.next': askNextCandidates,
  'referrals.hear_answer': hearAnswers,
  'referrals.go_on': goOnReferring,
  'referrals.follow': followTickets,
  'referrals.tell_requester': tellRequesters,
  'referrals.pass_on': passOnOffers,
  'referrals.settle_grants': settleGrantsOf,
  'referrals.send_offer': sendOffers,
  'referrals.tell_contacts': tellContacts,
  'referrals.tell_provider': tellProvider,
  'referrals.tell_paid': tellPaid,
  'referrals.tell_question': tellQuestions,
  'privacy.remove_names': removeMentions,
  'privacy.send_code': sendDataCodes,
  'privacy.take_code': takeDataCodes,
}

/** What comes round by itself. Times are UTC; each is safe to run late, twice, or on another machine. */
const rounds: { task: string; pattern: string; work: (app: App) => Promise<unknown> }[] = [
  { task: 'intake.gather_held', pattern: '* * * * *', work: gatherHeld },
  { task: 'intake.sweep_calls', pattern: '* * * * *', work: sweepCalls },
  { task: 'referrals.remind_offers', pattern: '* * * * *', work: remindOffers },
  { task: 'referrals.send_held', pattern: '* * * * *', work: sendHeldOffers },
  { task: 'referrals.expire', pattern: '* * * * *', work: expireOffers },
  { task: 'referrals.remind_paid', pattern: '* * * * *', work: remindPaid },
  { task: 'referrals.expire_needs', pattern: '* * * * *', work: expireNeeds },
  { task: 'referrals.pass_on_all', pattern: '* * * * *', work: passOnOffers },
  { task: 'referrals.sweep_desk_changes', pattern: '*/10 * * * *', work: sweepDeskChanges },
  { task: 'referrals.settle_all_grants', pattern: '*/5 * * * *', work: settleGrants },
  { task: 'service_levels.sweep_quiet', pattern: '7 * * * *', work: sweepQuiet },
  // Early on a working day in all three zones of the country.
  { task: 'membership.renew_terms', pattern: '19 0 * * *', work: renewTerms },
  { task: 'referrals.keep_figures', pattern: '47 1 * * *', work: keepFigures },
  { task: 'people.sweep_sign_ins', pattern: '13 3 * * *', work: (app) => write(app, system, sweepSignIns) },
  { task: 'api.forget_answers', pattern: '*/10 * * * *', work: forgetAnswers },
  { task: 'tickets.forget_desk_traces', pattern: '41 * * * *', work: forgetDeskTraces },
  { task: 'privacy.clear_old', pattern: '33 2 * * *', work: clearOld },
  { task: 'privacy.forget_links', pattern: '17 * * * *', work: forgetDataLinks },
  { task: 'privacy.erase_due', pattern: '* * * * *', work: eraseAllDue },
  { task: 'reports.tell_journal_head', pattern: '37 0 * * *', work: tellJournalHead },
  { task: 'channels.clear_telegram', pattern: '29 3 * * *', work: clearTelegramUpdates },
  { task: 'platform.sweep', pattern: '23 3 * * *', work: sweepPlatform },
  { task: 'platform.sweep_blobs', pattern: '53 */6 * * *', work: sweepBlobs },
]

export interface JobWorker {
  /** What its jobs are locked with. */
  id(): string
  alive(): boolean
  /** Ids of the jobs that it is at. */
  holds(): readonly string[]
  /** Resolves when the job in hand is finished. */
  stop(): Promise<void>
}

const START_AGAIN_MS = 1_000

/**
 * Runs jobs in this process until stopped; a job in hand is finished first. When the job runner gives up by itself (the database went
 * away in the wrong moment) it is started again.
 */
export async function startWorker(app: App, look_ms?: number): Promise<JobWorker> {
  let stopped = false
  // It may have been off for months.
  await makePartitions(app)
  let now = await startRunner(app)
  const keep = async () => {
    for (;;) {
      const failed = await now.runner.promise.then(
        () => null,
        (error: unknown) => ({ code: codeOf(error) }),
      )
      now.ended = true
      if (stopped) return
      app.log.error({ ...failed }, 'the job runner ended by itself and is started again')
      for (let started = false; !started && !stopped;) {
        await sleep(START_AGAIN_MS)
        started = await startRunner(app).then(
          (next) => ((now = next), true),
          (error: unknown) => (app.log.warn({ code: codeOf(error) }, 'the job runner does not start'), false),
        )
      }
      if (stopped) return
    }
  }
  const kept = keep()
  // Rounds wait for the next minute by the time of day: started again, they wait for the next minute of now.
  const unwatch = watchClock(() => {
    app.log.warn({}, 'the clock was set back; the job runner is started again')
    if (!now.ended) void now.runner.stop().catch(() => undefined)
  }, look_ms)
  return {
    id: () => now.id,
    alive: () => !now.ended,
    holds: () => [...now.held],
    async stop() {
      stopped = true
      unwatch()
      if (!now.ended) await now.runner.stop()
      await kept
    },
  }
}

interface Running {
  runner: Runner
  id: string
  held: ReadonlySet<string>
  ended: boolean
}

async function startRunner(app: App): Promise<Running> {
  const taskList: TaskList = {}
  const held = new Set<string>()
  const holding =
    (work: (payload: unknown) => Promise<void>): Task =>
    async (payload, { job }) => {
      held.add(job.id)
      try {
        await work(payload)
      } finally {
        held.delete(job.id)
      }
    }
  for (const [name, work] of Object.entries(reactionTasks))
    taskList[name] = holding(async (payload) => {
      fault('worker.before_work')
      await work(app, payload as FactJob[]).catch((error: unknown) => {
        if (isDatabaseAway(error)) hurryLater(app)
        throw error
      })
      fault('worker.after_work')
    })
  // A round that still goes on, here or on another machine, is not begun a second time.
  for (const { task, work } of rounds)
    taskList[task] = holding(async () => void (await withLease(app, `round ${task}`, () => work(app))))
  let id = ''
  const events: WorkerEvents = new EventEmitter()
  events.on('pool:create', ({ workerPool }) => (id = workerPool.id))
  const doesFlood = watchFlood(app)
  const runner = await run({
    pgPool: app.worker_pool,
    taskList,
    concurrency: 4,
    forbiddenFlags: async () => ((await doesFlood()) ? [MAY_WAIT] : []),
    pollInterval: 1_000,
    noHandleSignals: true,
    parsedCronItems: parseCronItems(rounds.map(({ task, pattern }) => ({ task, match: pattern }))),
    logger: quietLogger(app),
    events,
  })
  return { runner, id, held, ended: false }
}

const HURRY_MS = 2_000

/** Soon after the database is back: what failed for its sake would wait for minutes after a few outages, though nothing is wrong with it. */
function hurryLater(app: App): void {
  setTimeout(() => {
    if (!app.available()) return hurryLater(app)
    sql`select from graphile_worker.reschedule_jobs(array(select id from graphile_worker.jobs
      where locked_at is null and attempts > 0 and attempts < max_attempts and run_at > now()), run_at => now())`
      .execute(app.worker)
      .catch((error: unknown) => app.log.warn({ code: codeOf(error) }, 'failed jobs wait for their time'))
  }, HURRY_MS).unref()
}

// graphile-worker's own lines would hold payloads and, behind "with error", a failure's own words, which can be a person's; the job's row keeps those.
function quietLogger(app: App) {
  return new Logger(() => (level, message) => {
    if (level === 'error')
      app.log.error({ job: message.split(' with error ', 1)[0]!.slice(0, 200) }, 'a job failed and will be tried again')
    else if (level === 'warning')
      app.log.warn({ job: message.split(' with error ', 1)[0]!.slice(0, 200) }, 'the job runner warns')
  })
}
