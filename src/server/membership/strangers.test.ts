/** What somebody who means harm, or types what nobody thought of, can do with the form of an application. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { read, system, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { addOrganisation, tracePerson } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import {
  apply,
  approveApplication,
  ApproveApplication,
  askBack,
  endAffiliation,
  forgetPersonInMembership,
  liftSuspension,
  listPartnerReviews,
  renewTerms,
  seeApplication,
  suspendAffiliation,
} from './index.ts'
import { applicationMails, applicationNotices, whoToInvite } from './application-mails.ts'
import { anApply } from './testing-application.ts'

const database = useDatabase()
let secretary: StaffActor

beforeAll(async () => {
  const app = database.app()
  await prepare(app)
  secretary = await write(app, system, async (ctx) => {
    const { rows } = await sql<{ id: string; name: string; kind: string; time_zone: string }>`
      select id, name, kind, time_zone from desks where kind = 'secretariat'`.execute(ctx.db)
    return aStaff(ctx, { role: 'coordinator', desk: rows[0]!, name: 'Sekretaris Contoh' })
  })
})

const as = <T>(actor: StaffActor, work: Parameters<typeof write<T>>[2]) => write(database.app(), actor, work)
const asSystem = <T>(work: Parameters<typeof write<T>>[2]) => write(database.app(), system, work)
const factsOf = (application_id: string, kind: string) =>
  asSystem(async (ctx) => {
    const { rows } = await sql<{ id: string }>`select id from facts where kind = ${kind}
      and about->>'application_id' = ${application_id} order by id`.execute(ctx.db)
    return rows.map(({ id }) => id)
  })
const approve = (application_id: string, given: object = {}) =>
  as(secretary, (ctx) =>
    approveApplication(
      ctx,
      ApproveApplication.parse({ application_id, starts_on: '2020-01-01', ends_on: '2098-01-31', ...given }),
    ),
  )

test('whoever types the address of somebody else in capitals and small letters fills their mailbox no more than with one of both', async () => {
  const app = database.app()
  const sent: number[] = []
  for (const email of [
    'korban@contoh.example',
    'Korban@contoh.example',
    'KORBAN@contoh.example',
    'korbaN@Contoh.example',
  ]) {
    const { id } = await apply(app, anApply({ responsible: { name: 'Korban Contoh', email } }))
    const ids = await factsOf(id, 'application.received')
    sent.push((await read(app, system, (ctx) => applicationMails(ctx, ids))).length)
  }
  expect(sent).toEqual([1, 1, 1, 0])
})

test('the coordinators of the secretariat are told that an application came in, without a word of a stranger, ten times a day', async () => {
  const app = database.app()
  const mailbox = await asSystem(async (ctx) => {
    const { rows } = await sql<{
      email: string
    }>`with made as (insert into auth.users (id, name, email, email_verified, created_at, updated_at)
        values (${newId()}, 'Sekretaris Contoh', 'sekretaris@contoh.example', true, now(), now()) returning id, email)
      insert into accounts (person_id, auth_user_id) select ${secretary.person_id}::uuid, id from made returning (select email from made)`.execute(
      ctx.tx,
    )
    await sql`update applications set state_since = now() - interval '2 days'`.execute(ctx.tx)
    return rows[0]!.email
  })
  const told: string[][] = []
  for (let number = 0; number < 12; number += 1) {
    const responsible = { name: 'Pendaftar Contoh', email: `p${number}@banyak.contoh.example` }
    const { id } = await apply(
      app,
      anApply({ responsible, institution: { name: 'Rahasia Contoh', kind: 'community', region_code: '63' } }),
    )
    const ids = await factsOf(id, 'application.received')
    const mails = await read(app, system, (ctx) => applicationNotices(ctx, ids))
    for (const { recipient, text, subject } of mails) {
      expect(recipient).toBe(mailbox)
      expect(text).toContain(`/desk/settings/applications/${id}`)
      expect(text + subject).not.toMatch(/Rahasia|Pendaftar Contoh|\/apply\//)
    }
    told.push(mails.map(({ text }) => (/belum|tidak dikirim/.test(text) ? 'last' : 'told')))
  }
  expect(told).toEqual([...Array.from({ length: 9 }, () => ['told']), ['last'], [], []])
})

test('one contact on two lines, on working days and at the weekend, is one contact with both', async () => {
  const line = { name: 'Rahmat Contoh', channel: 'sms' as const, address: '0812 3456 7811' }
  const { id } = await apply(
    database.app(),
    anApply({
      represents: ['62'],
      responsible: { name: 'Rahmat Contoh', email: 'rahmat@dua-baris.contoh.example' },
      contacts: [
        { ...line, hours: [{ weekday: 1, opens: '08:00', closes: '16:00' }] },
        { ...line, hours: [{ weekday: 6, opens: '08:00', closes: '12:00' }] },
      ],
    }),
  )
  const { desk_id } = await approve(id)
  const { rows } = await asSystem((ctx) =>
    sql<{
      hours: unknown
    }>`select hours from duty_contacts where desk_id = ${desk_id}::uuid and ended_at is null`.execute(ctx.db),
  )
  expect(rows).toEqual([
    {
      hours: [
        { weekday: 1, opens: '08:00', closes: '16:00' },
        { weekday: 6, opens: '08:00', closes: '12:00' },
      ],
    },
  ])
})

test('naming somebody who works elsewhere gives their person no address of a stranger, and the stranger no invitation as them', async () => {
  const app = database.app()
  const victim = await asSystem(async (ctx) => {
    const person = await aPerson(ctx, { name: 'Wati Petugas Contoh', email: 'wati@lain.contoh.example' })
    const desk = await aDesk(ctx)
    await sql`insert into desk_members (desk_id, person_id, role) values (${desk.id}::uuid, ${person.id}::uuid, 'agent')`.execute(
      ctx.tx,
    )
    return person
  })
  const { id } = await apply(
    app,
    anApply({
      kind: 'own_unit',
      institution: { name: 'Diskominfo Serang Contoh', kind: 'regional_office', region_code: '36.73' },
      represents: [],
      responsible: { name: 'Wati Petugas Contoh', email: 'wati@lain.contoh.example' },
      offices: ['Dinas Serang Contoh'],
      staff: [{ name: 'Wati Petugas Contoh', email: 'penyerang@contoh.example' }],
      contacts: [{ name: 'Wati Petugas Contoh', channel: 'sms', address: '0812 9999 0000' }],
    }),
  )
  await approve(id)
  const { rows } = await asSystem((ctx) =>
    sql<{ normalised: string }>`select normalised from contact_points where person_id = ${victim.id}::uuid`.execute(
      ctx.db,
    ),
  )
  expect(rows.map(({ normalised }) => normalised)).toEqual(['wati@lain.contoh.example'])
  const ids = await factsOf(id, 'application.approved')
  const invited = await read(app, system, (ctx) => whoToInvite(ctx, ids))
  expect(invited.map(({ email }) => email).sort()).toEqual(['penyerang@contoh.example', 'wati@lain.contoh.example'])
  const { rows: people } = await asSystem((ctx) =>
    sql<{
      person_id: string
    }>`select person_id from contact_points where normalised = 'penyerang@contoh.example'`.execute(ctx.db),
  )
  expect(people.map(({ person_id }) => person_id)).not.toContain(victim.id)
})

test.each(['budi@kantor', 'büdi@contoh.example', 'budi..x@contoh.example'])(
  'an address that nobody can sign in with is refused in the form: %s',
  async (email) => {
    await expect(apply(database.app(), anApply({ responsible: { name: 'Budi Contoh', email } }))).rejects.toMatchObject(
      {
        kind: 'invalid',
      },
    )
  },
)

test('what was corrected after the page was opened is not approved unread', async () => {
  const app = database.app()
  const given = anApply({ represents: ['61'], responsible: { name: 'Ubah Contoh', email: 'ubah@contoh.example' } })
  const { id } = await apply(app, given)
  await as(secretary, (ctx) => askBack(ctx, { application_id: id, text: 'Mohon dilengkapi.' }))
  const seen = await as(secretary, (ctx) => seeApplication(ctx, id))
  await apply(app, { ...given, form_id: newId(), application_id: id, form: { ...given.form, serves_nation: true } })
  const as_of = seen.state_since.toISOString()
  await expect(approve(id, { as_of })).rejects.toMatchObject({ kind: 'conflict', key: 'application.changed' })
  const again = await as(secretary, (ctx) => seeApplication(ctx, id))
  expect(await approve(id, { as_of: again.state_since.toISOString() })).toMatchObject({
    desk_id: expect.any(String) as string,
  })
})

test('an own unit that names an office of somebody else does not get its requests: the name is taken for one of its own', async () => {
  const { elsewhere, own } = await asSystem(async (ctx) => ({
    elsewhere: await addOrganisation(ctx, {
      name: 'Dinas Perikanan Contoh',
      kind: 'regional_office',
      region_code: '73.71',
    }),
    own: await addOrganisation(ctx, {
      name: 'Dinas Pasar Padang Contoh',
      kind: 'regional_office',
      region_code: '13.71',
    }),
  }))
  const { id } = await apply(
    database.app(),
    anApply({
      kind: 'own_unit',
      institution: { name: 'Diskominfo Padang Contoh', kind: 'regional_office', region_code: '13.71' },
      represents: [],
      responsible: { name: 'Yuni Contoh', email: 'yuni@padang.contoh.example' },
      offices: ['Dinas Perikanan Contoh', 'Dinas Pasar Padang Contoh'],
      contacts: [],
    }),
  )
  const { desk_id } = await approve(id)
  const { rows } = await asSystem((ctx) =>
    sql<{ organisation_id: string }>`select organisation_id from desk_offices where desk_id = ${desk_id}::uuid`.execute(
      ctx.db,
    ),
  )
  const offices = rows.map(({ organisation_id }) => organisation_id)
  expect(offices).toHaveLength(2)
  expect(offices).toContain(own.id)
  expect(offices).not.toContain(elsewhere.id)
})

test('a suspension, and an end, hold for the term that was approved to follow as well: it does not begin by itself', async () => {
  const app = database.app()
  const given = anApply({
    represents: ['52'],
    responsible: { name: 'Sari Contoh', email: 'sari@mataram.contoh.example' },
  })
  const { id } = await apply(app, given)
  const first = await approve(id, { ends_on: '2090-01-31' })
  const second = await asSystem(async (ctx) => {
    const { rows } = await sql<{
      id: string
    }>`insert into affiliations (id, organisation_id, desk_id, kind, starts_at, renewed_from)
      select ${newId()}::uuid, organisation_id, desk_id, kind, ends_at, id from affiliations where id = ${first.affiliation_id}::uuid returning id`.execute(
      ctx.tx,
    )
    return rows[0]!.id
  })
  const stateOfNext = () =>
    asSystem(async (ctx) => {
      const { rows } = await sql<{
        state: string
      }>`select case when ended_at is not null then 'ended' when suspended_at is not null then 'suspended'
        else 'running' end as state from affiliations where id = ${second}::uuid`.execute(ctx.db)
      return rows[0]!.state
    })
  const change = { affiliation_id: first.affiliation_id!, reason: 'Contoh alasan' }
  await as(secretary, (ctx) => suspendAffiliation(ctx, change))
  expect(await stateOfNext()).toBe('suspended')
  await as(secretary, (ctx) => liftSuspension(ctx, change))
  expect(await stateOfNext()).toBe('running')
  await as(secretary, (ctx) => endAffiliation(ctx, change))
  expect(await stateOfNext()).toBe('ended')
  const { rows } = await asSystem((ctx) =>
    sql`select from representations where organisation_id = ${first.organisation_id}::uuid and until is null`.execute(
      ctx.db,
    ),
  )
  expect(rows).toEqual([])
})

test('a member whose term begins later is willing from that day on, and then the partner of the province is looked at again', async () => {
  const app = database.app()
  const given = { represents: ['51'], regions: [] }
  const member = await apply(
    app,
    anApply({ ...given, kind: 'member', responsible: { name: 'Made Contoh', email: 'made@bali.contoh.example' } }),
  )
  const partner = await apply(
    app,
    anApply({ ...given, responsible: { name: 'Ketut Contoh', email: 'ketut@bali.contoh.example' } }),
  )
  const later = await approve(member.id, { starts_on: '2090-01-01' })
  const admitted = await approve(partner.id)
  expect(await as(secretary, listPartnerReviews)).toEqual([])
  await asSystem((ctx) =>
    sql`update affiliations set starts_at = now() - interval '1 hour' where id = ${later.affiliation_id}::uuid`.execute(
      ctx.tx,
    ),
  )
  await renewTerms(app)
  await renewTerms(app)
  expect(await as(secretary, listPartnerReviews)).toMatchObject([
    { affiliation_id: admitted.affiliation_id, province: { code: '51' } },
  ])
})

test('where whoever had applied is forgotten, the renewal goes to whoever fills it in, and no mail to nowhere stops the others', async () => {
  const app = database.app()
  const email = 'lupa@ambon.contoh.example'
  const given = anApply({ represents: ['82'], responsible: { name: 'Zulaikha Pattinama', email } })
  const { id } = await apply(app, given)
  const { affiliation_id } = await approve(id)
  await asSystem(async (ctx) => {
    const { rows } = await sql<{
      id: string
    }>`select applicant_id as id from applications where id = ${id}::uuid`.execute(ctx.db)
    await forgetPersonInMembership(ctx, await tracePerson(ctx, rows[0]!.id))
    // And works there no more: else whoever coordinates is written to.
    await sql`delete from desk_members where person_id = ${rows[0]!.id}::uuid`.execute(ctx.tx)
    await sql`update affiliations set ends_at = now() + interval '20 days' where id = ${affiliation_id}::uuid`.execute(
      ctx.tx,
    )
  })
  await renewTerms(app)
  const { rows } = await asSystem((ctx) =>
    sql<{ id: string }>`select id from applications where renews_id = ${affiliation_id}::uuid`.execute(ctx.db),
  )
  const renewal = rows[0]!.id
  const ask = async () => {
    await as(secretary, (ctx) => askBack(ctx, { application_id: renewal, text: 'Siapa sekarang?' }))
    const [newest] = (await factsOf(renewal, 'application.asked')).slice(-1)
    return (await read(app, system, (ctx) => applicationMails(ctx, [newest!]))).map(({ recipient }) => recipient)
  }
  expect(await ask()).toEqual([])
  const responsible = { name: 'Yakob Contoh', email: 'yakob@ambon.contoh.example' }
  await apply(app, { ...given, form_id: newId(), application_id: renewal, form: { ...given.form, responsible } })
  expect(await ask()).toEqual(['yakob@ambon.contoh.example'])
})
