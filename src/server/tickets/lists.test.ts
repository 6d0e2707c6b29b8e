/** Lists, counts and search: what is seen, in which order, page by page. */
import { sql } from 'kysely'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { assign } from './assign.ts'
import { claim } from './claim.ts'
import { indexTickets } from './index-tickets.ts'
import { listHistory } from './list-history.ts'
import { countViews, listQueue, listTickets } from './list-tickets.ts'
import { note } from './note.ts'
import { reply } from './reply.ts'
import { aTicket, theRequester } from './testing.ts'

const database = useDatabase()
const HOUR_MS = 3_600_000
const hoursAgo = (hours: number) => new Date(Date.UTC(2026, 0, 5) - hours * HOUR_MS)
const numbers = (page: { items: { number: string }[] }) => page.items.map((row) => row.number)

test(
  'the queue shows what waits longest first, page by page, each ticket once',
  database.story(async ({ as }) => {
    const desk = await aDesk(await as(system))
    const agent = await aStaff(await as(system), { desk })
    const made = []
    for (const hours of [1, 5, 3, 3, 3, 2, 4])
      made.push({ hours, ...(await aTicket(await as(system, hoursAgo(hours)), { desk })) })
    // answered, but still ours: nobody waits, so it comes last
    const interim = await aTicket(await as(system, hoursAgo(9)), { desk })
    await reply(await as(agent, hoursAgo(8)), { ticket_id: interim.id, text: 'Kami periksa.', waiting: false })
    await aTicket(await as(system))

    const expected = [...made.sort((a, b) => b.hours - a.hours || (a.id < b.id ? -1 : 1)), interim].map(
      (ticket) => ticket.number,
    )
    const ctx = await as(agent)
    expect(numbers(await listTickets(ctx, { view: 'desk' }))).toEqual(expected)
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listTickets>> = await listTickets(ctx, {
        view: 'desk',
        limit: 2,
        ...(cursor ? { cursor } : {}),
      })
      paged.push(...numbers(page))
      cursor = page.next
    } while (cursor)
    expect(paged).toEqual(expected)
    const newest = await listTickets(ctx, { view: 'all', limit: 200 })
    expect(newest.items.map((row) => row.created_at.getTime())).toEqual(
      newest.items.map((row) => row.created_at.getTime()).sort((a, b) => b - a),
    )
    expect(newest).toMatchObject({ next: null, items: { length: 8 } })
  }),
)

test.each(['', 'x', 'W10', Buffer.from('["infinity","1; drop table tickets"]').toString('base64url')])(
  'a cursor that is not ours is refused: %j',
  (cursor) =>
    database.story(async ({ as }) => {
      const ctx = await as(await aStaff(await as(system)))
      if (cursor === '') expect((await listTickets(ctx, { cursor })).items).toEqual([])
      else await expect(listTickets(ctx, { cursor })).rejects.toMatchObject({ kind: 'invalid' })
    })(),
)

