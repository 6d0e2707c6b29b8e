import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import pg from 'pg'
import { to } from 'pg-copy-streams'
import type { Files } from '../files.ts'
import { MAY_WAIT } from '../reactions.ts'
import type { Closing, Opening, PartEnd } from './format.ts'
import { listSequences, listTables, type BackedUpTable } from './list-tables.ts'
import { createBackupFile, type BackupWriter } from './write-file.ts'

export interface WriteBackup {
  /** As the owner, whom row-level security does not stop. */
  connection: pg.ClientConfig
  files: Files
  /** The root of all signatures: links and reply addresses of the restored installation depend on it. */
  secret: string
  pandu: string
  path: string
  passphrase?: string | undefined
  progress(line: string): void
}

export interface Made {
  bytes: number
  rows: number
  blobs: number
  faulty_blobs: string[]
}

const BLOBS_A_STEP = 500

/**
 * Writes one file with everything: all rows of one moment (a repeatable-read snapshot; nobody waits for it), the blobs that these rows
 * name, and the secret. Memory stays flat. What graphile-worker keeps is left out, except reactions that still have to run.
 * A blob that is missing or damaged does not stop it: it is told in the file and in the answer.
 * Throws BackupFault when the file cannot be made.
 */
export async function writeBackup(given: WriteBackup): Promise<Made> {
  const writer = await createBackupFile(given.path, given.passphrase)
  const client = new pg.Client({ ...given.connection, application_name: 'pandu backup' })
  client.on('error', () => undefined) // the query that waits fails with it
  try {
    await client.connect()
    await client.query('begin isolation level repeatable read read only')
    // Row-level security must hide nothing: PostgreSQL refuses instead of leaving rows out.
    await client.query(`set local row_security = off; set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0; set local timezone = 'UTC'`)
    const closing = await writeParts(given, writer, client)
    await writer.json('closing', closing)
    await writer.finish()
    return {
      bytes: writer.bytes,
      rows: closing.parts.reduce((sum, part) => sum + part.rows, 0),
      blobs: closing.parts.filter((part) => part.kind === 'blob').length,
      faulty_blobs: closing.faulty_blobs,
    }
  } catch (error) {
    await writer.abandon()
    throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function writeParts(given: WriteBackup, writer: BackupWriter, client: pg.Client): Promise<Closing> {
  const closing: Closing = { parts: [], sequences: [], faulty_blobs: [] }
  await writer.json('opening', await openingOf(client, given.pandu))
  const tables = await listTables(client)
  for (const [index, table] of tables.entries()) {
    given.progress(`table ${index + 1} of ${tables.length}: ${table.name} (${mebibytes(writer.bytes)} written)`)
    const end = await writer.part({ kind: 'table', name: table.name, columns: table.columns }, (store) =>
      copyOut(client, table, store),
    )
    closing.parts.push({ kind: 'table', name: table.name, ...end })
  }
  const jobs = await waitingJobs(client)
  closing.parts.push({
    kind: 'jobs',
    name: 'jobs',
    ...(await writeBytes(writer, { kind: 'jobs', name: 'jobs' }, jobs)),
  })
  const secret = await writeBytes(writer, { kind: 'secret', name: 'secret' }, Buffer.from(given.secret))
  closing.parts.push({ kind: 'secret', name: 'secret', ...secret })
  await writeBlobs(given, writer, client, closing)
  // Sequences know no snapshot: read last, they are never behind the rows.
  closing.sequences = await listSequences(client)
  return closing
}

async function openingOf(client: pg.Client, pandu: string): Promise<Opening> {
  const { rows: migrations } = await client.query<Opening['migrations'][number]>(
    'select number, name, checksum from migrations order by number',
  )
  const { rows: partitions } = await client.query<Opening['partitions'][number]>(
    `select c.relname as name, i.inhparent::regclass::text as parent, pg_get_expr(c.relpartbound, c.oid) as bounds
       from pg_class c join pg_inherits i on i.inhrelid = c.oid
      where c.relispartition and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
        and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT' order by 1`,
  )
  const { rows: server } = await client.query<{ now: Date; version: string }>(
    `select now() as now, current_setting('server_version') as version`,
  )
  return { made_at: server[0]!.now.toISOString(), pandu, postgres: server[0]!.version, migrations, partitions }
}

async function copyOut(
  client: pg.Client,
  table: BackedUpTable,
  store: (chunk: Uint8Array) => Promise<void>,
): Promise<PartEnd> {
  const hash = createHash('sha256')
  let bytes = 0
  const columns = table.columns.map(pg.escapeIdentifier).join(', ')
  // A partitioned table cannot be copied by its name, a question over it can.
  const copy = client.query(to(`copy (select ${columns} from ${table.name}) to stdout`))
  await pipeline(
    copy,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
    async (packed: AsyncIterable<Buffer>) => {
      for await (const chunk of packed) await store(chunk)
    },
  )
  return { bytes, sha256: hash.digest('hex'), rows: copy.rowCount }
}

/** One job a line, or nothing where no worker has ever run. */
async function waitingJobs(client: pg.Client): Promise<Buffer> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('graphile_worker._private_jobs') is not null as there`,
  )
  if (!rows[0]!.there) return Buffer.alloc(0)
  const jobs = await client.query<{ line: string }>(
    `select json_build_object('identifier', t.identifier, 'payload', j.payload, 'may_wait', j.flags ? '${MAY_WAIT}' is true)::text as line
       from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where json_typeof(j.payload) = 'array' and j.attempts < j.max_attempts order by j.id`,
  )
  return Buffer.from(jobs.rows.map((row) => row.line + '\n').join(''))
}

async function writeBytes(
  writer: BackupWriter,
  part: { kind: 'jobs'; name: 'jobs' } | { kind: 'secret'; name: 'secret' },
  bytes: Buffer,
): Promise<PartEnd> {
  return writer.part(part, async (store) => {
    await store(bytes)
    const rows = part.kind === 'jobs' ? bytes.toString().split('\n').length - 1 : 1
    return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), rows }
  })
}

async function writeBlobs(given: WriteBackup, writer: BackupWriter, client: pg.Client, closing: Closing) {
  for (let after = ''; ;) {
    const { rows } = await client.query<{ sha256: string }>(
      'select sha256 from blobs where sha256 > $1 order by sha256 limit $2',
      [after, BLOBS_A_STEP],
    )
    if (rows.length === 0) return
    for (const { sha256 } of rows) {
      after = sha256
      const content = await given.files.read(sha256).catch(() => null)
      if (!content) {
        closing.faulty_blobs.push(sha256)
        continue
      }
      const end = await writer.part({ kind: 'blob', name: sha256 }, async (store) => {
        const hash = createHash('sha256')
        let bytes = 0
        for await (const chunk of content as AsyncIterable<Buffer>) {
          hash.update(chunk)
          bytes += chunk.length
          await store(chunk)
        }
        return { bytes, sha256: hash.digest('hex'), rows: 0 }
      })
      if (end.sha256 !== sha256) closing.faulty_blobs.push(sha256)
      closing.parts.push({ kind: 'blob', name: sha256, ...end })
    }
    given.progress(
      `attachments: ${closing.parts.filter((part) => part.kind === 'blob').length} (${mebibytes(writer.bytes)} written)`,
    )
  }
}

export const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`
