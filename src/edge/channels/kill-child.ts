/** For phone-kill.test.ts only: the doors for exchanges and gateways as a process of its own, on the test's database, that can be killed. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openChildApp } from '../../server/platform/testing-app.ts'
import { openChannelsEdge } from './index.ts'

const edge = openChannelsEdge(openChildApp().app)
const server = createServer((request, response) => void edge.answer(request.url!.split('?', 1)[0]!, request, response))
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