test(
  'views and filters hold what their names say, and the counts agree',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const desk = await aDesk(setting)
    const agent = await aStaff(setting, { desk })
    const office = await anOrganisation(setting, { name: 'Dinas Kesehatan Contoh' })
    const [mine, free, waiting] = [
      await aTicket(setting, { desk, organisation_id: office.id }),
      await aTicket(setting, { desk }),
      await aTicket(setting, { desk, urgency: 'high' }),
    ]
    await aTicket(setting)
    const ctx = await as(agent)
    await claim(ctx, { ticket_id: mine.id })
    await reply(ctx, { ticket_id: waiting.id, text: 'Merek apa?' })

    expect(numbers(await listTickets(ctx, { view: 'mine' }))).toEqual([mine.number])
    expect(numbers(await listTickets(ctx, { view: 'unassigned' }))).toEqual([free.number])
    expect(numbers(await listTickets(ctx, { view: 'desk' }))).toEqual([mine.number, free.number])
    expect(numbers(await listTickets(ctx, { view: 'waiting' }))).toEqual([waiting.number])
    expect(numbers(await listTickets(ctx, { holder: agent.person_id }))).toEqual([mine.number])
    expect(numbers(await listTickets(ctx, { holder: 'nobody', state: 'new' }))).toEqual([free.number])
    const { requester } = (await listTickets(ctx, { view: 'mine' })).items[0]!
    expect(numbers(await listTickets(ctx, { requester: requester.id }))).toEqual([mine.number])
    expect((await listTickets(ctx, { view: 'mine' })).items[0]).toMatchObject({
      organisation: { name: 'Dinas Kesehatan Contoh' },
      requester: { id: mine.requester.id, name: mine.requester.name },
      holder: { desk: { id: desk.id, name: desk.name }, agent: { id: agent.person_id, name: agent.name } },
      region: null,
      topic: null,
      due_at: null,
    })
    const counts = Object.fromEntries((await countViews(ctx)).map(({ view, count }) => [view, count]))
    expect(counts).toEqual({
      mine: 1,
      unassigned: 1,
      desk: 2,
      waiting: 1,
      resolved: 0,
      closed: 0,
      possible: 0,
      spam: 0,
      all: 3,
    })
    const everything = await as(await aStaff(await as(system), { role: 'administrator' }))
    expect((await listTickets(everything)).items).toHaveLength(4)
  }),
)

test(
  'above a thousand a view only says that there are more',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const ticket = await aTicket(setting)
    const agent = await aStaff(setting, { desk: ticket.desk })
    await sql`with made as (insert into tickets (id, subject, channel, requester_id, holder_desk_id, waiting_since)
        select gen_random_uuid(), 'Tiket ' || n, 'web', ${ticket.requester.id}::uuid, ${ticket.desk.id}::uuid, now()
        from generate_series(1, 1000) n returning id)
      insert into ticket_desks (ticket_id, desk_id) select id, ${ticket.desk.id}::uuid from made`.execute(setting.tx)
    const counts = await countViews(await as(agent))
    expect(counts.find(({ view }) => view === 'desk')).toEqual({ view: 'desk', count: 1000, more: true })
    expect(counts.find(({ view }) => view === 'all')).toEqual({ view: 'all', count: 1000, more: true })
    expect(counts.find(({ view }) => view === 'mine')).toEqual({ view: 'mine', count: 0, more: false })
  }),
)

test(
  'what a desk gave away stands in its list of all, once, and so it does when it came back',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const ticket = await aTicket(setting)
    const [desk, other] = [ticket.desk, await aDesk(setting)]
    const agent = await aStaff(setting, { desk })
    const colleague = await aStaff(setting, { desk: other })
    const listed = async (staff: typeof agent) => {
      const ctx = await as(staff)
      const counts = await countViews(ctx)
      const { items } = await listTickets(ctx, { view: 'all' })
      return [items.map(({ number }) => number), counts.find(({ view }) => view === 'all')?.count]
    }
    await assign(await as(agent), { ticket_id: ticket.id, desk_id: other.id })
    expect(await listed(agent)).toEqual([[ticket.number], 1])
    expect(await listed(colleague)).toEqual([[ticket.number], 1])
    await assign(await as(colleague), { ticket_id: ticket.id, desk_id: desk.id })
    expect(await listed(agent)).toEqual([[ticket.number], 1])
    expect(await listed(colleague)).toEqual([[ticket.number], 1])
  }),
)

test(
  'what somebody holds is counted as it is listed: not when the wall no longer shows it, also when only a grant does',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const [desk, other] = [await aDesk(setting), await aDesk(setting)]
    const agent = await aStaff(setting, { desk })
    const [mine, given, lost] = [
      await aTicket(setting, { desk }),
      await aTicket(setting, { desk: other }),
      await aTicket(setting, { desk: other }),
    ]
    await sql`update tickets set holder_person_id = ${agent.person_id}::uuid
      where id = any (${[mine.id, given.id, lost.id]}::uuid[])`.execute(setting.tx)
    await sql`insert into grants (id, person_id, ticket_id, reason)
      values (gen_random_uuid(), ${agent.person_id}::uuid, ${given.id}::uuid, 'contoh')`.execute(setting.tx)
    const seenBy = async (staff: typeof agent) => {
      const ctx = await as(staff)
      const listed = numbers(await listTickets(ctx, { view: 'mine' })).sort()
      return { listed, counted: (await countViews(ctx)).find(({ view }) => view === 'mine')?.count }
    }
    expect(await seenBy(agent)).toEqual({ listed: [mine.number, given.number].sort(), counted: 2 })
    expect(await seenBy({ ...agent, sees_all: true })).toMatchObject({ counted: 3 })
    expect(await seenBy(await aStaff(await as(system), { desk: other }))).toEqual({ listed: [], counted: 0 })
  }),
)

