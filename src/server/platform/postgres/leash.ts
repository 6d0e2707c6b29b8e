import { spawn, type ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'
import { asUser, type RunAs } from './run-as.ts'

/**
 * PostgreSQL runs under a small shell that holds the reading end of a pipe whose writing end is ours. However we end,
 * kill -9 included, the pipe closes and the shell tells PostgreSQL to stop cleanly (SIGINT: fast shutdown). Nothing else
 * may hold the pipe, hence the closings. The watcher is ended with PostgreSQL, so that it never signals a stranger that
 * got the same number.
 */
const LEASH = `exec 4<&3
"$@" 3<&- 4<&- & p=$!
(cat >/dev/null; kill -INT $p 2>/dev/null) <&4 & w=$!
exec 3<&- 4<&-
wait $p; s=$?
kill $w 2>/dev/null
exit $s`

export interface Leash {
  /** The shell: the parent of PostgreSQL. */
  pid: number
  /** Settles when the shell has ended: with PostgreSQL, or because it was killed itself. */
  ended: Promise<void>
  isOver: () => boolean
  /** Lets go: PostgreSQL stops cleanly. */
  release(): void
}

/** Starts a program on the leash. `output` is an open file for all that it says; the environment is ours alone (no PG… variables). */
export async function onLeash(
  program: string,
  args: string[],
  options: { user: RunAs | null; output: number; cwd: string },
): Promise<Leash> {
  const child: ChildProcess = spawn('/bin/sh', ['-c', LEASH, 'pandu-postgres', program, ...args], {
    ...asUser(options.user),
    cwd: options.cwd,
    env: cleanEnvironment(),
    // Its own group: Ctrl-C at the terminal is for us; we stop PostgreSQL last.
    detached: true,
    stdio: ['ignore', options.output, options.output, 'pipe'],
  })
  let over = false
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      over = true
      resolve()
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const pipe = child.stdio[3] as Writable
  pipe.on('error', () => undefined) // the reader is gone: `ended` tells it
  return { pid: child.pid ?? 0, ended, isOver: () => over, release: () => pipe.destroy() }
}

export const cleanEnvironment = () => ({ PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' })
