/** A provider that works wholly by mail: it is offered a request, accepts, answers, asks, notes, finishes; and what is not its own stays closed. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { enter, read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { dnsOf } from '../platform/dns.ts'
import { newId } from '../platform/ids.ts'
import { hits } from '../platform/limits.ts'
import { reactions } from '../platform/reactions.ts'
import type { FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { listHeld, listOutbox, seeItem } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { aPerson } from '../people/testing.ts'
import {
  acceptOffer,
  answerByLink,
  listOffers,
  refer,
  seeLinkedOffer,
  sendOffers,
  tellContacts,
  tellProvider,
  undoByLink,
} from '../referrals/index.ts'
import { nextCandidate } from '../referrals/next-candidate.ts'
import { aProvider, aRequest, liveOffer } from '../referrals/testing.ts'
import { listHistory, listMessages, receiveMessages, seeTicket } from '../tickets/index.ts'
import { acceptHeld } from './accept-held.ts'
import { takeIn } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let app: App
let secretary: StaffActor
beforeAll(async () => {
  app = {
    ...database.app(),
    dns: dnsOf({
      'TXT mitra.contoh.test': [['v=spf1 ip4:203.0.113.5 -all']],
      'TXT _dmarc.mitra.contoh.test': [['v=DMARC1; p=reject']],
    }),
  }
  await prepare(app)
  secretary = await asSystem(async (ctx) => ({ ...(await aStaff(ctx)), sees_all: true }))
})
const FROM_THEM = 'Received: from mail.mitra.contoh.test (unknown [203.0.113.5]) by mx.localhost'
const FROM_ELSEWHERE = 'Received: from mail.palsu.contoh.test (unknown [203.0.113.66]) by mx.localhost'

/** What the relay and the worker would do for those who are told. */
async function tellAll() {
  const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
    select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id order by f.id`.execute(
    app.worker,
  )
  for (const job of rows) {
    const tasks: readonly string[] = reactions[job.kind]
    // Each may be run twice without harm, so each is.
    for (const _ of [1, 2]) {
      if (tasks.includes('referrals.send_offer')) await sendOffers(app, [job])
      if (tasks.includes('referrals.tell_contacts')) await tellContacts(app, [job])
      if (tasks.includes('referrals.tell_provider')) await tellProvider(app, [job])
    }
  }
}

const PLANTED = /sitti|nurhaliza|0812-3456|3201010203|192\.168/i

/** A request full of personal data, offered to a partner with two contacts, who are no staff. */
async function anOffer(domain = 'mitra.contoh.test') {
  const made = await asSystem(async (ctx) => {
    const requester = await aPerson(ctx, { name: 'Sitti Nurhaliza', email: `sitti.${newId()}@dinkes.contoh.test` })
    const { ticket, agent } = await aRequest(ctx, {
      requester,
      subject: 'Writer macet, tanya Sitti',
      text: 'Saya Sitti Nurhaliza dari Dinkes, WA 0812-3456-7890, NIK 3201010203900001, server 192.168.10.2.\nWriter macet saat membuka berkas lama.',
    })
    const provider = await aProvider(ctx)
    const contacts = []
    for (const position of [1, 2]) {
      const email = `jaga${position}-${newId()}@${domain}`
      const person = await aPerson(ctx, { name: `Petugas Jaga ${position}`, email })
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
        select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, 'email', ${position}::int, now() from contact_points where person_id = ${person.id}::uuid`.execute(
        ctx.tx,
      )
      contacts.push({ ...person, email })
    }
    return { ticket, agent, provider, first: contacts[0]!, second: contacts[1]! }
  })
  // Nobody else can be asked: other tests' providers have had their turn.
  await asSystem((ctx) =>
    sql`update desks set accepting = (id = ${made.provider.desk.id}::uuid) where kind = 'provider'`.execute(ctx.tx),
  )
  await write(app, made.agent, (ctx) => refer(ctx, { ticket_id: made.ticket.id }))
  await tellAll()
  const offer = (await asSystem((ctx) => liveOffer(ctx, made.ticket.id)))!
  return { ...made, offer }
}

