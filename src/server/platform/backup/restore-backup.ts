import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import type { Settings } from '../../../settings.ts'
import { addJobsStatement } from '../add-jobs.ts'
import type { DatabaseAccess } from '../embedded-postgres.ts'
import type { Files } from '../files.ts'
import { newId } from '../ids.ts'
import { listMigrations, migrate } from '../migrate.ts'
import type { FactKind } from '../reactions.ts'
import { checkBackup, type CheckedBackup } from './check-backup.ts'
import { BackupFault, type Closing, type Opening, type Part } from './format.ts'
import { listTables } from './list-tables.ts'

export interface RestoreBackup {
  /** The database is asked for only after the file was found whole. */
  settings: Pick<Settings, 'PANDU_DATA' | 'PANDU_SECRET'>
  files: Files
  path: string
  passphrase?: string | undefined
  progress(line: string): void
}

export interface Restored {
  made_at: string
  rows: number
  blobs: number
  faulty_blobs: string[]
  /** Migrations applied after the rows came, because the backup is of an older Pandu. */
  migrations: number
}

/**
 * Reads and verifies the whole file; touches nothing. Throws {@link BackupFault} when it is damaged, cut, foreign, of a newer Pandu,
 * wrongly opened, or signed with another secret than PANDU_SECRET says.
 */
export async function verifyBackup(given: RestoreBackup): Promise<CheckedBackup> {
  const { size } = await stat(given.path).catch(() => ({ size: 0 }))
  const secret: Buffer[] = []
  const checked = await checkBackup(
    given.path,
    given.passphrase,
    (bytes) => given.progress(`checking: ${Math.floor((bytes / (size || 1)) * 100)} %`),
    { part: async (part, content) => void (part.kind === 'secret' && secret.push(await bytesOf(content))) },
  )
  mustFit(checked.opening)
  const { PANDU_SECRET } = given.settings
  if (PANDU_SECRET !== undefined && PANDU_SECRET !== Buffer.concat(secret).toString())
    throw new BackupFault(
      'PANDU_SECRET is not the secret of this backup: every link and reply address in it would stop working; nothing was changed. ' +
        'Remove PANDU_SECRET (the restore puts the right one into the data folder), or set the one that was in force',
    )
  return checked
}

/**
 * Brings a verified backup into an empty database and data folder, all in one transaction: it is there as a whole or not at all. Older
 * schemas are brought up to date afterwards. The journal gets a fact that says so.
 * Throws {@link BackupFault} when the database is not empty.
 */
export async function restoreBackup(
  given: RestoreBackup,
  access: DatabaseAccess,
  checked: CheckedBackup,
): Promise<Restored> {
  const { opening, closing } = checked
  const client = new pg.Client({ ...access.connection('owner'), application_name: 'pandu restore' })
  client.on('error', () => undefined) // the query that waits fails with it
  await client.connect()
  try {
    await mustBeEmpty(client, opening)
    await migrate(client, listMigrations().slice(0, opening.migrations.length))
    await makeJobTables(access)
    await client.query(`set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC'`)
    await client.query('begin')
    await fill(given, client, checked)
    await recordRestore(client, opening)
    await writeHeads(given.settings.PANDU_DATA, client)
    await client.query('commit')
    given.progress('counting what came, for good plans')
    await client.query('analyze')
    const migrations = await migrate(client)
    return {
      made_at: opening.made_at,
      rows: closing.parts.reduce((sum, part) => sum + part.rows, 0),
      blobs: closing.parts.filter(({ kind, name }) => kind === 'blob' && !closing.faulty_blobs.includes(name)).length,
      faulty_blobs: closing.faulty_blobs,
      migrations,
    }
  } finally {
    // What was begun and not committed ends with the connection.
    await client.end().catch(() => undefined)
  }
}

function mustFit({ migrations, pandu }: Opening) {
  const known = listMigrations()
  if (migrations.length > known.length)
    throw new BackupFault(
      `the backup is of a newer Pandu (${pandu}, migration ${migrations.length}; this one knows ${known.length}); nothing was changed. Restore it with that version or a newer one`,
    )
  const other = migrations.find(({ checksum }, index) => checksum !== known[index]?.checksum)
  if (other)
    throw new BackupFault(
      `the backup was made with another migrations/${other.name} than this Pandu has; nothing was changed. Restore it with the version that made it`,
    )
}

/** Empty: nothing of ours is there, or the schema alone, of the same migration, as "pandu migrate" leaves it. */
async function mustBeEmpty(client: pg.Client, { migrations }: Opening) {
  const { rows } = await client.query<{ tables: number; ours: boolean }>(
    `select count(*)::int as tables, to_regclass('public.migrations') is not null as ours from pg_class
      where relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth')) and relkind in ('r', 'p', 'v', 'm', 'f')`,
  )
  const { tables, ours } = rows[0]!
  if (tables === 0) return
  const refuse = (what: string) => {
    throw new BackupFault(
      `the database is not empty (${what}); nothing was changed. Restore into an empty one: another PANDU_DATA, or a new database in DATABASE_URL`,
    )
  }
  if (!ours) return refuse('it holds tables that are not of Pandu')
  const { rows: applied } = await client.query<{ number: number }>('select max(number) as number from migrations')
  // Rows of the first start, of people, or of mails that came in.
  const begun = ['facts', 'regions', 'desks', 'people', 'intake_items']
  const { rows: there } = await client.query<{ begun: boolean }>(
    `select ${begun.map((table) => `exists (select from ${table})`).join(' or ')} as begun`,
  )
  if (there[0]!.begun) return refuse('Pandu has been started on it')
  if (applied[0]!.number !== migrations.length) return refuse('it has the schema of another version')
}

