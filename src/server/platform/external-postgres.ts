import { Client, escapeIdentifier, escapeLiteral, type ClientBase, type ClientConfig } from 'pg'
import type { Settings } from '../../settings.ts'
import { checkDurability } from './check-durability.ts'
import type { DatabaseAccess } from './embedded-postgres.ts'
import type { Log } from './log.ts'
import { makePasswords, passwordsPath, readPasswords, type Passwords } from './postgres/passwords.ts'
import { limitsOf } from './postgres/roles.ts'

/** The outside PostgreSQL cannot be used as it is. One line, or one line and the SQL that cures it. */
export class DatabaseFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'DatabaseFault'
  }
}

type External = Pick<Settings, 'PANDU_DATA' | 'DATABASE_URL' | 'PANDU_DATABASE_WEB_URL' | 'PANDU_DATABASE_WORKER_URL'>

const VERSION_MIN = 17
/** Advisory lock: one start prepares the roles at a time. */
const PREPARING = 7_263_801_002

/**
 * Opens a PostgreSQL of the operator's own. `DATABASE_URL` is the owner's; the two other roles come by their own URLs, or
 * Pandu makes `pandu_web` and `pandu_worker` itself (passwords in the data folder) where the owner may create roles.
 * Checks the version (at least 17), durability and the roles' rights. Throws {@link DatabaseFault} or NotDurable.
 */
export async function openExternalPostgres(settings: External, log: Log): Promise<DatabaseAccess> {
  const owner = configOf(settings.DATABASE_URL ?? '')
  const passwords = await withClient(owner, 'DATABASE_URL', async (client) => {
    await checkVersion(client)
    await checkDurability(client)
    return prepareRoles(client, settings, log)
  })
  const roleConfig = (url: string | undefined, role: keyof Passwords): ClientConfig =>
    url ? configOf(url) : { ...owner, user: role, password: passwords?.[role] ?? '' }
  const web = roleConfig(settings.PANDU_DATABASE_WEB_URL, 'pandu_web')
  const worker = roleConfig(settings.PANDU_DATABASE_WORKER_URL, 'pandu_worker')

  await withClient(
    web,
    settings.PANDU_DATABASE_WEB_URL ? 'PANDU_DATABASE_WEB_URL' : passwordsPath(settings.PANDU_DATA),
    (client) => checkRole(client, 'pandu_web'),
  )
  await withClient(
    worker,
    settings.PANDU_DATABASE_WORKER_URL ? 'PANDU_DATABASE_WORKER_URL' : passwordsPath(settings.PANDU_DATA),
    (client) => checkRole(client, 'pandu_worker'),
  )
  const access = { owner, web, worker }
  return { connection: (role, database) => ({ ...access[role], ...(database ? { database } : {}) }) }
}

/** Read by pg itself; socket folders too: postgres:///pandu?host=/run/postgresql&user=pandu */
function configOf(url: string): ClientConfig {
  const { host, port, user, password, database, ssl } = new Client({ connectionString: url })
  return {
    host,
    port,
    ...(user ? { user } : {}),
    ...(password ? { password } : {}),
    ...(database ? { database } : {}),
    ssl,
  }
}

async function withClient<T>(config: ClientConfig, setting: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...config, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined) // the query that waits fails with it
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => undefined)
    const said = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error)
    throw new DatabaseFault(
      `Cannot connect to PostgreSQL as ${config.user ?? 'the default user'} (${setting}): ${said}; correct it, or remove DATABASE_URL to use the PostgreSQL that comes along`,
      error,
    )
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function checkVersion(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const [server] = rows
  if (!server || server.number < VERSION_MIN * 10_000)
    throw new DatabaseFault(
      `DATABASE_URL is PostgreSQL ${server?.version ?? 'of an unknown version'}, and Pandu needs ${VERSION_MIN} or newer; nothing was changed. Upgrade it, or remove DATABASE_URL to use the PostgreSQL that comes along`,
    )
}

interface Standing {
  owner: string
  may_create: boolean
  missing: string[]
  not_granted: string[]
}

/**
 * Makes what is missing of the roles, or throws with the SQL that an administrator of the server has to run. Answers the
 * passwords of those that have no URL of their own. Two first starts at once wait for each other.
 */
