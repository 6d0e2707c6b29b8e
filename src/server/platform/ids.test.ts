import { expect, test } from 'vitest'
import { boundBelow, isId, newId, newIdAfter, newIdAt } from './ids.ts'

const DAY_MS = 86_400_000

test('what is read from a ticket’s id on holds every fact of it, also when the clock was set back by a year meanwhile', () => {
  const now = newId()
  expect(isId(boundBelow(now))).toBe(true)
  expect(boundBelow(now) < newIdAt(new Date(Date.now() - DAY_MS / 2))).toBe(true)
  expect(boundBelow(now) > newIdAt(new Date(Date.now() - 2 * DAY_MS))).toBe(true)
  const ahead = newIdAt(new Date(Date.now() + 365 * DAY_MS))
  for (const ticket_id of [now, ahead, newIdAt(new Date(0))])
    expect(newIdAfter(ticket_id) > boundBelow(ticket_id)).toBe(true)
})
