import { expect, test } from 'vitest'
import type { StaffActor } from '#server/platform/context.ts'
import type { Live, News } from '#server/platform/live.ts'
import { liveStream } from './live-stream.ts'

const desk = (id: string) => ({ id, name: id, kind: 'desk', role: 'agent' as const, time_zone: 'Asia/Jakarta' })
const agent: StaffActor = {
  kind: 'staff',
  person_id: 'orang-contoh',
  name: 'Sri Contoh',
  language: 'id',
  roles: [],
  desks: [desk('mine')],
  sees_all: false,
}
type Member = Parameters<Live['join']>[0]

function open(
  given: {
    actor?: StaffActor
    again?: () => Promise<StaffActor | null>
    heartbeat_ms?: number
    full?: boolean
    since?: string
    is_new?: boolean
    missed?: (News | null)[]
  } = {},
) {
  let member: Member | null = null
  let left = false
  const actor = given.actor ?? agent
  const stream = liveStream({
    live: {
      join: (one) => {
        if (given.full) return null
        member = one
        return () => void (left = true)
      },
      position: () => 'lari-7',
      after: (position) => (position === 'lari-5' ? (given.missed ?? []) : null),
      announce: () => undefined,
      size: () => 0,
      renew: () => undefined,
      stop: () => Promise.resolve(),
    },
    actor,
    again: given.again ?? (() => Promise.resolve(actor)),
    ...(given.since ? { since: given.since, is_new: given.is_new === true } : {}),
    ...(given.heartbeat_ms ? { heartbeat_ms: given.heartbeat_ms } : {}),
  })
  const reader = stream?.body?.getReader()
  const decoder = new TextDecoder()
  return {
    stream,
    reader,
    hear: (news: News | null) => member!.hear(news),
    end: (why: 'stop' | 'crowded') => member!.end(why),
    left: () => left,
    next: async () => decoder.decode((await reader!.read()).value),
  }
}
const changed = (...tickets: [string, string][]): News => ({
  what: 'changed',
  tickets: tickets.map(([id, desk_id]) => ({ id, desk_ids: [desk_id] })),
})

test('ids of the own desks, gathered; of other desks only that something happened', async () => {
  const { next, hear, reader } = open()
  expect(await next()).toMatch(/^retry: \d{4}\nid: lari-7\ndata: {}\n\n$/)
  hear(changed(['a', 'mine'], ['b', 'other']))
  hear({ ...changed(['a', 'mine']), what: 'presence' })
  expect(await next()).toBe('id: lari-7\ndata: {"changed":["a"],"presence":["a"]}\n\n')
  hear(changed(['b', 'other']))
  expect(await next()).toBe('id: lari-7\ndata: {"tick":true}\n\n')
  hear(changed(['a', 'mine']))
  hear(null)
  expect(await next()).toBe('id: lari-7\ndata: {"all":true}\n\n')
  await reader?.cancel()
})

test('who sees all hears of all, and of very many at once only that there were many', async () => {
  const { next, hear, reader } = open({ actor: { ...agent, desks: [], sees_all: true } })
  await next()
  hear(changed(['b', 'other']))
  expect(await next()).toBe('id: lari-7\ndata: {"changed":["b"]}\n\n')
  hear(changed(...Array.from({ length: 101 }, (_, n): [string, string] => [`t${n}`, 'other'])))
  expect(await next()).toBe('id: lari-7\ndata: {"all":true}\n\n')
  await reader?.cancel()
})

test('what happened since the page was read comes first; what the actor did stands on a page that was drawn after it', async () => {
  const own: News = { what: 'changed', tickets: [{ id: 'own', desk_ids: ['mine'], by: 'orang-contoh' }] }
  const missed = [own, changed(['a', 'mine'])]
  const first = async (given: Parameters<typeof open>[0]) => {
    const { next, reader } = open(given)
    const text = await next()
    await reader?.cancel()
    return text.replace(/^retry: \d{4}\n/, '')
  }
  expect(await first({ since: 'lari-5', missed })).toBe('id: lari-7\ndata: {"changed":["own","a"]}\n\n')
  expect(await first({ since: 'lari-5', is_new: true, missed })).toBe('id: lari-7\ndata: {"changed":["a"]}\n\n')
  expect(await first({ since: 'lari-5', is_new: true, missed: [own] })).toBe('id: lari-7\ndata: {}\n\n')
  // Another process drew the page, or this one has begun anew: as if nothing had happened, or everything.
  expect(await first({ since: 'lain-5', is_new: true, missed })).toBe('id: lari-7\ndata: {}\n\n')
  expect(await first({ since: 'lain-5', missed })).toBe('id: lari-7\ndata: {"all":true}\n\n')
})

test('each heartbeat asks who it is: a new desk counts, and whoever is signed out hears no more', async () => {
  const known: (StaffActor | null)[] = [{ ...agent, desks: [desk('other')] }]
  const { next, hear, left } = open({
    heartbeat_ms: 5,
    again: () => Promise.resolve(known.length ? known.at(-1)! : agent),
  })
  await next()
  expect(await next()).toBe(':\n\n')
  hear(changed(['b', 'other']))
  for (let text = ''; !text.endsWith('data: {"changed":["b"]}\n\n');) text = await next()
  known.push(null)
  for (let text = 'x'; text !== '';) text = await next()
  expect(left()).toBe(true)
})

test('it ends when the process stops, makes room with a word, and is forgotten when the reader goes', async () => {
  const [stopped, crowded, gone, full] = [open(), open(), open(), open({ full: true })]
  stopped.end('stop')
  expect([await stopped.next(), await stopped.next()]).toEqual([expect.stringContaining('retry'), ''])
  crowded.end('crowded')
  expect([await crowded.next(), await crowded.next(), await crowded.next()]).toEqual([
    expect.stringContaining('retry'),
    'data: {"bye":true}\n\n',
    '',
  ])
  await gone.reader?.cancel()
  expect([stopped.left(), crowded.left(), gone.left()]).toEqual([true, true, true])
  expect(full.stream).toBeNull()
})

test('nothing between the two holds it back', () => {
  const { stream, reader } = open()
  expect(stream?.headers.get('content-type')).toContain('text/event-stream')
  expect(stream?.headers.get('cache-control')).toBe('no-store, no-transform')
  void reader?.cancel()
})

test('whoever answers for a member or partner hears that something changed for them, and not which request it is', async () => {
  const provider = { ...agent, desks: [], providers: [{ ...desk('theirs'), organisation_id: 'lembaga' }] }
  const { next, hear, reader } = open({ actor: provider })
  await next()
  hear({ what: 'changed', tickets: [{ id: 'a', desk_ids: ['mine'], asked_desk_ids: ['theirs'] }] })
  expect(await next()).toBe('id: lari-7\ndata: {"offers":true}\n\n')
  hear({ what: 'changed', tickets: [{ id: 'b', desk_ids: ['theirs'] }] })
  expect(await next()).toBe('id: lari-7\ndata: {"offers":true}\n\n')
  hear({ what: 'changed', tickets: [{ id: 'c', desk_ids: ['mine'], asked_desk_ids: ['others'] }] })
  expect(await next()).toBe('id: lari-7\ndata: {"tick":true}\n\n')
  await reader!.cancel()
})
