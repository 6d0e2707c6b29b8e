/** What a text may act on depends on how well its channel proves who sent it, and on whether the number is still that person's. */
import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { say } from '../../platform/words.ts'
import { prepare } from '../../desks/index.ts'
import { markUndelivered } from '../../tickets/index.ts'
import { answersTo, itemOf, saidOn, takeInTexts, takeInWhatsapp } from './testing.ts'

const database = useDatabase()
beforeAll(() => prepare(database.app()))

let last = 0
const aNumber = () => `+62812${String(66_000_000 + ++last)}`

const byWhatsapp = (from: string, body: string) => takeInWhatsapp(database.app(), { from, body })
const bySms = async (from: string, text: string) =>
  itemOf(database.app(), (await takeInTexts(database.app(), { from, text }))[0]!)
const theTicket = async (id: string) =>
  (
    await sql<{ number: string; state: string; requester_id: string; possible_ticket_id: string | null }>`
    select number::text as number, state, requester_id, possible_ticket_id from tickets where id = ${id}::uuid`.execute(
      database.app().worker,
    )
  ).rows[0]!
const lastAnswer = async (from: string) => (await answersTo(database.app(), from)).at(-1)!

test('an SMS in somebody’s name does nothing to what they asked by WhatsApp; it may ask how it stands, which only they are told', async () => {
  const from = aNumber()
  const { ticket_id } = await byWhatsapp(from, 'printer kantor camat mati')
  const { number } = await theTicket(ticket_id!)
  const words = await bySms(from, `soal ${number}: kirim sandinya ke nomor lain`)
  expect(words.outcome).toBe('ticket')
  expect(words.ticket_id).not.toBe(ticket_id)
  // The desk is told where it may belong.
  expect(await theTicket(words.ticket_id!)).toMatchObject({ possible_ticket_id: ticket_id })
  for (const text of [`SELESAI ${number}`, `TARIK ${number}`, `NILAI 1 ${number}`]) {
    expect(await bySms(from, text)).toMatchObject({ outcome: 'command', reason: 'asked' })
    expect(await lastAnswer(from)).toBe(say('id', 'sms.barred_channel', { number }))
  }
  expect(await theTicket(ticket_id!)).toMatchObject({ state: 'new' })
  expect(await saidOn(database.app(), ticket_id!)).toHaveLength(1)
  await bySms(from, `STATUS ${number}`)
  expect(await lastAnswer(from)).toContain(`#${number}`)
  // The network of WhatsApp says whose words these are: they act on what began by SMS, too.
  expect(await byWhatsapp(from, `SELESAI ${(await theTicket(words.ticket_id!)).number}`)).toMatchObject({
    outcome: 'command',
    ticket_id: words.ticket_id,
  })
  expect(await theTicket(words.ticket_id!)).toMatchObject({ state: 'closed' })
})

test('STOP by WhatsApp holds for SMS to the same number, STOP by SMS for SMS only; MULAI and BATAL undo as much', async () => {
  const from = aNumber()
  await byWhatsapp(from, 'printer mati')
  await bySms(from, 'wifi mati')
  const stopped = async () =>
    (
      await sql<{
        channel: string
      }>`select channel from conversations where address = ${from} and stopped_at is not null order by channel`.execute(
        database.app().worker,
      )
    ).rows.map(({ channel }) => channel)
  await bySms(from, 'STOP')
  expect(await stopped()).toEqual(['sms'])
  await byWhatsapp(from, 'stop')
  expect(await stopped()).toEqual(['sms', 'whatsapp'])
  // What the SMS itself had said stays said.
  await byWhatsapp(from, 'batal')
  expect(await stopped()).toEqual(['sms'])
  await byWhatsapp(from, 'stop')
  await byWhatsapp(from, 'mulai')
  expect(await stopped()).toEqual([])
})

