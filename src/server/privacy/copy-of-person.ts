import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { read, system, type Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { applicationsOfPerson } from '../membership/index.ts'
import type { ZipEntry } from '../platform/zip.ts'
import { aroundPerson, type CopiedAround } from './copy-around.ts'
import { printCopy } from './print-copy.ts'
import type { ProvedPoint } from './proved-point.ts'
import { isTheirs, leadsThere } from './reached.ts'

/** The version of docs/personal-data.schema.json. */
export const COPY_VERSION = 3

/** Times are RFC 3339; the shape is docs/personal-data.schema.json. */
export interface CopyOfPerson extends CopiedAround {
  format: 'pandu-personal-data'
  version: number
  made_at: string
  proved_address: string
  proved_channel: ProvedPoint['channel']
  person: { addresses: { channel: string; address: string }[] } & Record<string, unknown>
  consents: unknown[]
  requests: {
    number: string
    subject: string
    /** Who outside helped, and so read it. */
    passed_to: { organisation: string; state: string; summary: string }[]
    messages: { by: CopiedMessage['by']; text: string; files: { name: string; file: string | null }[] }[]
  }[]
  received_from_you: { id: string; file: string | null }[]
  sent_to_you: unknown[]
  applications: unknown[]
  data_requests: unknown[]
  restrictions: { reason: string; lift_reason: string | null }[]
  processing: unknown[]
  left_out: {
    internal_notes: number
    files_of_others: number
    requests_by_other_addresses: number
    calls_by_other_addresses: number
    data_requests_by_other_addresses: number
  }
}

const ROWS_MAX = 10_000

/**
 * Everything about one person that the reader of this address, or holder of this number, may have: who they are, consents, tickets that lead
 * there with what was said and sent, mails and texts both ways, calls, what stands around them (copy-around.ts), what they asked about their
 * data, and what was done with it, by whom in kind. Names, addresses and
 * numbers of other people are blotted out (article 33); colleagues are "petugas". What cannot be blotted out, or is kept for the desk, is
 * left out and counted. An office mailbox is read by several, and is the only address that many have: so each of them may ask for whoever
 * is named at it, and gets what belongs to that person and this address. Other addresses of theirs are masked, but for what they wrote from
 * here themselves. Refuses not_found.
 * @param made_sure somebody of the secretariat has made sure who they are, also of a number that was silent for long
 */
export async function copyOfPerson(
  app: App,
  { person_id, channel, address, made_sure = false }: ProvedPoint & { person_id: string; made_sure?: boolean },
): Promise<{ copy: CopyOfPerson; files: ZipEntry[] }> {
  const proved = { person_id, channel, address }
  return read(app, system, async (ctx) => {
    const point = await pointOf(ctx, { ...proved, made_sure })
    const tickets = await ticketsOf(ctx, person_id, point.id)
    const ids = tickets.map(({ id }) => id)
    const { blot, blotOwn } = await blotter(ctx, proved, ids)
    const said = await messagesOf(ctx, person_id, ids)
    const received = await receivedFrom(ctx, proved, ids)
    const [around] = await aroundOf(ctx, { ...proved, point_id: point.id }, ids)
    const { person, consents, data_requests, restrictions, left_out } = around!
    const beside = await aroundPerson(ctx, proved, ids)
    const files = [
      ...said.flatMap(({ files }) =>
        files.flatMap(({ file, sha256 }) => (file && sha256 ? [fromBlob(app, file, sha256)] : [])),
      ),
      ...received.flatMap(({ file, raw, in_blob, sha256 }) =>
        !file
          ? []
          : [raw ? { name: file, bytes: () => Promise.resolve(raw) } : fromBlob(app, file, in_blob ? sha256 : '')],
      ),
    ]
    const copy: CopyOfPerson = {
      format: 'pandu-personal-data',
      version: COPY_VERSION,
      made_at: ctx.now.toISOString(),
      proved_address: address,
      proved_channel: channel,
      person: { ...person, addresses: person.addresses.map((one) => masked(one, proved)) },
      consents,
      requests: tickets.map(({ id, subject, passed_to, ...ticket }) => ({
        ...ticket,
        subject: blot(subject),
        passed_to: passed_to.map(worded('summary', blot)),
        messages: said
          .filter(({ ticket_id }) => ticket_id === id)
          .map(({ ticket_id: _, text, files: own, ...message }) => ({
            ...message,
            text: message.by === 'you' ? blotOwn(text) : blot(text),
            files: own.map(({ sha256: __, ...file }) => file),
          })),
      })),
      received_from_you: received.map(({ raw: _, in_blob: __, sha256: ___, text, ...item }) => ({
        ...item,
        text: text && blotOwn(text),
      })),
      sent_to_you: (await sentTo(ctx, proved)).map((mail) => ({ ...mail, text: blot(mail.text) })),
      applications: (await applicationsOfPerson(ctx, { person_id, address })).map((one) => ({
        ...one,
        words: one.words.map((word) => ({ ...word, text: word.by === 'you' ? blotOwn(word.text) : blot(word.text) })),
      })),
      ...beside,
      calls: beside.calls.map((call) => ({
        ...call,
        number: call.number && masked({ channel: 'phone', address: call.number }, proved).address,
        note: blot(call.note),
      })),
      address: { ...beside.address, blocked: beside.address.blocked.map(worded('reason', blot)) },
      objections: beside.objections.map(worded('words', blotOwn)),
      paid_contacts: beside.paid_contacts.map((one) => ({
        ...one,
        addresses: one.addresses.map(
          (each) => masked({ channel: each.includes('@') ? 'email' : 'phone', address: each }, proved).address,
        ),
      })),
      provider_work: {
        duty: beside.provider_work.duty,
        proposals: beside.provider_work.proposals,
        offers: beside.provider_work.offers.map(worded('words', blotOwn)),
        paid_answers: beside.provider_work.paid_answers.map(worded('question', blotOwn)),
        questions: beside.provider_work.questions.map(worded('words', blotOwn)),
      },
      grants: beside.grants.map(worded('reason', blot)),
      data_requests,
      restrictions: restrictions.map((one) => ({
        ...one,
        reason: blot(one.reason),
        lift_reason: one.lift_reason && blot(one.lift_reason),
      })),
      processing: await processingOf(ctx, person_id, ids),
      left_out,
    }
    return { copy, files }
  })
}

/** `b•••@contoh.example`, `+62•••90`: enough to know which one it is for whoever knows it. */
function masked<Point extends { channel: string; address: string }>(point: Point, proved: ProvedPoint): Point {
  const { channel, address } = point
  if (channel === proved.channel && address.toLowerCase() === proved.address.toLowerCase()) return point
  const at = address.lastIndexOf('@')
  return {
    ...point,
    address: at > 0 ? `${address[0]}•••${address.slice(at)}` : `${address.slice(0, 3)}•••${address.slice(-2)}`,
  }
}

/** One column of a row as somebody else may read it. */
const worded =
  <Column extends string, Row extends { [C in Column]: string | null }>(
    column: Column,
    blot: (text: string) => string,
  ) =>
  (row: Row): Row => ({ ...row, [column]: row[column] === null ? null : blot(row[column]) })

async function pointOf(
  ctx: Reading,
  { person_id, channel, address, made_sure }: ProvedPoint & { person_id: string; made_sure: boolean },
): Promise<{ id: string }> {
  const { rows } = await sql<{ id: string }>`select c.id from contact_points c join people p on p.id = c.person_id
    where c.person_id = ${person_id}::uuid and c.channel = ${channel} and c.normalised = ${address} and p.erased_at is null and p.merged_into is null
      and (${made_sure}::boolean or ${isTheirs})`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'person')
}

