import { expect, test } from 'vitest'
import { toldHistory } from './told-history.ts'

const at = new Date('2026-11-21T01:00:00Z')

test('a layman reads where the request went, and nothing of notes, spam and other inner affairs', () => {
  const desk = { name: 'Meja Layanan Contoh' }
  const facts = [
    'ticket.opened',
    'message.noted',
    'ticket.marked_spam',
    'ticket.handed',
    'person.seen',
    'toString',
  ].map((kind) => ({ at, kind, desk }))
  expect(toldHistory(facts)).toEqual([
    { at, key: 'follow.history_ticket_opened', values: {} },
    { at, key: 'follow.history_ticket_handed_to', values: { desk: 'Meja Layanan Contoh' } },
  ])
})

test('a hand-over whose desk may not be seen is still told', () => {
  expect(toldHistory([{ at, kind: 'ticket.handed', desk: null }])).toEqual([
    { at, key: 'follow.history_ticket_handed', values: {} },
  ])
})

test('what silence ended is not said to be an agent’s word', () => {
  const ended = (kind: string, actor: string) => ({ at, kind, desk: null, actor: { kind: actor } })
  const told = toldHistory([
    ended('ticket.resolved', 'staff'),
    ended('ticket.resolved', 'system'),
    ended('ticket.closed', 'system'),
  ])
  expect(told.map(({ key }) => key)).toEqual([
    'follow.history_ticket_resolved',
    'follow.history_resolved_quiet',
    'follow.history_closed_quiet',
  ])
})