async function prepareRoles(client: ClientBase, settings: External, log: Log): Promise<Passwords | null> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1::bigint)', [PREPARING])
    const standing = await readStanding(client)
    const given = [
      ...(settings.PANDU_DATABASE_WEB_URL ? ['pandu_web'] : []),
      ...(settings.PANDU_DATABASE_WORKER_URL ? ['pandu_worker'] : []),
    ]
    const forbidden = !standing.may_create || standing.missing.some((role) => given.includes(role))
    if (standing.not_granted.length > 0 || (standing.missing.length > 0 && forbidden))
      throw new DatabaseFault(instructions(standing))
    const passwords = await passwordsFor(standing, settings, given)
    if (standing.missing.length > 0) {
      await createMissing(client, standing, passwords)
      log.info(
        { roles: standing.missing },
        'Roles were made in the outside PostgreSQL; their passwords lie in the data folder',
      )
    }
    await client.query('commit')
    return passwords
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function readStanding(client: ClientBase): Promise<Standing> {
  const { rows } = await client.query<Standing>(
    `select current_user as owner,
            (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as may_create,
            array(select name from unnest(array['pandu_web', 'pandu_worker', 'pandu_search']) as name
                   where not exists (select from pg_roles where rolname = name) order by name) as missing,
            array(select rolname::text from pg_roles where rolname in ('pandu_web', 'pandu_worker', 'pandu_search')
                     and not pg_has_role(current_user, oid, 'set') order by rolname) as not_granted`,
  )
  return rows[0] as Standing
}

async function passwordsFor(standing: Standing, settings: External, given: string[]): Promise<Passwords | null> {
  if (given.length === 2) return null
  const kept = await readPasswords(settings.PANDU_DATA)
  if (kept) return kept
  const made = ['pandu_web', 'pandu_worker'].filter((role) => !standing.missing.includes(role) && !given.includes(role))
  if (made.length === 0) return makePasswords(settings.PANDU_DATA)
  // Never a new password for a role that exists: another machine of ours may be using it right now.
  throw new DatabaseFault(
    `The roles ${made.join(' and ')} exist, but their passwords are not in ${passwordsPath(settings.PANDU_DATA)}: ` +
      `copy that file from the machine that made them, or set PANDU_DATABASE_WEB_URL and PANDU_DATABASE_WORKER_URL`,
  )
}

async function createMissing(client: ClientBase, standing: Standing, passwords: Passwords | null): Promise<void> {
  for (const role of standing.missing) {
    const password = role === 'pandu_search' ? undefined : passwords?.[role as keyof Passwords]
    await client.query(`create role ${role} ${password ? `login password ${escapeLiteral(password)}` : 'nologin'}`)
    await client.query(`grant ${role} to ${escapeIdentifier(standing.owner)} with set true, inherit true`)
    if (password) await client.query(limitsOf(role))
  }
}

function instructions(standing: Standing): string {
  const owner = escapeIdentifier(standing.owner)
  const make = standing.missing.map((role) =>
    role === 'pandu_search' ? `create role pandu_search nologin;` : `create role ${role} login password 'CHOOSE-ONE';`,
  )
  return [
    `The role ${standing.owner} of DATABASE_URL may not prepare the roles that Pandu needs: pandu_web, pandu_worker and pandu_search.`,
    'Run this once as an administrator of the server, then set PANDU_DATABASE_WEB_URL and PANDU_DATABASE_WORKER_URL:',
    '',
    ...make,
    `grant pandu_web, pandu_worker, pandu_search to ${owner};`,
    `${limitsOf('pandu_web')};`,
    `${limitsOf('pandu_worker')};`,
  ].join('\n')
}

/** A role that is too strong would see every ticket behind row-level security; one that is not the policies' role sees none. */
async function checkRole(client: ClientBase, role: keyof Passwords): Promise<void> {
  await checkDurability(client)
  const { rows } = await client.query<{ name: string; strong: boolean; member: boolean; owner: boolean }>(
    `select current_user as name, rolsuper or rolbypassrls as strong, pg_has_role(current_user, $1::name, 'usage') as member,
            pg_has_role(current_user, (select datdba from pg_database where datname = current_database()), 'usage') as owner
       from pg_roles where rolname = current_user`,
    [role],
  )
  const found = rows[0]
  if (found && !found.strong && !found.owner && found.member) return
  const url = role === 'pandu_web' ? 'PANDU_DATABASE_WEB_URL' : 'PANDU_DATABASE_WORKER_URL'
  const fault = found?.member ? 'is superuser, owner of the database or bypasses row-level security' : `is not ${role}`
  throw new DatabaseFault(
    `The role ${found?.name ?? '?'} ${fault}: it would see what it must not, or nothing; use the plain role ${role} in ${url}`,
  )
}
