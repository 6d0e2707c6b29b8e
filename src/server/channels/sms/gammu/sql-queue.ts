/** Gammu's tables inbox, outbox, outbox_multipart and sentitems (its schema 17), in SQLite or PostgreSQL. */
import { isId } from '../../../platform/ids.ts'
import { partHeaders } from '../part-headers.ts'
import { CODINGS } from './backup.ts'
import type { Found, GammuQueue, Waiting } from './queue.ts'
import type { InboxRow } from './read.ts'

/** One statement with `$1`, `$2` … for its values. */
export type Query = <Row>(text: string, values?: readonly (string | number | null)[]) => Promise<Row[]>

export interface GammuSql {
  name: string
  /** One transaction; tried again while others hold the database. @throws GammuAway */
  work<T>(does: (query: Query) => Promise<T>, about: { writes: boolean }): Promise<T>
  close(): Promise<void>
}

/** `CreatorID` of what we put there. */
const OURS = 'pandu '
/** Reports that came while nobody was there are told so long afterwards. */
const LOOK_BACK_MS = 8 * 24 * 3_600_000
/** Gammu's clock may lie in another zone than this. */
const ZONE_MS = 14 * 3_600_000

interface SentRow {
  ID: number | string
  SequencePosition: number
  CreatorID: string
  Status: string
  StatusError: number | null
  updated: string
}

export function openSqlQueue(sql: GammuSql): GammuQueue {
  // Rows that changed before are not asked for again; those of the same second are.
  let since = stamp(Date.now() - LOOK_BACK_MS - ZONE_MS)
  return {
    name: sql.name,
    close: () => sql.close(),
    waiting: (limit) =>
      sql.work(
        async (query) => {
          const rows = await query<InboxRow>(
            `select "ID", cast("ReceivingDateTime" as text) as "ReceivingDateTime", "SenderNumber", "Text", "TextDecoded", "Coding", "UDH", "RecipientID"
             from inbox where "Processed" = 'false' order by "ID" limit $1`,
            [limit],
          )
          return rows.map((row) => ({
            brought: { what: 'row', row: { ...row, ID: Number(row.ID) } },
            from: row.SenderNumber,
            key: `inbox ${row.ID} ${row.ReceivingDateTime} ${row.SenderNumber} ${row.UDH} ${row.Text} ${row.TextDecoded}`,
          }))
        },
        { writes: false },
      ),
    async sent(limit) {
      const rows = await sql.work(
        (query) =>
          query<SentRow>(
            `select "ID", "SequencePosition", "CreatorID", "Status", "StatusError", cast("UpdatedInDB" as text) as updated
             from sentitems where "CreatorID" like '${OURS}%' and cast("UpdatedInDB" as text) >= $1
             order by "UpdatedInDB", "ID", "SequencePosition" limit $2`,
            [since, limit],
          ),
        { writes: false },
      )
      // A whole answer of one second would be asked for again and again.
      const last = rows.at(-1)?.updated ?? since
      if (last > since || rows.length < limit) since = last
      else since = stamp(Date.parse(`${since.replace(' ', 'T')}Z`) + 1000)
      return rows.flatMap((row) => sentItem(row) ?? [])
    },
    done: (taken) =>
      sql.work(
        async (query) => {
          const ids = taken.flatMap(({ brought }) => (brought.what === 'row' ? [Number(brought.row.ID)] : []))
          if (ids.length === 0) return
          // Numbers only: neither database takes a list as one value in the same words.
          await query(`update inbox set "Processed" = 'true' where "ID" in (${ids.join(', ')})`)
        },
        { writes: true },
      ),
    find: (outbox_id) => sql.work((query) => findText(query, outbox_id), { writes: false }),
    put: (text) =>
      sql.work(
        async (query) => {
          if ((await findText(query, text.outbox_id)) === 'there') return
          const parts = text.parts.length > 0 ? text.parts : [text.text]
          const coding = text.coding ?? 'ucs2'
          const headers = partHeaders(text.outbox_id, parts, coding).map((header) =>
            header.toString('hex').toUpperCase(),
          )
          const [{ id } = { id: 0 }] = await query<{ id: number | string }>(
            `insert into outbox ("DestinationNumber", "TextDecoded", "Coding", "MultiPart", "UDH", "DeliveryReport", "CreatorID", "Class")
             values ($1, $2, $3, '${parts.length > 1}', $4, 'yes', $5, -1) returning "ID" as id`,
            [text.to, parts[0]!, CODINGS[coding], headers[0] ?? null, `${OURS}${text.outbox_id}`],
          )
          if (parts.length === 1) return
          const values = parts.slice(1).map((part, index) => [index + 2, part, headers[index + 1]!])
          const places = values.map((_, row) => `($1, $2, -1, $${row * 3 + 3}, $${row * 3 + 4}, $${row * 3 + 5})`)
          await query(
            `insert into outbox_multipart ("ID", "Coding", "Class", "SequencePosition", "TextDecoded", "UDH") values ${places.join(', ')}`,
            [Number(id), CODINGS[coding], ...values.flat()],
          )
        },
        { writes: true },
      ),
  }
}

async function findText(query: Query, outbox_id: string): Promise<Found> {
  const rows = await query<{ status: string }>(
    `select 'waiting' as status from outbox where "CreatorID" = $1
     union all select "Status" as status from sentitems where "CreatorID" = $1 limit 300`,
    [`${OURS}${outbox_id}`],
  )
  if (rows.length === 0) return 'none'
  return rows.every(({ status }) => FAILED.has(status)) ? 'failed' : 'there'
}
const FAILED = new Set(['SendingError', 'DeliveryFailed', 'Error'])

function sentItem(row: SentRow): Waiting | null {
  const outbox_id = row.CreatorID.slice(OURS.length)
  if (!isId(outbox_id)) return null
  const { Status: status, StatusError } = row
  const error = StatusError !== null && StatusError >= 0 ? `${status} ${StatusError}` : null
  return {
    brought: { what: 'sent', outbox_id, number: Number(row.SequencePosition), status, error },
    from: '',
    key: `sent ${row.ID} ${row.SequencePosition} ${row.CreatorID} ${status}`,
  }
}

/** As both databases write a time without zone. */
const stamp = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
