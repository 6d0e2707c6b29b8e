import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { InstanceRunning } from './faults.ts'
import { tryLock } from './instance-lock.ts'
import type { Place } from './place.ts'
import { readPidFile, removeStalePidFile, servesCluster, signal, type PidFile } from './postmaster-pid.ts'

/** How long another PostgreSQL on our cluster may take to finish starting or stopping. */
const WAIT_MS_MAX = 30_000
/** How long a PostgreSQL may stand without a lock before we call it an orphan: its Pandu takes the lock within milliseconds. */
const GRACE_MS = 1000

/**
 * Returns when no other PostgreSQL serves the cluster. What is found:
 * - one whose lock is held: another Pandu runs here, {@link InstanceRunning};
 * - one whose lock stays free: an orphan (its Pandu and its leash were killed), stopped cleanly;
 * - one that cannot be asked: it is starting or stopping, waited for;
 * - a pid file whose process is a stranger: removed; whose process is gone: left to PostgreSQL, which handles it;
 * - one that answers on the socket but is no process of this machine's view (another container on the same folder):
 *   {@link InstanceRunning}, whatever its lock says, because two would destroy the data.
 */
export async function clearTheWay(place: Place, holder: string, log: Log): Promise<void> {
  const until = Date.now() + WAIT_MS_MAX
  let unlockedSince: number | null = null
  for (;;) {
    const found = await readPidFile(place.cluster)
    if (!found) return
    const alive = await servesCluster(found.pid, place.cluster)
    const answer = await ask(found, holder)

    if (answer === 'silent' && !alive) {
      if (found.pid > 0 && signal(found.pid, 0)) await removeStalePidFile(place.cluster, found)
      return
    }
    if (typeof answer === 'object') throw new InstanceRunning(place.data, found.pid, answer.holder)
    if (answer === 'free' && !alive) throw new InstanceRunning(place.data, found.pid, 'in another container')
    if (answer === 'free') {
      unlockedSince ??= Date.now()
      if (Date.now() - unlockedSince > GRACE_MS) {
        log.warn(
          { pid: found.pid },
          'A PostgreSQL without its Pandu serves this data folder; it is stopped and started anew',
        )
        signal(found.pid, 'SIGINT')
        unlockedSince = null
      }
    } else unlockedSince = null
    if (Date.now() > until) throw new InstanceRunning(place.data, found.pid, 'starting or stopping')
    await sleep(50)
  }
}

async function ask(found: PidFile, holder: string): Promise<'free' | 'silent' | 'busy' | { holder: string }> {
  if (!found.sockets) return 'silent'
  const answer = await tryLock(found.sockets, found.port, `${holder} (looking)`)
  if (answer.state === 'held') return answer.holder.endsWith('(looking)') ? 'busy' : { holder: answer.holder }
  if (answer.state !== 'taken') return answer.state
  // Held for an instant only: its own Pandu may be about to take it.
  await answer.lock.client.end()
  return 'free'
}
