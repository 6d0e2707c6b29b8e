import { expect, test } from 'vitest'
import { areNeighbours, provinceFacts, provinceOf } from './index.ts'

const provinces = [...provinceFacts.keys()]

test('all 38 provinces have a neighbour, and neighbours are so both ways', () => {
  expect(provinces).toHaveLength(38)
  for (const one of provinces) {
    const near = provinces.filter((other) => areNeighbours(one, other))
    expect(near, one).not.toEqual([])
    expect(near, one).not.toContain(one)
    for (const other of near) expect(areNeighbours(other, one), `${other} and ${one}`).toBe(true)
  }
})

test('borders on land and across one strait count; nothing further', () => {
  expect(provinces.filter((other) => areNeighbours('33', other)).sort()).toEqual(['32', '34', '35'])
  expect(provinces.filter((other) => areNeighbours('51', other)).sort()).toEqual(['35', '52'])
  expect(areNeighbours('31', '33')).toBe(false)
})

test('the province of a regency is the front of its code', () => {
  expect(provinceOf('33.74')).toBe('33')
  expect(provinceOf('33')).toBe('33')
})
