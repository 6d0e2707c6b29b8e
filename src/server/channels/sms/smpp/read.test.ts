import { describe, expect, test } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { UnreadableText, type Heard } from '../../texts/adapter.ts'
import { segment } from '../segments.ts'
import { attemptOf } from './open-smpp.ts'
import { openFrames } from './frames.ts'
import { gsmOctets } from '../gsm-octets.ts'
import { ucs2Octets } from './letters.ts'
import { readPdu, statusOf, writePdu } from './pdu.ts'
import { readSmpp, smppGreeting } from './read.ts'
import { readSmppAddress } from './smpp-address.ts'
import { readSubmitted, submitFields } from './submit-fields.ts'

type Given = Record<string, string | number | Buffer>
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const pdu = (given: Given, command = 'deliver_sm') =>
  writePdu(
    command,
    {
      source_addr_ton: 1,
      source_addr: '6281234567890',
      destination_addr: '1500',
      esm_class: 0,
      data_coding: 0,
      short_message: Buffer.alloc(0),
      ...given,
    },
    { sequence: 7 },
  )
const read = (given: Given, greeting = 'smpp:satu', command = 'deliver_sm'): Heard =>
  readSmpp({ raw: pdu(given, command), greeting, received_at: new Date() })
const ucs2 = (text: string) => ({ data_coding: 8, short_message: ucs2Octets(text) })
const header = (bytes: string, text: string) => ({
  esm_class: 0x40,
  short_message: Buffer.concat([hex(bytes), gsmOctets(text)]),
})

describe('a message', () => {
  test('who wrote what to whom', () => {
    expect(read({ short_message: gsmOctets('LAPOR printer @ruang {2}') })).toEqual({
      kind: 'text',
      from: '+6281234567890',
      to: '1500',
      name: '',
      text: 'LAPOR printer @ruang {2}',
      at: null,
      part: null,
      remote_id: null,
      answers_remote_id: null,
      button: null,
      media: [],
    })
  })

  test.each<[string, Given, string]>([
    ['GSM', { short_message: gsmOctets('é à Δ €') }, 'é à Δ €'],
    ['octets that GSM does not have are another alphabet', { short_message: Buffer.from('café é', 'utf8') }, 'café é'],
    ['or Latin', { short_message: Buffer.from('café', 'latin1') }, 'café'],
    ['Latin by name', { data_coding: 3, short_message: Buffer.from('café @', 'latin1') }, 'café @'],
    ['ASCII by name', { data_coding: 1, short_message: Buffer.from('a@b', 'latin1') }, 'a@b'],
    ['UCS-2', ucs2('ꦱꦸ 😀 “ya”'), 'ꦱꦸ 😀 “ya”'],
    ['an octet too many', { data_coding: 8, short_message: hex('0061 00') }, 'a'],
    ['half an emoji alone', { data_coding: 8, short_message: hex('0061 d83d') }, 'a\uFFFD'],
    ['what PostgreSQL cannot keep', { data_coding: 8, short_message: hex('0061 0000 0062') }, 'ab'],
    ['UCS-2 to be shown at once', { data_coding: 0x18, short_message: ucs2Octets('ya') }, 'ya'],
    ['GSM to be shown at once', { data_coding: 0xf0, short_message: gsmOctets('ya@') }, 'ya@'],
    ['a payload', { message_payload: gsmOctets('p'.repeat(900)) }, 'p'.repeat(900)],
    ['nothing', {}, ''],
  ])('%s', (_, given, text) => {
    expect(read(given)).toMatchObject({ kind: 'text', text, part: null })
  })

  test('an operator with another default alphabet', () => {
    const short_message = Buffer.from('a@b [c]', 'latin1')
    expect(read({ short_message }, smppGreeting('satu', 'latin1'))).toMatchObject({ text: 'a@b [c]' })
    expect(read({ short_message })).not.toMatchObject({ text: 'a@b [c]' })
  })

  test.each<[string, Given, object | null]>([
    ['a header of 8 bits', header('0500032a0201', 'satu '), { reference: '8:42', total: 2, number: 1 }],
    ['a header of 16 bits', header('060804abcd0302', 'dua'), { reference: '16:43981', total: 3, number: 2 }],
    ['a header about something else', header('060504158a0000', 'x'), null],
    ['a header longer than all', header('ff00032a0201', ''), { reference: '8:42', total: 2, number: 1 }],
    ['SAR', { sar_msg_ref_num: 300, sar_total_segments: 3, sar_segment_seqnum: 2 }, { reference: 'sar:300', total: 3, number: 2 }], // prettier-ignore
    ['SAR that cannot be', { sar_msg_ref_num: 300, sar_total_segments: 3, sar_segment_seqnum: 4 }, null],
    ['SAR of one', { sar_msg_ref_num: 300, sar_total_segments: 1, sar_segment_seqnum: 1 }, null],
    ['a payload with a header', { esm_class: 0x40, message_payload: hex('0500032a0201 61') }, { reference: '8:42', total: 2, number: 1 }], // prettier-ignore
  ])('parts: %s', (_, given, part) => {
    expect(read(given)).toMatchObject({ kind: 'text', part })
  })

  test('parts of an emoji become whole when they are joined', () => {
    const [one, two] = ['0500032a0201 d83d', '0500032a0202 de00'].map((bytes) =>
      read({ esm_class: 0x40, data_coding: 8, short_message: hex(bytes) }),
    )
    expect((one as { text: string }).text + (two as { text: string }).text).toBe('😀')
  })

  test.each<[string, Given, string]>([
    ['international', { source_addr_ton: 1, source_addr: '62812' }, '+62812'],
    ['with its plus', { source_addr_ton: 1, source_addr: '+62812' }, '+62812'],
    ['national', { source_addr_ton: 2, source_addr: '812345' }, '0812345'],
    ['unknown', { source_addr_ton: 0, source_addr: '0812345' }, '0812345'],
    ['letters', { source_addr_ton: 5, source_addr: 'KOMINFO' }, 'KOMINFO'],
  ])('a number: %s', (_, given, from) => {
    expect(read(given)).toMatchObject({ from })
  })

  test.each<[string, Given, string]>([
    ['ring tones', { data_coding: 4, short_message: hex('0001') }, 'binary_text'],
    ['an unknown alphabet', { data_coding: 0x0d, short_message: hex('41') }, 'binary_text'],
    ['nobody', { source_addr: '' }, 'no_sender'],
    ['a report of nothing', { esm_class: 4, short_message: Buffer.from('stat:DELIVRD') }, 'report_without_id'],
  ])('unreadable: %s', (_, given, reason) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ reason }))
  })
})

