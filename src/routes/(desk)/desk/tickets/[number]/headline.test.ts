import { expect, test } from 'vitest'
import { headlineOf, type Standing } from './headline.ts'

const me = 'a'
const fresh: Standing = {
  state: 'new',
  holder: { agent: null },
  spam_at: null,
  closure: null,
  resolution: null,
  takes_messages: true,
}

test.each<[string, Partial<Standing>, string]>([
  ['nobody has taken it', {}, 'ticket.line_nobody'],
  ['given back while open', { state: 'open' }, 'ticket.line_nobody'],
  ['mine', { state: 'open', holder: { agent: { id: me } } }, 'ticket.line_yours'],
  ['a colleague’s', { state: 'open', holder: { agent: { id: 'b' } } }, 'ticket.line_colleague'],
  ['the requester’s turn', { state: 'waiting', holder: { agent: { id: me } } }, 'ticket.line_waiting'],
  ['spam, whatever its state', { state: 'waiting', spam_at: new Date(0) }, 'ticket.line_spam'],
  ['closed', { state: 'closed', closure: { reason: 'solved' } }, 'ticket.line_closed'],
  ['closed too long ago to be reopened', { state: 'closed', takes_messages: false }, 'ticket.line_closed_long_ago'],
])('%s', (_name, change, key) => expect(headlineOf({ ...fresh, ...change }, me)).toBe(key))