const mailsTo = async (address: string) => {
  const { rows } = await sql<{
    id: string
    subject: string
    text: string
    reply_to: string
    mail_id: string
    kind: string
  }>`
    select id, subject, text, reply_to, mail_id, kind from outbox where address = ${address} order by id`.execute(
    app.worker,
  )
  return rows
}
const lastTo = async (address: string) => (await mailsTo(address)).at(-1)!
async function mail(
  from: string,
  text: string,
  given: {
    to?: string
    subject?: string
    in_reply_to?: string
    received?: string
    headers?: string[]
    file?: string
  } = {},
) {
  const [id] = await takeIn(app, {
    from: `Petugas <${from}>`,
    text,
    subject: given.subject ?? 'Re: Tawaran',
    headers: [given.received ?? FROM_THEM, ...(given.headers ?? [])],
    ...(given.file ? { raw: withFile(from, text, given.to ?? 'helpdesk@localhost', given.file) } : {}),
    ...(given.to ? { to: given.to } : {}),
    ...(given.in_reply_to ? { in_reply_to: given.in_reply_to } : {}),
  })
  await tellAll()
  return asSystem((ctx) => seeItem(ctx, id!))
}
/** The same with a text file. */
const withFile = (from: string, text: string, to: string, file: string): Buffer =>
  Buffer.from(
    [
      FROM_THEM,
      `From: Petugas <${from}>`,
      `To: ${to}`,
      'Subject: Re: Tawaran',
      `Message-ID: <${newId()}@mitra.contoh.test>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=batas',
      '',
      '--batas',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
      '--batas',
      'Content-Type: text/plain',
      'Content-Disposition: attachment; filename="panduan.txt"',
      '',
      file,
      '--batas--',
      '',
    ].join('\r\n'),
  )
const stateOf = async (offer_id: string) =>
  (await sql<{ state: string }>`select state from offers where id = ${offer_id}::uuid`.execute(app.worker)).rows[0]!
    .state
const messagesOf = (ticket_id: string) => read(app, secretary, (ctx) => listMessages(ctx, ticket_id))

test('the offer reaches the contact on duty without a word that names anybody; an accepting reply brings the case, and an answer to that goes to the requester', async () => {
  const { ticket, offer, first, second, provider } = await anOffer()
  const [offered, ...none] = await mailsTo(first.email)
  expect(none).toEqual([])
  expect(await mailsTo(second.email)).toEqual([])
  expect(offered).toMatchObject({ kind: 'offer' })
  expect(offered!.subject).toContain(offer.code)
  expect(offered!.text).toContain('Writer macet saat membuka berkas lama.')
  expect(offered!.text).toContain(`TERIMA ${offer.code}`)
  const everything = JSON.stringify([
    offered,
    await read(app, provider.staff, (ctx) => listOffers(ctx, { desk_ids: [provider.desk.id] })),
  ])
  expect(everything).not.toMatch(PLANTED)
  expect(offered!.text).not.toContain(String(ticket.number))
  // The outbox that the provider's people see holds nothing of it.
  expect((await read(app, provider.staff, (ctx) => listOutbox(ctx, {}))).items).toEqual([])

  expect(await mail(first.email, 'terima kasih', { to: offered!.reply_to })).toMatchObject({
    outcome: 'message',
    reason: 'provider_question',
  })
  expect(await stateOf(offer.id)).toBe('open')
  expect(await mail(first.email, `Terima ${offer.code}\n\nSalam`, { to: offered!.reply_to })).toMatchObject({
    outcome: 'command',
    reason: 'provider_asked',
  })
  expect((await lastTo(first.email)).text).toContain(`Maksud Anda TERIMA ${offer.code}?`)
  expect(await stateOf(offer.id)).toBe('open')

  expect(
    await mail(first.email, `terima ${offer.code}\n\n> Tawaran\n> TOLAK`, { to: offered!.reply_to }),
  ).toMatchObject({ outcome: 'command', reason: null })
  expect(await stateOf(offer.id)).toBe('accepted')
  const the_case = await lastTo(first.email)
  expect(the_case.text).toContain('Sitti Nurhaliza')
  expect(the_case.subject).toContain(`#${ticket.number}`)

  const answer = await mail(first.email, 'Coba perbarui ke versi 24.8.\n\n> dikutip', { to: the_case.reply_to })
  expect(answer).toMatchObject({ outcome: 'message', reason: 'provider_reply', ticket: { id: ticket.id } })
  const note_address = /n-[a-z2-7]{52}@\S+/.exec(the_case.text)![0]
  expect(await mail(first.email, 'Internal: pakai berkas contoh.', { to: note_address })).toMatchObject({
    reason: 'provider_note',
  })
  const out = (await messagesOf(ticket.id)).filter(({ direction }) => direction === 'out')
  expect(out.at(-1)).toMatchObject({ text: 'Coba perbarui ke versi 24.8.', author: { id: first.id } })
  expect((await messagesOf(ticket.id)).map(({ text }) => text)).not.toContain('Internal: pakai berkas contoh.')

  // Nothing but the quotation, and what somebody else wrote, does not reach the requester.
  expect(await mail(first.email, '> Sitti Nurhaliza\n> Writer', { to: the_case.reply_to })).toMatchObject({
    outcome: 'command',
    reason: 'provider_refused',
  })
  const forwarded = await mail(first.email, 'Lihat ini', { to: the_case.reply_to, subject: 'Fwd: rahasia' })
  expect(forwarded).toMatchObject({ outcome: 'quarantined', reason: 'forwarded' })
  expect((await lastTo(first.email)).text).toContain('terusan')
  await write(app, secretary, (ctx) => acceptHeld(ctx, { id: forwarded.id }))
  await takeIn(app)
  expect((await messagesOf(ticket.id)).at(-1)!.text).toContain('Lihat ini')

  expect(await mail(first.email, `SELESAI ${offer.code}`, { to: the_case.reply_to })).toMatchObject({
    outcome: 'command',
    reason: null,
  })
  const solved = await read(app, secretary, (ctx) => seeTicket(ctx, { id: ticket.id }))
  expect(solved.state).toBe('resolved')
  const { rows } =
    await sql`select to_complete_since is not null as waits from resolutions where ticket_id = ${ticket.id}::uuid`.execute(
      app.worker,
    )
  expect(rows).toEqual([{ waits: true }])
})

