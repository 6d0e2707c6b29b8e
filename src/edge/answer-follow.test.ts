import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, system, write } from '#server/platform/context.ts'
import { keepMaker } from '#server/platform/page-makers.ts'
import { useDatabase } from '#server/platform/testing.ts'
import { prepare } from '#server/desks/index.ts'
import { makeFollowLink } from '#server/tickets/index.ts'
import { aTicket } from '#server/tickets/testing.ts'
import { answerFollow, FOLLOW_ROUTE } from './answer-follow.ts'

const database = useDatabase()
let server: Server
let origin = ''
let path = ''
beforeAll(async () => {
  const app = database.app()
  await prepare(app)
  const ticket = await write(app, system, (ctx) => aTicket(ctx))
  path = `/follow/${await enter(app, 'link', (ctx) => makeFollowLink(ctx, { ticket_id: ticket.id, person_id: ticket.requester.id }))}`
  server = createServer((request, response) => {
    const otherwise = () => void response.writeHead(404).end('made by SvelteKit')
    if (!answerFollow(app, true, request, response, otherwise)) otherwise()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const maker = (name: string, html = () => '<p>Permintaan</p>') =>
  keepMaker(database.app(), FOLLOW_ROUTE, { headers: [[name, 'x']], html })
const ask = (asked: string) => fetch(origin + asked)

test('whatever does not go smoothly is SvelteKit’s: an unknown link, a page that cannot be made', async () => {
  maker('x-page')
  expect(await (await ask(path)).text()).toBe('<p>Permintaan</p>')
  expect((await ask(`/follow/${'a'.repeat(32)}`)).status).toBe(404)
  maker('x-page', () => {
    throw new Error('a bug of a component')
  })
  expect(await (await ask(path)).text()).toBe('made by SvelteKit')
})

test('an answer that fails on its way ends that answer, not the process', async () => {
  maker('not a header')
  await expect(ask(path)).rejects.toThrow()
  maker('x-page')
  expect((await ask(path)).status).toBe(200)
})
