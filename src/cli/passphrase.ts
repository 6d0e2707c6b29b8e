import { readFile } from 'node:fs/promises'
import { BackupFault } from '../server/platform/backup/format.ts'

/** The words after `--name VALUE` taken out of a verb's words; undefined where it does not stand, null where its value is missing. */
export function takeOption(
  words: readonly string[],
  name: string,
): { value: string | undefined | null; rest: string[] } {
  const at = words.indexOf(name)
  if (at < 0) return { value: undefined, rest: [...words] }
  const value = words[at + 1]
  return { value: value === undefined || value.startsWith('--') ? null : value, rest: words.toSpliced(at, 2) }
}

/** The first line of a file. A file and not a word of the command, because everybody on the machine can read commands. */
export async function readPassphrase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BackupFault(`the file with the passphrase cannot be read (${error.code}): ${path}`)
  })
  const passphrase = text.split(/\r?\n/, 1)[0]!
  if (passphrase.length < 12) throw new BackupFault(`the passphrase in ${path} is shorter than 12 characters`)
  return passphrase
}
