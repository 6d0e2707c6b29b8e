/** The life of an application: it comes in, is asked about, answered, decided; and what an approval makes. */
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { everybody, read, system, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { forgetPersonAtDesks, prepare } from '../desks/index.ts'
import { forgetPerson, tracePerson } from '../people/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import {
  answerQuestions,
  applicationsOfPerson,
  forgetPersonInMembership,
  oldApplications,
  apply,
  approveApplication,
  ApproveApplication,
  askBack,
  declineApplication,
  endAffiliation,
  findApplicationFile,
  liftSuspension,
  listApplications,
  listPartnerReviews,
  recordWillingness,
  renewTerms,
  seeApplication,
  seeOwnApplication,
  startApplication,
  suspendAffiliation,
  withdrawApplication,
} from './index.ts'
import { applicationMails, whoToInvite } from './application-mails.ts'
import { formsOfToday } from './form-of-today.ts'
import { findWilling } from './partner-rule.ts'
import { affiliationMails } from './renewals.ts'
import { anApply } from './testing-application.ts'
import { aProvider } from './testing-providers.ts'

const database = useDatabase()
let secretary: StaffActor
let clerk: StaffActor

beforeAll(async () => {
  const app = database.app()
  await prepare(app)
  const office = await write(app, system, async (ctx) => {
    const { rows } = await sql<{ id: string; name: string; kind: string; time_zone: string }>`
      select id, name, kind, time_zone from desks where kind = 'secretariat'`.execute(ctx.db)
    return rows[0]!
  })
  secretary = await write(app, system, (ctx) =>
    aStaff(ctx, { role: 'coordinator', desk: office, name: 'Sekretaris Contoh' }),
  )
  clerk = await write(app, system, async (ctx) => aStaff(ctx, { desk: await aDesk(ctx) }))
})

const as = <T>(actor: StaffActor, work: Parameters<typeof write<T>>[2]) => write(database.app(), actor, work)
const facts = async (kind: string) =>
  read(database.app(), system, async (ctx) => {
    const { rows } = await sql<{ id: string; about: Record<string, string> }>`select id, about from facts
      where kind like ${kind} order by id desc limit 20`.execute(ctx.db)
    return rows
  })
const approve = (application_id: string, given: object = {}) =>
  as(secretary, (ctx) =>
    approveApplication(
      ctx,
      ApproveApplication.parse({ application_id, starts_on: '2020-01-01', ends_on: '2098-01-31', ...given }),
    ),
  )