describe('a receipt', () => {
  const says = (id: string, stat: string, err = '000') =>
    Buffer.from(
      `id:${id} sub:001 dlvrd:001 submit date:2611220900 done date:2611220901 stat:${stat} err:${err} text:Halo id:9`,
    )
  test.each<[string, Given, object]>([
    ['delivered', { esm_class: 4, short_message: says('00FF2a', 'DELIVRD') }, { state: 'delivered', of: { remote_id: 'ff2a' }, error: null }], // prettier-ignore
    ['expired', { esm_class: 4, short_message: says('7', 'EXPIRED', '027') }, { state: 'failed', error: 'EXPIRED 027' }], // prettier-ignore
    ['on its way', { esm_class: 0x20, short_message: says('7', 'ENROUTE') }, { state: 'sent' }],
    ['accepted', { esm_class: 4, short_message: says('7', 'ACCEPTD') }, { state: 'sent' }],
    ['in TLVs alone', { esm_class: 4, receipted_message_id: '0A1\0', message_state: 2 }, { state: 'delivered', of: { remote_id: 'a1' } }], // prettier-ignore
    ['TLVs before words', { esm_class: 4, receipted_message_id: '12', short_message: says('99', 'UNDELIV') }, { state: 'failed', of: { remote_id: '12' } }], // prettier-ignore
    ['without its class', { receipted_message_id: '12', message_state: 8 }, { state: 'failed', error: 'failed' }],
    ['only zeros', { esm_class: 4, short_message: says('000', 'DELIVRD') }, { of: { remote_id: '0' } }],
  ])('%s', (_, given, expected) => {
    expect(read(given)).toMatchObject({ kind: 'receipt', gateway: 'satu', ...expected })
  })

  test('of a state that nobody knows says nothing', () => {
    expect(read({ esm_class: 4, short_message: says('7', 'UNKNOWN') })).toEqual({ kind: 'nothing', reason: 'report_unknown' }) // prettier-ignore
  })

  test('a citizen who writes like a receipt has written a message', () => {
    expect(read({ short_message: says('7', 'DELIVRD') })).toMatchObject({ kind: 'text' })
  })
})

