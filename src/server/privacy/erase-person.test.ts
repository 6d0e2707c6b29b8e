import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { checkBackup } from '../platform/backup/check-backup.ts'
import { restoreBackup, verifyBackup } from '../platform/backup/restore-backup.ts'
import { writeBackup } from '../platform/backup/write-backup.ts'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import type { DatabaseAccess } from '../platform/embedded-postgres.ts'
import { openFiles } from '../platform/files.ts'
import { newId } from '../platform/ids.ts'
import { relayOnce, type FactJob } from '../platform/relay.ts'
import { rootSecret } from '../platform/secrets.ts'
import { makeTestApp } from '../platform/testing-app.ts'
import { useDatabase } from '../platform/testing.ts'
import { verifyBlobs } from '../platform/verify-blobs.ts'
import { verifyJournal } from '../platform/verify-journal.ts'
import { readSettings } from '../../settings.ts'
import { blockSender, muteAddresses, startSender } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { ask } from '../intake/index.ts'
import { settleWaiting, takeIn } from '../intake/testing.ts'
import { holdPerson, recordConsents, releasePerson } from '../people/index.ts'
import { verifyLedger } from '../reports/index.ts'
import { indexTickets, note, rate, reply, resolve, saveDraft } from '../tickets/index.ts'
import { decideErasure } from './decide-erasure.ts'
import { findMentions, removeMention, removeMentions } from './find-mentions.ts'
import { declareIncident } from './incidents.ts'
import { makeRequest } from './requests.ts'
import { acknowledgeRestore, findUnlistedRestore, noteUnlistedRestore } from './unlisted-restores.ts'
import { eraseDue } from './erase-due.ts'
import { adoptErasureList, erasureListPath } from './erasure-list.ts'
import { reapplyErasures } from './reapply-erasures.ts'
import { findEverywhere } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
const made: (() => Promise<unknown>)[] = []
const folder = mkdtempSync(join(tmpdir(), 'pandu-erase-'))
let secretary: StaffActor
let superuser: pg.Client
const base = () => ({ host: inject('postgres_socket'), port: inject('postgres_port') })
const accessTo = (name: string): DatabaseAccess => ({
  connection: (role, other = name) => ({ ...base(), user: `pandu_${role}`, database: other }),
})
const own = () => accessTo(String(database.app().worker_pool.options.database))

beforeAll(async () => {
  await prepare(database.app())
  secretary = await asSystem(async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
  superuser = new pg.Client({
    ...base(),
    user: 'postgres',
    database: String(database.app().worker_pool.options.database),
  })
  await superuser.connect()
})
afterAll(async () => {
  for (const step of made.reverse()) await step()
  await superuser.end()
  rmSync(folder, { recursive: true, force: true })
})

/** Words that stand nowhere else, one for each way in. */
function aCanary() {
  const mark = newId()
    .replaceAll('-', '')
    .slice(-12)
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)
  const Mark = mark[0]!.toUpperCase() + mark.slice(1)
  return {
    name: `Wulan${Mark} Kenari${Mark}`,
    email: `wulan.${mark}@rumah.contoh.example`,
    phone: `+62812${String(Date.now()).slice(-8)}`,
    word: (where: string) => `kenari${where}${mark}`,
    /** Every one of them holds this. */
    mark,
    Mark,
  }
}
type Canary = ReturnType<typeof aCanary>