test(
  'whoever has nothing but grants gets the list and its counts together as each by itself, page by page, also when all was taken back',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const person = { ...(await aStaff(setting)), desks: [] }
    const given: string[] = []
    for (let n = 0; n < 3; n++) {
      const ticket = await aTicket(setting)
      given.unshift(ticket.number)
      await sql`insert into grants (id, person_id, ticket_id, reason)
        values (gen_random_uuid(), ${person.person_id}::uuid, ${ticket.id}::uuid, 'contoh')`.execute(setting.tx)
      if (n === 0) await sql`update tickets set state = 'closed', waiting_since = null where id = ${ticket.id}::uuid`.execute(setting.tx) // prettier-ignore
    }
    await aTicket(setting)
    const together = async (question: Parameters<typeof listQueue>[1]) => {
      const ctx = await as(person)
      const { views, ...page } = await listQueue(ctx, question)
      expect(page).toEqual(await listTickets(ctx, question))
      expect(views).toEqual(await countViews(ctx))
      return { page, views }
    }
    const { page, views } = await together({ limit: 2 })
    expect(page.items).toHaveLength(2)
    const rest = (await together({ limit: 2, cursor: page.next! })).page
    expect([...numbers(page), ...numbers(rest)].sort()).toEqual(given.sort())
    expect(views.filter(({ count }) => count)).toEqual([
      { view: 'closed', count: 1, more: false },
      { view: 'all', count: 3, more: false },
    ])
    await together({ view: 'closed' })
    await together({ view: 'desk' })

    // Of very many the numbers stand beside their list alone, which goes through all of them anyway.
    await sql`with made as (insert into tickets (id, subject, channel, requester_id, holder_desk_id, waiting_since)
        select gen_random_uuid(), 'Tiket ' || n, 'web', requester_id, holder_desk_id, now()
        from generate_series(1, 998) n, (select * from tickets order by id limit 1) t returning id)
      insert into grants (id, person_id, ticket_id, reason)
      select gen_random_uuid(), ${person.person_id}::uuid, id, 'contoh' from made`.execute((await as(system)).tx)
    const many = await as(person)
    expect((await countViews(many)).map(({ count, more }) => ({ count, more }))).toEqual(
      views.map(() => ({ count: null, more: false })),
    )
    expect((await listQueue(many)).views.find(({ view }) => view === 'all')).toEqual({
      view: 'all',
      count: 1000,
      more: true,
    })

    await sql`update grants set revoked_at = now() where person_id = ${person.person_id}::uuid`.execute((await as(system)).tx) // prettier-ignore
    const nothing = await together({})
    expect(nothing.page).toEqual({ items: [], next: null })
    expect(nothing.views.map(({ count }) => count)).toEqual(nothing.views.map(() => 0))
  }),
)

