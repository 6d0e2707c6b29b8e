/** Mails whose sender is who they say, is not, or cannot be known: what enters a ticket, what is held, what only a person decides. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { dnsOf, noDns } from '../platform/dns.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { listHeld, listOutbox, replyAddress, seeItem, type Item } from '../channels/index.ts'
import { withMarker } from '../channels/email/body-marker.ts'
import { prepare, setDeputy } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { setNotices } from '../people/index.ts'
import {
  addParticipant,
  claim,
  listMessages,
  mergePossible,
  seeMailForm,
  seeTicket,
  tellHolder,
  unmergePossible,
} from '../tickets/index.ts'
import { acceptHeld, rejectHeld } from './accept-held.ts'
import { acknowledge } from './acknowledge.ts'
import { takeIn, type TestMail } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let secretary: StaffActor
let app: App
beforeAll(async () => {
  app = {
    ...database.app(),
    dns: dnsOf({
      'TXT dinkes.contoh.test': [['v=spf1 ip4:203.0.113.5 -all']],
      'TXT _dmarc.dinkes.contoh.test': [['v=DMARC1; p=none']],
    }),
  }
  await prepare(app)
  secretary = await asSystem(async (ctx) => ({ ...(await aStaff(ctx)), sees_all: true }))
})

/** As our own mail server in front would hand it in: it wrote from where it came. */
const FROM_THEM = 'Received: from mail.dinkes.contoh.test (unknown [203.0.113.5]) by mx.localhost'
const FROM_ELSEWHERE = 'Received: from mail.palsu.contoh.test (unknown [203.0.113.66]) by mx.localhost'

async function become(mail: TestMail): Promise<Item> {
  const [id] = await takeIn(app, mail)
  return asSystem((ctx) => seeItem(ctx, id!))
}
const somebody = (domain = 'dinkes.contoh.test') => `Sari <sari-${newId()}@${domain}>`
const addressOf = (from: string) => /<(.*)>/.exec(from)![1]!
const textsOf = async (ticket_id: string) =>
  (await read(app, secretary, (ctx) => listMessages(ctx, ticket_id))).map((message) => message.text)
const reply_to = async (ticket: { id: string; number: string }, person_id?: string) => {
  const requester = await app.worker
    .selectFrom('tickets')
    .select('requester_id')
    .where('id', '=', ticket.id)
    .executeTakeFirstOrThrow()
  return replyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, {
    ticket_number: ticket.number,
    participant_id: person_id ?? requester.requester_id,
  })
}
const outboxOf = async (ticket_id: string) =>
  (await asSystem((ctx) => listOutbox(ctx, { limit: 200 }))).items.filter((row) => row.ticket?.id === ticket_id)

test('a proved sender enters; a forged one is held, enters when a person accepts it, and stays out when one rejects it', async () => {
  const from = somebody()
  const one = await become({ from, headers: [FROM_THEM], text: 'Pertama.' })
  expect(one).toMatchObject({ outcome: 'ticket', reason: null, authentication: { spf: 'pass', dmarc: 'pass' } })
  const to = await reply_to(one.ticket!)
  expect(await become({ from, to, headers: [FROM_THEM], text: 'Kedua.' })).toMatchObject({ outcome: 'message' })

  const forged = { from, to, headers: [FROM_ELSEWHERE, 'Cc: jahat@lain.contoh.test'] }
  const held = await become({ ...forged, text: 'Ganti alamat saya.' })
  expect(held).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
    ticket: null,
    possible_ticket: one.ticket,
    authentication: { dmarc: 'fail', domain: 'dinkes.contoh.test' },
  })
  const other = await become({ ...forged, text: 'Kirim sandi saya.' })
  expect(await textsOf(one.ticket!.id)).toEqual(['Pertama.', 'Kedua.'])
  expect((await read(app, secretary, (ctx) => seeTicket(ctx, { id: one.ticket!.id }))).suggested).toEqual([])
  expect(await read(app, secretary, (ctx) => listHeld(ctx, one.ticket!.id))).toHaveLength(2)

  await write(app, secretary, (ctx) => acceptHeld(ctx, { id: held.id }))
  await write(app, secretary, (ctx) => rejectHeld(ctx, { id: other.id }))
  await takeIn(app)
  expect(await asSystem((ctx) => seeItem(ctx, held.id))).toMatchObject({ outcome: 'message', ticket: one.ticket })
  expect(await asSystem((ctx) => seeItem(ctx, other.id))).toMatchObject({ outcome: 'refused', reason: 'rejected' })
  expect(await textsOf(one.ticket!.id)).toEqual(['Pertama.', 'Kedua.', 'Ganti alamat saya.'])
  await expect(write(app, secretary, (ctx) => acceptHeld(ctx, { id: held.id }))).rejects.toMatchObject({
    kind: 'conflict',
  })
})

