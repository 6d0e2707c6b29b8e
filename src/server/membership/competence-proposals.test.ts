/** What a member or partner says it can do besides, with what shows it; and what stays with the institution after its approval. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aStaff, JUST_NOW } from '../desks/testing.ts'
import { tracePerson } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { apply } from './apply.ts'
import { oldCompetenceFiles } from './clear-competence-files.ts'
import { competenceMails } from './competence-mails.ts'
import { forgetPersonInMembership } from './forget-person.ts'
import {
  approveApplication,
  ApproveApplication,
  decideProposal,
  DecideProposal,
  findCompetenceFile,
  listProposals,
  proposeCompetence,
  ProposeCompetence,
  seeParticulars,
  withdrawProposal,
} from './index.ts'
import { anApply } from './testing-application.ts'
import { aProvider, type TestProvider } from './testing-providers.ts'

const database = useDatabase()
const as = <T>(actor: StaffActor | typeof system, work: (ctx: Writing) => Promise<T>) =>
  write(database.app(), actor, work)
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await as(system, async (ctx) => {
    const { rows } = await sql<{ id: string; name: string; kind: string; time_zone: string }>`
      select id, name, kind, time_zone from desks where kind = 'secretariat'`.execute(ctx.db)
    return aStaff(ctx, { role: 'coordinator', desk: rows[0]! })
  })
})

async function coordinatorOf(ctx: Writing, { desk, organisation }: TestProvider): Promise<StaffActor> {
  const person = await aPerson(ctx)
  await ctx.tx
    .insertInto('desk_members')
    .values({ desk_id: desk.id, person_id: person.id, role: 'coordinator' })
    .execute()
  const { id, name, time_zone } = desk
  const providers = [{ id, name, role: 'coordinator' as const, time_zone, organisation_id: organisation.id }]
  return {
    kind: 'staff',
    person_id: person.id,
    name: person.name,
    language: 'id',
    roles: [],
    desks: [],
    providers,
    sees_all: false,
    signed_in_at: JUST_NOW,
  }
}
const aProposal = (desk_id: string, given: object = {}, files: object[] = []) =>
  ProposeCompetence.parse({
    desk_id,
    competence: {
      code: 'libreoffice',
      level: 2,
      kind: 'certificate',
      title: 'Sertifikat contoh',
      valid_until: '2098-12-31',
      ...given,
    },
    files,
  })
const file = { name: 'sertifikat.pdf', type: 'application/pdf', size: 3, sha256: 'a'.repeat(64) }
const countsOf = async (desk_id: string) =>
  (
    await sql<{ competence_code: string; level: number }>`select competence_code, level from desk_competences
      where desk_id = ${desk_id}::uuid order by 1`.execute(database.app().worker)
  ).rows

test('a competence counts once the secretariat confirms it; refused with a reason it does not, and whoever proposed it is told', async () => {
  const { provider, coordinator, other } = await as(system, async (ctx) => {
    const provider = await aProvider(ctx)
    return {
      provider,
      coordinator: await coordinatorOf(ctx, provider),
      other: await coordinatorOf(ctx, await aProvider(ctx)),
    }
  })
  const desk_id = provider.desk.id
  const proposal_id = await as(coordinator, (ctx) => proposeCompetence(ctx, aProposal(desk_id, {}, [file])))
  expect(await countsOf(desk_id)).toEqual([])
  const seen = (actor: StaffActor) => read(database.app(), actor, (ctx) => listProposals(ctx, { desk_id }))
  const [waiting] = await seen(coordinator)
  expect(waiting).toMatchObject({ id: proposal_id, state: 'waiting', files: [{ name: 'sertifikat.pdf' }] })
  const fileOf = (actor: StaffActor) =>
    read(database.app(), actor, (ctx) => findCompetenceFile(ctx, { desk_id, id: waiting!.files[0]!.id }))
  expect(await fileOf(secretary)).toMatchObject({ sha256: file.sha256 })

  // Another provider sees nothing of it and decides nothing; its own coordinator cannot confirm it.
  expect(await seen(other)).toEqual([])
  await expect(fileOf(other)).rejects.toMatchObject({ kind: 'not_found' })
  await expect(as(other, (ctx) => proposeCompetence(ctx, aProposal(desk_id)))).rejects.toMatchObject({
    kind: 'forbidden',
  })
  const decision = (given: object) => DecideProposal.parse({ proposal_id, ...given })
  await expect(as(other, (ctx) => decideProposal(ctx, decision({ confirmed: true })))).rejects.toMatchObject({
    kind: 'not_found',
  })
  await expect(as(coordinator, (ctx) => decideProposal(ctx, decision({ confirmed: true })))).rejects.toMatchObject({
    kind: 'forbidden',
  })
  await expect(
    as(coordinator, (ctx) =>
      sql`update competence_proposals set state = 'confirmed', decided_at = now() where id = ${proposal_id}::uuid`.execute(
        ctx.tx,
      ),
    ),
  ).rejects.toMatchObject({ code: '42501' })

  await as(secretary, (ctx) => decideProposal(ctx, decision({ confirmed: true })))
  expect(await countsOf(desk_id)).toEqual([{ competence_code: 'libreoffice', level: 2 }])
  await expect(as(secretary, (ctx) => decideProposal(ctx, decision({ confirmed: true })))).rejects.toMatchObject({
    kind: 'conflict',
  })

  expect(DecideProposal.safeParse({ proposal_id, confirmed: false, reason: ' ' }).success).toBe(false)
  const second = await as(coordinator, (ctx) =>
    proposeCompetence(ctx, aProposal(desk_id, { code: 'network', level: 3 })),
  )
  await as(secretary, (ctx) =>
    decideProposal(
      ctx,
      DecideProposal.parse({ proposal_id: second, confirmed: false, reason: 'Sertifikatnya bukan milik lembaga.' }),
    ),
  )
  expect(await countsOf(desk_id)).toHaveLength(1)
  const mails = await read(database.app(), system, async (ctx) => {
    const { rows } = await sql<{
      id: string
    }>`select id from facts where kind in ('competence.confirmed', 'competence.refused')
      and about->>'desk_id' = ${desk_id} order by id`.execute(ctx.db)
    return competenceMails(
      ctx,
      rows.map(({ id }) => id),
    )
  })
  expect(mails.map(({ recipient_id }) => recipient_id)).toEqual([coordinator.person_id, coordinator.person_id])
  expect(mails[1]!.text).toContain('bukan milik lembaga')

  await expect(
    as(coordinator, (ctx) => proposeCompetence(ctx, aProposal(desk_id, { valid_until: '2020-01-01' }))),
  ).rejects.toMatchObject({ kind: 'invalid' })
  const third = await as(coordinator, (ctx) => proposeCompetence(ctx, aProposal(desk_id)))
  await as(coordinator, (ctx) => withdrawProposal(ctx, { proposal_id: third }))
  expect((await seen(coordinator)).filter(({ state }) => state === 'waiting')).toEqual([])
})

test('identifiers, kind of business, address and legal form stay with the organisation, for itself and the secretariat alone', async () => {
  const app = database.app()
  const { id } = await apply(
    app,
    anApply({
      institution: {
        name: 'Koperasi Teknologi Contoh',
        kind: 'company',
        has_legal_form: true,
        region_code: '92',
        address: 'Jalan Contoh 1',
      },
      responsible: { name: 'Wati Contoh', email: 'wati@koperasi.contoh.example', phone: null },
      identifiers: { nib: '1234567890123', npwp: null, ahu: 'AHU-0012345.AH.01.01.TAHUN 2026' },
      business: 'Jasa teknologi',
      represents: ['92'],
      regions: ['92'],
    }),
  )
  const approved = await as(secretary, (ctx) =>
    approveApplication(
      ctx,
      ApproveApplication.parse({ application_id: id, starts_on: '2020-01-01', ends_on: '2098-01-31' }),
    ),
  )
  const { own, other, clerk } = await as(system, async (ctx) => ({
    own: await coordinatorOf(ctx, {
      desk: { id: approved.desk_id, name: 'Koperasi', time_zone: 'Asia/Jayapura' },
      organisation: { id: approved.organisation_id, name: 'Koperasi' },
      affiliation_id: approved.affiliation_id!,
    } as TestProvider),
    other: await coordinatorOf(ctx, await aProvider(ctx)),
    clerk: await aStaff(ctx),
  }))
  const seen = (actor: StaffActor) => read(app, actor, (ctx) => seeParticulars(ctx, approved.organisation_id))
  for (const actor of [own, secretary])
    expect(await seen(actor)).toMatchObject({
      has_legal_form: true,
      business: 'Jasa teknologi',
      address: 'Jalan Contoh 1',
      nib: '1234567890123',
      npwp: null,
      ahu: 'AHU-0012345.AH.01.01.TAHUN 2026',
    })
  for (const actor of [other, clerk]) expect(await seen(actor)).toBeNull()
})

test('documents of what was refused, taken back or has ended go after their time, and those that name somebody who is forgotten at once', async () => {
  const { provider, coordinator } = await as(system, async (ctx) => {
    const provider = await aProvider(ctx)
    return { provider, coordinator: await coordinatorOf(ctx, provider) }
  })
  const shown = (name: string, sign: string) => ({ ...file, name, sha256: sign.repeat(64) })
  const propose = (sign: string, name: string, title: string) =>
    as(coordinator, (ctx) => proposeCompetence(ctx, aProposal(provider.desk.id, { title }, [shown(name, sign)])))
  const [taken_back, ended, standing, by_file, by_title] = [
    await propose('1', 'a.pdf', 'Lama'),
    await propose('2', 'b.pdf', 'Lama'),
    await propose('3', 'c.pdf', 'Berlaku'),
    await propose('4', 'sertifikat_Kartono-Wibisana.pdf', 'Sertifikat contoh'),
    await propose('5', 'd.pdf', 'Sertifikat Kartono Wibisana'),
  ]
  const left = async () =>
    (
      await sql<{
        id: string
      }>`select f.proposal_id as id from competence_files f join competence_proposals p on p.id = f.proposal_id
        where p.desk_id = ${provider.desk.id}::uuid order by f.sha256`.execute(database.app().worker)
    ).rows.map(({ id }) => id)

  await as(coordinator, (ctx) => withdrawProposal(ctx, { proposal_id: taken_back }))
  await as(secretary, (ctx) => decideProposal(ctx, DecideProposal.parse({ proposal_id: ended, confirmed: true })))
  await as(system, async (ctx) => {
    await sql`update competence_proposals set decided_at = now() - interval '800 days' where id = ${taken_back}::uuid`.execute(
      ctx.tx,
    )
    await sql`update competence_proposals set valid_until = now() - interval '800 days' where id = ${ended}::uuid`.execute(
      ctx.tx,
    )
    const old = await oldCompetenceFiles.find(ctx, new Date(Date.now() - 730 * 86_400_000), 100)
    const ids = old.map(({ id }) => id)
    expect(ids.toSorted()).toEqual([taken_back, ended].toSorted())
    const gone = await oldCompetenceFiles.clear(ctx, ids)
    expect(gone.toSorted()).toEqual(['1'.repeat(64), '2'.repeat(64)])
  })
  expect(await left()).toEqual([standing, by_file, by_title])

  const { sha256s } = await as(system, async (ctx) => {
    const former = await aPerson(ctx, { name: 'Kartono Wibisana' })
    return forgetPersonInMembership(ctx, await tracePerson(ctx, former.id))
  })
  expect(sha256s.toSorted()).toEqual(['4'.repeat(64), '5'.repeat(64)])
  expect(await left()).toEqual([standing])
})
