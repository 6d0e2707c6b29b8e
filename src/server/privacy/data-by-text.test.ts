import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write, type StaffActor } from '../platform/context.ts'
import { relayOnce, type FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { say } from '../platform/words.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { answersTo, itemOf, takeInTexts } from '../intake/texts/testing.ts'
import { copyOfPerson, entriesOf } from './copy-of-person.ts'
import { sendDataCodes, takeDataCodes } from './data-by-text.ts'
import { openDataLink, openProvedLink, peopleAt, proveDataLink, sendDataLink } from './data-link.ts'
import { eraseDue } from './erase-due.ts'
import { askAboutOwnData, handOverCopy, ownRequests } from './own-requests.ts'
import { decideRequest, listRequests } from './requests.ts'

const database = useDatabase()
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await write(database.app(), system, async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})

let last = 0
/** A number that no other test has. */
const aNumber = () => `+62812${String(66_000_000 + ++last)}`
/** What this number writes, settled, and what the facts of it lead to; the jobs run twice, as they may. */
async function writes(from: string, ...texts: string[]): Promise<string[]> {
  const app = database.app()
  const ids = await takeInTexts(app, ...texts.map((text) => ({ from, text })))
  const jobs: FactJob[] = []
  while ((await relayOnce(app, (_, facts) => Promise.resolve(void jobs.push(...facts)))) > 0);
  for (const [kind, work] of [
    ['data_code.wanted', sendDataCodes],
    ['data_code.returned', takeDataCodes],
  ] as const) {
    const own = jobs.filter((job) => job.kind === kind)
    await work(app, own)
    await work(app, own)
  }
  return ids
}
const lastTo = async (number: string) => (await answersTo(database.app(), number)).at(-1)!
const codeIn = (text: string) => /DATA (\d{6})/.exec(text)![1]!
const tokenIn = (text: string) => /\/my-data\/([a-z2-7]{32})/.exec(text)![1]!
const requestsOf = (address: string) => write(database.app(), secretary, (ctx) => listRequests(ctx, { address }))

test('consent that was given on the web is taken back by text, when the code has come back; what rested on it stops', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'printer kantor lurah tidak mencetak')
  const { rows } = await sql<{ id: string }>`select person_id as id from contact_points where normalised = ${number}`.execute(
    app.worker,
  )
  await sql`insert into consents (id, person_id, purpose, text_version, channel, given_at)
    values (gen_random_uuid(), ${rows[0]!.id}::uuid, 'referral', 1, 'web', now())`.execute(app.worker)
  const standing = async () =>
    (
      await sql<{ withdrawn: boolean; restricted: boolean }>`select withdrawn_at is not null as withdrawn, is_restricted(person_id) as restricted
        from consents where person_id = ${rows[0]!.id}::uuid`.execute(app.worker)
    ).rows[0]
  await writes(number, 'Tarik persetujuan')
  expect(await standing()).toEqual({ withdrawn: false, restricted: false })
  await writes(number, codeIn(await lastTo(number)))
  expect(await standing()).toEqual({ withdrawn: true, restricted: true })
  expect(await lastTo(number)).toBe(say('id', 'sms.consent_withdrawn'))
  expect(await requestsOf(number)).toEqual([])
})

