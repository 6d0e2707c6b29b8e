import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  addTopic,
  AddWord,
  changeOperator,
  ChangeOperator,
  changeTopic,
  changeUrgency,
  ChangeWord,
  findPage,
  listPages,
  listTopicNeeds,
  listTopics,
  loadPages,
  loadVocabulary,
  operator,
  privacyVersion,
  savePage,
  SavePage,
  setTopicNeed,
  withdrawPage,
} from './index.ts'
import { firstPages } from './first-pages.ts'
import { aDesk, aStaff } from './testing.ts'

const database = useDatabase()

test(
  'a topic is renamed, switched off and on again, and never deleted',
  database.story(async ({ as, facts }) => {
    const administrator = await aStaff(await as(system), { role: 'administrator' })
    await loadVocabulary(await as(system))
    const ctx = await as(administrator)
    await changeTopic(ctx, ChangeWord.parse({ code: 'keamanan', name_id: 'Keamanan informasi', switched_on: false }))
    expect((await listTopics(ctx)).map((topic) => topic.code)).not.toContain('keamanan')
    expect((await listTopics(ctx, { all: true })).find((topic) => topic.code === 'keamanan')).toMatchObject({
      name_id: 'Keamanan informasi',
      name_en: 'Security',
      switched_off_at: expect.any(Date) as Date,
    })
    expect(await loadVocabulary(await as(system))).toBe(0)
    await changeTopic(await as(administrator), { code: 'keamanan', switched_on: true })
    expect((await listTopics(ctx)).find((topic) => topic.code === 'keamanan')?.name_id).toBe('Keamanan informasi')
    expect(await facts()).toEqual(['topic.changed', 'topic.changed'])
  }),
)

test(
  'what a topic asks for stays taken away, also when the first words are loaded again with a topic that was missing',
  database.story(async ({ as }) => {
    const administrator = await aStaff(await as(system), { role: 'administrator' })
    const setting = await as(system)
    await loadVocabulary(setting)
    await sql`set local role pandu_owner`.execute(setting.tx)
    await sql`delete from topics where code = 'keamanan'`.execute(setting.tx)
    await setTopicNeed(await as(administrator), { code: 'perkantoran', competence_code: null, level: 1 })
    expect(await loadVocabulary(await as(system))).toBe(1)
    const needs = await listTopicNeeds(await as(administrator))
    expect(needs.find(({ code }) => code === 'perkantoran')?.competence_code).toBeNull()
    expect(needs.find(({ code }) => code === 'keamanan')?.competence_code).toBe('security')
  }),
)

