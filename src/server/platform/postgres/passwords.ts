import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Passwords of the roles that Pandu made in an outside PostgreSQL. */
export interface Passwords {
  pandu_web: string
  pandu_worker: string
}

export const passwordsPath = (data: string) => join(data, 'database-passwords.json')

export async function readPasswords(data: string): Promise<Passwords | null> {
  const path = passwordsPath(data)
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as Passwords) : null
}

/** Written (mode 600) before the roles are made: a role whose password is nowhere would be lost. Keeps what is there. */
export async function makePasswords(data: string): Promise<Passwords> {
  await mkdir(data, { recursive: true, mode: 0o700 })
  const made: Passwords = {
    pandu_web: randomBytes(24).toString('base64url'),
    pandu_worker: randomBytes(24).toString('base64url'),
  }
  const half = `${passwordsPath(data)}.${process.pid}`
  await writeFile(half, JSON.stringify(made, null, 2) + '\n', { mode: 0o600 })
  await link(half, passwordsPath(data)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error // two first starts at once: both use what the faster one wrote
  })
  await rm(half)
  return (await readPasswords(data)) ?? made
}
