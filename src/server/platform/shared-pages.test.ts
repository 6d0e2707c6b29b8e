import { expect, test } from 'vitest'
import { everybody, write } from './context.ts'
import { forget } from './forget.ts'
import { filledPage, sharedPage, sharePage, sharingTurn, type Hole } from './shared-pages.ts'
import { useDatabase } from './testing.ts'
import { newId } from './ids.ts'

const database = useDatabase()
const own = new Map<string, Hole>([
  ['TOKEN-A', { token_for: '/ask' }],
  ['TOKEN-F', { token_for: '/follow' }],
  ['ID', 'random_id'],
])
const page = { route: '/(public)', headers: [], html: '<a>TOKEN-A</a><b>ID</b><c>TOKEN-F</c><d>TOKEN-A</d>', own }
const fill = (hole: Hole) => (hole === 'random_id' ? 'my id' : `my ${hole.token_for}`)

test('a shared page holds nothing of the person for whom it was made', () => {
  const app = database.app()
  sharePage(app, 'id /', page, sharingTurn(app))
  const kept = sharedPage(app, 'id /')!
  expect(JSON.stringify(kept)).not.toMatch(/TOKEN|ID/)
  expect(filledPage(kept, fill)).toBe('<a>my /ask</a><b>my id</b><c>my /follow</c><d>my /ask</d>')
  expect(sharedPage(app, 'en /')).toBeNull()
})

test('what staff change is forgotten at once, and a page that was begun before is not kept', async () => {
  const app = database.app()
  const staff = { kind: 'staff', person_id: newId(), name: 'Contoh', language: 'id', roles: [], desks: [], sees_all: false } as const // prettier-ignore
  sharePage(app, 'id /', page, sharingTurn(app))
  await write(app, everybody, async () => undefined)
  expect(sharedPage(app, 'id /')).not.toBeNull()
  await write(app, staff, async () => undefined)
  expect(sharedPage(app, 'id /')).toBeNull()
  const turn = sharingTurn(app)
  forget(app)
  sharePage(app, 'id /', page, turn)
  expect(sharedPage(app, 'id /')).toBeNull()
})