interface CopiedTicket {
  id: string
  number: string
  subject: string
  passed_to: { organisation: string; state: string; summary: string }[]
}

async function ticketsOf(ctx: Reading, person_id: string, point_id: string) {
  const { rows } =
    await sql<CopiedTicket>`select t.id, t.number::text, t.subject, t.state, t.channel, p.part, t.created_at as opened_at,
      t.region_code as region, t.topic_code as topic, o.name as organisation, t.institution,
      case when g.person_id = ${person_id}::uuid then jsonb_build_object('score', g.score, 'words', g.words, 'rated_at', g.rated_at) end as rating,
      coalesce((select jsonb_agg(jsonb_build_object('organisation', w.name, 'state', f.state, 'summary', f.summary, 'offered_at', f.offered_at,
          'answered_at', f.answered_at, 'ended_at', f.ended_at) order by f.offered_at, f.id)
        from offers f join organisations w on w.id = f.organisation_id where f.ticket_id = t.id and f.state in ('accepted', 'returned', 'completed')), '[]') as passed_to
    from participants p join contact_points c on c.id = p.contact_point_id join tickets t on t.id = p.ticket_id left join organisations o on o.id = t.organisation_id
    left join ratings g on g.ticket_id = t.id
    where p.person_id = ${person_id}::uuid and c.id = ${point_id}::uuid and p.part <> 'suggested' and ${leadsThere}
    order by t.id limit ${ROWS_MAX}::int`.execute(ctx.db)
  return rows
}