const mailOf = (canary: Canary, given: { subject: string; text: string; big?: boolean }) =>
  Buffer.from(
    [
      `From: ${canary.name} <${canary.email}>`,
      'To: helpdesk@localhost',
      `Subject: ${given.subject}`,
      `Message-ID: <${canary.word('mailid')}.${newId()}@rumah.contoh.example>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      `<p>${given.text} <b>${canary.word('html')}</b></p>`,
      '--b',
      `Content-Type: text/plain; name=${canary.word('namaberkas')}.txt`,
      `Content-Disposition: attachment; filename=${canary.word('namaberkas')}.txt`,
      '',
      `${canary.word('isiberkas')} ${given.big ? 'x'.repeat(400_000).replace(/(.{70})/g, '$1\r\n') : ''}`,
      '--b--',
      '',
    ].join('\r\n'),
  )

/** Asks by web and by mail, is answered, drafts are left, links sent: whatever a year at the desk leaves behind. */
async function liveWith(canary: Canary): Promise<{ person_id: string; ticket_ids: string[] }> {
  const app = database.app()
  await ask(app, {
    form_id: newId(),
    text: `Saya ${canary.name}, ${canary.word('web')}.`,
    name: canary.name,
    email: canary.email,
    phone: canary.phone,
    privacy_version: 1,
    client: '192.0.2.7',
    attachments: [
      {
        name: `${canary.word('unggah')}.txt`,
        type: 'text/plain',
        ...(await app.files.keep(Buffer.from(canary.word('isiunggah')))),
      },
    ],
  })
  const raw = mailOf(canary, { subject: `Perihal ${canary.word('perihal')}`, text: canary.word('badan') })
  await takeIn(app, { raw, envelope_from: canary.email })
  await takeIn(app, { raw, envelope_from: canary.email }) // the same again: a duplicate with the same bytes
  await takeIn(app, {
    raw: mailOf(canary, { subject: canary.word('besar'), text: canary.word('besar'), big: true }),
    envelope_from: canary.email,
  })
  // One that is never read: from a blocked address.
  const { rows } = await sql<{ id: string; ticket_id: string }>`select p.id, t.id as ticket_id from people p
    join contact_points c on c.person_id = p.id join tickets t on t.requester_id = p.id
    where c.normalised = ${canary.email} order by t.id`.execute(app.worker)
  const person_id = rows[0]!.id
  const ticket_ids = rows.map((row) => row.ticket_id)
  expect(new Set(rows.map((row) => row.id)).size, 'one person').toBe(1)
  expect(ticket_ids).toHaveLength(3)
  await write(app, secretary, async (ctx) => {
    for (const ticket_id of ticket_ids) {
      await reply(ctx, { ticket_id, text: `Yth. ${canary.name}, sudah kami lihat. ${canary.word('kutip')}` } as never)
      await note(ctx, {
        ticket_id,
        text: `Telepon ${canary.phone.replace('+62', '0')}: ${canary.word('catatan')}`,
      } as never)
    }
    await saveDraft(ctx, { ticket_id: ticket_ids[0]!, kind: 'reply', fields: { text: canary.word('konsep') } } as never)
    await resolve(ctx, {
      ticket_id: ticket_ids[1]!,
      problem: canary.word('masalah'),
      steps: canary.word('langkah'),
    } as never)
  })
  await write(app, { kind: 'requester', person_id, ticket_id: ticket_ids[1]! }, (ctx) =>
    rate(ctx, { ticket_id: ticket_ids[1]!, score: 4, words: canary.word('nilai') }),
  )
  await write(app, secretary, (ctx) =>
    blockSender(ctx, { channel: 'email', address: canary.email, reason: canary.mark }),
  )
  await asSystem(async (ctx) => {
    await recordConsents(ctx, [{ person_id, purpose: 'request', text_version: 1, channel: 'email' }])
    const { rows: out } = await sql<{
      id: string
    }>`select id from outbox where address = ${canary.email} limit 1`.execute(ctx.db)
    await muteAddresses(ctx, [{ address: canary.email, status: '5.1.1', outbox_id: out[0]!.id }] as never)
  })
  // A refused one: its sender is blocked.
  await takeIn(app, {
    raw: mailOf(canary, { subject: canary.word('ditolak'), text: canary.word('ditolak') }),
    envelope_from: canary.email,
  })
  await indexTickets(app, ticket_ids.map((ticket_id) => ({ ticket_id })) as never)
  await settleWaiting(app)
  await sql`update muted_addresses set lifted_at = now() where address = ${canary.email}`.execute(app.worker)
  await sendAll()
  while ((await relayOnce(app)) > 0);
  return { person_id, ticket_ids }
}

/** Without a relay mails are kept as files in the data folder. */
async function sendAll() {
  const app = database.app()
  await sql`update outbox set not_before = now(), next_attempt_at = now() where state = 'waiting'`.execute(app.worker)
  const sender = startSender(app)
  try {
    await expect
      .poll(
        async () =>
          (
            await sql<{
              n: number
            }>`select count(*)::int as n from outbox where state in ('waiting', 'sending')`.execute(app.worker)
          ).rows[0]!.n,
        { timeout: 60_000 },
      )
      .toBe(0)
  } finally {
    await sender.stop()
  }
}

const wordsOf = (canary: Canary) => [canary.mark, canary.phone.slice(1), canary.phone.replace('+62', '0')]
const look = (canary: Canary) => findEverywhere(superuser, database.app().settings.PANDU_DATA, wordsOf(canary))

async function backUp(path: string) {
  const app = database.app()
  await writeBackup({
    connection: own().connection('owner'),
    files: app.files,
    secret: rootSecret(app.settings),
    pandu: '0.1.0',
    path,
    progress: () => undefined,
  })
  return path
}

async function findInBackup(path: string, words: readonly string[]): Promise<string[]> {
  const places: string[] = []
  await checkBackup(path, undefined, undefined, {
    part: async (part, content) => {
      const chunks: Buffer[] = []
      for await (const chunk of content) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('latin1').toLowerCase()
      // COPY writes bytes as hexadecimal digits
      if (words.some((word) => text.includes(word.toLowerCase()) || text.includes(Buffer.from(word).toString('hex'))))
        places.push(part.name)
    },
  })
  return places
}

const isSound = async (app = database.app()) => {
  while ((await relayOnce(app)) > 0);
  for (const verdict of [await verifyJournal(app), await verifyBlobs(app), await verifyLedger(app)])
    expect(verdict.faults).toEqual([])
}

test('who is forgotten stands nowhere: no column of any table, no file, no backup; and all is sound', async () => {
  const canary = aCanary()
  const { person_id, ticket_ids } = await liveWith(canary)
  const before = await look(canary)
  // A search that finds nothing must not look like one that has nothing to find.
  for (const place of [
    'messages.text',
    'people.name',
    'contact_points.address',
    'drafts.fields',
    'ratings.words',
    'blocked_senders.address',
  ])
    expect(before.places).toContain(`public.${place}`)
  expect(before.places.filter((place) => place.includes('intake_items'))).not.toEqual([])
  expect(before.places.filter((place) => place.startsWith('file /outbox'))).not.toEqual([])
  expect(before.places.filter((place) => place.startsWith('file /blobs')).length).toBeGreaterThanOrEqual(3)
  expect(await findInBackup(await backUp(join(folder, `${canary.mark}.before`)), wordsOf(canary))).not.toEqual([])
  const stranger = aCanary()
  await takeIn(database.app(), {
    raw: mailOf(stranger, { subject: stranger.word('perihal'), text: stranger.word('badan') }),
    envelope_from: stranger.email,
  })
  const theirs = (await look(stranger)).places

  await write(database.app(), secretary, (ctx) => decideErasure(ctx, { person_id, reason: 'atas permintaan' }))
  expect(await eraseDue(database.app())).toMatchObject([{ person_id }])

  const after = await look(canary)
  expect(after.places).toEqual([])
  expect(after.columns).toBeGreaterThan(200)
  expect(await findInBackup(await backUp(join(folder, `${canary.mark}.after`)), wordsOf(canary))).toEqual([])
  expect((await look(stranger)).places, 'nobody else lost anything').toEqual(theirs)
  await isSound()
  const { rows } = await sql<{
    name: string
    state: string
  }>`select p.name, t.state from tickets t join people p on p.id = t.requester_id
    where t.id = any (${ticket_ids}::uuid[])`.execute(database.app().worker)
  expect(rows).toHaveLength(3)
  expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['Pemohon (dihapus)']))
  const { rows: facts } = await sql<{ about: unknown }>`select about from facts where kind = 'person.erased'
    and about ->> 'person_id' = ${person_id}`.execute(database.app().worker)
  expect(facts).toHaveLength(1)
}, 240_000)

test('a restored backup of before forgets again whom it still knows, before anybody can read it; who came back later stays', async () => {
  const canary = aCanary()
  const { person_id } = await liveWith(canary)
  const file = await backUp(join(folder, `${canary.mark}.restore`))
  await write(database.app(), secretary, (ctx) => decideErasure(ctx, { person_id, reason: 'atas permintaan' }))
  await eraseDue(database.app())

  // A new machine: an empty database and data folder, and the list that was kept elsewhere.
  const name = `test_${newId().replaceAll('-', '')}`
  await superuser.query(`create database ${name} owner pandu_owner`)
  const data = mkdtempSync(join(folder, 'data-'))
  await adoptErasureList(data, erasureListPath(database.app().settings.PANDU_DATA))
  const files = openFiles(data)
  const given = {
    settings: { PANDU_DATA: data, PANDU_SECRET: undefined },
    files,
    path: file,
    progress: () => undefined,
  }
  await restoreBackup(given, accessTo(name), await verifyBackup(given))
  const pools = ['web', 'worker'].map((role) =>
    new pg.Pool(accessTo(name).connection(role as 'web'))
      .on('error', () => undefined)
      .on('connect', (client) => client.on('error', () => undefined)),
  )
  const visitor = new pg.Client({ ...base(), user: 'postgres', database: name })
  await visitor.connect()
  made.push(async () => {
    await visitor.end()
    for (const pool of pools) await pool.end()
    await superuser.query(`drop database ${name} with (force)`)
  })
  const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_LOG: 'silent' })
  const app = makeTestApp(settings, sources, pools[0]!, pools[1]!)
  expect((await findEverywhere(visitor, data, wordsOf(canary))).places, 'the backup still knew them').not.toEqual([])

  expect((await reapplyErasures(app)).map((one) => one.person_id)).toContain(person_id)

  expect((await findEverywhere(visitor, data, wordsOf(canary))).places).toEqual([])
  await isSound(app)
  expect(await reapplyErasures(app), 'once').toEqual([])
  await takeIn(app, { from: `${canary.name} <${canary.email}>`, text: 'Saya kembali.' })
  expect(await reapplyErasures(app), 'whoever comes back is a new person').toEqual([])
}, 240_000)

test('an institution keeps its case without them; a legal hold stops it, whenever it is placed', async () => {
  const canary = aCanary()
  const app = database.app()
  const asked = await ask(app, {
    form_id: newId(),
    text: `Server kami mati. ${canary.word('rahasia')}`,
    organisation: 'Dinas Contoh Kenari',
    name: canary.name,
    email: canary.email,
    privacy_version: 1,
    client: '192.0.2.7',
  })
  const { rows } = await sql<{
    requester_id: string
  }>`select requester_id from tickets where id = ${asked.ticket.id}::uuid`.execute(app.worker)
  const person_id = rows[0]!.requester_id
  await write(app, secretary, async (ctx) => {
    await reply(ctx, { ticket_id: asked.ticket.id, text: `Yth. ${canary.name}, server sudah menyala.` } as never)
    await holdPerson(ctx, { person_id, reason: 'sengketa contoh', review_on: '2027-01-31' })
  })
  await sendAll()
  await expect(write(app, secretary, (ctx) => decideErasure(ctx, { person_id, reason: 'x' }))).rejects.toMatchObject({
    key: 'privacy.held',
  })
  await write(app, secretary, (ctx) => releasePerson(ctx, { person_id, reason: 'selesai' }))
  await write(app, secretary, (ctx) => decideErasure(ctx, { person_id, reason: 'atas permintaan' }))
  await write(app, secretary, (ctx) => holdPerson(ctx, { person_id, reason: 'sengketa lain', review_on: '2027-01-31' }))
  expect(await eraseDue(app), 'a hold placed meanwhile').toEqual([])
  await write(app, secretary, (ctx) => releasePerson(ctx, { person_id, reason: 'selesai' }))
  expect(await eraseDue(app)).toHaveLength(1)

  expect((await look(canary)).places).toEqual([])
  const { rows: left } = await sql<{
    text: string
  }>`select text from messages where ticket_id = ${asked.ticket.id}::uuid and direction = 'out'
    and author_id is not null`.execute(app.worker)
  expect(left.map(({ text }) => text)).toEqual(['Yth. (dihapus), server sudah menyala.'])
}, 240_000)

test('what others wrote about them elsewhere: addresses and numbers go by themselves, a name where somebody says so', async () => {
  const app = database.app()
  const [canary, other] = [aCanary(), aCanary()]
  const own = (await takeIn(app, { from: `${canary.name} <${canary.email}>`, text: 'Halo.' }))[0]!
  const { rows: people } = await sql<{
    id: string
  }>`select t.requester_id as id from tickets t join intake_items i on i.ticket_id = t.id
    where i.id = ${own}::uuid`.execute(app.worker)
  const person_id = people[0]!.id
  await asSystem((ctx) =>
    sql`insert into contact_points (id, person_id, channel, address, normalised) values (${newId()}::uuid, ${person_id}::uuid, 'phone', ${canary.phone}, ${canary.phone})`.execute(
      ctx.tx,
    ),
  )
  const spelt = `0${canary.phone.slice(3, 6)}-${canary.phone.slice(6, 10)}-${canary.phone.slice(10)}`
  const said = `Tanyakan ${canary.name} (${canary.email}, ${spelt}).`
  // Somebody else's ticket: their mail has the person in its head and words; colleagues write on.
  const raw = Buffer.from(
    `From: ${other.name} <${other.email}>\r\nCc: ${canary.email}\r\nSubject: ${canary.email}\r\nMessage-ID: <${newId()}@contoh.example>\r\n\r\n${said}`,
  )
  const [item] = await takeIn(app, { raw, envelope_from: other.email })
  const { rows } = await sql<{
    id: string
    requester_id: string
  }>`select t.id, t.requester_id from tickets t join intake_items i on i.ticket_id = t.id
    where i.id = ${item!}::uuid`.execute(app.worker)
  const { id: ticket_id, requester_id } = rows[0]!
  const incident = await write(app, secretary, async (ctx) => {
    await note(ctx, { ticket_id, text: said } as never)
    await reply(ctx, { ticket_id, text: said } as never)
    await saveDraft(ctx, { ticket_id, kind: 'note', fields: { text: said } } as never)
    await resolve(ctx, { ticket_id, problem: said, steps: said } as never)
    await holdPerson(ctx, { person_id: requester_id, reason: said, review_on: '2027-01-31' })
    await releasePerson(ctx, { person_id: requester_id, reason: said })
    await makeRequest(ctx, {
      person_id: requester_id,
      kind: 'correction',
      words: said,
      address: null,
      language: 'id',
      channel: 'desk',
    })
    return declareIncident(ctx, {
      is_drill: true,
      which_data: said,
      how: said,
      handling: said,
      began_at: null,
      found_at: new Date().toISOString(),
      desk_id: null,
      numbers: [],
      from: null,
      until: null,
    })
  })
  await indexTickets(app, [{ ticket_id }] as never)
  await sendAll()

  const mentions = await write(app, secretary, (ctx) => findMentions(ctx, person_id))
  expect(mentions.map(({ place, id }) => [place, id]).sort()).toEqual(
    [
      ['ticket', ticket_id],
      ['incidents', incident.id],
      ['data_requests', requester_id],
      ['legal_holds', requester_id],
    ].sort(),
  )
  for (const { place, id } of mentions)
    await write(app, secretary, (ctx) => removeMention(ctx, { person_id, place: place as 'ticket', id }))
  const { rows: facts } =
    await sql<FactJob>`select id as fact_id, kind, ticket_id, about from facts where kind = 'person.name_removed'`.execute(
      app.worker,
    )
  await removeMentions(app, facts)
  expect(await write(app, secretary, (ctx) => findMentions(ctx, person_id)), 'nothing is left to look at').toEqual([])

  await write(app, secretary, (ctx) => decideErasure(ctx, { person_id, reason: 'atas permintaan' }))
  await sendAll()
  expect(await eraseDue(app)).toHaveLength(1)
  expect((await findEverywhere(superuser, app.settings.PANDU_DATA, [...wordsOf(canary), spelt])).places).toEqual([])
  const { rows: left } = await sql<{
    text: string
  }>`select text from messages where ticket_id = ${ticket_id}::uuid and direction = 'note'`.execute(app.worker)
  expect(left, 'what was said of the matter stays').toEqual([{ text: 'Tanyakan (dihapus) ((dihapus), (dihapus)).' }])
  await isSound()
}, 240_000)

test('a former colleague’s name stands under nothing that they wrote', async () => {
  const app = database.app()
  const [canary, requester] = [aCanary(), aCanary()]
  const [item] = await takeIn(app, { from: `${requester.name} <${requester.email}>`, text: 'Halo.' })
  const { rows } = await sql<{
    ticket_id: string
  }>`select ticket_id from intake_items where id = ${item!}::uuid`.execute(app.worker)
  const { ticket_id } = rows[0]!
  const colleague = await asSystem(async (ctx) => {
    const actor = await aStaff(ctx, { role: 'administrator' })
    await sql`update people set name = ${canary.name}, folded_name = lower(${canary.name}) where id = ${actor.person_id}::uuid`.execute(
      ctx.tx,
    )
    return { ...actor, name: canary.name, desks: secretary.desks }
  })
  await write(app, colleague, async (ctx) => {
    await reply(ctx, { ticket_id, text: `Sudah menyala.\n\nSalam,\n${canary.name}` } as never)
    await resolve(ctx, { ticket_id, problem: 'mati', steps: `Hubungi ${canary.name}.` } as never)
  })
  const { rows: sent } = await sql<{
    mail_id: string
  }>`select mail_id from outbox where about_id = ${ticket_id}::uuid and kind = 'reply' limit 1`.execute(app.worker)
  await takeIn(app, {
    from: `${requester.name} <${requester.email}>`,
    in_reply_to: sent[0]!.mail_id,
    text: `Terima kasih.\r\n> Salam,\r\n> ${canary.name}`,
  })
  await sendAll()
  await asSystem(async (ctx) => {
    await sql`delete from roles where person_id = ${colleague.person_id}::uuid`.execute(ctx.tx)
    await sql`update accounts set disabled_at = now() where person_id = ${colleague.person_id}::uuid`.execute(ctx.tx)
  })
  await write(app, secretary, (ctx) => decideErasure(ctx, { person_id: colleague.person_id, reason: 'berhenti' }))
  expect(await eraseDue(app)).toHaveLength(1)
  expect((await look(canary)).places).toEqual([])
}, 240_000)

test('a restore without the list of erasures is said until somebody writes down what was done', async () => {
  const app = database.app()
  const warning = () => write(app, secretary, findUnlistedRestore)
  await noteUnlistedRestore(app, new Date('2026-01-05T00:00:00Z'))
  await noteUnlistedRestore(app, new Date('2026-02-05T00:00:00Z'))
  const { id } = (await warning())!
  expect(await warning()).toMatchObject({ backup_made_at: new Date('2026-02-05T00:00:00Z') })
  const agent = await asSystem(async (ctx) => aStaff(ctx, { desk: await aDesk(ctx) }))
  await expect(write(app, agent, (ctx) => acknowledgeRestore(ctx, { id, reason: 'x' }))).rejects.toMatchObject({
    kind: 'forbidden',
  })
  await write(app, secretary, (ctx) => acknowledgeRestore(ctx, { id, reason: 'dihapus kembali menurut surat' }))
  expect(await warning(), 'those of before, too').toBeNull()
  await expect(write(app, secretary, (ctx) => acknowledgeRestore(ctx, { id, reason: 'x' }))).rejects.toMatchObject({
    kind: 'conflict',
  })
  const { rows } = await sql<{
    n: number
  }>`select count(*)::int as n from facts where kind = 'restore.acknowledged'`.execute(app.worker)
  expect(rows).toEqual([{ n: 1 }])
})
