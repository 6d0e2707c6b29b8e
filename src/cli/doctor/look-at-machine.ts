import { existsSync } from 'node:fs'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Call } from '../verb.ts'
import { fine, wrong, type Finding } from './finding.ts'

const FREE_BYTES_MIN = 2 * 2 ** 30
const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`

/** Settings, data folder, disk, pages: what can be seen without asking anybody. */
export async function lookAtMachine({ settings, sources }: Call): Promise<Finding[]> {
  const set = Object.values(sources).filter((source) => source !== 'default').length
  const findings = [fine('settings', `all are well formed; ${set} differ from the defaults`)]
  findings.push(...(await lookAtFolder(settings.PANDU_DATA)))
  findings.push(
    existsSync(new URL('../../../build/handler.js', import.meta.url))
      ? fine('pages', 'are built')
      : wrong('pages', 'are not built', 'run "npm start" once, which builds them, or "./pandu start"'),
  )
  return findings
}

async function lookAtFolder(data: string): Promise<Finding[]> {
  const found = await stat(data).catch(() => null)
  if (!found)
    return [
      wrong(
        'data folder',
        `${data} does not exist`,
        'the first "npm start" makes it; or set PANDU_DATA to the right folder',
      ),
    ]
  const findings: Finding[] = []
  const writable = await access(data, constants.W_OK).then(
    () => true,
    () => false,
  )
  findings.push(
    writable
      ? fine('data folder', data)
      : wrong(
          'data folder',
          `${data} cannot be written by this user`,
          `give it to the user who runs Pandu: chown -R pandu ${data}`,
        ),
  )
  for (const name of ['secret', 'pandu.env', 'database-passwords.json'].map((file) => join(data, file))) {
    const file = await stat(name).catch(() => null)
    if (file && (file.mode & 0o077) !== 0)
      findings.push(wrong('secrets', `${name} can be read by other users of this machine`, `chmod 600 ${name}`))
  }
  const disk = await statfs(data)
  const free = disk.bavail * disk.bsize
  const says = `${gibibytes(free)} of ${gibibytes(disk.blocks * disk.bsize)} free`
  findings.push(
    free < FREE_BYTES_MIN
      ? wrong('disk', says, 'free or add space; when none is left, mail is answered 452 and forms are not saved')
      : fine('disk', says),
  )
  return findings
}
