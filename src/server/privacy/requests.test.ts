import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { zipOf } from '../platform/zip.ts'
import { queueMessages, startSender } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { ask } from '../intake/index.ts'
import { takeIn } from '../intake/testing.ts'
import { addContactPoints, standingOf } from '../people/index.ts'
import { note, reply } from '../tickets/index.ts'
import { takesPart } from '../tickets/testing.ts'
import { aPerson } from '../people/testing.ts'
import { copyOfPerson, entriesOf, type CopyOfPerson } from './copy-of-person.ts'
import { openDataLink, peopleAt, sendDataLink } from './data-link.ts'
import { decideErasure } from './decide-erasure.ts'
import { eraseDue } from './erase-due.ts'
import { askAboutOwnData, withdrawOwnConsents } from './own-requests.ts'
import { decideRequest, listRequests } from './requests.ts'
import { unzip } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await asSystem(async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})

async function aRequester() {
  const email = `ratna.${newId().slice(-12)}@rumah.contoh.example`
  const { ticket } = await ask(database.app(), {
    form_id: newId(),
    text: 'Layar kami gelap.',
    name: 'Ratna Contoh',
    email,
    privacy_version: 1,
    client: '192.0.2.9',
    attachments: [
      { name: 'foto layar.txt', type: 'text/plain', ...(await database.app().files.keep(Buffer.from('gelap sekali'))) },
    ],
  })
  const { rows } = await sql<{
    requester_id: string
  }>`select requester_id from tickets where id = ${ticket.id}::uuid`.execute(database.app().worker)
  return { email, ticket, person_id: rows[0]!.requester_id }
}
const byMail = { channel: 'email', via: null } as const
const mailsTo = async (address: string) =>
  (
    await sql<{ subject: string; text: string; state: string; last_error: string | null }>`
    select subject, text, state, last_error from outbox where address = ${address} order by id`.execute(
      database.app().worker,
    )
  ).rows

test('whoever reads an address gets a link to what is known of it; a stranger’s address gets nothing, and both hear the same', async () => {
  const app = database.app()
  const { email, person_id } = await aRequester()
  const unknown = `tidak.ada.${newId()}@contoh.example`
  for (const address of [email, unknown]) await sendDataLink(app, { address, client: '192.0.2.1', language: 'id' })
  expect(await mailsTo(unknown)).toEqual([])
  const mail = (await mailsTo(email)).at(-1)!
  const token = /\/my-data\/([a-z2-7]{32})/.exec(mail.text)![1]!
  expect(await openDataLink(app, token)).toEqual({ channel: 'email', address: email, via: null, proved: true })
  expect(await peopleAt(app, { channel: 'email', address: email })).toMatchObject([
    { id: person_id, tickets: 1, consents_in_force: 1 },
  ])
  await expect(openDataLink(app, 'a'.repeat(32))).rejects.toMatchObject({ kind: 'not_found' })
  for (let i = 0; i < 4; i++) await sendDataLink(app, { address: email, client: '192.0.2.1', language: 'id' })
  expect(
    (await mailsTo(email)).filter(({ text }) => text.includes('/my-data/')),
    'three a day',
  ).toHaveLength(3)
})