test('while nobody can find out who sent it, only what a participant alone was given lets a mail in', async () => {
  const from = somebody('hening.contoh.test')
  const blind = { ...app, dns: noDns }
  const takeBlind = async (mail: TestMail) => {
    const [id] = await takeIn(blind, { from, headers: [FROM_ELSEWHERE], ...mail })
    return asSystem((ctx) => seeItem(ctx, id!))
  }
  const { ticket, ...first } = await takeBlind({})
  expect(first).toMatchObject({ outcome: 'ticket', authentication: { dmarc: 'unknown' } })
  const forged = await takeBlind({ subject: `[#${ticket!.number}]`, text: 'Kirim sandi saya.' })
  expect(forged).toMatchObject({ outcome: 'quarantined', reason: 'sender_doubtful', possible_ticket: ticket })
  expect(await takeBlind({ to: await reply_to(ticket!), text: 'Dua.' })).toMatchObject({ outcome: 'message', ticket })
  await write(app, secretary, (ctx) => acceptHeld(ctx, { id: forged.id }))
  await takeIn(blind)
  expect(await asSystem((ctx) => seeItem(ctx, forged.id))).toMatchObject({ outcome: 'message', ticket })
})

test('a domain without a policy that names its hosts: what another host sends in its name is held where it would enter', async () => {
  const open = { ...app, dns: dnsOf({ 'TXT tanpa.contoh.test': [['v=spf1 ip4:203.0.113.5 -all']] }) }
  const from = somebody('tanpa.contoh.test')
  const take = async (mail: TestMail) => {
    const [id] = await takeIn(open, { from, ...mail })
    return asSystem((ctx) => seeItem(ctx, id!))
  }
  const { ticket } = await take({ headers: [FROM_THEM] })
  const named = { subject: `[#${ticket!.number}]`, text: 'Kedua.' }
  expect(await take({ ...named, headers: [FROM_ELSEWHERE] })).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
    authentication: { spf: 'fail', dmarc: 'none' },
  })
  expect(await take({ ...named, headers: [FROM_THEM] })).toMatchObject({ outcome: 'message' })
})

test('a domain without a policy that says “probably not”: only the signed address lets it in', async () => {
  const soft = { ...app, dns: dnsOf({ 'TXT lunak.contoh.test': [['v=spf1 ip4:203.0.113.5 ~all']] }) }
  const from = somebody('lunak.contoh.test')
  const takeSoft = async (mail: TestMail) => {
    const [id] = await takeIn(soft, { from, ...mail })
    return asSystem((ctx) => seeItem(ctx, id!))
  }
  const { ticket } = await takeSoft({ headers: [FROM_THEM] })
  const subject = `[#${ticket!.number}]`
  expect(await takeSoft({ headers: [FROM_THEM], subject })).toMatchObject({ outcome: 'message', ticket })
  const forged = { headers: [FROM_ELSEWHERE], subject }
  expect(await takeSoft(forged)).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
    authentication: { spf: 'softfail', dmarc: 'none' },
  })
  expect(await takeSoft({ ...forged, to: await reply_to(ticket!) })).toMatchObject({ outcome: 'message', ticket })
  expect(await takeSoft({ headers: [FROM_ELSEWHERE] })).toMatchObject({ outcome: 'ticket' })
})

