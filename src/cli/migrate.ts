import pg from 'pg'
import { withAccess } from './with-access.ts'
import { migrate } from '../server/platform/migrate.ts'
import type { Verb } from './verb.ts'

export const migrateOnly: Verb = {
  usage: './pandu migrate',
  bare: true,
  about: `Bring the database to this version's schema and say what was done.
"start" does the same by itself; this verb is for an upgrade in steps.`,
  run: (call) =>
    withAccess(call, async (access) => {
      const owner = new pg.Client(access.connection('owner'))
      await owner.connect()
      try {
        const applied = await migrate(owner)
        console.log(applied === 0 ? 'The schema is up to date.' : `${applied} migration(s) applied.`)
      } finally {
        await owner.end()
      }
      return 0
    }),
}