test('a forged mail and one from somebody who is not on duty there are held; from a registered address the code alone is enough', async () => {
  const { offer, first, second } = await anOffer()
  const { reply_to, mail_id } = await lastTo(first.email)
  expect(await mail(first.email, `TERIMA ${offer.code}`, { to: reply_to, received: FROM_ELSEWHERE })).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
  })
  expect(await mail(`lain-${newId()}@mitra.contoh.test`, `TERIMA ${offer.code}`, { to: reply_to })).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
  })
  expect(await mail(`lain-${newId()}@mitra.contoh.test`, `TERIMA ${offer.code}`)).toMatchObject({ outcome: 'ticket' })
  expect(await stateOf(offer.id)).toBe('open')
  // A program that knows no Reply-To: what it answers says which offer it is.
  expect(await mail(first.email, 'Berapa komputer?', { in_reply_to: mail_id })).toMatchObject({
    outcome: 'message',
    reason: 'provider_question',
  })
  expect(await mail(second.email, `TOLAK ${offer.code} Sedang penuh`)).toMatchObject({
    outcome: 'command',
    reason: null,
  })
  const { rows } = await sql`select state, reason_code, answered_by from offers where id = ${offer.id}::uuid`.execute(
    app.worker,
  )
  expect(rows).toEqual([{ state: 'declined', reason_code: 'capacity', answered_by: second.id }])
  // The other is told; and it can be taken back.
  expect((await lastTo(first.email)).text).toContain('Petugas Jaga 2')
  await mail(second.email, 'BATAL')
  expect(await stateOf(offer.id)).toBe('open')
  expect((await lastTo(second.email)).text).toContain('dibatalkan')
  await mail(second.email, 'BATAL')
  expect((await lastTo(second.email)).text).toContain('Tidak ada yang dapat dibatalkan')
  expect(await mail(second.email, 'TERIMA 9ZZ9')).toMatchObject({ outcome: 'command', reason: 'provider_refused' })
})

