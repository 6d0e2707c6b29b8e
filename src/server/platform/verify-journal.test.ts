import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { system, write } from './context.ts'
import { recordAll } from './journal.ts'
import { findHead, headsIn } from './journal-head.ts'
import { relayOnce } from './relay.ts'
import { useDatabase } from './testing.ts'
import { verifyBlobs } from './verify-blobs.ts'
import { verifyJournal } from './verify-journal.ts'

const database = useDatabase()
const app = () => database.app()
let superuser: pg.Client

beforeEach(async () => {
  superuser = new pg.Client({
    host: inject('postgres_socket'),
    port: inject('postgres_port'),
    user: 'postgres',
    database: String(app().worker_pool.options.database),
  })
  await superuser.connect()
  // Whoever may do this may also switch off what guards the tables.
  await superuser.query('set session_replication_role = replica')
  await superuser.query('truncate facts, journal_details, journal_pending, journal_seals restart identity')
  writeFileSync(join(app().settings.PANDU_DATA, 'heads.log'), '')
  for (let seal = 0; seal < 4; seal++) {
    await write(app(), system, (ctx) =>
      recordAll(
        ctx,
        Array.from({ length: 3 }, (_, n) => ({
          kind: 'page.saved' as const,
          about: { n },
          details: { title: `judul ${n}` },
        })),
      ),
    )
    await relayOnce(app())
  }
})
afterEach(() => superuser.end())

describe('the journal, changed by a superuser behind our back', () => {
  test('is sound while nobody touched it', async () => {
    expect(await verifyJournal(app())).toEqual({
      seen: { seals: 4, facts: 12, words: 12, erased_words: 0 },
      faults: [],
    })
  })
  test.each([
    [
      'an edited fact',
      "update facts set kind = 'desk.added' where id = (select min(id::text)::uuid from facts)",
      /changed or moved/,
    ],
    [
      'an edited time',
      "update facts set at = at + interval '1 microsecond' where id = (select min(id::text)::uuid from facts)",
      /changed or moved/,
    ],
    [
      'a removed fact',
      'delete from facts where id = (select max(id::text)::uuid from facts)',
      /names 3 facts, 2 are there/,
    ],
    [
      'two swapped facts',
      'update journal_seals set fact_ids = array[fact_ids[2], fact_ids[1], fact_ids[3]] where number = 2',
      /changed or moved/,
    ],
    ['a removed seal', 'delete from journal_seals where number = 2', /does not follow/],
    [
      'a cut end',
      'delete from facts where id in (select unnest(fact_ids) from journal_seals where number = 4); delete from journal_seals where number = 4',
      /its end was cut off/,
    ],
    [
      'a fact slipped in',
      "insert into facts (id, at, kind, actor_kind) values (gen_random_uuid(), now(), 'page.saved', 'system')",
      /neither sealed/,
    ],
    [
      'other words',
      'update journal_details set details = \'{"title": "lain"}\' where fact_id = (select min(fact_id::text)::uuid from journal_details)',
      /not the ones it was recorded with/,
    ],
  ])('%s is found', async (_name, statement, line) => {
    await superuser.query(statement)
    const { faults } = await verifyJournal(app())
    expect(faults.join('\n')).toMatch(line)
  })
  test('words that were erased leave it sound, and are counted', async () => {
    await superuser.query('delete from journal_details')
    expect(await verifyJournal(app())).toEqual({
      seen: { seals: 4, facts: 12, words: 0, erased_words: 12 },
      faults: [],
    })
  })

  test('a cut end, and one that was made anew behind the cut, are found by a head that was kept outside', async () => {
    const head = (await findHead(app().worker))!
    const noted = headsIn(`Jurnal: ${head.number} ${head.root}, dicatat pada hari Senin`)
    expect(noted).toEqual([{ number: 4, root: head.root }])
    expect((await verifyJournal(app(), undefined, { heads: noted })).faults).toEqual([])

    // Whoever owns the machine cuts both the journal and the file beside it.
    await superuser.query(
      'delete from facts where id in (select unnest(fact_ids) from journal_seals where number = 4); delete from journal_seals where number = 4; delete from journal_details d where not exists (select from facts f where f.id = d.fact_id)',
    )
    const path = join(app().settings.PANDU_DATA, 'heads.log')
    writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(0, 3).join('\n') + '\n')
    expect((await verifyJournal(app())).faults).toEqual([])
    expect((await verifyJournal(app(), undefined, { heads: noted })).faults).toEqual([
      'seal 4 was noted outside but is not in the journal: its end was cut off',
    ])

    await superuser.query('alter table journal_seals alter column number restart with 4')
    await write(app(), system, (ctx) => recordAll(ctx, [{ kind: 'page.saved' }]))
    await relayOnce(app())
    expect((await verifyJournal(app())).faults).toEqual([])
    expect((await verifyJournal(app(), undefined, { heads: noted })).faults).toEqual([
      'seal 4 is not the one that was noted outside: the journal was made anew',
    ])
  })

  test('what came since a head is read alone, and only behind that very head', async () => {
    const { rows } = await superuser.query<{ number: string; root: string }>(
      `select number, encode(root, 'hex') as root from journal_seals where number = 3`,
    )
    const since = { number: 3, root: rows[0]!.root }
    expect(await verifyJournal(app(), undefined, { since })).toEqual({
      seen: { seals: 1, facts: 3, words: 3 },
      faults: [],
    })
    await superuser.query(
      "update facts set kind = 'desk.added' where id = (select fact_ids[1] from journal_seals where number = 4)",
    )
    const { faults } = await verifyJournal(app(), undefined, { since })
    expect(faults).toEqual([expect.stringMatching(/^seal 4 of .*: a fact was changed or moved/)])
    const foreign = { number: 3, root: 'f'.repeat(64) }
    expect((await verifyJournal(app(), undefined, { since: foreign })).faults.join()).toMatch(/made anew/)
  })
})

test('a missing and a damaged blob are found', async () => {
  const kept = await Promise.all(['satu', 'dua', 'tiga'].map((text) => app().files.keep(Buffer.from(text))))
  for (const { sha256, size } of kept)
    await app().worker.insertInto('blobs').values({ sha256, size, type: 'text/plain' }).execute()
  expect(await verifyBlobs(app())).toEqual({ seen: { blobs: 3, unnamed_blobs: 0 }, faults: [] })
  const pathOf = (n: number) => join(app().settings.PANDU_DATA, 'blobs', kept[n]!.sha256.slice(0, 2), kept[n]!.sha256)
  appendFileSync(pathOf(0), '!')
  await app().files.remove(kept[1]!.sha256)
  expect(readFileSync(pathOf(2), 'utf8')).toBe('tiga')
  expect((await verifyBlobs(app())).faults.sort()).toEqual(
    [`the blob ${kept[0]!.sha256} is damaged`, `the blob ${kept[1]!.sha256} is missing`].sort(),
  )
})