interface CopiedMessage {
  ticket_id: string
  id: string
  at: Date
  direction: 'in' | 'out'
  by: 'you' | 'staff' | 'another person'
  text: string
  files: { name: string; type: string; size: number; file: string | null; sha256: string }[]
}

/** No notes: they are the desk's own. A file of somebody else is named, and stays here. */
async function messagesOf(ctx: Reading, person_id: string, ids: readonly string[]) {
  const { rows } = await sql<CopiedMessage>`select m.ticket_id, m.id, m.at, m.direction,
      case when m.author_id = ${person_id}::uuid then 'you' when m.direction = 'out' then 'staff' else 'another person' end as by, m.text,
      coalesce((select jsonb_agg(jsonb_build_object('name', a.name, 'type', a.type, 'size', a.size, 'sha256', a.sha256,
          'file', case when m.author_id = ${person_id}::uuid or m.direction = 'out'
            then 'files/' || a.id || '-' || regexp_replace(a.name, '[^A-Za-z0-9._-]+', '_', 'g') end) order by a.id)
        from attachments a where a.ticket_id = m.ticket_id and a.message_id = m.id), '[]') as files
    from messages m where m.ticket_id = any (${[...ids]}::uuid[]) and m.direction <> 'note' and m.taken_back_at is null
    order by m.ticket_id, m.at, m.id limit ${ROWS_MAX}::int`.execute(ctx.db)
  return rows
}

interface CopiedItem {
  id: string
  text: string | null
  file: string | null
  raw: Buffer | null
  in_blob: boolean
  sha256: string
}

/** What came from this address or number, with the bytes as they came; of a text in parts each part, of a command the word. */
async function receivedFrom(
  ctx: Reading,
  { person_id, channel, address }: ProvedPoint & { person_id: string },
  ids: readonly string[],
) {
  const { rows } =
    await sql<CopiedItem>`select i.id, i.channel, i.received_at, i.outcome, i.reason, i.subject, i.text, i.remote as from_network_address,
      case when i.raw is not null or i.in_blob then 'received/' || i.id || case when i.channel = 'email' then '.eml' when i.channel in ('web', 'api') then '.json' else '.txt' end end as file,
      i.raw, i.in_blob, i.sha256
    from intake_items i where exists (select from messages m where m.ticket_id = any (${[...ids]}::uuid[]) and m.intake_item_id = i.id
        and m.author_id = ${person_id}::uuid)
      or ((i.ticket_id is null or (i.ticket_id = any (${[...ids]}::uuid[]) and i.ticket_message_id is null)) and lower(i.sender_address) = lower(${address})
        and case when i.channel = 'email' then 'email' when i.channel = 'telegram' then 'telegram' else 'phone' end = ${channel} and not exists (
        select from contact_points c where c.channel = ${channel} and c.normalised = ${address} and c.person_id <> ${person_id}::uuid))
    order by i.id limit ${ROWS_MAX}::int`.execute(ctx.db)
  return rows
}

