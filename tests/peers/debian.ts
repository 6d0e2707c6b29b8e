/**
 * Programs of others for tests (Postfix and swaks; a clock that jumps): the machine's own where they are installed, else Debian's
 * packages, fetched by apt and unpacked into a folder below the temp folder. Nothing is installed and nothing of the machine's is
 * changed: apt gets its own lists and cache, and no script of a package runs.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { arch, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'

/** What is wanted: packages, and the paths below the root that say that they are there. */
export interface Wanted {
  /** In the name of the folder, and in the reason why there is none. */
  name: string
  packages: string[]
  paths: string[]
}

const PEERS: Wanted = {
  name: 'peers',
  packages: ['postfix', 'swaks'],
  paths: ['usr/lib/postfix/sbin/master', 'usr/sbin/postqueue', 'usr/bin/swaks'],
}
const FETCH_MAX_MS = 120_000
const run = promisify(execFile)

/** Where the programs lie below: `/` for installed ones, else the folder with the unpacked packages. */
export type Programs = { root: string }

/** Answers the programs, or one line that says why there are none here (the reason of a skipped test). */
export async function findPrograms(wanted = PEERS): Promise<Programs | { missing: string }> {
  const names = wanted.packages.join(', ')
  if (isWhole('/', wanted)) return { root: '/' }
  if (!existsSync('/usr/bin/apt-get'))
    return { missing: `not installed: ${names}; and there is no apt-get to fetch them` }
  const folder = join(tmpdir(), await folderName(wanted))
  if (isWhole(folder, wanted)) return { root: folder }
  try {
    await fetchOnce(folder, wanted)
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const line = (stderr || message).trim().split('\n').at(-1)
    return { missing: `not installed: ${names}; and they could not be fetched: ${line}` }
  }
  return { root: folder }
}

/** The reason why this process cannot run a Postfix, or null: its master process must be started by root. */
export const whyNoPostfix = () => (process.getuid?.() === 0 ? null : 'Postfix can only be started by root')

const isWhole = (root: string, { paths }: Wanted) => paths.every((path) => existsSync(join(root, path)))

async function folderName({ name }: Wanted): Promise<string> {
  const release = parseEnv(await readFile('/etc/os-release', 'utf8'))
  return `pandu-${name}-${release['ID'] ?? 'linux'}-${release['VERSION_ID'] ?? ''}-${arch()}-${userInfo().uid}`
}

// Unpacked beside and renamed when whole, so that two runs at once do no harm and a broken one leaves nothing.
async function fetchOnce(folder: string, wanted: Wanted): Promise<void> {
  const fresh = await mkdtemp(`${folder}.`)
  try {
    const archives = await fetchArchives(fresh, wanted)
    const root = join(fresh, 'root')
    for (const archive of archives) await run('dpkg', ['-x', archive, root])
    if (!isWhole(root, wanted)) throw new Error('the packages of this Debian hold other paths')
    // Postfix runs as other users than the one who unpacked it.
    await run('chmod', ['755', root])
    await rename(root, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Fetches the packages, and those that they need and this machine lacks; answers the archives' paths. */
async function fetchArchives(folder: string, { packages }: Wanted): Promise<string[]> {
  const lists = join(folder, 'lists')
  const cache = join(folder, 'cache')
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives/partial'), { recursive: true })
  const settings = [`Dir::State::lists=${lists}`, `Dir::Cache=${cache}`, 'Debug::NoLocking=1', 'APT::Sandbox::User=']
  const own = ['-qq', ...settings.flatMap((setting) => ['-o', setting])]
  const limits = { timeout: FETCH_MAX_MS, env: { ...process.env, LC_ALL: 'C' } }
  await run('apt-get', [...own, 'update'], limits)
  await run('apt-get', [...own, '-y', '--no-install-recommends', '--download-only', 'install', ...packages], limits)
  const names = await readdir(join(cache, 'archives'))
  return names.filter((name) => name.endsWith('.deb')).map((name) => join(cache, 'archives', name))
}