test('whoever has a number that is not that person’s says SALAH once: nothing about that ticket goes there, and the desk looks for the person', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id } = await bySms(from, 'printer mati')
  const { number, requester_id } = await theTicket(ticket_id!)
  const doubtful = await bySms(from, 'maaf saya bukan pak Budi, ini nomor baru beli')
  expect(doubtful).toMatchObject({ outcome: 'message', ticket_id })
  expect(await lastAnswer(from)).toBe(say('id', 'sms.is_it_wrong', { number }))
  expect(await bySms(from, 'Salah nomor')).toMatchObject({ outcome: 'command', ticket_id })
  expect(await lastAnswer(from)).toBe(say('id', 'sms.disowned', { number }))
  const participant = async () =>
    (
      await sql<{
        disowned: boolean
      }>`select disowned_at is not null as disowned from participants where ticket_id = ${ticket_id}::uuid`.execute(
        app.worker,
      )
    ).rows[0]!.disowned
  expect(await participant()).toBe(true)
  expect((await saidOn(app, ticket_id!)).at(-1)).toBe('Salah nomor')
  const facts = await sql<{ kind: string }>`select kind from facts where ticket_id = ${ticket_id}::uuid`.execute(
    app.worker,
  )
  expect(facts.rows.map(({ kind }) => kind)).toContain('ticket.address_disowned')
  await bySms(from, 'BATAL')
  expect(await participant()).toBe(false)
  await bySms(from, `SALAH ${number}`)
  // The desk has found the person elsewhere, and the ticket knows nothing of the number any more.
  await sql`update participants set contact_point_id = null, disowned_at = null where ticket_id = ${ticket_id}::uuid`.execute(
    app.worker,
  )
  // What they write now is somebody else's.
  const other = await bySms(from, 'saya perlu bantuan internet')
  expect(other.ticket_id).not.toBe(ticket_id)
  const opened = await theTicket(other.ticket_id!)
  expect(opened.possible_ticket_id).toBeNull()
  // Also in whose name it stands: else whoever has the number now would get the other's data.
  expect(opened.requester_id).not.toBe(requester_id)
  // Until the desk chooses that number again; a job that comes late takes back no newer SALAH.
  const point = async () =>
    (
      await sql<{
        id: string
        disowned: boolean
      }>`select id, disowned_at is not null as disowned from contact_points where person_id = ${requester_id}::uuid`.execute(
        app.worker,
      )
    ).rows[0]!
  const { id: contact_point_id, disowned } = await point()
  expect(disowned).toBe(true)
  const chosen = (fact_id: string) => [
    {
      fact_id,
      kind: 'ticket.address_chosen' as const,
      ticket_id,
      about: { person_id: requester_id, contact_point_id },
    },
  ]
  await markUndelivered(app, chosen('00000000-0000-7000-8000-000000000000'))
  expect((await point()).disowned).toBe(true)
  await markUndelivered(app, chosen(newId()))
  expect((await point()).disowned).toBe(false)
})

test('a number that was silent for half a year may be somebody else’s: it does nothing, and whoever writes is not taken for who had it', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id } = await bySms(from, 'printer mati')
  const { number, requester_id } = await theTicket(ticket_id!)
  await sql`update people set name = 'Budi Contoh', folded_name = 'budi contoh' where id = ${requester_id}::uuid`.execute(
    app.worker,
  )
  const again = await bySms(from, 'Ini soal lain: wifi mati sejak pagi')
  expect((await theTicket(again.ticket_id!)).requester_id).toBe(requester_id)
  await sql`update conversations set ticket_id = null where address = ${from}`.execute(app.worker)
  await sql`update contact_points set created_at = now() - interval '400 days' where normalised = ${from}`.execute(
    app.worker,
  )
  await sql`update participants set since = now() - interval '400 days' where person_id = ${requester_id}::uuid`.execute(
    app.worker,
  )
  await sql`update messages set at = now() - interval '181 days' where author_id = ${requester_id}::uuid`.execute(
    app.worker,
  )
  // Also the second time: what is said from there now is no sign of who was there.
  for (let time = 0; time < 2; time++) expect(await bySms(from, `SELESAI ${number}`)).toMatchObject({ reason: 'asked' })
  expect(await lastAnswer(from)).toBe(say('id', 'sms.barred_silence', { number }))
  // Nor does it come back by SALAH and BATAL.
  const said = (await saidOn(app, ticket_id!)).length
  for (const text of [`SALAH ${number}`, 'BATAL', `TAUTAN ${number}`]) await bySms(from, text)
  expect(await lastAnswer(from)).toBe(say('id', 'sms.barred_silence', { number }))
  expect(await saidOn(app, ticket_id!)).toHaveLength(said)
  const newcomer = await bySms(from, 'cara memasang printer?')
  expect(newcomer.ticket_id).not.toBe(ticket_id)
  expect((await theTicket(newcomer.ticket_id!)).requester_id).not.toBe(requester_id)
})

test('who was known by nothing but a number is somebody else once it was silent; the newcomer is the same one each time', async () => {
  const app = database.app()
  const from = aNumber()
  const { requester_id } = await theTicket((await bySms(from, 'printer mati')).ticket_id!)
  await sql`update conversations set ticket_id = null where address = ${from}`.execute(app.worker)
  await sql`update contact_points set created_at = now() - interval '400 days' where normalised = ${from}`.execute(
    app.worker,
  )
  await sql`update participants set since = now() - interval '400 days' where person_id = ${requester_id}::uuid`.execute(
    app.worker,
  )
  await sql`update messages set at = now() - interval '181 days' where author_id = ${requester_id}::uuid`.execute(
    app.worker,
  )
  const newcomer = async (text: string) => (await theTicket((await bySms(from, text)).ticket_id!)).requester_id
  const first = await newcomer('cara memasang printer?')
  expect(first).not.toBe(requester_id)
  expect(await newcomer('Ini soal lain: wifi kantor mati')).toBe(first)
})