describe('any bytes', () => {
  // The same numbers each time, so that a failure can be looked at.
  let state = 20261122
  const next = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => next(256)))
  const survives = (raw: Buffer) => {
    try {
      const heard = readSmpp({ raw, greeting: 'smpp:satu', received_at: new Date() })
      expect(['text', 'receipt', 'nothing']).toContain(heard.kind)
      if (heard.kind === 'text' && !heard.part) expect(heard.text.isWellFormed()).toBe(true)
      return 1
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableText)
      return 0
    }
  }

  test('are read or unreadable, and never anything else', () => {
    const whole = [
      pdu({ ...header('0500032a0201', 'satu dua tiga'), sar_msg_ref_num: 3, message_state: 2 }),
      pdu({ message_payload: Buffer.alloc(300, 'a') }, 'data_sm'),
      pdu({ esm_class: 4, short_message: Buffer.from('id:12 stat:DELIVRD err:000'), receipted_message_id: '12' }),
    ]
    let read = 0
    for (let turn = 0; turn < 20_000; turn++) {
      const raw = Buffer.from(whole[next(whole.length)]!)
      for (let change = next(4); change >= 0; change--) raw[16 + next(raw.length - 16)] = next(256)
      read += survives(next(5) === 0 ? raw.subarray(0, next(raw.length)) : raw)
    }
    expect(read).toBeGreaterThan(5_000)
    for (let turn = 0; turn < 5_000; turn++) {
      survives(bytes(next(80)))
      survives(Buffer.concat([hex('00000000 00000005 00000000 00000001'), bytes(next(120))]))
    }
  })

  test('cost as much as they are long', () => {
    const cost = (length: number) => {
      const raw = pdu({ esm_class: 4, message_payload: Buffer.from('id:'.repeat(length / 3)) })
      const from = performance.now()
      for (let turn = 0; turn < 20; turn++) survives(raw)
      return performance.now() - from
    }
    cost(60_000)
    // The largest that there is, in any time a person would notice.
    expect(cost(60_000)).toBeLessThan(2_000)
  })

  test('PDUs are found in pieces of any size; a length that cannot be ends it', () => {
    const all = Buffer.concat([
      pdu({}),
      pdu({ short_message: gsmOctets('dua') }),
      writePdu('enquire_link', {}, { sequence: 9 }),
    ])
    for (let turn = 0; turn < 200; turn++) {
      const frames = openFrames()
      const found: Buffer[] = []
      for (let at = 0; at < all.length;) {
        const end = Math.min(all.length, at + 1 + next(40))
        found.push(...frames.push(all.subarray(at, end)))
        at = end
      }
      expect(Buffer.concat(found)).toEqual(all)
      expect(found).toHaveLength(3)
    }
    expect(() => openFrames().push(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow('a PDU of')
    expect(() => openFrames().push(hex('00000004'))).toThrow('a PDU of')
  })
})

