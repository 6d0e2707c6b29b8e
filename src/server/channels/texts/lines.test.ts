import { expect, test } from 'vitest'
import type { GatewayState } from './adapter.ts'
import { openLines } from './lines.ts'
import { readGatewayLines } from './read-gateways.ts'

test('a line that another process holds has no room here, so that its texts are left to that one; one that is not connected is asked with one text', () => {
  const [line] = readGatewayLines('smpp://a:b@127.0.0.1:2775#name=satu')
  const state: GatewayState = { connected: true, since: null, last_error: null }
  const gateway = {
    name: 'satu',
    kind: 'smpp' as const,
    channel: 'sms' as const,
    send: () => Promise.reject(new Error('nobody sends')),
    state: () => state,
    stop: async () => undefined,
  }
  const lines = openLines([{ line: line!, gateway }])
  expect(lines.rooms()).toMatchObject([{ name: 'satu', texts: 64 }])
  state.connected = false
  expect(lines.rooms()).toMatchObject([{ texts: 1 }])
  state.elsewhere = true
  expect(lines.rooms()).toMatchObject([{ name: 'satu', texts: 0 }])
  expect(lines.present('sms', '+62811')).toEqual([])
})