test('LIBUR pauses the desk, and BATAL takes it back', async () => {
  const { first, provider } = await anOffer()
  const paused = async () =>
    (
      await sql<{
        paused_until: Date | null
      }>`select paused_until from desks where id = ${provider.desk.id}::uuid`.execute(app.worker)
    ).rows[0]!.paused_until
  await mail(first.email, 'libur 5 hari')
  expect((await paused())!.getTime()).toBeGreaterThan(Date.now() + 4 * 86_400_000 - 3_600_000)
  expect((await paused())!.getTime()).toBeLessThanOrEqual(Date.now() + 5 * 86_400_000)
  await mail(first.email, 'BATAL')
  expect(await paused()).toBeNull()
})

test('a link of the mail shows and does nothing until it is pressed; it is used once, and its answer can be taken back', async () => {
  const { offer, first } = await anOffer()
  const tokens = [...(await lastTo(first.email)).text.matchAll(/\/offers\/([a-z2-7]{32})/g)].map(([, token]) => token!)
  const [accept, decline] = tokens as [string, string]
  const see = (token: string) => enter(app, 'link', (ctx) => seeLinkedOffer(ctx, token))
  for (const token of tokens) expect(await see(token)).toMatchObject({ state: 'open', may_undo: false })
  expect(JSON.stringify(await see(accept))).not.toMatch(PLANTED)
  await enter(app, 'link', (ctx) => answerByLink(ctx, { token: accept, answer: 'accept' }))
  expect(await see(decline)).toMatchObject({ state: 'accepted', may_undo: true })
  expect(JSON.stringify(await see(decline))).not.toMatch(PLANTED)
  await expect(
    enter(app, 'link', (ctx) => answerByLink(ctx, { token: decline, answer: 'decline', reason_code: 'capacity' })),
  ).rejects.toMatchObject({ kind: 'conflict', key: 'offer.was_accepted' })
  await enter(app, 'link', (ctx) => undoByLink(ctx, { token: accept }))
  expect(await stateOf(offer.id)).toBe('open')
  await expect(see('a'.repeat(32))).rejects.toMatchObject({ kind: 'not_found' })
})

