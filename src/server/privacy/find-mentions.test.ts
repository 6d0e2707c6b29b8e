import { deflateRawSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write, type StaffActor } from '../platform/context.ts'
import { relayOnce, type FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { takeIn } from '../intake/testing.ts'
import { indexTickets } from '../tickets/index.ts'
import { takesPart } from '../tickets/testing.ts'
import { aPerson } from '../people/testing.ts'
import { newId } from '../platform/ids.ts'
import { askDesk, refer } from '../referrals/index.ts'
import { aProvider, aRequest, liveOffer } from '../referrals/testing.ts'
import { findStayingFiles, packedParts, patternOf } from './find-files.ts'
import { findMentions, removeMention, removeMentions } from './find-mentions.ts'

const database = useDatabase()
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await write(database.app(), system, async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})

test('a name that others spelt otherwise is shown as such to whoever decides, and removed where they say that it is this person', async () => {
  const app = database.app()
  await takeIn(app, { from: 'Djoko Soesilo <djoko@rumah.contoh.example>', text: 'Printer mati.' })
  for (const [name, text] of [
    ['satu', 'Kata Pak Joko Susilo sudah diganti.'],
    ['dua', 'Tanyakan Djoko Soesilo.'],
    ['tiga', 'Joko yang lain, bukan Susilo.'],
  ])
    await takeIn(app, { from: `Orang <${name}@kantor.contoh.example>`, text: text! })
  const { rows } = await sql<{
    id: string
    text: string
    ticket_id: string
  }>`select t.requester_id as id, t.id as ticket_id, m.text from tickets t
    join messages m on m.ticket_id = t.id order by t.id`.execute(app.worker)
  await indexTickets(app, rows as never)
  const [djoko, first, second] = rows
  const look = () => write(app, secretary, (ctx) => findMentions(ctx, djoko!.id))
  expect((await look()).map(({ id, spelt_otherwise }) => [id, spelt_otherwise])).toEqual([
    [second!.ticket_id, false],
    [first!.ticket_id, true],
  ])
  await write(app, secretary, (ctx) =>
    removeMention(ctx, { person_id: djoko!.id, place: 'ticket', id: first!.ticket_id }),
  )
  const jobs: FactJob[] = []
  while ((await relayOnce(app, (_, facts) => Promise.resolve(void jobs.push(...facts)))) > 0);
  await removeMentions(
    app,
    jobs.filter(({ kind }) => kind === 'person.name_removed'),
  )
  const { rows: left } = await sql<{
    text: string
  }>`select text from messages where ticket_id = ${first!.ticket_id}::uuid`.execute(app.worker)
  expect(left).toEqual([{ text: 'Kata Pak (dihapus) sudah diganti.' }])
  expect((await look()).map(({ id }) => id)).toEqual([second!.ticket_id])
})

test('a name in a question about an offer and in what shows a competence is found and removed there, with the documents', async () => {
  const app = database.app()
  const { person, ticket, agent, provider } = await write(app, system, async (ctx) => {
    const made = await aRequest(ctx, {})
    const provider = await aProvider(ctx)
    return { ...made, provider, person: await aPerson(ctx, { name: 'Kartono Wibisana' }) }
  })
  await write(app, agent, (ctx) => refer(ctx, { ticket_id: ticket.id }))
  const offer = (await write(app, system, (ctx) => liveOffer(ctx, ticket.id)))!
  const question = await write(app, provider.staff, (ctx) =>
    askDesk(ctx, { offer_id: offer.id, question: 'Apakah Kartono Wibisana ada?' }),
  )
  const [proposal, evidence] = [newId(), newId()]
  await write(app, system, async (ctx) => {
    const shown = sql`${provider.desk.id}::uuid, 'libreoffice', 1, 'certificate'`
    await sql`insert into competence_proposals (id, desk_id, competence_code, level, kind, title, valid_until, proposed_at)
      values (${proposal}::uuid, ${shown}, 'Sertifikat', now() + interval '1 year', now())`.execute(ctx.tx)
    await sql`insert into blobs (sha256, size, type) values (${'b'.repeat(64)}, 1, 'application/pdf')`.execute(ctx.tx)
    await sql`insert into competence_files (proposal_id, id, name, type, size, sha256, at)
      values (${proposal}::uuid, ${newId()}::uuid, 'kartono_wibisana.pdf', 'application/pdf', 1, ${'b'.repeat(64)}, now())`.execute(
      ctx.tx,
    )
    await sql`insert into evidence (id, desk_id, competence_code, level, kind, title)
      values (${evidence}::uuid, ${shown}, 'Sertifikat Kartono Wibisana')`.execute(ctx.tx)
  })
  const look = () => write(app, secretary, (ctx) => findMentions(ctx, person.id))
  const places = ['offer_questions', 'competence_proposals', 'evidence'] as const
  const found = (await look()).filter(({ place }) => place !== 'ticket')
  expect(new Map(found.map(({ place, id, number, desk_id }) => [place, [id, number, desk_id]]))).toEqual(
    new Map([
      ['offer_questions', [question, String(ticket.number), null]],
      ['competence_proposals', [proposal, provider.desk.name, provider.desk.id]],
      ['evidence', [evidence, provider.desk.name, provider.desk.id]],
    ]),
  )
  await removeMentions(
    app,
    places.map((place, at) => ({
      fact_id: newId(),
      kind: 'person.name_removed' as const,
      ticket_id: null,
      about: { person_id: person.id, place, place_id: [question, proposal, evidence][at]! },
    })),
  )
  expect((await look()).filter(({ place }) => place !== 'ticket')).toEqual([])
  const { rows } = await sql`select (select question from offer_questions where id = ${question}::uuid) as question,
      (select title from evidence where id = ${evidence}::uuid) as title,
      (select count(*)::int from blobs where sha256 = ${'b'.repeat(64)}) as blobs`.execute(app.worker)
  expect(rows).toEqual([{ question: 'Apakah (dihapus) ada?', title: 'Sertifikat (dihapus)', blobs: 0 }])
})

