import { expect, test } from 'vitest'
import { refuse } from '#server/platform/refusal.ts'
import { fromTheStart } from './from-the-start.ts'

const list = (cursor: string | undefined) =>
  cursor === 'lama' ? refuse('invalid', 'cursor') : Promise.resolve({ items: [cursor ?? 'first'] })

test('a mark that leads nowhere leads to the first page, which says so; a good one and none do as they say', async () => {
  expect(await fromTheStart('lama', (cursor) => Promise.resolve().then(() => list(cursor)))).toEqual({
    items: ['first'],
    restarted: true,
  })
  expect(await fromTheStart('next', list)).toEqual({ items: ['next'], restarted: false })
  expect(await fromTheStart('', list)).toEqual({ items: ['first'], restarted: false })
  const fail = () => Promise.reject(new Error('no'))
  await expect(fromTheStart('lama', fail)).rejects.toThrow('no')
})