test('whoever accepts after others reads nothing of theirs: not their mails, not what they wrote, not that they were asked; their notes are nobody else’s', async () => {
  const { ticket, offer, first } = await anOffer()
  const { reply_to } = await lastTo(first.email)
  await mail(first.email, 'Kami sedang pindah kantor, berapa komputer?', { to: reply_to })
  const next = await asSystem((ctx) => aProvider(ctx))
  await mail(first.email, `TERIMA ${offer.code}`)
  const note_address = /n-[a-z2-7]{52}@\S+/.exec((await lastTo(first.email)).text)![0]
  const noted = await mail(first.email, 'Rahasia dapur kami.', { to: note_address })
  expect(noted).toMatchObject({ reason: 'provider_note' })
  const ledger = (actor: StaffActor) =>
    read(app, actor, async (ctx) =>
      JSON.stringify([
        (await sql`select text, subject, sender_address from intake_items`.execute(ctx.db)).rows,
        (await sql`select text, subject, recipient from outbox`.execute(ctx.db)).rows,
      ]),
    )
  // Not even the secretariat reads what an organisation notes for itself, in the ledger either.
  expect(await ledger(secretary)).not.toContain('Rahasia dapur')
  expect(await ledger(secretary)).toContain('Kami sedang pindah')

  await mail(first.email, `KEMBALIKAN ${offer.code} Alasan rahasia kami`)
  // A note that comes too late is nobody else's either.
  await mail(first.email, 'Catatan terlambat.', { to: note_address })
  expect(JSON.stringify(await messagesOf(ticket.id))).not.toContain('Catatan terlambat')
  expect((await lastTo(first.email)).text).toContain('tidak disimpan')
  await asSystem((ctx) => nextCandidate(ctx, ticket.id))
  await tellAll()
  const second = (await asSystem((ctx) => liveOffer(ctx, ticket.id)))!
  expect(second.desk_id).toBe(next.desk.id)
  await write(app, next.staff, (ctx) => acceptOffer(ctx, { offer_id: second.id, via: 'web' }))
  await tellAll()
  expect(await ledger(next.staff)).not.toMatch(/rahasia|pindah kantor|jaga1|terlambat/i)
  const history = await read(app, next.staff, (ctx) => listHistory(ctx, ticket.id))
  expect(history.filter(({ kind }) => kind === 'offer.accepted')).toHaveLength(1)
  expect(JSON.stringify(history)).not.toContain(offer.desk_id)
  expect(JSON.stringify(await read(app, secretary, (ctx) => listHistory(ctx, ticket.id)))).toContain(offer.desk_id)
})

test('whoever left is told of a case no more; a colleague is', async () => {
  const { ticket, offer, first, second } = await anOffer()
  await mail(first.email, `TERIMA ${offer.code}`)
  await asSystem((ctx) =>
    sql`update duty_contacts set ended_at = now() where person_id = ${first.id}::uuid`.execute(ctx.tx),
  )
  const before = (await mailsTo(first.email)).length
  await asSystem((ctx) =>
    receiveMessages(ctx, [
      {
        ticket_id: ticket.id,
        author_id: ticket.requester.id,
        channel: 'web',
        text: 'Ini nomor saya.',
        reopen_within_days: 14,
      },
    ]),
  )
  await tellAll()
  expect(await mailsTo(first.email)).toHaveLength(before)
  expect((await lastTo(second.email)).text).toContain('Ini nomor saya.')
})

test('where nothing proves who wrote it, only the address that was signed for them counts: nobody pauses others with a forged line', async () => {
  const { offer, first, provider } = await anOffer('polos.contoh.test')
  const forged = await mail(first.email, 'LIBUR 60 hari', { received: FROM_ELSEWHERE })
  expect(forged.outcome).toBe('ticket')
  const { rows } = await sql`select paused_until from desks where id = ${provider.desk.id}::uuid`.execute(app.worker)
  expect(rows).toEqual([{ paused_until: null }])
  expect(await mail(first.email, `TERIMA ${offer.code}`, { received: FROM_ELSEWHERE })).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
  })
  await mail(first.email, `TERIMA ${offer.code}`, { to: (await lastTo(first.email)).reply_to })
  expect(await stateOf(offer.id)).toBe('accepted')
})

test('a program that answers each of our echoes without saying so is answered sixty times an hour and no more', async () => {
  const { first } = await anOffer()
  const { reply_to } = await lastTo(first.email)
  const limit = { name: 'provider_echo', whom: first.email.toLowerCase(), window_seconds: 3600 }
  await asSystem((ctx) => hits(ctx, limit, 59))
  await mail(first.email, 'Saya sedang tidak ada.', { to: reply_to })
  const answered = (await mailsTo(first.email)).length
  expect(await mail(first.email, 'Saya sedang tidak ada.', { to: reply_to })).toMatchObject({
    reason: 'provider_question',
  })
  expect(await mailsTo(first.email)).toHaveLength(answered)
})