test(
  'beside each list stands how many it holds, for whoever holds, held, was given or sees all',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const [desk, other] = [await aDesk(setting), await aDesk(setting)]
    const agent = await aStaff(setting, { desk })
    const given = async (ticket_id: string, person_id: string, more = sql`null::timestamptz, null::timestamptz`) =>
      sql`insert into grants (id, person_id, ticket_id, reason, granted_at, until, revoked_at)
        select gen_random_uuid(), ${person_id}::uuid, ${ticket_id}::uuid, 'contoh', now() - interval '2 days', until, revoked_at
        from (select ${more}) as ends (until, revoked_at)`.execute(setting.tx)
    const provider = { ...(await aStaff(setting)), desks: [] }
    const kinds = [
      sql`state = 'new'`,
      sql`state = 'open', holder_person_id = ${agent.person_id}::uuid`,
      sql`state = 'waiting', waiting_since = null`,
      sql`state = 'resolved', waiting_since = null`,
      sql`state = 'closed', waiting_since = null`,
      sql`spam_at = now()`,
      sql`possible_ticket_id = (select id from tickets order by id limit 1)`,
    ]
    // Each kind of ticket: held, held once, given (once, twice, no longer, taken back), and none of it.
    for (const kind of kinds)
      for (const way of ['held', 'left', 'given', 'twice', 'over', 'back', 'both', 'none'] as const) {
        const ticket = await aTicket(setting, { desk: ['held', 'left', 'both'].includes(way) ? desk : other })
        if (way === 'left') await sql`update tickets set holder_desk_id = ${other.id}::uuid, holder_since = now() where id = ${ticket.id}::uuid`.execute(setting.tx) // prettier-ignore
        for (const { person_id } of ['held', 'left', 'none'].includes(way) ? [] : [agent, provider]) {
          if (way === 'over') await given(ticket.id, person_id, sql`now() - interval '1 day', null::timestamptz`)
          else if (way === 'back') await given(ticket.id, person_id, sql`null::timestamptz, now()`)
          else await given(ticket.id, person_id, sql`now() + interval '1 day', null::timestamptz`)
          if (way === 'twice') await given(ticket.id, person_id)
        }
        await sql`update tickets set ${kind} where id = ${ticket.id}::uuid`.execute(setting.tx)
      }

    const agrees = async (actor: StaffActor) => {
      const ctx = await as(actor)
      const counted = (await listQueue(ctx)).views
      expect(counted).toEqual(await countViews(ctx))
      for (const { view, count } of counted) {
        const { items } = await listTickets(ctx, { view, limit: 200 })
        expect([view, new Set(numbers({ items })).size, items.length]).toEqual([view, count, count])
      }
      return Object.fromEntries(counted.map(({ view, count }) => [view, count]))
    }
    const seen = (each: number) => ({
      waiting: each,
      resolved: each,
      closed: each,
      spam: each,
      possible: each,
      all: 6 * each,
    })
    expect(await agrees(agent)).toEqual({ mine: 5, unassigned: 4, desk: 6, ...seen(5) })
    expect(await agrees(provider)).toEqual({ mine: 0, unassigned: 0, desk: 0, ...seen(3) })
    await agrees({ ...agent, desks: [...agent.desks, { ...agent.desks[0]!, id: other.id }] })
    await agrees({ ...provider, desks: agent.desks })
    await agrees(await aStaff(await as(system), { role: 'administrator' }))
    await agrees({ ...(await aStaff(await as(system))), desks: [] })
  }),
)

/** Search documents are written by a job, so these stories commit. */
async function anIndexedDesk() {
  const app = database.app()
  return write(app, system, async (ctx: Writing) => {
    const desk = await aDesk(ctx)
    return { app, desk, agent: await aStaff(ctx, { desk }), requester: await aPerson(ctx, { name: 'Melati Contoh' }) }
  })
}
const index = (app: ReturnType<typeof database.app>, ids: string[]) =>
  indexTickets(
    app,
    ids.map((ticket_id) => ({ fact_id: ticket_id, kind: 'ticket.opened', ticket_id, about: {} })),
  )