test('in a mailbox of somebody else’s: what its host found out decides, and without a word of it only the signed address enters', async () => {
  const { settings } = app
  const boxed = { ...app, settings: { ...settings, PANDU_MAIL_AUTHSERV_ID: 'mx.kotak.test' } }
  const from = somebody('kotak.contoh.test')
  const take = async (mail: TestMail) => {
    const [id] = await takeIn(boxed, { from, ...mail })
    return asSystem((ctx) => seeItem(ctx, id!))
  }
  const said = (dmarc: string) => [
    `Authentication-Results: mx.kotak.test; dmarc=${dmarc} header.from=kotak.contoh.test`,
  ]
  const { ticket } = await take({ headers: said('pass') })
  const named = { subject: `[#${ticket!.number}]`, text: 'Kedua.' }
  expect(await take({ ...named, headers: said('pass') })).toMatchObject({ outcome: 'message' })
  for (const headers of [said('fail'), []])
    expect(await take({ ...named, headers })).toMatchObject({ outcome: 'quarantined', possible_ticket: ticket })
  expect(await take({ to: await reply_to(ticket!), text: 'Ketiga.' })).toMatchObject({ outcome: 'message' })
})

test('only those who work the ticket see what is held for it, and decide', async () => {
  const desk = await asSystem((ctx) => aDesk(ctx, { mail_local_part: 'mejapalsu' }))
  const [agent, stranger] = await asSystem(async (ctx) => [await aStaff(ctx, { desk }), await aStaff(ctx)])
  const from = somebody()
  const { ticket } = await become({ from, to: 'mejapalsu@localhost', headers: [FROM_THEM] })
  const held = await become({ from, to: await reply_to(ticket!), headers: [FROM_ELSEWHERE], text: 'Palsu.' })
  expect(held.outcome).toBe('quarantined')
  await expect(write(app, stranger!, (ctx) => acceptHeld(ctx, { id: held.id }))).rejects.toMatchObject({
    kind: 'not_found',
  })
  expect(await read(app, agent!, (ctx) => listHeld(ctx, ticket!.id))).toHaveLength(1)
  await write(app, agent!, (ctx) => rejectHeld(ctx, { id: held.id }))
  expect(await read(app, agent!, (ctx) => listHeld(ctx, ticket!.id))).toEqual([])
})

test('a new request from a domain that does not know it is a ticket all the same, flagged and not acknowledged', async () => {
  const from = somebody()
  const item = await become({ from, headers: [FROM_ELSEWHERE], text: 'Surel kantor kami salah atur.' })
  expect(item).toMatchObject({ outcome: 'ticket', reason: 'sender_doubtful' })
  await acknowledge(app, [{ ticket_id: item.ticket!.id }] as never)
  expect(await outboxOf(item.ticket!.id)).toEqual([])
  const [message] = await read(app, secretary, (ctx) => listMessages(ctx, item.ticket!.id))
  expect(message!.authentication).toMatchObject({ dmarc: 'fail' })
})

test('a domain with letters of its own is the same domain in both its spellings', async () => {
  const from = `Sari <sari-${newId()}@dinas-kés.contoh.test>`
  const { ticket } = await become({ from, headers: [FROM_THEM] })
  const item = await become({ from, to: await reply_to(ticket!), headers: [FROM_THEM], text: 'Dua.' })
  expect(item).toMatchObject({ outcome: 'message', ticket })
})

test('where nothing is known of the sender, mails enter as they did before there were checks', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  expect(await become({ from, to: await reply_to(ticket!), text: 'Dua.' })).toMatchObject({
    outcome: 'message',
    authentication: null,
  })
})

test('without its headers a mail finds its ticket by the marker that it quotes; in a stranger’s hands that is only possible', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  const sent = withMarker('Coba lepas kabelnya.', await reply_to(ticket!)).replace(/^/gm, '> ')
  const text = `Sudah, masih mati.\n\n${sent}`
  expect(await become({ from, text })).toMatchObject({ outcome: 'message', ticket })
  expect(await become({ from: somebody('sepi.contoh.test'), text })).toMatchObject({
    outcome: 'ticket',
    possible_ticket: ticket,
  })
  const forged = text.replace(/(.)\]/, (_, last: string) => (last === 'a' ? 'b]' : 'a]'))
  expect(await become({ from: somebody('sepi.contoh.test'), text: forged })).toMatchObject({ possible_ticket: null })
})

