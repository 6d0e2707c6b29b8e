import { expect, test } from 'vitest'
import { everybody, write } from './context.ts'
import { newId } from './ids.ts'
import { remembered } from './remembered.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()
const staff = { kind: 'staff', person_id: newId(), name: 'Petugas Contoh', language: 'id', roles: [], desks: [], sees_all: false } as const // prettier-ignore

test('asks once for many pages, and again as soon as staff have changed something', async () => {
  const app = database.app()
  let asked = 0
  const ask = () => remembered(app, 'count', async () => ++asked)
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  await write(app, everybody, async () => undefined)
  expect(await ask()).toBe(1)
  await write(app, staff, async () => undefined)
  expect(await ask()).toBe(2)
})

test('a failed question is not remembered', async () => {
  const app = database.app()
  await expect(remembered(app, 'failing', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await remembered(app, 'failing', async () => 'back')).toBe('back')
})