test('search finds subject, words, names and numbers, and nothing of another desk', async () => {
  const { app, desk, agent, requester } = await anIndexedDesk()
  const { mine, theirs } = await write(app, system, async (ctx) => ({
    mine: await aTicket(ctx, {
      desk,
      requester,
      subject: 'Kiblat LibreOffice',
      text: 'Berkas odt tidak terbuka di kantor',
    }),
    theirs: await aTicket(ctx, { requester, subject: 'Kiblat LibreOffice' }),
  }))
  await write(app, agent, (ctx) => note(ctx, { ticket_id: mine.id, text: 'rahasia bendahara' }))
  await index(app, [mine.id, theirs.id])
  const find = async (query: string) => write(app, agent, async (ctx) => numbers(await listTickets(ctx, { query })))

  for (const query of [
    'kiblat',
    'odt kantor',
    'melati',
    'KIBLAT -pencetak',
    mine.number,
    `#${mine.number}`,
    '"tidak terbuka"',
  ])
    expect(await find(query), query).toEqual([mine.number])
  for (const query of ['bendahara', 'tidakada', theirs.number, '...', 'kiblat -odt', "a'b\\c & | !"])
    expect(await find(query), query).toEqual([])
  const all = await write(app, system, (ctx) => aStaff(ctx, { role: 'administrator' }))
  const everything = await write(app, all, (ctx) => listTickets(ctx, { query: 'kiblat' }))
  expect(numbers(everything).sort()).toEqual([mine.number, theirs.number].sort())
})

test('a word of every second request is found page by page, newest first, before and after the statistics call it common', async () => {
  const { app, desk, agent, requester } = await anIndexedDesk()
  const ids = await write(app, system, async (ctx) => {
    const made: string[] = []
    for (let n = 0; n < 60; n++)
      made.push(
        (await aTicket(ctx, { requester, ...(n % 3 === 0 ? {} : { desk }), subject: n % 2 ? 'Cetakan' : 'Lain' })).id,
      )
    await sql`update tickets set created_at = now() - make_interval(mins => 100 - array_position(${made}::uuid[], id)) where id = any (${made}::uuid[])`.execute(ctx.tx) // prettier-ignore
    // So that few of the newest may be shown.
    await sql`update tickets set spam_at = now() where id = any (${made.slice(-30)}::uuid[])`.execute(ctx.tx)
    return made
  })
  await index(app, ids)
  const pages = async (whom: typeof agent) => {
    const found: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await read(app, whom, (ctx) =>
        listTickets(ctx, { query: 'cetakan', limit: 4, ...(cursor ? { cursor } : {}) }),
      )
      found.push(...page.items.map(({ id }) => id))
      cursor = page.next
    }
    return found
  }
  const administrator = await write(app, system, (ctx) => aStaff(ctx, { role: 'administrator' }))
  const expected = (whose: (n: number) => boolean) => ids.filter((_, n) => n < 30 && n % 2 === 1 && whose(n)).reverse()
  const finds = async () => {
    expect(await pages(agent)).toEqual(expected((n) => n % 3 !== 0))
    expect(await pages(administrator)).toEqual(expected(() => true))
  }
  await finds()
  await analyze(app, 'search_documents')
  await finds()
  // By hand, as deep as one likes: the newest first come, and nothing of another desk.
  const { rows } = await read(app, agent, (ctx) =>
    sql<{ ticket_id: string }>`select ticket_id from find_tickets('cetakan'::tsquery, 5)`.execute(ctx.db),
  )
  expect(rows.map((row) => row.ticket_id).sort()).toEqual(
    ids
      .filter((_, n) => n % 2 === 1 && n % 3 !== 0)
      .slice(-5)
      .sort(),
  )
})

test('what lies behind the newest three thousand of a desk is found also when one of these has no search document', async () => {
  const { app, desk, agent, requester } = await anIndexedDesk()
  // "printer" and "kantor" are common, and stand together in the oldest alone; the newest has no document: its job has not run yet.
  const { rows } = await sql<{ id: string }>`with made as materialized (
      select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, n from generate_series(1, 3101) n),
    tickets_made as (insert into tickets (id, subject, channel, requester_id, holder_desk_id, waiting_since)
      select id, 'Tiket ' || n, 'web', ${requester.id}::uuid, ${desk.id}::uuid, now() from made),
    at_desk as (insert into ticket_desks (ticket_id, desk_id) select id, ${desk.id}::uuid from made),
    documents as (insert into search_documents (ticket_id, at, tsv)
      select id, now() - make_interval(mins => 4000 - n), to_tsvector('simple',
        ${`zdesk${desk.id.replaceAll('-', '')} `} || case when n = 1 then 'printer kantor' when n % 2 = 0 then 'printer' else 'kantor' end)
      from made where n < 3101)
    select id from made where n = 1`.execute(app.worker)
  await analyze(app, 'search_documents')
  const { items } = await read(app, agent, (ctx) => listTickets(ctx, { query: 'printer kantor' }))
  expect(items.map(({ id }) => id)).toEqual([rows[0]!.id])
})