test('a number in the subject enters with a sender who takes part, and only with one', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  const subject = `Susulan [#${ticket!.number}]`
  expect(await become({ from, subject, text: 'Dua.' })).toMatchObject({ outcome: 'message', ticket })
  expect(await become({ from: somebody('sepi.contoh.test'), subject, text: 'Asing.' })).toMatchObject({
    outcome: 'ticket',
    possible_ticket: ticket,
  })
  const mistyped = subject.replace(/(\d)\]/, (_, digit: string) => `${(Number(digit) + 1) % 10}]`)
  expect(await become({ from, subject: mistyped, text: 'Salah ketik.' })).toMatchObject({
    outcome: 'ticket',
    possible_ticket: null,
  })
})

test('a Cc gives nothing: who stands there is suggested, and takes part when a person lets them', async () => {
  const from = somebody('sepi.contoh.test')
  const colleague = `Budi <budi-${newId()}@sepi.contoh.test>`
  const { ticket } = await become({ from, headers: [`Cc: ${colleague}, helpdesk@localhost`] })
  const seen = () => read(app, secretary, (ctx) => seeTicket(ctx, { id: ticket!.id }))
  expect((await seen()).suggested).toMatchObject([{ name: 'Budi', address: addressOf(colleague) }])
  expect((await seen()).participants).toEqual([])
  const to = await reply_to(ticket!)
  const before = await become({ from: colleague, to, text: 'Saya juga.' })
  expect(before).toMatchObject({ outcome: 'ticket', possible_ticket: ticket })

  const normalised = addressOf(colleague)
  await write(app, secretary, (ctx) => addParticipant(ctx, { ticket_id: ticket!.id, normalised }))
  expect((await seen()).suggested).toEqual([])
  expect((await seen()).participants).toMatchObject([{ name: 'Budi', part: 'participant' }])
  expect(await become({ from: colleague, to, text: 'Kini boleh.' })).toMatchObject({ outcome: 'message', ticket })
  await expect(
    write(app, secretary, (ctx) => addParticipant(ctx, { ticket_id: ticket!.id, normalised })),
  ).rejects.toMatchObject({ kind: 'conflict' })
})

test('ten thousand in Cc are twenty suggestions and no people', async () => {
  const count = async () =>
    Number(
      (
        await app.worker
          .selectFrom('people')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )
  const cc = Array.from({ length: 10_000 }, (_, at) => `orang${at}@banyak.contoh.test`).join(',\r\n ')
  const before = await count()
  const item = await become({ from: somebody('sepi.contoh.test'), headers: [`Cc: ${cc}`] })
  expect(item.outcome).toBe('ticket')
  expect((await read(app, secretary, (ctx) => seeTicket(ctx, { id: item.ticket!.id }))).suggested).toHaveLength(20)
  expect(await count()).toBe(before + 1)
})

test('a possible follow-up is merged by a person and the merge undone; who wrote it gains nothing by it', async () => {
  const from = somebody('sepi.contoh.test')
  const private_address = `Sari <sari-${newId()}@rumah.contoh.test>`
  const { ticket } = await become({ from, text: 'Dari kantor.' })
  const to = await reply_to(ticket!)
  const follow = await become({ from: private_address, to, text: 'Dari rumah.' })
  expect(follow.possible_ticket).toEqual(ticket)
  const ticket_id = follow.ticket!.id
  const merge = () => write(app, secretary, (ctx) => mergePossible(ctx, { ticket_id, reopen_within_days: 14 }))
  expect(await merge()).toEqual({ other: ticket })
  expect(await textsOf(ticket!.id)).toEqual(['Dari kantor.', 'Dari rumah.'])
  const target = () => read(app, secretary, (ctx) => seeTicket(ctx, { id: ticket!.id }))
  const source = () => read(app, secretary, (ctx) => seeTicket(ctx, { id: ticket_id }))
  expect(await source()).toMatchObject({ state: 'closed', possible_ticket: null, merged_into: { id: ticket!.id } })
  expect(await target()).toMatchObject({ suggested: [{ address: addressOf(private_address) }], participants: [] })
  await expect(merge()).rejects.toMatchObject({ kind: 'conflict' })

  await write(app, secretary, (ctx) => unmergePossible(ctx, { ticket_id }))
  expect(await textsOf(ticket!.id)).toEqual(['Dari kantor.'])
  expect(await source()).toMatchObject({ state: 'open', possible_ticket: { id: ticket!.id }, merged_into: null })
  await merge()
  expect(await textsOf(ticket!.id)).toEqual(['Dari kantor.', 'Dari rumah.'])
  const facts = await app.worker
    .selectFrom('facts')
    .select('kind')
    .where('ticket_id', '=', ticket_id)
    .orderBy('id')
    .execute()
  expect(facts.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['ticket.merged', 'ticket.unmerged', 'ticket.closed']),
  )
})