test('whoever has only a number asks for the copy by SMS; the code comes back, and the secretariat sees the request with its 72 hours', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'printer kantor camat tidak mencetak')
  const [id] = await writes(number, 'Data saya.')
  expect(await itemOf(app, id!)).toMatchObject({ outcome: 'command', ticket_id: null })
  const asked = await lastTo(number)
  expect(asked).not.toContain('printer')
  expect((await answersTo(app, number)).length, 'the job ran twice').toBe(2)
  expect(await requestsOf(number), 'nothing is done before the number proved itself').toEqual([])
  await expect(openProvedLink(app, tokenIn(asked))).rejects.toMatchObject({ kind: 'not_found' })

  await writes(number, codeIn(asked).replace(/^.../, '$& '))
  const [made] = await requestsOf(number)
  expect(made).toMatchObject({ kind: 'copy', channel: 'sms', answer_way: 'sms', decision: null, people_there: 1 })
  expect(made!.due_at.getTime() - made!.made_at.getTime()).toBe(72 * 3_600_000)
  const noted = await lastTo(number)
  expect(noted).toContain(`D-${made!.number}`)
  expect((await answersTo(app, number)).length).toBe(3)

  // The link of the answer opens what is theirs; whoever has no internet gets it from the secretariat.
  expect(await openProvedLink(app, tokenIn(noted))).toMatchObject({ channel: 'phone', address: number })
  const { copy } = await copyOfPerson(app, { person_id: made!.person_id, channel: 'phone', address: number })
  expect(copy.requests.map(({ messages }) => messages.map(({ text }) => text))).toEqual([
    ['printer kantor camat tidak mencetak'],
  ])
  expect(copy.received_from_you.map((item) => (item as unknown as { text: string }).text)).toContain('Data saya.')
  expect(JSON.stringify(copy.sent_to_you), 'links are cut').not.toContain(tokenIn(noted))
  const handed = await write(app, { ...secretary, signed_in_at: new Date() }, (ctx) =>
    handOverCopy(ctx, { person_id: made!.person_id, request_id: made!.id }),
  )
  const paper = [...entriesOf(handed)].find(({ name }) => name === 'copy.html')
  const read = Buffer.from(await paper!.bytes()).toString()
  expect(read).toContain('printer kantor camat tidak mencetak')
  expect(read, 'every part has its heading').not.toMatch(/<h2>[a-z_ ]+<\/h2>/)
  await write(app, secretary, (ctx) => decideRequest(ctx, { id: made!.id, decision: 'done', reason: '' }))
  expect(await lastTo(number)).toContain('sudah kami berikan')
  const old = { ...secretary, signed_in_at: new Date(Date.now() - 3_600_000) }
  const again = { person_id: made!.person_id, request_id: made!.id }
  await expect(write(app, old, (ctx) => handOverCopy(ctx, again))).rejects.toMatchObject({ kind: 'unauthenticated' })
})

test('the code typed on the page opens it too; five wrong ones end the link, and nothing is shown before', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'wifi mati')
  await writes(number, 'HAPUS DATA')
  const first = await lastTo(number)
  expect(await openDataLink(app, tokenIn(first))).toMatchObject({ proved: false, via: 'sms' })
  for (let tries = 0; tries < 5; tries++)
    await expect(proveDataLink(app, { token: tokenIn(first), code: '111111' })).rejects.toMatchObject({ kind: 'invalid' })
  await expect(proveDataLink(app, { token: tokenIn(first), code: codeIn(first) })).rejects.toMatchObject({
    kind: 'not_found',
  })
  await writes(number, 'data saya')
  const second = await lastTo(number)
  await proveDataLink(app, { token: tokenIn(second), code: ` ${codeIn(second).slice(0, 3)} ${codeIn(second).slice(3)}` })
  const link = await openProvedLink(app, tokenIn(second))
  const [person] = await peopleAt(app, link)
  const made = await askAboutOwnData(app, { ...link, person_id: person!.id, kind: 'copy', words: '', language: 'id' })
  expect(await requestsOf(number)).toMatchObject([{ number: made.number, channel: 'web', decision: 'done' }])
})

test('a forged sender gets nothing: codes are sent to the number, a guess does nothing, and both are few', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'layar gelap')
  const before = (await answersTo(app, number)).length
  for (let times = 0; times < 5; times++) await writes(number, 'DATA SAYA')
  expect((await answersTo(app, number)).length - before, 'three a day').toBe(3)
  for (let times = 0; times < 7; times++) await writes(number, 'DATA 111112')
  expect((await answersTo(app, number)).length - before, 'and five times that it was wrong').toBe(8)
  await writes(number, codeIn((await answersTo(app, number)).findLast((text) => /DATA \d{6}/.test(text))!))
  expect(await requestsOf(number), 'after five guesses the right one is none').toEqual([])

  const stranger = aNumber()
  await writes(stranger, 'DATA SAYA')
  expect(await answersTo(app, stranger)).toEqual([expect.stringContaining('tidak ada data')])
})