describe('a text as it goes out', () => {
  const address = readSmppAddress('smpp://sys:rahasia@127.0.0.1:2775')
  const outbox_id = newId()
  const fieldsOf = (text: string, more = '', from: string | null = '1500') => {
    const { parts, coding } = segment(text)
    const given = { outbox_id, to: '+6281234', text, parts, coding }
    return submitFields(given, readSmppAddress(`smpp://sys:rahasia@127.0.0.1:2775${more}`), from)
  }

  test('a short one', () => {
    expect(fieldsOf('Halo @ {satu}')).toEqual([
      {
        service_type: '',
        source_addr_ton: 0,
        source_addr_npi: 1,
        source_addr: '1500',
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: '6281234',
        esm_class: 0,
        registered_delivery: 1,
        data_coding: 0,
        short_message: gsmOctets('Halo @ {satu}'),
      },
    ])
    expect(fieldsOf('ꦱ')[0]).toMatchObject({ data_coding: 8, short_message: ucs2Octets('ꦱ') })
  })

  test('senders and alphabets as the operator wants them', () => {
    expect(fieldsOf('a', '', 'PANDU')[0]).toMatchObject({ source_addr_ton: 5, source_addr_npi: 0 })
    expect(fieldsOf('a', '', '+62811')[0]).toMatchObject({ source_addr_ton: 1, source_addr: '62811' })
    expect(fieldsOf('a', '', null)[0]).toMatchObject({ source_addr: '', source_addr_npi: 0 })
    expect(fieldsOf('a', '?source_ton=3&source_npi=8&dest_ton=2')[0]).toMatchObject({ source_addr_ton: 3, source_addr_npi: 8, dest_addr_ton: 2 }) // prettier-ignore
    expect(fieldsOf('a@é', '?alphabet=latin1')[0]).toMatchObject({ short_message: Buffer.from('a@é', 'latin1') })
    expect(fieldsOf('a@éΔ', '?alphabet=ascii')[0]).toMatchObject({ short_message: Buffer.from('a@??') })
  })

  test('a long one has parts that are read as it, each no longer than a telephone takes', () => {
    for (const text of ['kata '.repeat(100), 'a'.repeat(400), 'ꦱ'.repeat(150), '{'.repeat(200)]) {
      const parts = fieldsOf(text)
      expect(parts.length).toBeGreaterThan(1)
      const heard = parts.map((fields) => read({ ...fields, source_addr: '62811' }))
      expect(heard.map((one) => (one as { text: string }).text).join('')).toBe(text)
      const references = new Set(heard.map((one) => (one as { part: { reference: string } }).part.reference))
      expect(references.size).toBe(1)
      for (const { short_message, data_coding } of parts) {
        const bytes = short_message as Buffer
        const octets = bytes[0]! + 1
        const used = data_coding === 0 ? Math.ceil((octets * 8) / 7) + bytes.length - octets : bytes.length
        expect(used).toBeLessThanOrEqual(data_coding === 0 ? 160 : 140)
      }
    }
    // Sent again it has the same reference.
    expect(fieldsOf('a'.repeat(400))).toEqual(fieldsOf('a'.repeat(400)))
  })

  test('what its bytes say is what was meant', () => {
    const [fields] = fieldsOf('Halo')
    expect(readPdu(writePdu('submit_sm', fields!, { sequence: 3 }))).toMatchObject({
      command: 'submit_sm',
      sequence: 3,
      fields: { destination_addr: '6281234', short_message: gsmOctets('Halo') },
    })
  })

  test.each([
    ['ESME_ROK', 'accepted'],
    ['ESME_RTHROTTLED', 'throttled'],
    ['ESME_RMSGQFUL', 'throttled'],
    ['ESME_RSYSERR', 'away'],
    ['ESME_RINVDSTADR', 'refused'],
  ])('an answer %s', (name, state) => {
    expect(readSubmitted({ status: statusOf(name), message_id: '1A' }, 'same').state).toBe(state)
  })

  test('ids are noted as reports will name them', () => {
    const idOf = (message_id: string, reports: 'same' | 'decimal' | 'hex') =>
      readSubmitted({ status: 0, message_id }, reports)
    expect(idOf('0000001A', 'same')).toEqual({ state: 'accepted', id: '1a' })
    expect(idOf('1A', 'decimal')).toEqual({ state: 'accepted', id: '26' })
    expect(idOf('26', 'hex')).toEqual({ state: 'accepted', id: '1a' })
    expect(idOf('', 'same')).toEqual({ state: 'accepted', id: null })
  })

  test('the whole is as its worst part', () => {
    const accepted = { state: 'accepted', id: '1' } as const
    const error = 'ESME_X'
    expect(attemptOf([accepted, accepted], 0)).toEqual({ state: 'accepted', ids: ['1', '1'] })
    expect(attemptOf([accepted, { state: 'unanswered', error }], 0)).toEqual({ state: 'unknown', error })
    expect(
      attemptOf(
        [
          { state: 'refused', error },
          { state: 'throttled', error },
        ],
        0,
      ).state,
    ).toBe('refused')
    expect(attemptOf([accepted, { state: 'throttled', error }], 4_000)).toEqual({ state: 'later', error, away: true, after_ms: 4_000 }) // prettier-ignore
  })

  test.each([
    ['smpp://a:b@h?windw=3', 'windw'],
    ['smpp://a:b@h?bind=x', 'bind'],
    ['smpp://a:b@h?window=x', 'window'],
  ])('a wrong line: %s', (url, word) => {
    expect(() => readSmppAddress(url)).toThrow(word)
    expect(address).toMatchObject({ port: 2775, secure: false, window: 10, bind: 'transceiver' })
  })
})