/** An agent of the desk that holds the ticket, with an account and a proved address. */
async function anAgent(address: string): Promise<StaffActor> {
  return asSystem(async (ctx) => {
    const actor = await aStaff(ctx, { role: 'administrator' })
    await ctx.tx.insertInto('accounts').values({ person_id: actor.person_id, auth_user_id: newId() }).execute()
    await ctx.tx
      .insertInto('contact_points')
      .values({
        id: newId(),
        person_id: actor.person_id,
        channel: 'email',
        address,
        normalised: address,
        verified_at: ctx.now,
      })
      .execute()
    return actor
  })
}

test('an agent answers by mail at their own signed address: it goes to the requester as theirs, without what they quoted', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  const address = `petugas-${newId()}@dinkes.contoh.test`
  const agent = await anAgent(address)
  const to = await reply_to(ticket!, agent.person_id)
  const text = 'Coba lepas kabelnya.\n\nPada 21 Nov 2026, Pandu menulis:\n> Catatan rahasia meja.'
  const item = await become({ from: `Petugas <${address}>`, to, headers: [FROM_THEM], text })
  expect(item).toMatchObject({ outcome: 'message', reason: 'agent_reply', ticket })
  const messages = await read(app, secretary, (ctx) => listMessages(ctx, ticket!.id))
  expect(messages.at(-1)).toMatchObject({
    direction: 'out',
    author: { id: agent.person_id },
    text: 'Coba lepas kabelnya.',
  })
  const [mail] = await outboxOf(ticket!.id)
  expect(mail).toMatchObject({ kind: 'reply', recipient: addressOf(from) })
  const { text: sent } = await app.worker
    .selectFrom('outbox')
    .select('text')
    .where('id', '=', mail!.id)
    .executeTakeFirstOrThrow()
  expect(sent).not.toContain('rahasia')

  // Answered between the quoted lines: those stay, the address signed for the agent does not.
  const between = withMarker('> Apakah mati?\nYa.\n> Sejak kapan?\nKemarin.\n>', to)
  await become({ from: `Petugas <${address}>`, to, headers: [FROM_THEM], text: between })
  const { text: last } = await app.worker
    .selectFrom('outbox')
    .select('text')
    .where('about_id', '=', ticket!.id)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  expect(last).toContain('Kemarin.')
  expect(last).not.toContain(to.split('@')[0])
})