test('a proven number of somebody who goes on by mail is as silent as any', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id } = await byWhatsapp(from, 'printer kantor camat mati')
  const { number } = await theTicket(ticket_id!)
  await sql`update participants set contact_point_id = null, channel = 'email' where ticket_id = ${ticket_id}::uuid`.execute(
    app.worker,
  )
  await sql`update messages set channel = 'email' where ticket_id = ${ticket_id}::uuid`.execute(app.worker)
  await sql`update contact_points set verified_at = now() where normalised = ${from}`.execute(app.worker)
  await byWhatsapp(from, `STATUS ${number}`)
  expect((await byWhatsapp(from, `TAUTAN ${number}`)).ticket_id).toBe(ticket_id)
  await sql`update contact_points set verified_at = now() - interval '181 days' where normalised = ${from}`.execute(
    app.worker,
  )
  expect(await byWhatsapp(from, `TAUTAN ${number}`)).toMatchObject({ reason: 'asked', ticket_id: null })
  expect(await lastAnswer(from)).toBe(say('id', 'sms.barred_silence', { number }))
})

test('a judgement that is taken back is what it was before, with its words', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id } = await bySms(from, 'printer mati')
  await bySms(from, 'SELESAI')
  const { requester_id } = await theTicket(ticket_id!)
  await sql`insert into ratings (ticket_id, id, score, words, person_id, rated_at)
    values (${ticket_id}::uuid, ${newId()}::uuid, 2, 'lama sekali', ${requester_id}::uuid, now())`.execute(app.worker)
  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, at, leaves_at)
    values (${ticket_id}::uuid, ${newId()}::uuid, 'out', 'sms', ${requester_id}::uuid, 'sudah kami ganti', now(), now())`.execute(
    app.worker,
  )
  const rated = async () =>
    (
      await sql<{
        score: number
        words: string
      }>`select score, words from ratings where ticket_id = ${ticket_id}::uuid`.execute(app.worker)
    ).rows[0]
  await bySms(from, 'NILAI 5')
  expect(await rated()).toEqual({ score: 5, words: '' })
  await bySms(from, 'BATAL')
  expect(await rated()).toEqual({ score: 2, words: 'lama sekali' })
})

test('what a provider had does not come back by BATAL, and they are told so', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id } = await bySms(from, 'printer mati')
  const { number } = await theTicket(ticket_id!)
  for (const text of ['TARIK', 'SELESAI']) {
    await sql`update tickets set state = 'referred' where id = ${ticket_id}::uuid`.execute(app.worker)
    await bySms(from, text)
    expect(await theTicket(ticket_id!)).toMatchObject({ state: 'closed' })
    await bySms(from, 'BATAL')
    expect(await theTicket(ticket_id!)).toMatchObject({ state: 'open' })
    expect(await lastAnswer(from)).toBe(say('id', 'sms.undone_to_desk', { number }))
  }
})

test('what a requester does on the page, by SMS: withdraw, judge with words, another language; each taken back', async () => {
  const app = database.app()
  const from = aNumber()
  const { ticket_id } = await bySms(from, 'printer mati')
  const { number, requester_id } = await theTicket(ticket_id!)
  await bySms(from, 'ENGLISH')
  expect(await lastAnswer(from)).toBe(say('en', 'sms.language'))
  await bySms(from, 'status')
  expect(await lastAnswer(from)).toContain('Ticket #')
  await bySms(from, 'bahasa indonesia')
  await bySms(from, 'batal')
  const { rows } = await sql<{
    language: string
  }>`select language from people where id = ${requester_id}::uuid`.execute(app.worker)
  expect(rows[0]!.language).toBe('en')
  await bySms(from, 'TAUTAN')
  expect(await lastAnswer(from)).toMatch(new RegExp(`^Request #${number}: http\\S+/follow/\\w+ `))
  await bySms(from, 'TARIK')
  expect(await theTicket(ticket_id!)).toMatchObject({ state: 'closed' })
  expect(await lastAnswer(from)).toBe(say('en', 'sms.withdrawn', { number }))
  await bySms(from, 'BATAL')
  expect(await theTicket(ticket_id!)).toMatchObject({ state: 'new' })
  expect(await bySms(from, 'KEBERATAN: saya tidak mau lembaga itu')).toMatchObject({ reason: 'asked' })
  expect(await lastAnswer(from)).toBe(say('en', 'sms.nothing_referred'))
})

test('twenty newer requests of which an SMS may only ask hide none on which it may act', async () => {
  const from = aNumber()
  const { ticket_id } = await bySms(from, 'printer kantor camat mati')
  const { number } = await theTicket(ticket_id!)
  for (let count = 0; count < 21; count++) await byWhatsapp(from, `BARU: soal ke-${count} di aula kecamatan`)
  expect(await bySms(from, `SELESAI ${number}`)).toMatchObject({ outcome: 'command', ticket_id })
  expect(await theTicket(ticket_id!)).toMatchObject({ state: 'closed' })
})