describe('a partner applies', () => {
  test('by the form, once however often it is sent; the secretariat reads it and nobody else', async () => {
    const app = database.app()
    const form = anApply()
    const [first, second] = await Promise.all([apply(app, form), apply(app, form)])
    expect(second).toEqual(first)
    expect(first.token).toMatch(/^[a-z2-7]{32}$/)
    const own = await seeOwnApplication(app, { token: first.token, client: 'x' })
    expect(own).toMatchObject({ number: first.number, state: 'received', kind: 'partner', words: [], files: [] })
    await expect(seeOwnApplication(app, { token: 'a'.repeat(32), client: 'x' })).rejects.toMatchObject({ key: 'link' })

    const seenBy = await as(secretary, (ctx) => seeApplication(ctx, first.id))
    expect(seenBy).toMatchObject({
      institution: 'Komunitas Linux Contoh',
      contact_address: 'rahmat@linux.contoh.example',
      accepted_page: 'syarat-mitra',
      accepted_version: 1,
      form: { capacity_per_week: 7, identifiers: { nib: null } },
    })
    await expect(as(clerk, (ctx) => listApplications(ctx))).rejects.toMatchObject({ kind: 'forbidden' })
    // Behind the first wall the second: the rows are not there for anybody else.
    for (const actor of [clerk, everybody])
      expect(await read(app, actor, async (ctx) => (await sql`select from applications`.execute(ctx.db)).rows)).toEqual(
        [],
      )
    const [mail] = await read(app, system, async (ctx) =>
      applicationMails(
        ctx,
        (await facts('application.received')).map(({ id }) => id),
      ),
    )
    expect(mail).toMatchObject({ recipient: 'rahmat@linux.contoh.example', language: 'id' })
    expect(mail!.text).toContain(`/apply/${first.token}`)
    // What a stranger typed goes to nobody's mailbox.
    expect(mail!.text).not.toContain('Komunitas')
  })

  test('is asked, answers with a document, and is approved: organisation, desk, people, standing, evidence', async () => {
    const app = database.app()
    const { id, token } = await apply(
      app,
      anApply({ represents: ['64'], responsible: { name: 'Budi Contoh', email: 'budi@mitra.contoh.example' } }),
    )
    await as(secretary, (ctx) => askBack(ctx, { application_id: id, text: 'Mohon sertifikatnya.' }))
    expect(await seeOwnApplication(app, { token, client: 'x' })).toMatchObject({
      state: 'asked',
      words: [{ text: 'Mohon sertifikatnya.' }],
    })
    const blob = await app.files.keep(Buffer.from('contoh'))
    await answerQuestions(app, {
      application_id: id,
      text: 'Terlampir.',
      attachments: [{ ...blob, name: '../../sertifikat\u0000.pdf', type: 'application/pdf' }],
    })
    const seen = await as(secretary, (ctx) => seeApplication(ctx, id))
    expect(seen).toMatchObject({ state: 'received', files: [{ name: 'sertifikat .pdf', size: 6 }] })
    expect(
      await as(secretary, (ctx) => findApplicationFile(ctx, { application_id: id, id: seen.files[0]!.id })),
    ).toMatchObject({ sha256: blob.sha256 })

    await expect(
      write(app, { ...secretary, signed_in_at: new Date(0) }, (ctx) =>
        approveApplication(ctx, ApproveApplication.parse({ application_id: id, starts_on: '2026-01-01' })),
      ),
    ).rejects.toMatchObject({ kind: 'unauthenticated' })
    const { organisation_id, desk_id, affiliation_id } = await approve(id, { reason: 'Selamat datang.' })
    const made = await read(app, system, async (ctx) => {
      const { rows } = await sql<
        Record<string, unknown>
      >`select d.kind, d.capacity_per_week, d.languages, d.time_zone, o.name,
          array(select region_code from desk_regions r where r.desk_id = d.id order by 1) as regions,
          (select jsonb_object_agg(competence_code, jsonb_build_object('level', level, 'until', to_char(valid_until at time zone 'Asia/Jakarta', 'YYYY-MM-DD')))
            from desk_competences c where c.desk_id = d.id) as competences,
          (select jsonb_agg(jsonb_build_object('name', p.name, 'role', m.role)) from desk_members m join people p on p.id = m.person_id where m.desk_id = d.id) as members,
          (select jsonb_agg(jsonb_build_object('name', p.name, 'channel', t.channel, 'address', c.normalised, 'hours', t.hours) order by t.position)
            from duty_contacts t join people p on p.id = t.person_id join contact_points c on c.id = t.contact_point_id where t.desk_id = d.id) as contacts,
          (select count(*)::int from evidence e where e.desk_id = d.id) as evidence,
          array(select province_code from representations r where r.organisation_id = o.id and r.until is null) as represents
        from desks d join organisations o on o.id = d.organisation_id where d.id = ${desk_id}::uuid`.execute(ctx.db)
      return rows[0]!
    })
    expect(made).toMatchObject({
      kind: 'provider',
      name: 'Komunitas Linux Contoh',
      capacity_per_week: 7,
      languages: ['id', 'bjn'],
      time_zone: 'Asia/Makassar',
      regions: ['62.71', '64'],
      competences: { libreoffice: { level: 2, until: '2100-01-01' }, network: { level: 1, until: '2097-07-01' } },
      members: [{ name: 'Budi Contoh', role: 'coordinator' }],
      contacts: [
        { name: 'Rahmat Contoh', channel: 'sms', address: '+6281234567890', hours: null },
        { name: 'Siti Contoh', channel: 'email', hours: [{ weekday: 6, opens: '08:00', closes: '12:00' }] },
      ],
      evidence: 3,
      represents: ['64'],
    })
    const [approval] = await facts('application.approved')
    expect(approval!.about).toMatchObject({ application_id: id, organisation_id, desk_id, affiliation_id })
    await read(app, system, async (ctx) => {
      expect(await whoToInvite(ctx, [approval!.id])).toMatchObject([
        { name: 'Budi Contoh', email: 'budi@mitra.contoh.example' },
      ])
      expect((await applicationMails(ctx, [approval!.id]))[0]!.text).toContain('Selamat datang.')
    })
    // A decision is made once.
    await expect(approve(id)).rejects.toMatchObject({ kind: 'conflict', key: 'application.over' })
    await expect(withdrawApplication(app, { application_id: id })).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('what no schema knows is refused with every fault at once: codes, ended evidence, texts nobody saw', async () => {
    const refused = await apply(
      database.app(),
      anApply(
        {
          represents: ['99'],
          competences: [{ code: 'nichts', level: 1, kind: 'reference', title: 'x', valid_until: '2001-01-01' }],
        },
        { accepted_version: 2, privacy_version: null },
      ),
    ).catch((error: unknown) => error)
    expect((refused as { faults: { path: string }[] }).faults.map(({ path }) => path)).toEqual([
      'represents',
      'competences.0.code',
      'competences.0.valid_until',
      'accepted',
      'consent',
    ])
  })
})

describe('the partner rule', () => {
  test('stops an admission where a member is willing, has its partner looked at again, and lets go when the member withdraws', async () => {
    const app = database.app()
    const member = await apply(
      app,
      anApply({
        kind: 'member',
        represents: [],
        institution: { name: 'Perkumpulan Contoh', kind: 'association', region_code: '73' },
        responsible: { name: 'Ani Contoh', email: 'ani@anggota.contoh.example' },
      }),
    )
    const partner = await apply(
      app,
      anApply({
        represents: ['73'],
        institution: { name: 'CV Contoh', kind: 'company', region_code: '73' },
        responsible: { name: 'Dedi Contoh', email: 'dedi@cv.contoh.example' },
      }),
    )
    const late = await apply(
      app,
      anApply({
        represents: ['73'],
        institution: { name: 'PT Contoh', kind: 'company', region_code: '73' },
        responsible: { name: 'Eka Contoh', email: 'eka@pt.contoh.example' },
      }),
    )
    const { organisation_id, affiliation_id } = await approve(member.id)
    // Membership alone is not willingness.
    const admitted = await approve(partner.id)
    const willing = () =>
      as(secretary, (ctx) => recordWillingness(ctx, { organisation_id, province_code: '73', reason: 'Surat contoh' }))
    await willing()
    await expect(willing()).rejects.toMatchObject({ key: 'representation.known' })
    expect(await as(secretary, listPartnerReviews)).toMatchObject([
      {
        affiliation_id: admitted.affiliation_id,
        province: { code: '73' },
        due_at: new Date('2098-02-01T00:00:00+07:00'),
      },
    ])
    await expect(approve(late.id)).rejects.toMatchObject({ key: 'partner.member_willing' })

    const change = { affiliation_id: affiliation_id!, reason: 'Contoh alasan' }
    // A member that is suspended stands in nobody's way, and does so again afterwards.
    await as(secretary, (ctx) => suspendAffiliation(ctx, change))
    expect(await as(secretary, (ctx) => findWilling(ctx, ['73']))).toEqual([])
    await as(secretary, (ctx) => liftSuspension(ctx, change))
    await expect(approve(late.id)).rejects.toMatchObject({ key: 'partner.member_willing' })

    await as(secretary, (ctx) => endAffiliation(ctx, change))
    expect(await as(secretary, listPartnerReviews)).toEqual([])
    expect((await facts('partner_review.%')).map(({ about }) => about['outcome'] ?? 'opened')).toEqual([
      'member_withdrew',
      'opened',
    ])
    expect(await approve(late.id)).toMatchObject({ affiliation_id: expect.any(String) as string })
  })
})

describe('a term comes to its end', () => {
  test('reminders go once each, the renewal is the same form, and its term begins where the last ends', async () => {
    const app = database.app()
    const given = anApply({
      represents: ['81'],
      regions: [],
      institution: { name: 'Mitra Maluku Contoh', kind: 'community', region_code: '81' },
      responsible: { name: 'Fitri Contoh', email: 'fitri@maluku.contoh.example' },
    })
    const { id } = await apply(app, given)
    const first = await approve(id)
    const endsIn = (days: number) =>
      write(app, system, (ctx) =>
        sql`update affiliations set ends_at = now() + make_interval(days => ${days}::int) - interval '1 hour'
          where id = ${first.affiliation_id}::uuid`.execute(ctx.tx),
      )
    // What they changed since then is what their renewal says.
    await write(app, system, async (ctx) => {
      const desk = sql`${first.desk_id}::uuid`
      await sql`update desks set capacity_per_week = 11, about = 'Kini di dua kota.', serves_neighbours = true where id = ${desk}`.execute(
        ctx.tx,
      )
      await sql`insert into desk_regions (desk_id, region_code) values (${desk}, '82') on conflict do nothing`.execute(
        ctx.tx,
      )
      await sql`update evidence set withdrawn_at = now() where desk_id = ${desk} and kind = 'reference'`.execute(ctx.tx)
      await sql`update duty_contacts set ended_at = now() where desk_id = ${desk} and channel = 'sms'`.execute(ctx.tx)
    })
    // Each of the three days has its reminder, once, and the days before it have none: the round runs every day, here on the eve and on the day.
    await endsIn(91)
    const pass = (days: number) =>
      write(app, system, async (ctx) => {
        const id = sql`${first.affiliation_id}::uuid`
        const sooner = sql`ends_at - make_interval(days => ${days}::int)`
        await sql`insert into renewal_reminders (affiliation_id, days, ends_at, sent_at)
          select affiliation_id, days, ${sooner}, sent_at from renewal_reminders
          where affiliation_id = ${id} and ends_at = (select ends_at from affiliations where id = ${id}) on conflict do nothing`.execute(
          ctx.tx,
        )
        await sql`update affiliations set ends_at = ${sooner} where id = ${id}`.execute(ctx.tx)
      })
    for (const until_eve of [0, 59, 22]) {
      await pass(until_eve)
      expect(await renewTerms(app)).toEqual({ reminded: 0, ended: 0 })
      await pass(1)
      expect(await renewTerms(app)).toEqual({ reminded: 1, ended: 0 })
      expect(await renewTerms(app)).toEqual({ reminded: 0, ended: 0 })
    }
    const reminders = (await facts('affiliation.reminded')).filter(
      ({ about }) => about['affiliation_id'] === first.affiliation_id,
    )
    expect(reminders.map(({ about }) => about['days']).sort()).toEqual([30, 7, 90])
    const reminder = reminders.find(({ about }) => Number(about['days']) === 90)
    const mails = await read(app, system, (ctx) => affiliationMails(ctx, [reminder!.id]))
    expect(mails.map(({ recipient }) => recipient).sort()).toEqual([
      'fitri@maluku.contoh.example',
      'siti@linux.contoh.example',
    ])
    const token = /\/apply\/([a-z2-7]{32})/.exec(mails[0]!.text)![1]!
    const renewal = await seeOwnApplication(app, { token, client: 'x' })
    expect(renewal).toMatchObject({
      state: 'asked',
      submitted_at: null,
      is_renewal: true,
      form: {
        represents: ['81'],
        capacity_per_week: 11,
        serves_neighbours: true,
        institution: { about: 'Kini di dua kota.' },
        contacts: [
          { name: 'Siti Contoh', channel: 'email', address: 'siti@linux.contoh.example', hours: [{ weekday: 6 }] },
        ],
        responsible: { email: 'fitri@maluku.contoh.example' },
      },
    })
    expect(renewal.form.regions).toContain('82')
    expect(renewal.form.competences!.map(({ kind, valid_until }) => [kind, valid_until])).toEqual([
      ['certificate', '2098-12-31'],
      ['finished_work', '2097-06-30'],
    ])

    await apply(app, { ...given, form_id: newId(), application_id: renewal.id })
    const second = await approve(renewal.id)
    expect(second).toMatchObject({ organisation_id: first.organisation_id, desk_id: first.desk_id })
    const terms = await read(app, system, async (ctx) => {
      const { rows } = await sql<{ follows: boolean }>`select n.starts_at = a.ends_at as follows from affiliations n
        join affiliations a on a.id = n.renewed_from where n.id = ${second.affiliation_id}::uuid`.execute(ctx.db)
      return rows
    })
    expect(terms).toEqual([{ follows: true }])
    // The old term ends; what is represented goes on with the new one.
    await write(app, system, (ctx) =>
      sql`update affiliations set starts_at = starts_at - interval '2 days', ends_at = case when id = ${first.affiliation_id}::uuid then now() - interval '1 minute' else ends_at end
        where organisation_id = ${first.organisation_id}::uuid`.execute(ctx.tx),
    )
    expect(await renewTerms(app)).toEqual({ reminded: 0, ended: 1 })
    const [ended] = await facts('affiliation.ended')
    expect(ended!.about).toMatchObject({ affiliation_id: first.affiliation_id, by_term: true })
    expect(await facts('representation.withdrawn')).not.toContainEqual(
      expect.objectContaining({ about: expect.objectContaining({ organisation_id: first.organisation_id }) as object }),
    )
  })
})

test('a renewal goes to a proven address of whoever coordinates, else to whoever applied, and to one that was only typed last', async () => {
  const app = database.app()
  const { id } = await apply(
    app,
    anApply({
      represents: ['82'],
      institution: { name: 'Mitra Ternate Contoh', kind: 'community', region_code: '82' },
      responsible: { name: 'Gita Contoh', email: 'gita@ternate.contoh.example' },
    }),
  )
  const { affiliation_id, desk_id } = await approve(id)
  const address = () =>
    read(app, system, async (ctx) => (await formsOfToday(ctx, [affiliation_id!])).get(affiliation_id!)?.email)
  const set = (what: ReturnType<typeof sql>) => write(app, system, (ctx) => what.execute(ctx.tx))
  const points = sql`channel = 'email' and person_id in (select person_id from desk_members where desk_id = ${desk_id}::uuid)`
  await set(sql`update contact_points set address = 'salah.ketik@contoh.example', normalised = 'salah.ketik@contoh.example',
    verified_at = null where ${points}`)
  expect(await address()).toBe('gita@ternate.contoh.example')
  await set(sql`update contact_points set verified_at = now() where ${points}`)
  expect(await address()).toBe('salah.ketik@contoh.example')
  await set(sql`update contact_points set verified_at = null where ${points}`)
  await set(sql`update applications set contact_address = '(dihapus)' where id = ${id}::uuid`)
  expect(await address()).toBe('salah.ketik@contoh.example')
})

test('from a mail in one step: a ticket has one application, its form waits for whoever asked', async () => {
  const app = database.app()
  const start = () =>
    as(secretary, (ctx) =>
      startApplication(ctx, {
        kind: 'own_unit',
        name: 'Gita Contoh',
        email: 'gita@kominfo.contoh.example',
        institution: '',
        language: 'id',
        ticket: { id: '0190a000-0000-7000-8000-000000000001', requester_id: null },
      }),
    )
  const begun = await start()
  expect(begun.is_new).toBe(true)
  expect(await start()).toEqual({ id: begun.id, number: begun.number, is_new: false })
  await expect(approve(begun.id)).rejects.toMatchObject({ key: 'application.not_filled' })
  const done = await apply(
    app,
    anApply(
      {
        kind: 'own_unit',
        institution: { name: 'Diskominfo Kota Contoh', kind: 'regional_office', region_code: '63.71' },
        responsible: { name: 'Gita Contoh', email: 'gita@kominfo.contoh.example' },
        represents: [],
        regions: [],
        competences: [],
        contacts: [],
        offices: ['Dinas Kesehatan Kota Contoh', 'Dinas Pendidikan Kota Contoh'],
        staff: [{ name: 'Hadi Contoh', email: 'hadi@kominfo.contoh.example' }],
      },
      { application_id: begun.id, accepted_version: null },
    ),
  )
  expect(done).toMatchObject({ id: begun.id, number: begun.number })
  const { desk_id, affiliation_id } = await approve(begun.id)
  expect(affiliation_id).toBeNull()
  const made = await read(app, system, async (ctx) => {
    const { rows } = await sql<{
      kind: string
      confirmed: boolean
      offices: number
      members: number
    }>`select kind, confirmed_at is not null as confirmed,
        (select count(*)::int from desk_offices o where o.desk_id = desks.id) as offices,
        (select count(*)::int from desk_members m where m.desk_id = desks.id) as members from desks where id = ${desk_id}::uuid`.execute(
      ctx.db,
    )
    return rows[0]
  })
  expect(made).toEqual({ kind: 'own_unit', confirmed: true, offices: 2, members: 2 })
})

test('declined with a reason that is told; withdrawn by whoever applied', async () => {
  const app = database.app()
  const first = await apply(app, anApply({ responsible: { name: 'Ika Contoh', email: 'ika@contoh.example' } }))
  await as(secretary, (ctx) => declineApplication(ctx, { application_id: first.id, reason: 'Belum ada bukti.' }))
  expect(await seeOwnApplication(app, { token: first.token, client: 'x' })).toMatchObject({
    state: 'declined',
    reason: 'Belum ada bukti.',
  })
  const [declined] = await facts('application.declined')
  const [mail] = await read(app, system, (ctx) => applicationMails(ctx, [declined!.id]))
  expect(mail!.text).toContain('Belum ada bukti.')
  const second = await apply(app, anApply({ responsible: { name: 'Joko Contoh', email: 'joko@contoh.example' } }))
  await withdrawApplication(app, { application_id: second.id })
  await expect(answerQuestions(app, { application_id: second.id, text: 'Maaf' })).rejects.toMatchObject({
    kind: 'conflict',
  })
})

test('whoever applied asks what is known of them, and is forgotten: no word is left of what led to nothing', async () => {
  const app = database.app()
  const email = 'kartika@lupa.contoh.example'
  const responsible = { name: 'Kartika Wulandari', email }
  const declined = await apply(app, anApply({ responsible }))
  const blob = await app.files.keep(Buffer.from('rahasia contoh'))
  await answerQuestions(app, {
    application_id: declined.id,
    text: 'Saya Kartika Wulandari.',
    attachments: [{ ...blob, name: 'a.txt', type: 'text/plain' }],
  })
  await as(secretary, (ctx) => declineApplication(ctx, { application_id: declined.id, reason: 'Contoh' }))
  const other = await apply(
    app,
    anApply({
      represents: ['96'],
      institution: { name: 'Mitra Papua Contoh', kind: 'community', region_code: '96' },
      responsible: { name: 'Lukas Contoh', email: 'lukas@lupa.contoh.example' },
      contacts: [{ name: 'Kartika Wulandari', channel: 'email', address: email }],
    }),
  )
  await approve(other.id)
  await write(app, system, async (ctx) => {
    const { desk, organisation } = await aProvider(ctx)
    await sql`insert into organisation_particulars (id, organisation_id, has_legal_form, business, address, recorded_at)
      values (gen_random_uuid(), ${organisation.id}::uuid, false, 'warung', ${`Jl. Contoh 1, ${email}`}, now())`.execute(
      ctx.tx,
    )
    await sql`insert into competence_proposals (id, desk_id, competence_code, level, kind, title, url, valid_until, proposed_at, state, reason, decided_at)
      values (gen_random_uuid(), ${desk.id}::uuid, 'libreoffice', 1, 'reference', ${`Kartika Wulandari, ${email}`}, ${`mailto:${email}`}, now(), now(),
        'refused', 'Kartika Wulandari tidak kenal', now())`.execute(ctx.tx)
  })
  const [person] = await read(app, system, async (ctx) => {
    const { rows } = await sql<{
      id: string
    }>`select applicant_id as id from applications where id = ${declined.id}::uuid`.execute(ctx.db)
    return rows
  })
  const copied = await read(app, system, (ctx) => applicationsOfPerson(ctx, { person_id: person!.id, address: email }))
  expect(copied).toMatchObject([
    { number: declined.number, state: 'declined', words: [{ by: 'you' }], files: [{ name: 'a.txt' }] },
  ])
  expect(JSON.stringify(copied)).not.toContain('siti@')

  const { sha256s } = await write(app, system, async (ctx) => {
    const traces = await tracePerson(ctx, person!.id)
    const forgotten = await forgetPersonInMembership(ctx, traces)
    await forgetPersonAtDesks(ctx, traces)
    await forgetPerson(ctx, traces)
    return forgotten
  })
  expect(sha256s).toEqual([blob.sha256])
  await expect(seeOwnApplication(app, { token: declined.token, client: 'x' })).rejects.toMatchObject({ key: 'link' })
  const left = await read(app, system, async (ctx) => {
    const { rows } = await sql<{
      text: string
    }>`select a::text || coalesce((select string_agg(w.text, '') from application_words w where w.application_id = a.id), '') as text
      from applications a union all select p::text from organisation_particulars p union all select c::text from competence_proposals c`.execute(
      ctx.db,
    )
    return rows.map(({ text }) => text).join('\n')
  })
  expect(left).toContain('Jl. Contoh 1')
  expect(left).not.toMatch(/Kartika|lupa\.contoh\.example.*kartika|kartika@/)
  expect(left).toContain('Mitra Papua Contoh')
})

test('retention takes what was declined long ago and what nobody filled in, and leaves what led somewhere', async () => {
  const app = database.app()
  const gone = await write(app, system, async (ctx) => {
    const old = await oldApplications.find(ctx, new Date(ctx.now.getTime() + 1_000), 100)
    await oldApplications.clear(
      ctx,
      old.map(({ id }) => id),
    )
    const { rows } = await sql<{
      state: string
      cleared: boolean
    }>`select state, cleared_at is not null as cleared from applications`.execute(ctx.db)
    return rows
  })
  expect(gone.filter(({ state }) => state === 'approved').every(({ cleared }) => !cleared)).toBe(true)
  expect(
    gone.filter(({ state }) => state === 'declined' || state === 'withdrawn').every(({ cleared }) => cleared),
  ).toBe(true)
})
