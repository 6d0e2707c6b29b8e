import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Said {
  up?: number
  cluster?: string
  host?: string
  port?: number
  lost?: true
  back?: number
  given_up?: string
  fault?: string
  message?: string
}

/** Starts testing-keeper.ts, as another user if wished, and listens to it. */
export function startKeeper(data: string, options: { binaries?: string; uid?: number } = {}) {
  const keeper = join(import.meta.dirname, 'testing-keeper.ts')
  const child = spawn(process.execPath, [keeper, data, ...(options.binaries ? [options.binaries] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(options.uid ? { uid: options.uid, gid: options.uid } : {}),
  })
  const said: Said[] = []
  createInterface(child.stdout).on('line', (line) => void said.push(JSON.parse(line) as Said))
  let over = false
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      over = true
      resolve(code)
    })
  })
  return {
    pid: child.pid ?? 0,
    said,
    ended,
    /** Waits for the count-th line of that kind; throws if the process ends without it. */
    async until(kind: keyof Said, count = 1): Promise<Said> {
      for (;;) {
        const found = said.filter((one) => kind in one)[count - 1]
        if (found) return found
        if (over) throw new Error(`it ended without "${kind}" and said ${JSON.stringify(said)}`)
        await sleep(10)
      }
    },
    async stop() {
      child.stdin.end()
      return ended
    },
    kill: () => child.kill('SIGKILL'),
  }
}
export type Keeper = ReturnType<typeof startKeeper>

/** Waits until it holds; the test's own limit of time ends a hopeless wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20)
}

/** All processes that belong to a data folder: by working folder (PostgreSQL) or by arguments (leash, initdb). Linux only. */
export function processesOf(folder: string): { pid: number; args: string }[] {
  const found: { pid: number; args: string }[] = []
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')
      if (args.includes(folder) || readlinkSync(`/proc/${entry}/cwd`).startsWith(folder))
        found.push({ pid: Number(entry), args })
    } catch {
      // It ended while we looked.
    }
  }
  return found
}

export function killHard(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already: that is what we want.
    }
  }
}
