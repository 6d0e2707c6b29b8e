import pg from 'pg'
import { checkDurability } from '../../server/platform/check-durability.ts'
import { findCluster } from '../../server/platform/postgres/home.ts'
import { listMigrations } from '../../server/platform/migrate.ts'
import { UNCHECKED_MAIL, whatIsUnchecked } from '../../server/channels/index.ts'
import { withAccess } from '../with-access.ts'
import type { Call } from '../verb.ts'
import { fine, reasonOf, wrong, type Finding } from './finding.ts'
import { lookAtSms } from './look-at-sms.ts'

const SKEW_SECONDS_MAX = 2

/** Version, durability, roles, schema and clock. Changes nothing; where no database was ever made, none is made. */
export async function lookAtDatabase(call: Call): Promise<Finding[]> {
  const { settings } = call
  if (!settings.DATABASE_URL && (await findCluster(settings.PANDU_DATA)) === null)
    return [wrong('database', `none was made in ${settings.PANDU_DATA} yet`, 'run "npm start", or restore a backup')]
  try {
    // Opening it also checks the roles of an outside server and their rights.
    return await withAccess(call, async (access) => {
      const client = new pg.Client({ ...access.connection('owner'), connectionTimeoutMillis: 10_000 })
      client.on('error', () => undefined)
      await client.connect()
      try {
        return [
          ...(await ask(client, settings.DATABASE_URL ? 'outside' : 'embedded')),
          ...(await lookAtSenders(client, settings)),
          ...(await lookAtErasures(client)),
          ...(await lookAtSms(client, settings)),
        ]
      } finally {
        await client.end()
      }
    })
  } catch (error) {
    return [wrong('database', reasonOf(error), 'the line says what to change; then ask the doctor again')]
  }
}

/** Mail servers in front of us that nobody named: what they hand in is checked only where it is signed. */
async function lookAtSenders(client: pg.Client, settings: Call['settings']): Promise<Finding[]> {
  const { rows } = await client.query<{ ready: boolean }>(
    `select exists (select from information_schema.columns where table_name = 'intake_items' and column_name = 'authentication') as ready`,
  )
  if (!rows[0]!.ready) return []
  const seen = await client.query<{ host: string; mails: number }>(UNCHECKED_MAIL)
  return whatIsUnchecked(settings, seen.rows).hosts.map(({ host, mails }) =>
    wrong(
      'mail senders',
      `of ${mails} mails that ${host} handed in lately nobody could check the sender: they are not signed, and where they came from is not known`,
      `if ${host} is your mail server, add it to PANDU_TRUSTED_PROXIES, or name what it calls itself in PANDU_MAIL_AUTHSERV_ID (docs/running.md)`,
    ),
  )
}

/** Whoever was erased since a backup was made is back when it was restored without the list. */
async function lookAtErasures(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('public.unlisted_restores') is not null as there`,
  )
  if (!rows[0]!.there) return []
  const open = await client.query<{ noticed_at: Date }>(
    `select noticed_at from unlisted_restores where acknowledged_at is null order by noticed_at desc limit 1`,
  )
  return open.rows.map(({ noticed_at }) =>
    wrong(
      'erasures',
      `a backup was restored on ${noticed_at.toISOString().slice(0, 10)} without the list of erasures: whoever was erased since it was made is back`,
      'put a copy of erasures.log into the data folder and start again, or erase them by hand; then say so under Settings, Personal data',
    ),
  )
}

async function ask(client: pg.Client, kind: string): Promise<Finding[]> {
  await checkDurability(client)
  const { rows } = await client.query<{
    version: string
    now: Date
    roles: number
    migrations: boolean
    bytes: string
    connections: number
  }>(
    `select current_setting('server_version') as version, clock_timestamp() as now,
       (select count(*)::int from pg_roles where rolname in ('pandu_web', 'pandu_worker', 'pandu_search')) as roles,
       to_regclass('public.migrations') is not null as migrations, pg_size_pretty(pg_database_size(current_database())) as bytes,
       current_setting('max_connections')::int as connections`,
  )
  const server = rows[0]!
  const skew = Math.abs(server.now.getTime() - Date.now()) / 1000
  const findings = [
    fine('database', `${kind} PostgreSQL ${server.version}, ${server.bytes}, durable`),
    server.roles === 3
      ? fine('database roles', 'pandu_web, pandu_worker and pandu_search are there')
      : wrong(
          'database roles',
          `${3 - server.roles} of 3 are missing`,
          'start Pandu: it makes them, or prints the SQL for an administrator of the server',
        ),
    skew <= SKEW_SECONDS_MAX
      ? fine('clock', 'this machine and the database agree')
      : wrong(
          'clock',
          `this machine and the database differ by ${skew.toFixed(1)} s`,
          'let both follow the time of one server (chrony or systemd-timesyncd)',
        ),
  ]
  if (server.connections < 60)
    findings.push(
      wrong(
        'database connections',
        `max_connections is ${server.connections}`,
        'allow at least 40 for each process of Pandu, and some for yourself',
      ),
    )
  const known = listMigrations().length
  const { rows: applied } = server.migrations
    ? await client.query<{ number: number }>('select coalesce(max(number), 0)::int as number from migrations')
    : { rows: [{ number: 0 }] }
  const number = applied[0]!.number
  if (number === known) findings.push(fine('schema', `migration ${number}, as this version needs it`))
  else if (number > known)
    findings.push(
      wrong(
        'schema',
        `migration ${number}; this version knows ${known}`,
        'run the newer Pandu, or restore a backup made by this version',
      ),
    )
  else
    findings.push(
      wrong('schema', `migration ${number} of ${known}`, 'make a backup, then start Pandu or run "./pandu migrate"'),
    )
  return findings
}
