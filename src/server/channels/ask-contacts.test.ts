/** A member's or partner's desk names whom to ask and who works there; an address counts once whoever reads it said so. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  addColleague,
  addDutyContact,
  answerDutyLink,
  askDutyContactAgain,
  proveByCall,
  removeColleague,
  seeDutyLink,
  seeProfile,
} from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { aProvider, type TestProvider } from '../membership/testing-providers.ts'
import { aPerson } from '../people/testing.ts'
import { doCommand } from '../referrals/do-command.ts'
import { reachable } from '../referrals/duty-now.ts'
import { findProviderTexts } from '../referrals/find-provider-texts.ts'
import { segment } from './sms/segments.ts'
import { askDutyContacts, inviteColleagues } from './ask-contacts.ts'

const database = useDatabase()

async function worksFor(
  ctx: Writing,
  { desk, organisation }: TestProvider,
  role: 'agent' | 'coordinator',
): Promise<StaffActor> {
  const { id: person_id, name } = await aPerson(ctx)
  await ctx.tx.insertInto('desk_members').values({ desk_id: desk.id, person_id, role }).execute()
  const works = { id: desk.id, name: desk.name, role, time_zone: desk.time_zone, organisation_id: organisation.id }
  const from = { roles: [], desks: [], providers: [works], sees_all: false, signed_in_at: new Date() }
  return { kind: 'staff', person_id, name, language: 'id', ...from }
}

async function aLedProvider() {
  return write(database.app(), system, async (ctx) => {
    const provider = await aProvider(ctx)
    const leads = await worksFor(ctx, provider, 'coordinator')
    const head = await aStaff(ctx, { role: 'administrator' })
    return { desk_id: provider.desk.id, provider, leads, head: { ...head, signed_in_at: new Date() } }
  })
}
const as = <T>(actor: StaffActor, work: (ctx: Writing) => Promise<T>) => write(database.app(), actor, work)

/** The newest facts of these kinds, as jobs of the worker. */
const jobs = (...kinds: string[]): Promise<FactJob[]> =>
  read(database.app(), system, async (ctx) => {
    const { rows } =
      await sql<FactJob>`select id as fact_id, kind, ticket_id, about from facts where kind = any (${kinds}::text[])
      order by id desc limit 20`.execute(ctx.db)
    return rows
  })
const mailsTo = (address: string): Promise<string[]> =>
  read(database.app(), system, async (ctx) => {
    const { rows } = await sql<{
      text: string
    }>`select text from outbox where recipient = ${address} order by id`.execute(ctx.db)
    return rows.map(({ text }) => text)
  })
const tokenIn = (text: string | undefined) => /\/duty\/(\S+)/.exec(text ?? '')?.[1] ?? 'none'
const reached = (desk_id: string) =>
  read(database.app(), system, async (ctx) => (await reachable(ctx, desk_id)).map(({ address }) => address))

test('a contact that its coordinator adds is asked by a link, and told of requests only after it agreed', async () => {
  const { desk_id, leads } = await aLedProvider()
  const address = `Jaga-${desk_id.slice(-8)}@mitra.contoh.example`
  const contact = { desk_id, name: 'Dewi Contoh', channel: 'email' as const, address }
  const id = await as(leads, (ctx) => addDutyContact(ctx, contact))
  await expect(as(leads, (ctx) => addDutyContact(ctx, contact))).rejects.toMatchObject({ key: 'duty.known' })
  expect(await reached(desk_id)).toEqual([])

  const added = await jobs('duty.added')
  await askDutyContacts(database.app(), added)
  await askDutyContacts(database.app(), added)
  const mails = await mailsTo(address)
  expect(mails).toHaveLength(1)
  expect(await as(leads, (ctx) => seeProfile(ctx, desk_id))).toMatchObject({
    duty: [{ id, name: 'Dewi Contoh', address, is_proven: false, was_asked: true }],
  })
  await expect(as(leads, (ctx) => askDutyContactAgain(ctx, { desk_id, duty_contact_id: id }))).rejects.toMatchObject({
    kind: 'too_many',
  })

  const token = tokenIn(mails[0])
  expect(await seeDutyLink(database.app(), { token, client: 'x' })).toMatchObject({ address: address.toLowerCase() })
  await write(database.app(), system, (ctx) => answerDutyLink(ctx, { token, is_mine: true }))
  expect(await reached(desk_id)).toEqual([address])
  expect((await jobs('duty.proven'))[0]!.about).toMatchObject({ desk_id, duty_contact_id: id, by: 'link' })
  await expect(
    write(database.app(), system, (ctx) => answerDutyLink(ctx, { token, is_mine: true })),
  ).rejects.toMatchObject({ kind: 'not_found' })
})

