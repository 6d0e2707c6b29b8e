import { readdirSync, readFileSync } from 'node:fs'

/** Every process below this one, and every one that serves this data folder (PostgreSQL runs on a leash of its own). */
export function processesOf(root: number, data: string): number[] {
  const parents = new Map<number, number>()
  const serving: number[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    parents.set(pid, parentOf(pid))
    if (pid !== process.pid && commandOf(pid).includes(`${data}/`)) serving.push(pid)
  }
  const found = new Set([root, ...serving])
  for (let grown = true; grown;) {
    grown = false
    for (const [pid, parent] of parents)
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid)
        grown = true
      }
  }
  return [...found]
}

/** Memory with shared pages counted once (PSS), in MB. */
export function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + pssOf(pid), 0) / 1024
}

function pssOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // it ended meanwhile
  }
}
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** CPU time that these processes and those of their children that ended have used so far, in ms. (Linux counts in hundredths of a second.) */
export const cpuMsOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)

function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Connections that ended meanwhile are counted by whoever started them.
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * 10
  } catch {
    return 0 // it ended meanwhile
  }
}
