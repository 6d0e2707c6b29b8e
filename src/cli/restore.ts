import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { restoreBackup, verifyBackup } from '../server/platform/backup/restore-backup.ts'
import { openFiles } from '../server/platform/files.ts'
import { adoptErasureList, erasureListPath, noteUnlistedRestore } from '../server/privacy/index.ts'
import { eraseAgain } from '../server/worker/index.ts'
import { readPassphrase, takeOption } from './passphrase.ts'
import { showProgress } from './show-progress.ts'
import { withAccess } from './with-access.ts'
import { withApp } from './with-app.ts'
import { wrongUsage, type Verb } from './verb.ts'

const usage = './pandu restore FILE [--passphrase-file F] [--erasures F] [--check]'

const UNLISTED = (
  made_at: string,
) => `pandu: WARNING: this data folder has no list of erasures (erasures.log), and none was named with --erasures.
pandu: WARNING: whoever was erased after ${made_at}, when the backup was made, IS BACK, and Pandu does not know who.
pandu: WARNING: put a copy of erasures.log into the data folder before you start, or erase them again by hand. The doctor and the
pandu: WARNING: settings page "Personal data" say this until somebody writes there what was done.`

export const restore: Verb = {
  usage,
  about: `Bring a backup into an empty database and data folder (embedded or DATABASE_URL, any PostgreSQL from 17 on).
The whole file is read and verified before anything is touched; a damaged, cut, foreign or newer one is refused, and so is a database
that is not empty. It is restored as a whole or not at all; the schema is brought up to date where the backup is older.
The data folder gets the backup's secret, so that links and reply addresses go on working. --check only verifies the file.
Who was erased since the backup was made is erased again before the restore ends, by the list erasures.log in the data folder; --erasures
names a copy of it that was kept elsewhere, for a new data folder.`,
  async run(call) {
    const { value, rest: others } = takeOption(call.words, '--passphrase-file')
    const { value: list, rest } = takeOption(others, '--erasures')
    const only_check = rest.includes('--check')
    const [path, ...more] = rest.filter((word) => word !== '--check')
    if (value === null || list === null || !path || path.startsWith('--') || more.length > 0)
      return wrongUsage({ usage }, 'restore needs the name of a backup')
    const { settings } = call
    const progress = showProgress()
    const given = {
      settings,
      files: openFiles(settings.PANDU_DATA),
      path: resolve(path),
      passphrase: await readPassphrase(value),
      progress,
    }
    const checked = await verifyBackup(given).finally(progress.done)
    const { opening, closing } = checked
    console.log(
      `${path} is whole: made at ${opening.made_at} by Pandu ${opening.pandu} on PostgreSQL ${opening.postgres}, ${closing.parts.length} parts.`,
    )
    const unlisted = !only_check && !list && !existsSync(erasureListPath(settings.PANDU_DATA))
    if (!only_check) {
      // Before anything is there to be read; from here on every start goes by it, too.
      if (list)
        console.log(`${await adoptErasureList(settings.PANDU_DATA, resolve(list))} erasures are listed in ${list}.`)
      const restored = await withAccess(call, (access) => restoreBackup(given, access, checked)).finally(progress.done)
      const erased = await withApp(call, async (app) => {
        if (unlisted) await noteUnlistedRestore(app, new Date(opening.made_at))
        return eraseAgain(app)
      })
      console.log(
        `Restored: ${restored.rows} rows, ${restored.blobs} attachments${restored.migrations > 0 ? `, ${restored.migrations} newer migration(s) applied` : ''}${erased > 0 ? `; ${erased} people who were erased since then were erased again` : ''}. The secret of the backup is in force. Now run: ./pandu verify`,
      )
    }
    if (unlisted) console.error(UNLISTED(opening.made_at))
    for (const sha256 of closing.faulty_blobs)
      console.error(`pandu: the attachment ${sha256} was missing or damaged already when the backup was made`)
    return closing.faulty_blobs.length === 0 ? 0 : 1
  },
}