test('whoever answers that it is not them is on duty no more', async () => {
  const { desk_id, leads } = await aLedProvider()
  const address = `bukan-${desk_id.slice(-8)}@mitra.contoh.example`
  await as(leads, (ctx) => addDutyContact(ctx, { desk_id, name: 'Orang Lain', channel: 'email', address }))
  await askDutyContacts(database.app(), await jobs('duty.added'))
  const token = tokenIn((await mailsTo(address))[0])
  await write(database.app(), system, (ctx) => answerDutyLink(ctx, { token, is_mine: false }))
  expect(await as(leads, (ctx) => seeProfile(ctx, desk_id))).toMatchObject({ duty: [] })
})

test('a telephone counts after the secretariat called it; its own coordinator cannot say so', async () => {
  const { desk_id, leads, head } = await aLedProvider()
  const call = { desk_id, name: 'Telepon Contoh', channel: 'sms' as const, address: '0812 3456 7890' }
  const duty_contact_id = await as(leads, (ctx) => addDutyContact(ctx, call))
  await expect(as(leads, (ctx) => proveByCall(ctx, { desk_id, duty_contact_id }))).rejects.toMatchObject({
    kind: 'forbidden',
  })
  await as(head, (ctx) => proveByCall(ctx, { desk_id, duty_contact_id }))
  expect((await as(leads, (ctx) => seeProfile(ctx, desk_id))).duty).toMatchObject([{ is_proven: true }])
})

test('a colleague is invited, and the invitation ends when they are taken out again before they came', async () => {
  const { desk_id, leads } = await aLedProvider()
  const email = `rekan-${desk_id.slice(-8)}@mitra.contoh.example`
  await as(leads, (ctx) => addColleague(ctx, { desk_id, name: 'Rekan Contoh', email, reason: 'Petugas baru' }))
  await inviteColleagues(database.app(), await jobs('desk.colleague_added'))
  expect((await mailsTo(email))[0]).toContain('/invite/')
  const { staff } = await as(leads, (ctx) => seeProfile(ctx, desk_id))
  const colleague = staff.find(({ role }) => role === 'agent')!
  expect(colleague.name).toBe('Rekan Contoh')
  await as(leads, (ctx) => removeColleague(ctx, { desk_id, person_id: colleague.person_id, reason: 'Pindah kerja' }))
  const open = await read(database.app(), system, (ctx) =>
    sql`select from one_time_links where person_id = ${colleague.person_id}::uuid and used_at is null`.execute(ctx.db),
  )
  expect(open.rows).toHaveLength(0)
  // Whoever coordinates is the secretariat's to take away.
  await expect(
    as(leads, (ctx) => removeColleague(ctx, { desk_id, person_id: leads.person_id, reason: 'Pindah kerja' })),
  ).rejects.toMatchObject({ kind: 'not_found' })
})

