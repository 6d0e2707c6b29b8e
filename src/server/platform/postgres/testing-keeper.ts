/**
 * A process of its own that keeps an embedded PostgreSQL, for tests that kill it: `node testing-keeper.ts DATA [BINARIES]`.
 * Says one JSON line for everything that happens; stops when its input ends.
 */
import { startEmbeddedPostgres } from '../embedded-postgres.ts'
import { openLog } from '../log.ts'

const [data = '', binaries] = process.argv.slice(2)
const say = (what: object) => process.stdout.write(JSON.stringify(what) + '\n')

try {
  const postgres = await startEmbeddedPostgres({
    data,
    log: openLog({ PANDU_LOG: 'silent' }),
    holder: 'pandu test',
    ...(binaries ? { binaries } : {}),
  })
  postgres.onLost(() => say({ lost: true }))
  postgres.onBack(() => say({ back: postgres.pid }))
  postgres.onGivenUp((reason) => say({ given_up: reason }))
  process.stdin.on('end', () => void postgres.stop().then(() => process.exit(0)))
  process.stdin.resume()
  const { host, port } = postgres.superuser()
  say({ up: postgres.pid, cluster: postgres.data_folder, host, port })
} catch (error) {
  say({ fault: (error as Error).name, message: (error as Error).message })
  process.exit(1)
}
