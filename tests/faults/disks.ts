/** Small disks that become full: of the database, the blobs, the log, and the temp folder. In a mount namespace of its own. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Verdict } from './verdict.ts'

const HOUSE = resolve(import.meta.dirname, '../..')
const RESULT = 'RESULT '

export const disks = ['database', 'blobs', 'log', 'temp'] as const
export type Disk = (typeof disks)[number]

/** What is heard while one of them is full. */
export interface WhenFull {
  small_mail: string
  large_mail: string
  form: number
  upload: string | null
  page: number
  /** Whether Pandu had to be started again afterwards, because it had ended. */
  ended: boolean
  back_ms: number
}
export type FullDisks = { heard: Record<Disk, WhenFull>; verdict: Verdict }

/**
 * Runs disk-child.ts with small tmpfs mounts that only it sees. Without root in a user namespace; `skipped` says why not where the machine
 * allows neither.
 */
export async function fillDisks(): Promise<FullDisks | { skipped: string }> {
  const mounts = `set -e
    d=$(mktemp -d); chmod 755 "$d"
    trap 'rmdir "$d"/* "$d" 2>/dev/null' EXIT
    for disk in data:400m log:2m temp:4m; do
      mkdir "$d/\${disk%%:*}"
      mount -t tmpfs -o size=\${disk##*:},mode=755 tmpfs "$d/\${disk%%:*}"
    done
    mkdir "$d/data/blobs"
    mount -t tmpfs -o size=24m,mode=700 tmpfs "$d/data/blobs"
    echo mounted`
  const uid = process.getuid?.() ?? 0
  // PostgreSQL does not run as root, not even as the root of a namespace: inside it is the user again.
  const again = uid === 0 ? '' : `unshare -U --map-user=${uid} --map-group=${process.getgid?.() ?? uid} `
  const script = `${mounts}\n${again}"$@" "$d"`
  const words = [
    ...(uid === 0 ? ['-m'] : ['-rm']),
    'sh',
    '-c',
    script,
    'sh',
    process.execPath,
    'tests/faults/disk-child.ts',
  ]
  const child = spawn('unshare', words, { cwd: HOUSE, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  await new Promise<void>((ended) => child.once('error', () => ended()).once('close', () => ended()))
  const line = out.split('\n').find((one) => one.startsWith(RESULT))
  if (line) return JSON.parse(line.slice(RESULT.length)) as FullDisks
  if (out.includes('mounted')) throw new Error(`disk-child.ts ended without a result: ${(out + err).slice(-3_000)}`)
  return { skipped: `small disks can be mounted neither as root nor in a user namespace: ${err.trim().slice(-200)}` }
}

const isNo = (answer: string) => answer !== '250' && answer !== '303'

/** Mails are put off and forms kept while nothing can be stored; a full log or temp folder stops nothing; reading goes on. */
export function isRightWhenFull(
  disk: Disk,
  { small_mail, large_mail, form, page, ended, back_ms }: WhenFull,
  back_ms_max = 10_000,
): boolean {
  const later = (code: string) => code === '451' || code === '452' || code === '421'
  if (ended || back_ms > back_ms_max) return false
  // The database finds room in its own pages for some: what was taken is there, and what was not heard so.
  if (disk === 'database') {
    const mails = [small_mail, large_mail].every((code) => code === '250' || later(code))
    return mails && (form === 303 || form === 503) && page === 200 && [small_mail, large_mail, String(form)].some(isNo)
  }
  if (disk === 'blobs') return small_mail === '250' && later(large_mail) && page === 200
  return small_mail === '250' && large_mail === '250' && form === 303 && page === 200
}
