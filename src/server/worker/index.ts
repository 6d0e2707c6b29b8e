import { Logger, parseCronItems, run, type TaskList } from 'graphile-worker'
import { acknowledge, gatherHeld } from '../intake/index.ts'
import { startClocks, stopClocks, sweepQuiet } from '../service_levels/index.ts'
import { indexTickets } from '../tickets/index.ts'
import type { App } from '../platform/app.ts'
import type { ReactionTask } from '../platform/reactions.ts'
import type { FactJob } from '../platform/relay.ts'
import { sweepSignIns } from '../people/index.ts'
import { system, write } from '../platform/context.ts'
import { sweepPlatform } from '../platform/sweep.ts'

/** What follows from facts (platform/reactions.ts names these tasks): each takes the facts of one job, plural, and may run twice. */
const reactionTasks: Record<ReactionTask, (app: App, jobs: FactJob[]) => Promise<void>> = {
  'service_levels.start': startClocks,
  'service_levels.stop': stopClocks,
  'intake.acknowledge': acknowledge,
  'tickets.index': indexTickets,
}

/** What comes round by itself. Times are UTC; each is safe to run late, twice, or on another machine. */
const rounds: { task: string; pattern: string; work: (app: App) => Promise<unknown> }[] = [
  { task: 'intake.gather_held', pattern: '* * * * *', work: gatherHeld },
  { task: 'service_levels.sweep_quiet', pattern: '7 * * * *', work: sweepQuiet },
  { task: 'people.sweep_sign_ins', pattern: '13 3 * * *', work: (app) => write(app, system, sweepSignIns) },
  { task: 'platform.sweep', pattern: '23 3 * * *', work: sweepPlatform },
]

/** Runs jobs in this process until stopped; a job in hand is finished first. */
export async function startWorker(app: App): Promise<{ stop(): Promise<void> }> {
  const taskList: TaskList = {}
  for (const [name, work] of Object.entries(reactionTasks))
    taskList[name] = (payload) => work(app, payload as FactJob[])
  for (const { task, work } of rounds) taskList[task] = async () => void (await work(app))
  const runner = await run({
    pgPool: app.worker_pool,
    taskList,
    concurrency: 4,
    pollInterval: 1_000,
    noHandleSignals: true,
    parsedCronItems: parseCronItems(rounds.map(({ task, pattern }) => ({ task, match: pattern }))),
    logger: quietLogger(app),
  })
  return { stop: () => runner.stop() }
}

// graphile-worker's own lines would hold payloads; we keep the level and the sentence's beginning.
function quietLogger(app: App) {
  return new Logger(() => (level, message) => {
    if (level === 'error') app.log.error({ job: message.slice(0, 200) }, 'a job failed and will be tried again')
    else if (level === 'warning') app.log.warn({ job: message.slice(0, 200) }, 'the job runner warns')
  })
}