test('an agent of it, the coordinator of another, somebody who signed in long ago: refused; and the database asks again', async () => {
  const { desk_id, provider, leads } = await aLedProvider()
  const [agent, other] = await write(database.app(), system, async (ctx) => [
    await worksFor(ctx, provider, 'agent'),
    await worksFor(ctx, await aProvider(ctx), 'coordinator'),
  ])
  const contact = { desk_id, name: 'Contoh', channel: 'email' as const, address: 'orang@contoh.example' }
  const colleague = { desk_id, name: 'Contoh', email: 'orang@contoh.example', reason: 'Sekadar coba' }
  for (const actor of [agent!, other!]) {
    await expect(as(actor, (ctx) => addDutyContact(ctx, contact))).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(as(actor, (ctx) => addColleague(ctx, colleague))).rejects.toMatchObject({ kind: 'forbidden' })
    // A session that says of itself that it leads this desk is believed by the first wall only.
    const liar = { ...actor, providers: leads.providers! }
    await expect(as(liar, (ctx) => addDutyContact(ctx, contact))).rejects.toMatchObject({ kind: 'not_found' })
    await expect(as(liar, (ctx) => addColleague(ctx, colleague))).rejects.toMatchObject({ kind: 'not_found' })
  }
  const late = { ...leads, signed_in_at: new Date(0) }
  await expect(as(late, (ctx) => addDutyContact(ctx, contact))).rejects.toMatchObject({ kind: 'unauthenticated' })
  await expect(as(late, (ctx) => addColleague(ctx, colleague))).rejects.toMatchObject({ kind: 'unauthenticated' })
  // Nobody at a desk writes that an address is proven, or puts anybody on duty past the function.
  for (const statement of [
    sql`update duty_contacts set proven_at = now()`,
    sql`insert into desk_members (desk_id, person_id, role) values (${desk_id}::uuid, ${other!.person_id}::uuid, 'agent')`,
    sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position)
      select gen_random_uuid(), ${desk_id}::uuid, person_id, id, 'email', 1 from contact_points where person_id = ${leads.person_id}::uuid`,
  ])
    await expect(as(leads, (ctx) => statement.execute(ctx.tx))).rejects.toMatchObject({ code: '42501' })
  await expect(
    write(database.app(), everybody, (ctx) =>
      sql`select add_duty_contact_as_actor(${desk_id}::uuid, ${desk_id}::uuid, '{}', 'email', null, now()) as a`
        .execute(ctx.tx)
        .then(({ rows }) => rows[0]),
    ),
  ).resolves.toEqual({ a: null })
})

test('a number is asked by a text with a code, and counts once the code came back from there: five tries, and nothing else is heard before', async () => {
  const { desk_id, leads } = await aLedProvider()
  const phone = `+62812${String(Date.now()).slice(-8)}`
  const id = await as(leads, (ctx) =>
    addDutyContact(ctx, { desk_id, name: 'Rudi Contoh', channel: 'sms', address: phone }),
  )
  const added = await jobs('duty.added')
  await askDutyContacts(database.app(), added)
  await askDutyContacts(database.app(), added)
  const texts = await mailsTo(phone)
  expect(texts).toHaveLength(1)
  expect(segment(texts[0]!).parts).toHaveLength(1)
  const code = /SETUJU (\w+)/.exec(texts[0]!)![1]!

  /** As intake/texts does it. */
  const answers = (text: string) =>
    write(database.app(), system, async (ctx) => {
      const [entry] = await findProviderTexts(ctx, [{ channel: 'sms', address: phone, text, answers_ticket_id: null }])
      if (entry?.heard.kind !== 'command') return null
      return doCommand(ctx, entry.heard.command, { ...entry, language: 'id', via: 'sms' })
    })
  expect(await answers('LIBUR 5 hari')).toBeNull()
  expect(await answers('setuju saja')).toBeNull()
  for (let wrong = 0; wrong < 4; wrong++) expect(await answers('SETUJU A2345')).toContain('tidak kami kenal')
  expect(await reached(desk_id)).toEqual([])
  expect(await answers(`setuju ${code.toLowerCase()}`)).toContain('kini kontak jaga')
  expect(await reached(desk_id)).toEqual([phone])
  expect((await jobs('duty.proven'))[0]).toMatchObject({ about: { desk_id, duty_contact_id: id, by: 'text' } })
  // It is used up, and from now on they command.
  expect(await answers(`SETUJU ${code}`)).toBeNull()
  expect(await answers('LIBUR 5 hari')).toContain('Balas: LIBUR 5 hari')

  // Another number: the sixth try comes too late, until a new code is asked for.
  const other = `+62813${String(Date.now()).slice(-8)}`
  const second = await as(leads, (ctx) =>
    addDutyContact(ctx, { desk_id, name: 'Sri Contoh', channel: 'sms', address: other }),
  )
  await askDutyContacts(database.app(), await jobs('duty.added'))
  const late = /SETUJU (\w+)/.exec((await mailsTo(other))[0]!)![1]!
  const tries = (text: string) =>
    write(database.app(), system, async (ctx) => {
      const [entry] = await findProviderTexts(ctx, [{ channel: 'sms', address: other, text, answers_ticket_id: null }])
      return entry?.heard.kind === 'command'
        ? doCommand(ctx, entry.heard.command, { ...entry, language: 'id', via: 'sms' })
        : null
    })
  for (let wrong = 0; wrong < 5; wrong++) await tries('SETUJU A2345')
  expect(await tries(`SETUJU ${late}`)).toContain('tidak kami kenal')
  const again = { desk_id, duty_contact_id: second }
  await expect(as(leads, (ctx) => askDutyContactAgain(ctx, again))).rejects.toMatchObject({ key: 'duty_link' })
  expect(await reached(desk_id)).toEqual([phone])
})