/** A ZIP file as an office program writes it: one packed part. */
function packed(name: string, text: string): Buffer {
  const bytes = deflateRawSync(Buffer.from(text))
  const head = (signature: number, size: number) => {
    const part = Buffer.alloc(size)
    part.writeUInt32LE(signature)
    return part
  }
  const local = head(0x04034b50, 30)
  local.writeUInt16LE(name.length, 26)
  const entry = head(0x02014b50, 46)
  entry.writeUInt16LE(8, 10)
  entry.writeUInt32LE(bytes.length, 20)
  entry.writeUInt16LE(name.length, 28)
  const end = head(0x06054b50, 22)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(30 + name.length + bytes.length, 16)
  return Buffer.concat([local, Buffer.from(name), bytes, entry, Buffer.from(name), end])
}

test('a small file that unpacks to very much is left to a person to look at', () => {
  const large = 'a'.repeat(3_000_000)
  const [bytes, entries] = [packed('content.xml', large), 3]
  expect(packedParts(bytes)?.[0]).toHaveLength(large.length)
  // The same packed bytes, named three times by the directory.
  const end = bytes.subarray(-22)
  const at = end.readUInt32LE(16)
  end.writeUInt16LE(entries, 10)
  const directory = Array.from({ length: entries }, () => bytes.subarray(at, -22))
  expect(packedParts(Buffer.concat([bytes.subarray(0, at), ...directory, end]))).toBeNull()
})

test('names and numbers are found in files as they are written in any language', () => {
  const file = (text: string) => text.normalize('NFC')
  expect(patternOf(['Éva-Marie Contoh'], [])!.test(file('Hadir: E\u0301VA-MARIE  Contoh.'))).toBe(true)
  expect(patternOf([], ['7788123'])!.test(file('obrolan 7788123.'))).toBe(true)
  expect(patternOf([], ['7788123'])!.test(file('kode É7788123')), 'part of another word').toBe(false)
  expect(patternOf([], ['+6281234567890'])!.test(file('WA 0812-3456-7890'))).toBe(true)
})

test('files of others that would stay are listed, those that name the person first, and go where somebody says so', async () => {
  const app = database.app()
  await takeIn(app, { from: 'Nyoman Contoh <nyoman@rumah.contoh.example>', text: 'Halo.' })
  const { rows: people } = await sql<{
    id: string
  }>`select person_id as id from contact_points where normalised = 'nyoman@rumah.contoh.example'`.execute(app.worker)
  const [nyoman] = people
  const file = (name: string, bytes: Buffer) =>
    `--b\r\nContent-Type: application/octet-stream; name=${name}\r\nContent-Disposition: attachment; filename=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}\r\n`
  const raw = Buffer.from(
    `From: Orang <empat@kantor.contoh.example>\r\nSubject: daftar\r\nMessage-ID: <f@contoh.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nTerlampir.\r\n` +
      file('daftar.txt', Buffer.from('1. Orang lain')) +
      file('rapat.odt', packed('content.xml', '<office:p>Hadir: Nyoman  Contoh</office:p>')) +
      file('foto.png', Buffer.from('bukan teks')) +
      file('rusak.docx', Buffer.from('PK rusak')) +
      '--b--\r\n',
  )
  const [item] = await takeIn(app, { raw, envelope_from: 'empat@kantor.contoh.example' })
  const { rows } = await sql<{
    id: string
  }>`select ticket_id as id from intake_items where id = ${item!}::uuid`.execute(app.worker)
  await write(app, system, (ctx) =>
    takesPart(ctx, { ticket_id: rows[0]!.id, person_id: nyoman!.id, part: 'participant' }),
  )
  const look = () => findStayingFiles(app, secretary, nyoman!.id)
  const found = await look()
  expect(found.map(({ name, names_them }) => [name, names_them])).toEqual([
    ['rapat.odt', true],
    ...found.filter(({ names_them }) => names_them === null).map(({ name }) => [name, null]),
    ['daftar.txt', false],
  ])
  expect(
    found
      .filter(({ names_them }) => names_them === null)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['foto.png', 'rusak.docx'])

  await write(app, secretary, (ctx) => removeMention(ctx, { person_id: nyoman!.id, place: 'file', id: found[0]!.id }))
  const jobs: FactJob[] = []
  while ((await relayOnce(app, (_, facts) => Promise.resolve(void jobs.push(...facts)))) > 0);
  await removeMentions(
    app,
    jobs.filter(({ kind }) => kind === 'person.name_removed'),
  )
  expect((await look()).map(({ name }) => name)).not.toContain('rapat.odt')
  const { rows: left } = await sql`select from intake_items where id = ${item!}::uuid and raw is not null`.execute(
    app.worker,
  )
  expect(left, 'the mail in which it came has it, too').toEqual([])
})