test('DATA SAYA takes no BARU away that waits for its text, and its code is not that text', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'layar gelap')
  await writes(number, 'BARU')
  await writes(number, 'DATA SAYA')
  await writes(number, codeIn(await lastTo(number)))
  expect(await requestsOf(number)).toMatchObject([{ kind: 'copy' }])
  const [id] = await writes(number, 'proyektor aula mati')
  expect(await itemOf(app, id!)).toMatchObject({ outcome: 'ticket' })
})

test('that a code is wrong, and that nothing is kept, is said once however often the job runs', async () => {
  const app = database.app()
  const [guessing, disowned] = [aNumber(), aNumber()]
  await writes(guessing, 'layar gelap')
  await writes(guessing, 'DATA SAYA')
  const before = await answersTo(app, guessing)
  await writes(guessing, 'DATA 111112')
  expect((await answersTo(app, guessing)).slice(before.length)).toEqual([expect.stringContaining('Kode itu salah')])
  await writes(disowned, 'layar gelap')
  await writes(disowned, 'Salah nomor')
  const told = await answersTo(app, disowned)
  await writes(disowned, 'DATA SAYA')
  expect((await answersTo(app, disowned)).slice(told.length)).toEqual([expect.stringContaining('tidak ada data')])
})

test('erasure is asked, granted and done by nothing but a number; its last text leaves first', async () => {
  const app = database.app()
  const number = aNumber()
  const [first] = await writes(number, 'komputer bupati lambat sekali')
  await writes(number, 'hapus data saya')
  await writes(number, `DATA ${codeIn(await lastTo(number))}`)
  const [made] = await requestsOf(number)
  expect(made).toMatchObject({ kind: 'erasure', decision: null })
  await write(app, secretary, (ctx) => decideRequest(ctx, { id: made!.id, decision: 'done', reason: '' }))
  expect(await lastTo(number)).toContain('pesan terakhir')
  expect(await eraseDue(app), 'the last text waits').toEqual([])
  await sql`update outbox set state = 'sent', sent_at = now() where state = 'waiting'`.execute(app.worker)
  expect((await eraseDue(app)).map(({ person_id }) => person_id)).toEqual([made!.person_id])
  expect(await answersTo(app, number)).toEqual([])
  expect(await peopleAt(app, { channel: 'phone', address: number })).toEqual([])
  expect(await itemOf(app, first!)).toMatchObject({ text: null, sender_address: null })
  const { rows } = await sql`select from data_links where address = ${number}`.execute(app.worker)
  expect(rows).toEqual([])
})

test('a number on the page of the web gets a link and a code if it is known here; what somebody typed into the form proves nothing', async () => {
  const app = database.app()
  const [known, typed, unknown] = [aNumber(), aNumber(), aNumber()]
  await writes(known, 'pemindai rusak')
  await write(app, system, async (ctx) => {
    await sql`with p as (insert into people (id, name, folded_name) values (gen_random_uuid(), 'Orang Contoh', 'orang contoh') returning id)
      insert into contact_points (id, person_id, channel, address, normalised) select gen_random_uuid(), id, 'phone', ${typed}, ${typed} from p`.execute(ctx.tx)
  })
  for (const address of [known.replace('+62', '0'), typed, unknown])
    await sendDataLink(app, { address, client: '192.0.2.7', language: 'id' })
  expect(await lastTo(known)).toContain('/my-data/')
  expect([...(await answersTo(app, typed)), ...(await answersTo(app, unknown))]).toEqual([])
  await expect(sendDataLink(app, { address: 'bukan alamat', client: '192.0.2.7', language: 'id' })).rejects.toMatchObject(
    { kind: 'invalid' },
  )
})

