import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { findOrMakePeople } from './find-or-make-people.ts'
import { aPerson } from './testing.ts'

const database = useDatabase()

test(
  'the same address and the same name, however they are written, are the same person',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    const sitti = await aPerson(ctx, { name: 'Ir. Sitti Contoh', email: 'sitti@contoh.example' })
    const [found] = await findOrMakePeople(ctx, [
      { name: ' ir sitti  CONTOH', channel: 'email', address: 'Sitti@Contoh.Example' },
    ])
    expect(found).toMatchObject({ id: sitti.id, name: 'Ir. Sitti Contoh', is_new: false })
    expect(await facts()).not.toContain('person.added')
  }),
)

test(
  'another name on the same address is another person on the same, unconfirmed contact point',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    const sitti = await aPerson(ctx, { name: 'Sitti Contoh', email: 'kantor@contoh.example', verified: true })
    const [other] = await findOrMakePeople(ctx, [
      { name: 'Rahmat Contoh', channel: 'email', address: 'kantor@contoh.example' },
    ])
    expect(other).toMatchObject({ name: 'Rahmat Contoh', is_new: true })
    expect(other!.id).not.toBe(sitti.id)
    const points = await ctx.tx
      .selectFrom('contact_points')
      .selectAll()
      .where('normalised', '=', 'kantor@contoh.example')
      .execute()
    expect(points.map((point) => [point.person_id, point.verified_at !== null]).sort()).toEqual(
      [
        [sitti.id, true],
        [other!.id, false],
      ].sort(),
    )
    expect(await facts()).toContain('person.added')
  }),
)

test(
  'a message without a name belongs to the only person of its address, and to nobody known when there are two',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const budi = await aPerson(ctx, { name: 'Budi Contoh', email: null, phone: '+6285712345678' })
    const [alone] = await findOrMakePeople(ctx, [{ name: '', channel: 'phone', address: '0857 1234 5678' }])
    expect(alone!.id).toBe(budi.id)
    const ani = await aPerson(ctx, { name: 'Ani Contoh', email: null, phone: '+6285712345678' })
    const [unknown] = await findOrMakePeople(ctx, [{ name: '', channel: 'phone', address: '0857 1234 5678' }])
    expect([budi.id, ani.id]).not.toContain(unknown!.id)
    expect(unknown).toMatchObject({ name: '+6285712345678', is_new: true })
  }),
)

test(
  'many at once: answers in order, and who comes twice in one batch is one person',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const people = await findOrMakePeople(ctx, [
      { name: 'Satu Contoh', channel: 'email', address: 'satu@contoh.example', language: 'en' },
      { name: 'Tanpa Alamat Contoh' },
      { name: 'SATU CONTOH', channel: 'email', address: 'SATU@contoh.example' },
      { name: 'Tanpa Alamat Contoh' },
    ])
    expect(people.map((person) => person.name)).toEqual([
      'Satu Contoh',
      'Tanpa Alamat Contoh',
      'Satu Contoh',
      'Tanpa Alamat Contoh',
    ])
    expect(people[0]!.language).toBe('en')
    expect(people[2]!.id).toBe(people[0]!.id)
    expect(people[3]!.id).not.toBe(people[1]!.id)
  }),
)

test(
  'five hundred at once take a handful of statements',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const inputs = Array.from({ length: 500 }, (_, i) => ({
      name: `Contoh ${i}`,
      channel: 'email' as const,
      address: `n${i}@contoh.example`,
    }))
    const first = await findOrMakePeople(ctx, inputs)
    const again = await findOrMakePeople(ctx, inputs)
    expect(again.map((person) => person.id)).toEqual(first.map((person) => person.id))
    expect(new Set(first.map((person) => person.id)).size).toBe(500)
  }),
)

test(
  'who shows no name is called by the number, and the number of a chat says what it is',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const people = await findOrMakePeople(ctx, [
      { name: '', channel: 'telegram', address: '512345678' },
      { name: '', channel: 'phone', address: '+6285712349999' },
      { name: 'Wati', channel: 'telegram', address: '512345679' },
    ])
    expect(people.map(({ name }) => name)).toEqual(['Telegram 512345678', '+6285712349999', 'Wati'])
    const [again] = await findOrMakePeople(ctx, [{ name: '', channel: 'telegram', address: '512345678' }])
    expect(again!.id).toBe(people[0]!.id)
  }),
)

test(
  'what is no address is refused and names its place',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await expect(
      findOrMakePeople(ctx, [{ name: 'Budi Contoh', channel: 'phone', address: 'tidak ada' }]),
    ).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'people.0.address', key: 'fault.phone' }],
    })
  }),
)

test('two mails of a new sender at the same moment make one person', async () => {
  const app = database.app()
  const both = Promise.withResolvers<void>()
  let arrived = 0
  const once = () =>
    write(app, system, async (ctx) => {
      // Both transactions are open before either looks.
      if (++arrived === 2) both.resolve()
      await both.promise
      const [person] = await findOrMakePeople(ctx, [
        { name: 'Baru Contoh', channel: 'email', address: 'baru@contoh.example' },
        { name: 'Lain Contoh', channel: 'email', address: 'lain@contoh.example' },
      ])
      return person!.id
    })
  const [one, two] = await Promise.all([once(), once()])
  expect(one).toBe(two)
  const { rows } = await sql<{
    n: number
  }>`select count(*)::int as n from people where folded_name in ('baru contoh', 'lain contoh')`.execute(app.worker)
  expect(rows[0]!.n).toBe(2)
})

test('two batches with the same senders in opposite order do not wait for each other in a circle', async () => {
  const app = database.app()
  const inputs = Array.from({ length: 50 }, (_, i) => ({
    name: `Silang ${i}`,
    channel: 'email' as const,
    address: `silang${i}@contoh.example`,
  }))
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      write(app, system, (ctx) => findOrMakePeople(ctx, i % 2 ? inputs : [...inputs].reverse())),
    ),
  )
  expect(new Set(answers.flat().map((person) => person.id)).size).toBe(50)
})
