import { spawn, type ChildProcess } from 'node:child_process'
import { once as happens } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, describe, expect, inject, test } from 'vitest'
import type { FaultPoint } from '../platform/fault.ts'
import { newId } from '../platform/ids.ts'
import { forgetAnswers } from './once.ts'
import { useApi, type Answer } from './testing.ts'
import { bareEnvironment } from '../platform/testing-environment.ts'

const { app, ask, cliToken } = useApi()

const aRequest = (text: string) => ({ text, requester: { name: 'Sari Contoh' } })
const opened = async (text: string) =>
  (await app().worker.selectFrom('messages').select('ticket_id').where('text', '=', text).execute()).length
const post = (token: string, key: string, text: string, path = '/api/v1/tickets') =>
  ask(path, { token, key, body: aRequest(text) })

describe('Idempotency-Key', () => {
  test('the same request again: the same status, body and Location, and one ticket', async () => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    const first = await post(token, key, text)
    const second = await post(token, key, text)
    expect(first.status).toBe(201)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect([second.status, second.text, second.headers.get('location')]).toEqual([
      201,
      first.text,
      `/api/v1/tickets/${String(first.body['number'])}`,
    ])
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(await opened(text)).toBe(1)
    // Written otherwise, it is still the same.
    const reordered = `{ "requester": {"name":"Sari Contoh"},\n "text": "${text}" }`
    expect((await ask('/api/v1/tickets', { token, key, body: reordered })).text).toBe(first.text)
  })
  test('another body or another path under the same key: 422, and nothing happens', async () => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    const { body } = await post(token, key, text)
    const other = await post(token, key, `${text} lagi`)
    expect([other.status, other.paths]).toEqual([422, ['Idempotency-Key']])
    const elsewhere = await ask(`/api/v1/tickets/${String(body['number'])}/reopen`, { token, key, body: {} })
    expect([elsewhere.status, elsewhere.paths]).toEqual([422, ['Idempotency-Key']])
    expect(await opened(`${text} lagi`)).toBe(0)
  })
  test('a key belongs to its token', async () => {
    const [key, text] = [newId(), newId()]
    const [first, second] = [await post(await cliToken(), key, text), await post(await cliToken(), key, text)]
    expect(second.body['number']).not.toBe(first.body['number'])
    expect(second.headers.get('idempotent-replayed')).toBeNull()
  })
  test.each([
    ['', 422],
    ['a'.repeat(255), 201],
    ['a'.repeat(256), 422],
    ['kunci é', 422],
    ['a\tb', 422],
    [' ~!"#/', 201],
  ])('%j is answered %i', async (key, status) => {
    const answer = await ask('/api/v1/tickets', {
      token: await cliToken(),
      body: aRequest('Tolong.'),
      headers: { 'idempotency-key': key },
    })
    expect(answer.status).toBe(status)
    if (status === 422) expect(answer.paths).toEqual(['Idempotency-Key'])
  })
  test('a refusal is not kept: the corrected request under the same key is done', async () => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    expect((await ask('/api/v1/tickets', { token, key, body: { ...aRequest(text), region: '99' } })).status).toBe(422)
    const { body } = await post(token, key, text)
    // Nothing to reopen in a new ticket; once it is resolved there is.
    const here = `/api/v1/tickets/${String(body['number'])}`
    const again = newId()
    expect((await ask(`${here}/reopen`, { token, key: again, method: 'POST' })).status).toBe(409)
    await ask(`${here}/resolution`, { token, body: { problem: 'Mati.', steps: 'Nyalakan.' } })
    const reopened = await ask(`${here}/reopen`, { token, key: again, method: 'POST' })
    expect([reopened.status, reopened.body['state']]).toEqual([200, 'open'])
    // No body counts as {}.
    const replayed = await ask(`${here}/reopen`, { token, key: again, body: {} })
    expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
  })
  test('fifty at once: one effect; whoever comes too early is told when to come again', async () => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(token, key, text)))
    expect(await opened(text)).toBe(1)
    const byStatus = Map.groupBy(answers, ({ status }) => status)
    expect([...byStatus.keys()].filter((status) => status !== 201 && status !== 409)).toEqual([])
    expect(new Set(byStatus.get(201)!.map((answer) => answer.text)).size).toBe(1)
    const done = (answer: Answer) => answer.headers.get('idempotent-replayed') === null
    expect(byStatus.get(201)!.filter(done)).toHaveLength(1)
    for (const early of byStatus.get(409) ?? []) expect(early.headers.get('retry-after')).toBe('1')
    expect((await post(token, key, text)).headers.get('idempotent-replayed')).toBe('true')
  })
  test('while the first is at work the second is told so, without waiting for it', async () => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    const { id } = await app()
      .worker.selectFrom('api_tokens')
      .select('id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    await app()
      .worker.transaction()
      .execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${`answer ${id} ${key}`}, 0))`.execute(tx)
        const early = await post(token, key, text)
        expect([early.status, early.body['type']]).toEqual([409, 'urn:pandu:problem:api.in_flight'])
      })
    expect((await post(token, key, text)).status).toBe(201)
  })
  test('after 24 hours a key is new again, and its answer is forgotten', async () => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    const first = await post(token, key, text)
    const age = (hours: number) =>
      sql`update kept_answers set created_at = now() - make_interval(hours => ${hours}::int) where key = ${key}`.execute(
        app().worker,
      )
    await age(23)
    await forgetAnswers(app())
    expect((await post(token, key, text)).text).toBe(first.text)
    await age(25)
    const later = await post(token, key, text)
    expect(later.body['number']).not.toBe(first.body['number'])
    expect((await post(token, key, text)).text).toBe(later.text)
    await age(25)
    await forgetAnswers(app())
    const left = await app().worker.selectFrom('kept_answers').select('key').where('key', '=', key).execute()
    expect(left).toEqual([])
  })
})

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

describe('killed in the middle of it', () => {
  /** The server in a process of its own; dies at `fault`. */
  async function startServer(fault: string) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./kill-child.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...bareEnvironment(),
        PANDU_DATA: app().settings.PANDU_DATA,
        PANDU_PORT: '0',
        PANDU_LOG: 'error',
        PANDU_FAULT: fault,
        TEST_DATABASE: JSON.stringify({
          socket: inject('postgres_socket'),
          port: inject('postgres_port'),
          database: app().worker_pool.options.database,
        }),
      },
    })
    children.push(child)
    const [line] = (await happens(child.stdout, 'data')) as [Buffer]
    return { child, url: `http://127.0.0.1:${String(line).trim()}/api/v1/tickets` }
  }

  test.each<[FaultPoint, number]>([
    ['api.before_commit', 0],
    ['api.after_commit', 1],
  ])('%s: the retry gives one ticket, and the same answer as any other retry', async (point, committed) => {
    const [token, key, text] = [await cliToken(), newId(), newId()]
    const { child, url } = await startServer(point)
    const died = happens(child, 'exit')
    const lost = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
      body: JSON.stringify(aRequest(text)),
    }).then(
      ({ status }) => status,
      () => 'no answer',
    )
    expect(lost).toBe('no answer')
    expect(await died).toEqual([null, 'SIGKILL'])
    expect(await opened(text)).toBe(committed)
    // PostgreSQL needs a moment to see that the connection of the dead is gone, and with it the key.
    const first = await expect
      .poll(() => post(token, key, text), { timeout: 10_000 })
      .toMatchObject({ status: 201 })
      .then(() => post(token, key, text))
    expect(first.headers.get('idempotent-replayed')).toBe('true')
    expect((await post(token, key, text)).text).toBe(first.text)
    expect(await opened(text)).toBe(1)
  })
})