async function sentTo(ctx: Reading, { person_id, channel, address }: ProvedPoint & { person_id: string }) {
  const { rows } = await sql<{
    text: string
  }>`select id, channel, kind, subject, text, state, created_at, sent_at, delivered_at, read_at from outbox
    where address = ${address} and kind <> 'sign_in' and (recipient_id = ${person_id}::uuid or (recipient_id is null and not exists (
      select from contact_points c where c.channel = ${channel} and c.normalised = ${address} and c.person_id <> ${person_id}::uuid))) order by id limit ${ROWS_MAX}::int`.execute(
    ctx.db,
  )
  // The secret links in them are keys; the copy may lie about.
  return rows.map((row) => ({
    ...row,
    text: row.text.replace(/\/([a-z-]{2,20})\/[a-z2-7]{20,}/g, '/$1/…'),
  }))
}

/** What stands in single rows. */
async function aroundOf(
  ctx: Reading,
  { person_id, point_id, address }: ProvedPoint & { person_id: string; point_id: string },
  ids: readonly string[],
) {
  const { rows } = await sql<
    Pick<CopyOfPerson, 'person' | 'consents' | 'data_requests' | 'restrictions' | 'left_out'>
  >`select
    jsonb_build_object('id', p.id, 'name', p.name, 'language', p.language, 'organisation', o.name, 'region', p.region_code, 'since', p.created_at,
      'addresses', coalesce((select jsonb_agg(jsonb_build_object('channel', c.channel, 'address', c.address, 'verified_at', c.verified_at) order by c.id)
        from contact_points c where c.person_id = p.id), '[]')) as person,
    coalesce((select jsonb_agg(jsonb_build_object('purpose', purpose, 'text_version', text_version, 'channel', channel, 'given_at', given_at,
      'withdrawn_at', withdrawn_at) order by given_at, id) from consents where person_id = p.id), '[]') as consents,
    coalesce((select jsonb_agg(jsonb_build_object('number', number::text, 'kind', kind, 'words', words, 'made_at', made_at, 'due_at', due_at,
      'decision', decision, 'decided_at', decided_at, 'reason', reason) order by id) from data_requests
      where person_id = p.id and address = ${address}), '[]') as data_requests,
    coalesce((select jsonb_agg(jsonb_build_object('placed_at', placed_at, 'reason', reason, 'lifted_at', lifted_at, 'lift_reason', lift_reason)
      order by placed_at, id) from restrictions where person_id = p.id), '[]') as restrictions,
    jsonb_build_object(
      'internal_notes', (select count(*) from messages m where m.ticket_id = any (${[...ids]}::uuid[]) and m.direction = 'note'),
      'files_of_others', (select count(*) from messages m join attachments a on a.ticket_id = m.ticket_id and a.message_id = m.id
        where m.ticket_id = any (${[...ids]}::uuid[]) and m.direction = 'in' and m.author_id is distinct from ${person_id}::uuid),
      'requests_by_other_addresses', (select count(*) from participants t where t.person_id = p.id
        and t.contact_point_id is distinct from ${point_id}::uuid),
      'calls_by_other_addresses', (select count(*) from calls c where c.person_id = p.id and c.number is distinct from ${address}
        and (c.ticket_id is null or not c.ticket_id = any (${[...ids]}::uuid[]))),
      'data_requests_by_other_addresses', (select count(*) from data_requests d where d.person_id = p.id and d.address is distinct from ${address})) as left_out
    from people p left join organisations o on o.id = p.organisation_id where p.id = ${person_id}::uuid`.execute(ctx.db)
  return rows
}

