import { expect, test } from 'vitest'
import { eachAlone } from './each-alone.ts'

test('each has its turn, also behind one that fails; the failure is told at the end', async () => {
  const done: number[] = []
  const work = async (n: number) => {
    if (n % 2 === 0) throw new Error(`no ${n}`)
    done.push(n)
    return n
  }
  await expect(eachAlone([1, 2, 3], work)).rejects.toThrow('no 2')
  await expect(eachAlone([4, 5, 6], work)).rejects.toThrow('2 failed, the first of them: Error: no 4')
  expect(await eachAlone([7, 9], work)).toEqual([7, 9])
  expect(done).toEqual([1, 3, 5, 7, 9])
})