test('a number from which its person was not heard for half a year, or who said SALAH, may be somebody else’s: it opens nothing', async () => {
  const app = database.app()
  const [silent, disowned] = [aNumber(), aNumber()]
  for (const number of [silent, disowned]) await writes(number, 'jaringan putus')
  expect(await peopleAt(app, { channel: 'phone', address: silent })).toHaveLength(1)
  const of = (number: string) => sql`where person_id in (select person_id from contact_points where normalised = ${number})`
  await sql`update participants set since = now() - interval '181 days' ${of(silent)}`.execute(app.worker)
  await sql`update messages set at = now() - interval '181 days' where author_id in (select person_id from contact_points where normalised = ${silent})`.execute(
    app.worker,
  )
  await sql`update participants set disowned_at = now() ${of(disowned)}`.execute(app.worker)
  for (const number of [silent, disowned]) {
    expect(await peopleAt(app, { channel: 'phone', address: number })).toEqual([])
    await writes(number, 'DATA SAYA')
    expect(await lastTo(number)).toContain('tidak ada data')
  }
  // Nor does it begin again with what they ask now: that is somebody else's request.
  const former = async (number: string) =>
    (
      await sql<{
        id: string
      }>`select person_id as id from contact_points where normalised = ${number} order by created_at limit 1`.execute(app.worker)
    ).rows[0]!.id
  await sql`update contact_points set created_at = now() - interval '400 days' where normalised = ${silent}`.execute(app.worker)
  for (const number of [silent, disowned]) {
    const before = await former(number)
    await writes(number, 'kipas angin kantor rusak')
    const now = await peopleAt(app, { channel: 'phone', address: number })
    expect(now).toHaveLength(1)
    expect(now[0]!.id).not.toBe(before)
  }
})

test('what was asked from a number before it was somebody else’s is not shown to whoever has it now', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'jaringan putus')
  const point = { channel: 'phone', address: number } as const
  const [former] = await peopleAt(app, point)
  const words = 'nama saya salah tulis'
  await askAboutOwnData(app, { ...point, via: 'sms', person_id: former!.id, kind: 'correction', words, language: 'id' })
  expect(await ownRequests(app, point)).toMatchObject([{ words }])
  await sql`update participants set since = now() - interval '181 days' where person_id = ${former!.id}::uuid`.execute(
    app.worker,
  )
  await sql`update messages set at = now() - interval '181 days' where author_id = ${former!.id}::uuid`.execute(app.worker)
  await sql`update contact_points set created_at = now() - interval '400 days' where normalised = ${number}`.execute(
    app.worker,
  )
  await writes(number, 'printer saya mati')
  expect((await peopleAt(app, point)).map(({ id }) => id)).not.toContain(former!.id)
  expect(await ownRequests(app, point)).toEqual([])
})

test('a number whose person goes on by mail is as silent as any: whoever has it now opens nothing of theirs', async () => {
  const app = database.app()
  const number = aNumber()
  await writes(number, 'jaringan putus')
  const point = { channel: 'phone', address: number } as const
  const [former] = await peopleAt(app, point)
  const theirs = sql`where person_id = ${former!.id}::uuid`
  await sql`update participants set since = now() - interval '181 days' ${theirs}`.execute(app.worker)
  await sql`update contact_points set created_at = now() - interval '181 days' ${theirs}`.execute(app.worker)
  expect(await peopleAt(app, point), 'by text').toHaveLength(1)
  await sql`update messages set channel = 'email' where author_id = ${former!.id}::uuid`.execute(app.worker)
  expect(await peopleAt(app, point)).toEqual([])
  await sql`update conversations set last_in_at = now() - interval '181 days', continues_until = null, ticket_id = null where address = ${number}`.execute(
    app.worker,
  )
  await writes(number, 'printer saya mati')
  expect((await peopleAt(app, point)).map(({ id }) => id)).not.toContain(former!.id)
})