test('what comes with SELESAI stays on the answer and goes to the requester with it', async () => {
  const { ticket, offer, first } = await anOffer()
  await mail(first.email, `TERIMA ${offer.code}`)
  const done = await mail(first.email, `SELESAI ${offer.code} Sudah kami perbarui, langkahnya terlampir.`, {
    file: 'Buka Alat, lalu Perbarui.',
  })
  expect(done).toMatchObject({ outcome: 'command', reason: null })
  const told = (await messagesOf(ticket.id)).at(-1)!
  expect(told).toMatchObject({ direction: 'out', attachments: [{ name: 'panduan.txt', type: 'text/plain' }] })
  const { rows } = await sql`select message_id from resolutions where ticket_id = ${ticket.id}::uuid`.execute(
    app.worker,
  )
  expect(rows).toEqual([{ message_id: told.id }])
})

test('a whole command counts though a list or a host marks the mail as automatic; what a program wrote does not, and no program is answered', async () => {
  const { offer, first } = await anOffer()
  const { reply_to } = await lastTo(first.email)
  const told = (await mailsTo(first.email)).length
  for (const header of ['Auto-Submitted: auto-replied', 'X-Autoreply: yes'])
    expect(await mail(first.email, `TERIMA ${offer.code}`, { to: reply_to, headers: [header] })).toMatchObject({
      outcome: 'report',
    })
  for (const text of ['Saya sedang cuti.', `TERIMA ${offer.code} ya`, 'LIBUR 5 hari'])
    expect(await mail(first.email, text, { to: reply_to, headers: ['Precedence: bulk'] })).toMatchObject({
      outcome: 'report',
    })
  expect(await stateOf(offer.id)).toBe('open')
  expect(await mailsTo(first.email)).toHaveLength(told)

  const marked = { to: reply_to, headers: ['X-Auto-Response-Suppress: All', 'List-Id: <jaga.mitra.contoh.test>'] }
  expect(await mail(first.email, `TERIMA ${offer.code}`, marked)).toMatchObject({ outcome: 'command', reason: null })
  expect(await stateOf(offer.id)).toBe('accepted')
  const after = (await mailsTo(first.email)).length
  // Once more: refused, and told to nobody.
  expect(await mail(first.email, `TERIMA ${offer.code}`, marked)).toMatchObject({ reason: 'provider_refused' })
  expect(await mailsTo(first.email)).toHaveLength(after)
})

test('what was held in the time of another is not the next holder’s to read, nor what is held for that other later', async () => {
  const { ticket, offer, first } = await anOffer()
  const next = await asSystem((ctx) => aProvider(ctx))
  await mail(first.email, `TERIMA ${offer.code}`)
  const the_case = await lastTo(first.email)
  const held = await mail(first.email, 'Surat rahasia.', { to: the_case.reply_to, subject: 'Fwd: lama' })
  expect(held).toMatchObject({ outcome: 'quarantined', reason: 'forwarded' })
  const heldFor = (actor: StaffActor) => read(app, actor, (ctx) => listHeld(ctx, ticket.id))
  expect(await heldFor(secretary)).toHaveLength(1)

  await mail(first.email, `KEMBALIKAN ${offer.code} sedang penuh`)
  await asSystem((ctx) => nextCandidate(ctx, ticket.id))
  await tellAll()
  const second = (await asSystem((ctx) => liveOffer(ctx, ticket.id)))!
  await write(app, next.staff, (ctx) => acceptOffer(ctx, { offer_id: second.id, via: 'web' }))
  // What the earlier holder's address gets now is theirs as well.
  const late = await mail(first.email, 'Terlambat, rahasia.', { to: the_case.reply_to, received: FROM_ELSEWHERE })
  expect(late).toMatchObject({ outcome: 'quarantined', reason: 'sender_doubtful' })
  expect(await heldFor(next.staff)).toEqual([])
  for (const { id } of [held, late])
    await expect(read(app, next.staff, (ctx) => seeItem(ctx, id))).rejects.toMatchObject({ kind: 'not_found' })
  expect(await heldFor(secretary)).toHaveLength(2)
})