test(
  'a new topic; a taken code, an unknown one and the normal urgency are refused',
  database.story(async ({ as, facts }) => {
    const administrator = await aStaff(await as(system), { role: 'administrator' })
    await loadVocabulary(await as(system))
    const ctx = await as(administrator)
    const word = AddWord.parse({ code: 'arsip', name_id: 'Kearsipan', name_en: 'Archives', position: 5 })
    await addTopic(ctx, word)
    expect((await listTopics(ctx))[0]).toMatchObject({ code: 'arsip', switched_off_at: null })
    await expect(addTopic(ctx, word)).rejects.toMatchObject({ kind: 'conflict' })
    await expect(changeTopic(ctx, { code: 'tidak-ada', name_id: 'x' })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(changeUrgency(ctx, { code: 'normal', switched_on: false })).rejects.toMatchObject({ kind: 'conflict' })
    expect(ChangeWord.safeParse({ code: 'arsip', colour: 'red' }).success).toBe(false)
    expect(await facts()).toEqual(['topic.changed'])
  }),
)

test(
  "the first pages speak of everybody's rights and of no organisation",
  database.story(async ({ as }) => {
    const ctx = await as(system)
    expect([await loadPages(ctx), await loadPages(ctx)]).toEqual([10, 0])
    const web = await as(everybody)
    const privacy = await findPage(web, 'privasi', 'id')
    expect(privacy).toMatchObject({ language: 'id', version: 1, title: 'Privasi' })
    for (const words of [
      'Nomor 27 Tahun 2022',
      'Lembaga yang menerima permintaan Anda',
      'tidak pernah meminta Nomor Induk Kependudukan',
      '3 x 24 jam',
    ])
      expect(privacy.body).toContain(words)
    expect((await findPage(web, 'privasi', 'en')).body).toContain('Law Number 27 of 2022')
    expect(await listPages(web)).toMatchObject([
      { slug: 'tentang', title_en: 'About this service' },
      { slug: 'privasi', title_id: 'Privasi' },
      { slug: 'aksesibilitas' },
      { slug: 'anggaran-dasar' },
      { slug: 'syarat-mitra', title_id: 'Syarat mitra' },
    ])
    expect(new Set(firstPages.map((page) => `${page.slug} ${page.language}`)).size).toBe(10)
  }),
)

test(
  'a saved page is a new version; the old one stays, because a consent names it',
  database.story(async ({ as, facts }) => {
    const secretary = await aStaff(await as(system), {
      role: 'coordinator',
      desk: await aDesk(await as(system), { kind: 'secretariat' }),
    })
    await loadPages(await as(system))
    const ctx = await as(secretary)
    expect(await privacyVersion(ctx)).toBe(1)
    expect(
      await savePage(ctx, SavePage.parse({ slug: 'privasi', language: 'id', title: 'Privasi Anda', body: 'Baru.' })),
    ).toBe(2)
    expect(await savePage(ctx, { slug: 'privasi', language: 'en', title: 'Your privacy', body: 'New.' })).toBe(3)
    expect(await privacyVersion(await as(everybody))).toBe(3)
    expect(await findPage(ctx, 'privasi', 'id')).toMatchObject({ version: 2, title: 'Privasi Anda', body: 'Baru.' })
    const kept = await ctx.db
      .selectFrom('pages')
      .select(['version', 'saved_by'])
      .where('slug', '=', 'privasi')
      .orderBy('version')
      .orderBy('language')
      .execute()
    expect(kept.map((row) => row.version)).toEqual([1, 1, 2, 3])
    expect(kept.at(-1)?.saved_by).toBe(secretary.person_id)
    expect((await listPages(ctx)).map((page) => [page.slug, page.version])).toEqual([
      ['tentang', 1],
      ['privasi', 3],
      ['aksesibilitas', 1],
      ['anggaran-dasar', 1],
      ['syarat-mitra', 1],
    ])
    expect(await loadPages(await as(system))).toBe(0)
    expect(await facts()).toEqual(['page.saved', 'page.saved'])
  }),
)

test(
  'a page of one language answers for both; withdrawn it is not found, and the lasting ones stay',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await loadPages(ctx)
    await savePage(ctx, { slug: 'jam-libur', language: 'id', title: 'Jam libur', body: 'Contoh.' })
    expect(await findPage(ctx, 'jam-libur', 'en')).toMatchObject({ language: 'id', title: 'Jam libur' })
    await withdrawPage(ctx, { slug: 'jam-libur' })
    await expect(findPage(ctx, 'jam-libur', 'id')).rejects.toMatchObject({ kind: 'not_found' })
    await expect(withdrawPage(ctx, { slug: 'privasi' })).rejects.toMatchObject({ kind: 'conflict' })
  }),
)

test(
  'the operator is empty at first; what is given changes, the rest stays',
  database.story(async ({ as, facts }) => {
    const administrator = await aStaff(await as(system), { role: 'administrator' })
    const ctx = await as(administrator)
    expect(await operator(ctx)).toMatchObject({ name: '', logo_sha256: null })
    await changeOperator(ctx, ChangeOperator.parse({ name: 'Lembaga Contoh', email: 'halo@contoh.example' }))
    await changeOperator(ctx, { phone: '021 000 000' })
    expect(await operator(await as(everybody))).toMatchObject({
      name: 'Lembaga Contoh',
      email: 'halo@contoh.example',
      phone: '021 000 000',
    })
    await expect(changeOperator(await as(administrator), { logo_sha256: 'a'.repeat(64) })).rejects.toMatchObject({
      kind: 'not_found',
    })
    expect(ChangeOperator.safeParse({ email: 'bukan alamat' }).success).toBe(false)
    expect(await facts()).toEqual(['operator.changed', 'operator.changed'])
  }),
)

test(
  'agents and the coordinators of other desks change none of it',
  database.story(async ({ as, facts }) => {
    const agent = await aStaff(await as(system), { role: 'coordinator' })
    await loadPages(await as(system))
    for (const attempt of [
      async () => changeOperator(await as(agent), { name: 'Lain' }),
      async () => savePage(await as(agent), { slug: 'privasi', language: 'id', title: 'Lain', body: 'Lain' }),
      async () => withdrawPage(await as(agent), { slug: 'privasi' }),
      async () => changeTopic(await as(agent), { code: 'keamanan', switched_on: false }),
      async () => addTopic(await as(agent), { code: 'lain', name_id: 'Lain', name_en: 'Other', position: 1 }),
    ])
      await expect(attempt()).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await facts()).toEqual([])
  }),
)