test('an agent’s mail that has nothing to say, or more than an answer holds, goes to nobody; the agent is told what to do', async () => {
  const { ticket } = await become({ from: somebody('sepi.contoh.test') })
  const address = `petugas-${newId()}@dinkes.contoh.test`
  const agent = await anAgent(address)
  const mail = { from: `Petugas <${address}>`, to: await reply_to(ticket!, agent.person_id), headers: [FROM_THEM] }
  const quotation = 'Pada 21 Nov 2026, Pandu menulis:\n> Catatan rahasia meja.'
  const said = [
    { text: quotation, reason: 'agent_empty' },
    { text: `-- \nPetugas\n\n${quotation}`, reason: 'agent_empty' },
    { text: '', reason: 'agent_empty' },
    { text: 'kata '.repeat(4_001), reason: 'agent_too_long' },
    { text: '-----BEGIN PGP MESSAGE-----\nrahasia\n-----END PGP MESSAGE-----', reason: 'agent_sealed' },
  ]
  for (const { text, reason } of said)
    expect(await become({ ...mail, text })).toMatchObject({ outcome: 'refused', reason, possible_ticket: ticket })
  expect(await textsOf(ticket!.id)).toHaveLength(1)
  const told = await outboxOf(ticket!.id)
  expect(told.map(({ kind, recipient }) => [kind, recipient])).toEqual(said.map(() => ['notice', address]))

  // A file alone is an answer; what was quoted beside it is not.
  const file = [
    '--b',
    'Content-Type: application/pdf; name=cara.pdf',
    'Content-Disposition: attachment',
    '',
    'x',
    '--b--',
  ]
  const head = [`From: ${mail.from}`, `To: ${mail.to}`, FROM_THEM, 'Content-Type: multipart/mixed; boundary=b']
  const raw = [...head, '', '--b', '', quotation, ...file].join('\r\n')
  expect(await become({ ...mail, raw: Buffer.from(raw) })).toMatchObject({ outcome: 'message', reason: 'agent_reply' })
  expect((await textsOf(ticket!.id)).at(-1)).not.toContain('rahasia')
})

test('the agent who holds a ticket is told by mail, once, at an address signed for them, unless they said no', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  const agent = await anAgent(`petugas-${newId()}@sepi.contoh.test`)
  await write(app, agent, (ctx) => claim(ctx, { ticket_id: ticket!.id }))
  const to = await reply_to(ticket!)
  const notices = async () => (await outboxOf(ticket!.id)).filter(({ kind }) => kind === 'notice')
  const tell = async () => {
    const rows = await app.worker
      .selectFrom('facts')
      .select('about')
      .where('ticket_id', '=', ticket!.id)
      .where('kind', '=', 'message.received')
      .execute()
    await tellHolder(
      app,
      rows.map(({ about }) => ({ kind: 'message.received', fact_id: newId(), ticket_id: ticket!.id, about })) as never,
    )
  }
  await become({ from, to, text: 'Masih mati.' })
  await tell()
  await tell()
  expect(await notices()).toHaveLength(1)
  const [notice] = await app.worker
    .selectFrom('outbox')
    .selectAll()
    .where('about_id', '=', ticket!.id)
    .where('kind', '=', 'notice')
    .execute()
  expect(notice).toMatchObject({
    automatic: true,
    recipient_id: agent.person_id,
    reply_to: await reply_to(ticket!, agent.person_id),
  })
  expect(notice!.text).toContain('Masih mati.')
  await app.worker.updateTable('outbox').set({ state: 'sent' }).where('id', '=', notice!.id).execute()
  await write(app, agent, (ctx) => setNotices(ctx, { wanted: false }))
  await become({ from, to, text: 'Halo?' })
  await tell()
  expect(await notices()).toHaveLength(1)
  await write(app, agent, (ctx) => setNotices(ctx, { wanted: true }))
  await tell()
  expect(await notices()).toHaveLength(2)
})

