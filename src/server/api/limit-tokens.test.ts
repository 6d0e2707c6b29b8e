import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { limitTokens } from './limit-tokens.ts'
import { useApi } from './testing.ts'

const { ask, anAgent, cliToken, app } = useApi()
/** A window that does not end while a test runs. */
const FOR_EVER_SECONDS = 1_000_000_000

describe('what a token may ask for in a minute', () => {
  test('above it 429 and when to come again, before the scope is looked at; other tokens go on', async () => {
    const { token } = await anAgent({}, ['tickets:read'], 5)
    const asked = []
    // A minute may end in the middle, two do not.
    for (let i = 0; i < 12; i++) asked.push(await ask(i % 2 ? '/api/v1/tickets' : '/api/v1/outbox', { token }))
    expect(asked.slice(0, 5).map(({ status }) => status)).toEqual([403, 200, 403, 200, 403])
    const refused = asked.find(({ status }) => status === 429)!
    expect(refused.body).toMatchObject({ type: 'urn:pandu:problem:api.too_many', status: 429, errors: [] })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect((await ask('/api/v1/tickets', { token: await cliToken() })).status).toBe(200)
  })

  test('two processes count together', async () => {
    const [here, there] = [limitTokens(app(), FOR_EVER_SECONDS), limitTokens(app(), FOR_EVER_SECONDS)]
    const holder = { token_id: newId(), per_minute_max: 1_000 }
    for (let i = 0; i < 900; i++) here(holder)
    let asked_there = 0
    await expect
      .poll(
        () => {
          asked_there++
          try {
            // Whichever of the two hears first that it is enough.
            here(holder)
            there(holder)
            return 'taken'
          } catch (thrown) {
            return (thrown as { status: number }).status
          }
        },
        { timeout: 60_000 },
      )
      .toBe(429)
    expect(asked_there).toBeLessThan(1_000)
  })
})

test('who asks for what they do not see leaves a trace in the journal, whether it is there or not; who sees it leaves none', async () => {
  const all = await cliToken()
  const opened = await ask('/api/v1/tickets', {
    token: all,
    body: { text: 'Tolong.', requester: { name: 'Sari Contoh' } },
  })
  const number = String(opened.body['number'])
  const { staff, token } = await anAgent()
  const traces = async () =>
    (
      await sql<{ route: string; asked: string[] }>`select f.about ->> 'route' as route, d.details -> 'asked' as asked
        from facts f join journal_details d on d.fact_id = f.id
        where f.kind = 'access.refused' and f.actor_id = ${staff.person_id}::uuid order by f.id`.execute(app().worker)
    ).rows
  await ask(`/api/v1/tickets/${number}`, { token })
  await ask('/api/v1/tickets/999999990/resolution', { token, body: { problem: 'x', steps: 'y' } })
  await ask(`/api/v1/tickets/${number}`, { token: all })
  await ask('/api/v1/tickets', { token })
  expect(await traces()).toEqual([
    { route: 'GET /api/v1/tickets/{number}', asked: [number] },
    { route: 'POST /api/v1/tickets/{number}/resolution', asked: ['999999990'] },
  ])
})