test('a copy is ready at once and holds everything of theirs, with other people blotted out and notes left at the desk', async () => {
  const app = database.app()
  const { email, ticket, person_id } = await aRequester()
  const other = await asSystem(async (ctx) => {
    const person = await aPerson(ctx, { name: 'Joko Tetangga', email: 'joko.tetangga@contoh.example' })
    await takesPart(ctx, { ticket_id: ticket.id, person_id: person.id, part: 'participant' })
    return person
  })
  await write(app, secretary, async (ctx) => {
    await reply(ctx, {
      ticket_id: ticket.id,
      text: `Sudah kami tanyakan kepada Joko Tetangga (${other.email}, 0812-9999-8888). Surel Anda ${email}.`,
    } as never)
    await note(ctx, { ticket_id: ticket.id, text: 'catatan rahasia meja' } as never)
  })
  await takeIn(app, { from: `Ratna Contoh <${email}>`, text: 'Permintaan lain.' })

  const made = await askAboutOwnData(app, {
    ...byMail,
    address: email,
    person_id,
    kind: 'copy',
    words: '',
    language: 'id',
  })
  expect(made.due_at.getTime() - Date.now()).toBeGreaterThan(71 * 3_600_000)
  const { copy, files } = await copyOfPerson(app, { channel: 'email', person_id, address: email })
  const text = JSON.stringify(copy)
  expect(copy.requests.map(({ messages }) => messages.length)).toEqual([2, 1])
  expect(text).toContain('Layar kami gelap.')
  expect(text).toContain(email)
  for (const hidden of ['Joko Tetangga', other.email!, '9999-8888', 'catatan rahasia', secretary.name])
    expect(text).not.toContain(hidden)
  expect(copy.left_out).toMatchObject({ internal_notes: 1 })
  expect(copy.consents).toMatchObject([{ purpose: 'request', text_version: 1, withdrawn_at: null }])
  expect(copy.data_requests).toMatchObject([{ number: made.number, decision: 'done' }])
  expect(copy.processing.length).toBeGreaterThan(2)
  expect(await Promise.all(files.map(async ({ bytes }) => Buffer.from(await bytes()).toString()))).toContain(
    'gelap sekali',
  )
  const zip: Buffer[] = []
  for await (const piece of zipOf(entriesOf({ copy, files }), new Date('2026-11-22T04:30:00Z'))) zip.push(piece)
  const whole = Buffer.concat(zip)
  expect(whole.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
  expect(whole.readUInt16LE(whole.length - 12), 'entries in the directory').toBe(files.length + 2)
  await expect(copyOfPerson(app, { channel: 'email', person_id, address: other.email! })).rejects.toMatchObject({
    kind: 'not_found',
  })
})

test('erasure and restriction wait for a person, are answered by mail, and a refusal says why', async () => {
  const app = database.app()
  const { email, person_id } = await aRequester()
  const asked = { ...byMail, address: email, person_id, words: '', language: 'id' } as const
  const erasure = await askAboutOwnData(app, { ...asked, kind: 'erasure' })
  expect(await askAboutOwnData(app, { ...asked, kind: 'erasure' }), 'asked again it is the same').toEqual(erasure)
  await askAboutOwnData(app, { ...asked, kind: 'restriction' })
  const open = await write(app, secretary, (ctx) => listRequests(ctx, { person_id, open: true }))
  expect(open.map(({ kind }) => kind)).toEqual(['erasure', 'restriction'])
  await expect(
    write(app, secretary, (ctx) => decideRequest(ctx, { id: erasure.id, decision: 'refused', reason: '' })),
  ).rejects.toMatchObject({ kind: 'invalid' })
  await write(app, secretary, (ctx) =>
    decideRequest(ctx, { id: erasure.id, decision: 'refused', reason: 'masih ada sengketa contoh' }),
  )
  await write(app, secretary, (ctx) => decideRequest(ctx, { id: open[1]!.id, decision: 'done', reason: '' }))
  await expect(
    write(app, secretary, (ctx) => decideRequest(ctx, { id: erasure.id, decision: 'done', reason: '' })),
  ).rejects.toMatchObject({ kind: 'conflict' })
  expect((await mailsTo(email)).filter(({ subject }) => subject.includes(`D-${erasure.number}`))).toMatchObject([
    {},
    { text: expect.stringContaining('masih ada sengketa contoh') as string },
  ])
  expect((await write(app, secretary, (ctx) => standingOf(ctx, person_id))).restriction?.reason).toContain('D-')
})

test('who takes their consent back is left alone from then on: what Pandu says by itself is not sent, what they ask for is', async () => {
  const app = database.app()
  const { email, ticket, person_id } = await aRequester()
  expect(await withdrawOwnConsents(app, { channel: 'email', address: email, person_id })).toBe(1)
  await asSystem((ctx) =>
    queueMessages(ctx, [
      {
        channel: 'email',
        kind: 'notice',
        recipient: email,
        recipient_id: person_id,
        subject: 'pengingat',
        text: 'x',
        language: 'id',
        automatic: true,
        about_id: ticket.id,
      },
      {
        channel: 'email',
        kind: 'link',
        recipient: email,
        recipient_id: person_id,
        subject: 'tautan',
        text: 'x',
        language: 'id',
        automatic: true,
        about_id: ticket.id,
      },
    ]),
  )
  const sender = startSender(app)
  try {
    await expect
      .poll(
        async () => (await mailsTo(email)).filter(({ state }) => state === 'waiting' || state === 'sending').length,
        { timeout: 60_000 },
      )
      .toBe(0)
  } finally {
    await sender.stop()
  }
  expect(
    (await mailsTo(email))
      .filter(({ subject }) => /pengingat|tautan/.test(subject))
      .map(({ state, last_error }) => [state, last_error]),
  ).toEqual([
    ['muted', 'restricted'],
    ['kept', null],
  ])
})

const schema = z.fromJSONSchema(
  JSON.parse(readFileSync('docs/personal-data.schema.json', 'utf8')) as Parameters<typeof z.fromJSONSchema>[0],
)
async function zipFor(person_id: string, address: string): Promise<Map<string, Buffer>> {
  const pieces: Buffer[] = []
  for await (const piece of zipOf(
    entriesOf(await copyOfPerson(database.app(), { channel: 'email', person_id, address })),
    new Date(),
  ))
    pieces.push(piece)
  return unzip(Buffer.concat(pieces))
}

test('a copy is what the published schema says, in every part, and can be taken to another installation', async () => {
  const app = database.app()
  const { email, ticket, person_id } = await aRequester()
  await write(app, secretary, (ctx) => reply(ctx, { ticket_id: ticket.id, text: 'Sudah menyala?' } as never))
  await takeIn(app, { from: `Ratna Contoh <${email}>`, subject: 'Yang kedua', text: 'Permintaan lain.' })
  await asSystem(async (ctx) => {
    await sql`insert into ratings (id, ticket_id, person_id, score, words, rated_at) values (${newId()}::uuid, ${ticket.id}::uuid, ${person_id}::uuid, 5, 'baik', now())`.execute(
      ctx.tx,
    )
    await sql`insert into restrictions (id, person_id, reason, lifted_at, lift_reason) values (${newId()}::uuid, ${person_id}::uuid, 'contoh', now(), 'selesai')`.execute(
      ctx.tx,
    )
  })
  await askAboutOwnData(app, { ...byMail, address: email, person_id, kind: 'copy', words: '', language: 'id' })
  await askAboutOwnData(app, {
    ...byMail,
    address: email,
    person_id,
    kind: 'correction',
    words: 'nama saya salah',
    language: 'id',
  })
  const before = await zipFor(person_id, email)
  const copy = JSON.parse(before.get('copy.json')!.toString()) as CopyOfPerson
  expect(schema.safeParse(copy).error?.issues).toBeUndefined()
  for (const part of [
    'consents',
    'requests',
    'received_from_you',
    'sent_to_you',
    'data_requests',
    'restrictions',
    'processing',
  ] as const)
    expect(copy[part], `${part} would be an empty proof`).not.toEqual([])
  expect(
    schema.safeParse({ ...copy, requests: [{ ...copy.requests[0], secret: 1 }] }).success,
    'a field that nobody published',
  ).toBe(false)
  const files = [
    ...copy.requests.flatMap(({ messages }) => messages.flatMap(({ files: list }) => list)),
    ...copy.received_from_you,
  ]
  expect(
    files.flatMap(({ file }) => (file ? [before.has(file)] : [])),
    'every file that it names is there',
  ).not.toContain(false)

  // Another installation knows nothing of them; it reads the file, and asks there what was asked here.
  await write(app, secretary, (ctx) => decideErasure(ctx, { person_id, reason: 'pindah' }))
  await sql`update outbox set state = 'cancelled' where state = 'waiting'`.execute(app.worker)
  await eraseDue(app)
  expect(await peopleAt(app, { channel: 'email', address: email })).toEqual([])
  for (const { messages } of copy.requests) {
    const [first] = messages.filter(({ by }) => by === 'you')
    const attachments = await Promise.all(
      first!.files.map(async ({ name, file }) => ({
        name,
        type: 'text/plain',
        ...(await app.files.keep(before.get(file!)!)),
      })),
    )
    await ask(app, {
      form_id: newId(),
      text: first!.text,
      name: String(copy.person['name']),
      email: copy.proved_address,
      privacy_version: 1,
      client: '192.0.2.9',
      attachments,
    })
  }
  const [again] = await peopleAt(app, { channel: 'email', address: email })
  const after = await zipFor(again!.id, email)
  const taken = JSON.parse(after.get('copy.json')!.toString()) as CopyOfPerson
  expect(schema.safeParse(taken).error?.issues).toBeUndefined()
  const asked = (of: CopyOfPerson, zip: Map<string, Buffer>) =>
    of.requests.map(({ messages }) => {
      const [first] = messages.filter(({ by }) => by === 'you')
      return [first!.text, first!.files.map(({ name, file }) => [name, zip.get(file!)!.toString()])]
    })
  expect(asked(taken, after)).toEqual(asked(copy, before))
  expect([taken.person['name'], taken.person.addresses]).toEqual([copy.person['name'], copy.person.addresses])
})

test('whoever reads an office mailbox gets what belongs to the person and this address, and learns none of their others', async () => {
  const app = database.app()
  const office = `kantor.${newId().slice(-12)}@dinas.contoh.example`
  const own = `rina.${newId().slice(-12)}@rumah.contoh.example`
  await takeIn(app, { from: `Rina Contoh <${office}>`, text: `Balas juga ke ${own}.` })
  const [rina] = await peopleAt(app, { channel: 'email', address: office })
  await takeIn(app, { from: `Tedi Contoh <${office}>`, text: 'Saya lain.' })
  await asSystem((ctx) =>
    addContactPoints(ctx, [
      { person_id: rina!.id, channel: 'email', address: own },
      { person_id: rina!.id, channel: 'phone', address: '081299990001' },
    ] as never),
  )
  const { rows } = await sql<{
    id: string
  }>`select ticket_id as id from participants where person_id = ${rina!.id}::uuid`.execute(app.worker)
  await write(app, secretary, (ctx) =>
    reply(ctx, { ticket_id: rows[0]!.id, text: `Kami telepon 0812-9999-0001 dan tulis ke ${own}.` } as never),
  )
  await askAboutOwnData(app, {
    ...byMail,
    address: own,
    person_id: rina!.id,
    kind: 'correction',
    words: 'hal pribadi',
    language: 'id',
  })

  expect((await peopleAt(app, { channel: 'email', address: office })).map(({ name }) => name).sort()).toEqual([
    'Rina Contoh',
    'Tedi Contoh',
  ])
  const { copy } = await copyOfPerson(app, { channel: 'email', person_id: rina!.id, address: office })
  expect(copy.person.addresses.map(({ address }) => address)).toEqual([office, 'r•••@rumah.contoh.example', '+62•••01'])
  expect(copy.requests.map(({ messages }) => messages.map(({ text }) => text))).toEqual([
    [`Balas juga ke ${own}.`, 'Kami telepon ▇▇▇ dan tulis ke ▇▇▇'],
  ])
  expect(JSON.stringify(copy)).not.toContain('hal pribadi')
  expect(copy.left_out).toMatchObject({ data_requests_by_other_addresses: 1 })
})
