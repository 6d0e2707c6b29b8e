import { expect, test } from 'vitest'
import { isNik, maskNik } from './mask-nik.ts'

test.each([
  ['NIK saya 3201010203900001.', 'NIK saya ••••••••••••••01.'],
  ['perempuan: 3201014203900001', 'perempuan: ••••••••••••••01'],
  ['3201 0102 0390 0001', '••••••••••••••01'],
  ['3201.0102.0390.0001 dan 32-01-01-02-03-90-0002', '••••••••••••••01 dan ••••••••••••••02'],
  ['NIK3201010203900001', 'NIK••••••••••••••01'],
  ['KK: 9471010203120003', 'KK: ••••••••••••••03'],
  // a day that there is not, a month, a regency, a province, a serial
  ['3201013203900001', '3201013203900001'],
  ['3201017203900001', '3201017203900001'],
  ['3201013002900001', '3201013002900001'],
  ['3201010213900001', '3201010213900001'],
  ['3200010203900001', '3200010203900001'],
  ['2001010203900001', '2001010203900001'],
  ['3201010203900000', '3201010203900000'],
  // the leap day of some year
  ['3201012902000001', '••••••••••••••01'],
  ['3201012902910001', '3201012902910001'],
  // longer, shorter, part of something else
  ['32010102039000012', '32010102039000012'],
  ['320101020390000', '320101020390000'],
  ['INV-3201010203900001', 'INV-3201010203900001'],
  ['faktur/3201010203900001', 'faktur/3201010203900001'],
  ['a3201010203900001', 'a3201010203900001'],
  ['+3201010203900001', '+3201010203900001'],
  // Visa, Mastercard and an account number
  ['4111 1111 1111 1111', '4111 1111 1111 1111'],
  ['5105 1051 0510 5100', '5105 1051 0510 5100'],
  ['rekening 1234567890123456', 'rekening 1234567890123456'],
  ['telepon 0812 3456 7890', 'telepon 0812 3456 7890'],
])('%s', (text, shown) => {
  expect(maskNik(text)).toBe(shown)
})

test('a card that looks like a NIK stays, unless it is called one', () => {
  const card = Array.from({ length: 10_000 }, (_, serial) => `52010102039${String(serial).padStart(5, '0')}`).find(
    (digits) => isNik(digits) && maskNik(digits) === digits,
  )!
  expect(maskNik(`kartu ${card}`)).toBe(`kartu ${card}`)
  expect(maskNik(`NIK: ${card}`)).toBe(`NIK: ••••••••••••••${card.slice(-2)}`)
})

test('the cost grows with the text, whatever stands in it', () => {
  // The least of several: whoever else works on this machine only adds.
  const spent = (size: number) => {
    const text = '3 2 0 1-'.repeat(size / 8)
    const turns = Array.from({ length: 20 }, () => {
      const begun = performance.now()
      maskNik(text)
      return performance.now() - begun
    })
    return Math.min(...turns)
  }
  spent(20_000)
  // Four times the text; what grows with its square would cost sixteen times as much.
  expect(spent(200_000) / Math.max(0.05, spent(50_000))).toBeLessThan(12)
})
