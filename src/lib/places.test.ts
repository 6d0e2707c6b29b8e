import { expect, test } from 'vitest'
import { linesOf, markPlaces, placesIn } from './places.ts'

test('places travel as lines and arrive as they were', () => {
  const list = [
    { code: '11', name: 'Aceh', regencies: [{ code: '11.01', name: 'Kabupaten Aceh Selatan' }] },
    { code: '94', name: 'Papua Tengah', regencies: [] },
  ]
  const lines = linesOf(markPlaces(list))
  expect(lines).toBe('11 Aceh\n11.01 Kabupaten Aceh Selatan\n94 Papua Tengah')
  expect(placesIn(lines as string)).toEqual(list)
  expect(placesIn('')).toEqual([])
  expect(linesOf([...list])).toBe(false)
  expect(linesOf('11 Aceh')).toBe(false)
})