async function makeJobTables(access: DatabaseAccess) {
  const pool = new pg.Pool({ ...access.connection('worker'), max: 1 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  try {
    await runMigrations({ pgPool: pool })
  } finally {
    await pool.end()
  }
}

async function fill(given: RestoreBackup, client: pg.Client, { closing }: CheckedBackup) {
  const tables = await listTables(client)
  // A migration may have put rows of its own there; the backup has them as people changed them.
  await client.query(`truncate ${tables.map((table) => table.name).join(', ')}`)
  const { size } = await stat(given.path)
  let at = 0
  await checkBackup(given.path, given.passphrase, (bytes) => (at = bytes), {
    opening: (opening) => makePartitions(client, opening),
    async part(part, content) {
      given.progress(`${part.kind} ${part.kind === 'table' ? part.name : ''} (${Math.floor((at / size) * 100)} %)`)
      if (part.kind === 'table' && !tables.some((table) => table.name === part.name))
        throw new BackupFault(
          `the backup holds a table ${part.name} that its schema does not have; nothing was restored`,
        )
      await take(given, client, part, content, closing)
    },
  })
  // Who led what when the backup was made leads nothing now.
  await client.query('delete from leases')
  for (const { name, value, used } of closing.sequences)
    await client.query('select setval($1::regclass, $2::bigint, $3)', [name, value, used])
}

async function makePartitions(client: pg.Client, opening: Opening) {
  for (const { name, parent, bounds } of opening.partitions) {
    if (
      !/^[a-z_]+_\d{6}$/.test(name) ||
      !/^[a-z_]+$/.test(parent) ||
      !/^FOR VALUES FROM \('[0-9a-f-]+'\) TO \('[0-9a-f-]+'\)$/.test(bounds)
    )
      throw new BackupFault(
        `the backup names a partition ${name} that this Pandu does not understand; nothing was changed`,
      )
    await client.query(`create table if not exists ${name} partition of ${parent} ${bounds}`)
  }
}

async function take(
  given: RestoreBackup,
  client: pg.Client,
  part: Part,
  content: AsyncIterable<Buffer>,
  closing: Closing,
): Promise<void> {
  if (part.kind === 'table') {
    const columns = part.columns.map(pg.escapeIdentifier).join(', ')
    return pipeline(Readable.from(content), client.query(from(`copy ${part.name} (${columns}) from stdin`)))
  }
  const bytes = await bytesOf(content)
  if (part.kind === 'blob') {
    // One that was damaged already when the backup was made would get another name: it stays missing, and "verify" says so.
    if (!closing.faulty_blobs.includes(part.name)) await given.files.keep(bytes)
  } else if (part.kind === 'jobs') await addJobs(client, bytes)
  else await keepSecret(given.settings, bytes)
}

async function addJobs(client: pg.Client, lines: Buffer) {
  const jobs = lines.toString('utf8').split('\n').filter(Boolean)
  if (jobs.length === 0) return
  await client.query(addJobsStatement, [`[${jobs.join(',')}]`])
}

/** On a data folder whose database was empty nothing can depend on a secret that is there already. */
async function keepSecret({ PANDU_DATA, PANDU_SECRET }: RestoreBackup['settings'], secret: Buffer) {
  if (PANDU_SECRET !== undefined) return
  await mkdir(PANDU_DATA, { recursive: true, mode: 0o700 })
  await writeAnew(join(PANDU_DATA, 'secret'), secret.toString() + '\n')
}

/** The heads outside the database follow the restored journal; an older file stays beside it, to be compared. */
async function writeHeads(data: string, client: pg.Client) {
  const path = join(data, 'heads.log')
  if (existsSync(path) && (await readFile(path)).length > 0)
    await rename(path, `${path}.before-restore-${new Date().toISOString().replace(/[:.]/g, '')}`)
  await mkdir(data, { recursive: true, mode: 0o700 })
  const file = await open(path, 'w', 0o600)
  try {
    for (let after = 0; ;) {
      const { rows } = await client.query<{ number: number; root: string }>(
        `select number::int as number, encode(root, 'hex') as root from journal_seals where number > $1 order by number limit 10000`,
        [after],
      )
      if (rows.length === 0) break
      await file.write(rows.map((row) => `${row.number} ${row.root}\n`).join(''))
      after = rows.at(-1)!.number
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A chain that goes on from an earlier head is seen for what it is: the journal itself says that it was restored, and from when. */
async function recordRestore(client: pg.Client, { made_at, pandu }: Opening) {
  const kind: FactKind = 'installation.restored'
  await client.query(
    `with head as (select coalesce(max(number), 0) as number from journal_seals),
      written as (
        insert into facts (id, at, kind, actor_kind, about)
        select $1::uuid, now(), $2, 'system',
          jsonb_build_object('backup_made_at', $3::text, 'pandu', $4::text, 'after_seal', head.number) from head returning id)
     insert into journal_pending (fact_id) select id from written`,
    [newId(), kind, made_at, pandu],
  )
}

async function writeAnew(path: string, text: string) {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

async function bytesOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}