/** What was done with their data, when, and by whom in kind; oldest first. Facts hold ids and codes only. */
async function processingOf(ctx: Reading, person_id: string, ids: readonly string[]) {
  const { rows } =
    await sql`select f.at, f.kind as what, case when f.actor_id = ${person_id}::uuid then 'you' else f.actor_kind end as by,
      t.number::text as request
    from facts f left join tickets t on t.id = f.ticket_id
    where f.ticket_id = any (${[...ids]}::uuid[])
      or (f.ticket_id is null and (f.actor_id = ${person_id}::uuid or f.about ->> 'person_id' = ${person_id}::text))
    order by f.at, f.id limit ${ROWS_MAX}::int`.execute(ctx.db)
  return rows
}

const BLOT = '▇▇▇'

/**
 * Blots out whoever else stands on these tickets, and every mail address and telephone number but the proved one; `blotOwn`, for what the
 * person wrote from here, leaves all of their own.
 */
async function blotter(
  ctx: Reading,
  { person_id, address }: ProvedPoint & { person_id: string },
  ids: readonly string[],
): Promise<Record<'blot' | 'blotOwn', (text: string) => string>> {
  const { rows } = await sql<{
    own: boolean
    name: string
    addresses: string[]
  }>`select p.id = ${person_id}::uuid as own, p.name,
      array(select unnest(array[address, normalised]) from contact_points c where c.person_id = p.id) as addresses
    from people p where p.id = ${person_id}::uuid
      or p.id in (select person_id from participants where ticket_id = any (${[...ids]}::uuid[]))
      or p.id in (select author_id from messages where ticket_id = any (${[...ids]}::uuid[]))
    limit 5000`.execute(ctx.db)
  const own = new Set(
    rows.filter((row) => row.own).flatMap(({ addresses }) => addresses.map((one) => one.toLowerCase())),
  )
  const mine = rows.find((row) => row.own)?.name.toLowerCase()
  const others = rows
    .filter((row) => !row.own && row.name.length >= 3 && row.name.toLowerCase() !== mine)
    .map(({ name }) => name)
  const named =
    others.length > 0
      ? new RegExp(`(?<!\\p{L})(?:${others.map((name) => escaped(name)).join('|')})(?!\\p{L})`, 'giu')
      : null
  const leaving = (left: ReadonlySet<string>) => {
    const digits = new Set([...left].map(digitsOf))
    return (text: string) =>
      (named ? text.replace(named, BLOT) : text)
        .replace(/[^\s@<>()[\],;:"]{1,64}@[^\s@<>()[\],;:"]{1,255}/g, (found) =>
          left.has(found.toLowerCase().replace(/[.]+$/, '')) ? found : BLOT,
        )
        .replace(/(?<![\d/-])(?:\+62|62|0)8[\d .()-]{7,14}\d/g, (found) => (digits.has(digitsOf(found)) ? found : BLOT))
  }
  return { blot: leaving(new Set([address])), blotOwn: leaving(own) }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const digitsOf = (text: string) => text.replace(/\D/g, '').replace(/^(62|0)/, '')

function fromBlob(app: App, name: string, sha256: string): ZipEntry {
  return {
    name,
    async bytes() {
      const chunks: Buffer[] = []
      for await (const chunk of await app.files.read(sha256)) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
  }
}

/** `copy.json`, the same for people, and the files that it names, as they go into a ZIP file. */
export function* entriesOf({ copy, files }: { copy: CopyOfPerson; files: readonly ZipEntry[] }): Generator<ZipEntry> {
  yield { name: 'copy.json', bytes: () => Promise.resolve(Buffer.from(JSON.stringify(copy, null, 2))) }
  const language = copy.person['language'] === 'en' ? 'en' : 'id'
  yield { name: 'copy.html', bytes: () => Promise.resolve(Buffer.from(printCopy(copy, language))) }
  yield* files
}
