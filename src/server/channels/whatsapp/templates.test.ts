import { expect, test } from 'vitest'
import { system } from '../../platform/context.ts'
import { useDatabase } from '../../platform/testing.ts'
import { aDesk, aStaff } from '../../desks/testing.ts'
import {
  listTemplates,
  readTemplate,
  removeTemplate,
  SaveTemplate,
  saveTemplate,
  templateOf,
  type TextToTell,
  type WhatsappTemplate,
} from './templates.ts'

const database = useDatabase()
const saved: SaveTemplate = {
  notice: 'answer',
  language: 'id',
  name: 'jawaban_menunggu',
  code: 'id',
  body: 'Ada jawaban untuk tiket {{1}} dari {{2}}: {{3}}',
}

test(
  'an administrator enters, changes and takes away what Meta approved; nobody else does',
  database.story(async ({ as, facts }) => {
    const scene = await as(system)
    const agent = await aStaff(scene, { desk: await aDesk(scene) })
    const administrator = await aStaff(scene, { role: 'administrator' })
    let ctx = await as(agent)
    await expect(saveTemplate(ctx, saved)).rejects.toMatchObject({ kind: expect.stringMatching(/forbidden|not_found/) })
    ctx = await as(administrator)
    await saveTemplate(ctx, saved)
    await saveTemplate(ctx, { ...saved, name: 'jawaban_2' })
    expect(await listTemplates(ctx)).toMatchObject([{ notice: 'answer', name: 'jawaban_2' }])
    await removeTemplate(ctx, { notice: 'answer', language: 'id' })
    await expect(removeTemplate(ctx, { notice: 'answer', language: 'id' })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await facts()).toEqual(expect.arrayContaining(Array.from({ length: 3 }, () => 'whatsapp_template.changed')))
  }),
)

test.each([
  ['Tiket {{1}}', true],
  ['Tanpa isian', true],
  ['{{1}} {{2}} {{ 3 }} {{1}}', true],
  ['{{2}}', false],
  ['{{1}} {{4}}', false],
  ['{{nama}}', false],
  ['{{}}', false],
])('the words «%s» can be filled in: %s', (body, good) => {
  expect(SaveTemplate.safeParse({ ...saved, body }).success).toBe(good)
})

test('an offer has a fourth placeholder, for declining; nothing else has', () => {
  const body = 'Kode {{1}} dari {{2}}. Terima: {{3}} Tolak: {{4}}'
  expect(SaveTemplate.safeParse({ ...saved, notice: 'offer', body }).success).toBe(true)
  expect(SaveTemplate.safeParse({ ...saved, body }).error?.issues).toMatchObject([{ path: ['body'] }])
  const offer = template({ notice: 'offer', body })
  const [accept, decline] = ['terima', 'tolak'].map((one) => `https://bantuan.contoh.go.id/offers/${one}`)
  expect(
    templateOf([offer], text({ kind: 'offer', text: `7K3\nTerima: ${accept}\nTolak: ${decline}` }), house)?.values,
  ).toEqual(['7K3', 'Meja Bantuan Contoh', accept, decline])
})

const template = (given: Partial<WhatsappTemplate>): WhatsappTemplate => ({ ...saved, saved_at: new Date(), ...given })
const text = (given: Partial<TextToTell> = {}): TextToTell => ({
  kind: 'reply',
  language: 'id',
  text: 'Coba ini. Lihat https://bantuan.contoh.go.id/t/abc. Atau https://lain.contoh.test',
  options: {},
  about_number: '100014',
  ...given,
})
const house = { operator: 'Meja Bantuan Contoh', origin: 'https://bantuan.contoh.go.id' }

test('each text has the template of its kind and language, with number, house and link', () => {
  const all = [
    template({}),
    template({ language: 'en', name: 'answer_waiting', code: 'en_US', body: 'Ticket {{1}}' }),
    template({ notice: 'solved', name: 'sudah_beres' }),
    template({ notice: 'notice', name: 'kabar' }),
  ]
  const chosen = templateOf(all, text(), house)
  expect(chosen).toEqual({
    name: 'jawaban_menunggu',
    language: 'id',
    values: ['#100014', 'Meja Bantuan Contoh', 'https://bantuan.contoh.go.id/t/abc'],
  })
  expect(readTemplate(saved.body, chosen!.values)).toBe(
    'Ada jawaban untuk tiket #100014 dari Meja Bantuan Contoh: https://bantuan.contoh.go.id/t/abc',
  )
  expect(templateOf(all, text({ language: 'en' }), house)).toMatchObject({ language: 'en_US', values: ['#100014'] })
  const buttons = [{ says: 'Sudah', means: 'solved' }]
  expect(templateOf(all, text({ kind: 'notice', options: { buttons } }), house)).toMatchObject({ name: 'sudah_beres' })
  expect(templateOf(all, text({ kind: 'notice', text: 'Tanpa tautan' }), house)).toMatchObject({
    name: 'kabar',
    values: ['#100014', 'Meja Bantuan Contoh', 'https://bantuan.contoh.go.id'],
  })
})

test('an address that only begins like ours is not told as ours', () => {
  const quoted = text({
    text: 'Tentang https://bantuan.contoh.go.id.penipu.test/masuk dan https://bantuan.contoh.go.id@penipu.test/',
  })
  expect(templateOf([template({})], quoted, house)?.values[2]).toBe('https://bantuan.contoh.go.id')
})

test('where its own is missing another says that something waits; for an offer nothing else does', () => {
  const all = [template({ notice: 'notice', language: 'en', name: 'news' })]
  expect(templateOf(all, text(), house)).toMatchObject({ name: 'news' })
  expect(templateOf(all, text({ kind: 'offer' }), house)).toBeNull()
  expect(templateOf([], text(), house)).toBeNull()
  const offer = template({ notice: 'offer', name: 'permintaan', body: 'Kode {{1}}' })
  expect(
    templateOf([offer], text({ kind: 'offer', text: 'Bersedia? TERIMA 7K3 atau TOLAK 7K3 alasan' }), house),
  ).toMatchObject({
    values: ['7K3'],
  })
})