/** Statistics as PostgreSQL gathers them by itself. */
async function analyze(app: App, table: string) {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(app.web)
  const client = new pg.Client({ host: inject('postgres_socket'), port: inject('postgres_port'), user: 'postgres', database: rows[0]!.name }) // prettier-ignore
  await client.connect()
  await client.query(`analyze ${table}`)
  await client.end()
}

test('nobody widens what they find by typing or mailing the words of visibility', async () => {
  const { app, desk, agent } = await anIndexedDesk()
  const { theirs, forged } = await write(app, system, async (ctx) => {
    const theirs = await aTicket(ctx, { subject: 'Rahasia meja lain' })
    const word = `zdesk${desk.id.replaceAll('-', '')}`
    return { theirs, forged: await aTicket(ctx, { subject: `Jalan pintas ${word}`, text: `${word} zstaff` }) }
  })
  await index(app, [theirs.id, forged.id])
  const find = (query: string) => write(app, agent, async (ctx) => numbers(await listTickets(ctx, { query })))
  for (const query of [
    'rahasia',
    'rahasia or zstaff',
    'zstaff',
    'pintas',
    `rahasia or zdesk${theirs.desk.id.replaceAll('-', '')}`,
  ])
    expect(await find(query), query).toEqual([])
  // not even the function itself answers
  const { rows } = await write(app, agent, (ctx) =>
    sql`select ticket_id from find_tickets(websearch_to_tsquery('simple', 'pintas or rahasia'), 100)`.execute(ctx.tx),
  )
  expect(rows).toEqual([])
})

test(
  'the history tells a requester what they understand, and staff everything',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const ticket = await aTicket(setting)
    const agent = await aStaff(setting, { desk: ticket.desk })
    const ctx = await as(agent)
    await note(ctx, { ticket_id: ticket.id, text: 'catatan' })
    await reply(ctx, { ticket_id: ticket.id, text: 'Merek apa?' })
    expect((await listHistory(ctx, ticket.id)).map((row) => row.kind)).toEqual([
      'ticket.opened',
      'message.noted',
      'message.sent',
    ])
    expect((await listHistory(ctx, ticket.id)).at(-1)!.actor).toEqual({ kind: 'staff', name: agent.name })
    const told = async (after_ms: number) =>
      (await listHistory(await as(theRequester(ticket), new Date(ctx.now.getTime() + after_ms)), ticket.id)).map(
        (row) => row.kind,
      )
    expect(await told(1_000)).toEqual(['ticket.opened'])
    expect(await told(16_000)).toEqual(['ticket.opened', 'message.sent'])
  }),
)

test('whoever was given a ticket finds it by its words, and no longer when it was taken back', async () => {
  const { app, desk, requester } = await anIndexedDesk()
  const { ticket, provider } = await write(app, system, async (ctx) => ({
    ticket: await aTicket(ctx, { desk, requester, subject: 'Kelapa sawit' }),
    provider: await aStaff(ctx, { desk: await aDesk(ctx) }),
  }))
  await write(app, system, (ctx) =>
    sql`insert into grants (id, person_id, ticket_id, reason) values (gen_random_uuid(), ${provider.person_id}::uuid, ${ticket.id}::uuid, 'contoh')`.execute(
      ctx.tx,
    ),
  )
  await index(app, [ticket.id])
  const finds = () =>
    read(app, provider, (ctx) => listTickets(ctx, { query: 'sawit' })).then(({ items }) => items.length)
  expect(await finds()).toBe(1)
  await write(app, system, (ctx) =>
    sql`update grants set revoked_at = now() where ticket_id = ${ticket.id}::uuid`.execute(ctx.tx),
  )
  expect(await finds()).toBe(0)
})