test('whoever stood in for somebody of the secretariat, and holds a ticket from that time, is told no more', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  const deputy = await anAgent(`pengganti-${newId()}@sepi.contoh.test`)
  await asSystem(async (ctx) => {
    await sql`delete from roles where person_id = ${deputy.person_id}::uuid`.execute(ctx.tx)
    await sql`update tickets set holder_person_id = ${deputy.person_id}::uuid where id = ${ticket!.id}::uuid`.execute(
      ctx.tx,
    )
  })
  const head = await asSystem(async (ctx) => {
    const { rows } = await sql<{
      id: string
      name: string
    }>`select d.id, d.name from tickets t join desks d on d.id = t.holder_desk_id
      where t.id = ${ticket!.id}::uuid and d.kind = 'secretariat'`.execute(ctx.tx)
    return aStaff(ctx, {
      desk: { ...rows[0]!, kind: 'secretariat', time_zone: 'Asia/Jakarta' },
      role: 'coordinator',
      sees_all: true,
    })
  })
  const day = (days: number) => new Date(Date.now() + 7 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10)
  const days = { from_day: day(0), until_day: day(1) }
  await write(app, head, (ctx) =>
    setDeputy(ctx, { for_person_id: head.person_id, deputy_id: deputy.person_id, ...days }),
  )
  const to = await reply_to(ticket!)
  const told = async (text: string) => {
    await become({ from, to, text })
    const rows = await app.worker
      .selectFrom('facts')
      .select('about')
      .where('ticket_id', '=', ticket!.id)
      .where('kind', '=', 'message.received')
      .execute()
    await tellHolder(
      app,
      rows.map(({ about }) => ({ kind: 'message.received', fact_id: newId(), ticket_id: ticket!.id, about })) as never,
    )
    const sent = await app.worker
      .updateTable('outbox')
      .set({ state: 'sent' })
      .where('about_id', '=', ticket!.id)
      .where('kind', '=', 'notice')
      .where('state', '=', 'waiting')
      .returning('id')
      .execute()
    return sent.length
  }
  expect(await told('Masih mati.')).toBe(1)
  await asSystem((ctx) =>
    sql`update deputies set from_at = now() - interval '3 days', until_at = now() - interval '1 minute'
    where deputy_id = ${deputy.person_id}::uuid`.execute(ctx.tx),
  )
  expect(await told('Tetap mati.')).toBe(0)
})

test('nobody is taken for an agent: forged sender, somebody else’s address, headers of ours, one bit wrong', async () => {
  const from = somebody('sepi.contoh.test')
  const { ticket } = await become({ from })
  const address = `petugas-${newId()}@dinkes.contoh.test`
  const agent = await anAgent(address)
  const to = await reply_to(ticket!, agent.person_id)
  const petugas = `Petugas <${address}>`
  expect(await become({ from: petugas, to, headers: [FROM_ELSEWHERE], text: 'a' })).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
  })
  expect(await become({ from: somebody('sepi.contoh.test'), to, text: 'b' })).toMatchObject({
    outcome: 'ticket',
    possible_ticket: ticket,
  })
  const wrong = to.replace(/(.)@/, (_, last: string) => (last === 'a' ? 'b@' : 'a@'))
  expect(await become({ from: petugas, to: wrong, headers: [FROM_THEM], text: 'c' })).toMatchObject({
    outcome: 'ticket',
    possible_ticket: null,
  })
  expect(
    await become({
      from: petugas,
      in_reply_to: `notify-1-1-x@localhost`,
      headers: [FROM_THEM, `X-Pandu-Ticket: ${ticket!.number}`, 'X-Pandu-Author: admin'],
      text: 'd',
    }),
  ).toMatchObject({ outcome: 'ticket', possible_ticket: null })
  // The requester's own address in an agent's hands.
  expect(await become({ from: petugas, to: await reply_to(ticket!), headers: [FROM_THEM], text: 'e' })).toMatchObject({
    outcome: 'ticket',
    possible_ticket: ticket,
  })
  expect((await outboxOf(ticket!.id)).filter(({ kind }) => kind === 'reply')).toEqual([])
})

test('the HTML form is kept harmless beside the text, with the pictures that came with it', async () => {
  const raw = [
    `From: ${somebody('sepi.contoh.test')}`,
    'To: helpdesk@localhost',
    'Subject: Gambar',
    'MIME-Version: 1.0',
    'Content-Type: multipart/related; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p onclick="x()">Lihat <img src="cid:foto@x"> <img src="http://jejak.contoh.test/p.gif"><script>alert(1)</script></p>',
    '--b',
    'Content-Type: image/png',
    'Content-ID: <foto@x>',
    'Content-Disposition: inline; filename=foto.png',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--b--',
    '',
  ].join('\r\n')
  const { ticket } = await become({ raw: Buffer.from(raw) })
  const [message] = await read(app, secretary, (ctx) => listMessages(ctx, ticket!.id))
  expect(message).toMatchObject({ html: { remote_images: 1 } })
  const form = await read(app, secretary, (ctx) => seeMailForm(ctx, { ticket_id: ticket!.id, message_id: message!.id }))
  expect(form.html).not.toMatch(/script|onclick|src=/)
  expect(form.pictures).toMatchObject([{ content_id: 'foto@x', size: 8 }])
})
