import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { mebibytes, writeBackup } from '../server/platform/backup/write-backup.ts'
import { openFiles } from '../server/platform/files.ts'
import { rootSecret } from '../server/platform/secrets.ts'
import { readPassphrase, takeOption } from './passphrase.ts'
import { showProgress } from './show-progress.ts'
import { withAccess } from './with-access.ts'
import { wrongUsage, type Verb } from './verb.ts'

const usage = './pandu backup FILE [--passphrase-file F]'

export const backup: Verb = {
  usage,
  about: `Write everything into one file while Pandu runs: all rows of one moment, the attachments they name, and the secret.
The file is readable by you only (mode 600) and never overwrites another. With --passphrase-file it is encrypted: the first line of F
is the passphrase, at least 12 characters; without it nobody can ever read the backup, you neither.
It holds the secret from which links and reply addresses are signed, and people's words: guard it like the database.
Settings (pandu.env, the environment) are not in it. Exit 1 also when an attachment was missing or damaged; the file is kept then.`,
  async run(call) {
    const { value, rest } = takeOption(call.words, '--passphrase-file')
    const [path, ...more] = rest
    if (value === null || !path || path.startsWith('--') || more.length > 0)
      return wrongUsage({ usage }, 'backup needs the name of a new file')
    const passphrase = await readPassphrase(value)
    const { settings } = call
    const progress = showProgress()
    const made = await withAccess(call, (access) =>
      writeBackup({
        connection: access.connection('owner'),
        files: openFiles(settings.PANDU_DATA),
        secret: rootSecret(settings),
        pandu: versionOf(),
        path: resolve(path),
        passphrase,
        progress,
      }),
    ).finally(progress.done)
    console.log(
      `${path}: ${made.rows} rows, ${made.blobs} attachments, ${mebibytes(made.bytes)}${passphrase === undefined ? '; not encrypted' : '; encrypted'}. The secret of this installation is in it.`,
    )
    for (const sha256 of made.faulty_blobs)
      console.error(
        `pandu: the attachment ${sha256} is missing or damaged in ${settings.PANDU_DATA}/blobs; the backup lacks it`,
      )
    return made.faulty_blobs.length === 0 ? 0 : 1
  },
}

const versionOf = () =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
