import { expect, test } from 'vitest'
import { readEnvelope } from './read-envelope.ts'

const mail = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))

test('the host’s fields tell for whom it is, and who sent it', () => {
  const read = readEnvelope(
    mail(
      'Return-Path: <Budi@Contoh.id>\nDelivered-To: helpdesk@pandu.test\nX-Original-To: papua@pandu.test\n' +
        'To: "Meja, Bantuan" <helpdesk@pandu.test>,\n orang@lain.test\nCc: <papua@pandu.test>\n\nTo: bukan@kepala.test\n',
    ),
  )
  expect(read).toEqual({
    envelope_from: 'budi@contoh.id',
    delivered: ['helpdesk@pandu.test', 'papua@pandu.test'],
    written: ['helpdesk@pandu.test', 'orang@lain.test', 'papua@pandu.test'],
  })
})

test('only the host can say that the return path is null', () => {
  expect(readEnvelope(mail('Return-Path: <>\nFrom: a@contoh.id\n\nx')).envelope_from).toBeNull()
  expect(readEnvelope(mail('From: Ani <a@contoh.id>\n\nx')).envelope_from).toBe('a@contoh.id')
  expect(readEnvelope(mail('Return-Path: <ani>\nFrom: Ani <a@contoh.id>\n\nx')).envelope_from).toBe('a@contoh.id')
  expect(readEnvelope(Buffer.alloc(0))).toEqual({ envelope_from: null, delivered: [], written: [] })
})

test('a header without end, and ten thousand addresses, cost little', () => {
  const began = process.cpuUsage()
  const many = Array.from({ length: 10_000 }, (_, at) => `orang${at}@contoh.id`).join(', ')
  expect(readEnvelope(Buffer.from(`To: ${many}`)).written).toHaveLength(100)
  readEnvelope(Buffer.alloc(20_000_000, 'To: x@y '))
  expect(process.cpuUsage(began).user).toBeLessThan(2_000_000)
})
