import { expect, test } from 'vitest'
import { dictionaries, say, type Key } from '../../platform/words.ts'
import { foldToGsm, segment } from '../../channels/index.ts'
import { sayOne, sayWork, type PaidAnswer, type PaidNeed } from '../../referrals/index.ts'
import { smsForm } from '../../tickets/index.ts'
import { status } from './do-act.ts'
import { choices } from './ask-which.ts'
import type { OwnTicket } from './look-up-texts.ts'
import { wordsOf, type SmsKey } from './say.ts'

/** The longest that may stand in each place: eight digits of a ticket's number, a desk's name as it is cut, the day as it is written. */
const VALUES: Record<string, string> = {
  number: '10000057',
  whole: '10000057',
  other: '10000065',
  means: 'SELESAI 10000057',
  word: 'KEMBALIKAN',
  list: '10000057, 10000065, 10000071',
  choice: '1',
  day: '22 November 2026',
  holder: 'Meja Layanan Provinsi Kepulauan B...',
  state: 'menunggu kabar Anda: SELESAI atau BELUM',
  score: '5',
  place: '100',
  from: '100',
  code: '7K3M9',
  by: 'Yayasan Perangkat Lunak Bebas Con...',
  days: '14',
  until: '22 November 2026',
  province: 'Kepulauan Bangka Belitung',
  what: 'Pembatasan data Anda',
  hours: '72',
  page: 'https://bantuan.contoh.go.id/my-data',
  who: 'Sri Wahyuningsih Purwaningrum',
}
/** Their words, names or links are as long as they are; whoever says them cuts the words or leaves out the link (tickets/sms-form.ts, say.ts). */
const CUT = [
  'answer',
  'problem',
  'steps',
  'text',
  'summary',
  'region',
  'organisation',
  'topic',
  'pointer',
  'name',
  'requester',
  'due',
  'count',
  'accept',
  'site',
  'scope',
  'question',
  'reply',
  'contact',
  'yours',
  'ways',
  'line',
]
/** A list of its own length; each has its own test. */
const OWN_LIST: Partial<Record<Key, string>> = {
  'sms.ask_topic': '',
  'sms.ask_place_again': '',
  'sms.ask_place_sure': '',
  'sms.status_many': '',
  'sms.paid_list': '',
  'sms.paid_list_ended': '',
  'sms.paid_whom': '',
  'sms.which_ticket': '1 #10000057 (22 Nov)',
}

const keys = (Object.keys(dictionaries.id) as Key[]).filter((key) => key.startsWith('sms.'))
const placesOf = (key: Key): string[] => [
  ...new Set(
    (['id', 'en'] as const).flatMap((language) =>
      [...dictionaries[language][key]!.matchAll(/\{(\w+)/g)].map((match) => match[1]!),
    ),
  ),
]
/** As they are where the installation's address is as long as this; a longer one costs a second segment. */
const LINK = `https://bantuan.contoh.go.id/my-data/${'a'.repeat(32)}`
const WITH_LINK: SmsKey[] = ['sms.data_code', 'sms.data_link', 'sms.data_received', 'sms.link']
/** Left out where the link makes it longer (say.ts), sent by chat only, or worth a second segment: paid work, lists of links, files. */
const LONGER_WITH_LINK: SmsKey[] = [
  'sms.agreement_confirmed',
  'sms.agreement_declined',
  'sms.agreement_ended',
  'sms.agreement_recorded',
  'sms.agreement_withdrawn',
  'sms.chat_closed',
  'sms.chat_confirm',
  'sms.chat_follow',
  'sms.files',
  'sms.opened_where_link',
  'sms.paid_confirmed',
  'sms.paid_invited',
  'sms.paid_reminded',
  'sms.paid_replied',
]
const whole = keys.filter((key) => !placesOf(key).some((place) => place === 'link' || CUT.includes(place)))

test('there are sentences to look at', () => expect(whole.length).toBeGreaterThan(60))

test('of each sentence with a link it is known how long it is', () =>
  expect(keys.filter((key) => placesOf(key).includes('link')).toSorted()).toEqual(
    [...WITH_LINK, ...LONGER_WITH_LINK].toSorted(),
  ))

test.each(WITH_LINK)('%s is one segment with a real link, in both languages', (key) => {
  for (const language of ['id', 'en'] as const) {
    const what = say(language, 'sms.data_restriction')
    const text = say(language, key, { ...VALUES, what, code: '482915', minutes: 60, open: 24, link: LINK })
    expect({ text, parts: segment(foldToGsm(text)).parts.length }).toEqual({ text, parts: 1 })
  }
})

test.each(whole)('%s is one segment in both languages', (key) => {
  const values = { ...VALUES, list: OWN_LIST[key] ?? VALUES['list']! }
  for (const place of placesOf(key)) expect(values).toHaveProperty(place)
  for (const language of ['id', 'en'] as const) {
    const text = say(language, key, values)
    const { coding, parts } = segment(foldToGsm(text))
    expect({ text, coding, parts: parts.length }).toEqual({ text, coding: 'gsm', parts: 1 })
  }
})

/** As say-need.ts cuts a name. */
const NAME = 'Yayasan Perangkat Lunak Bebas Con...'
test.each<[SmsKey, number]>([
  ['sms.paid_told_interested', 1],
  ['sms.paid_told_not_interested', 1],
  ['sms.paid_agreed_ok', 1],
  ['sms.paid_contact_gone', 1],
  ['sms.agreement_done_record', 1],
  ['sms.agreement_done_confirm', 1],
  ['sms.agreement_done_decline', 1],
  ['sms.agreement_done_end', 1],
  ['sms.agreement_form', 2],
  ['sms.paid_contact_ask', 3],
  ['sms.agreement_read', 2],
  ['sms.which_need', 2],
])('%s is at most %i segments with the longest name', (key, most) => {
  // An address and a number of their own; each more makes it longer, and it is never left out who sees what.
  const line = 'PERJANJIAN 100 10000057: PEMELIHARAAN 31-12-2027 31-12-2028 SEPANJANG WAKTU 100000 1000000 K3ABC'
  const yours = 'Sri Wahyuningsih Purwaningrum, +6281234567890, sri.wahyuningsih@dinas.contoh.go.id'
  for (const language of ['id', 'en'] as const) {
    const text = say(language, key, { ...VALUES, name: NAME, yours, line })
    const { coding, parts } = segment(foldToGsm(text))
    expect({ text, coding, fits: parts.length <= most }).toEqual({ text, coding: 'gsm', fits: true })
  }
})

test('long words of people are cut at the end of a text: place, dates, contact and what can be done next stay', () => {
  const answer: PaidAnswer = {
    id: '1',
    position: 1,
    name: NAME,
    organisation_id: '1',
    invited_at: new Date(),
    answer: 'interested',
    question: 'berapa titik jaringan '.repeat(18),
    reply: 'dua puluh titik di dua lantai '.repeat(9),
    contacts_shown_at: new Date(),
    contact: { name: 'Budi (contoh)', addresses: ['+6281234567890'] },
  }
  const need: PaidNeed = {
    id: '1',
    scope: 'pasang kabel jaringan dan komputer '.repeat(100),
    place: 'Jalan Contoh 1',
    wanted_by: '2027-01-31',
    state: 'open',
    agreed_at: null,
    due_at: new Date('2027-01-10'),
    ended_at: null,
    outcome: null,
    outcome_answer_id: null,
    answers: [answer],
  }
  const asSent = (words: string) => smsForm({ words, tail: '', link: '', parts_max: 4 })
  const work = asSent(sayWork(need, { number: '10000057', language: 'id' }))
  for (const said of ['Jalan Contoh 1', '31 Jan 2027', '10 Jan 2027', 'pasang kabel']) expect(work).toContain(said)
  const one = asSent(sayOne(answer, need, { number: '10000057', language: 'id', now: new Date('2026-12-01') }))
  for (const said of ['+6281234567890', 'SEPAKAT 1', 'dua puluh titik']) expect(one).toContain(said)
})

test('TAUTAN brings the link where the address of the installation is long, in two segments; other answers leave it out', () => {
  const url = `https://bantuan-perangkat-lunak-bebas.layanan.dinas-komunikasi.provinsi-kepulauan-bangka-belitung.contoh.go.id/f/${'a'.repeat(32)}`
  const answer = {
    channel: 'sms' as const,
    address: '+62812',
    language: 'id' as const,
    says: { key: 'sms.link_long' as const, values: { number: '10000057' } },
    person_id: null,
    ticket: null,
  }
  const with_link = { key: 'sms.link' as const, values: { number: '10000057' } }
  const said = wordsOf({ ...answer, with_link: { ...with_link, parts_max: 2 } }, url)
  expect(said).toMatchObject({ has_link: true })
  expect(said.text).toContain(url)
  expect(segment(foldToGsm(said.text)).parts).toHaveLength(2)
  expect(wordsOf({ ...answer, with_link }, url)).toMatchObject({ has_link: false })
})

const aTicket = (given: Partial<OwnTicket>): OwnTicket => ({
  id: '',
  number: '10000057',
  state: 'resolved',
  state_since: new Date(),
  person_id: '',
  language: 'id',
  holder: 'Meja Layanan Dinas Komunikasi dan Informatika Provinsi Kepulauan Bangka Belitung',
  accepted: false,
  last_at: new Date('2026-11-22T08:00:00Z'),
  last_out_at: null,
  score: null,
  score_words: null,
  need: null,
  has_contacts: false,
  ...given,
})

test.each([1, 2, 3, 4, 9])('STATUS of %i tickets is one segment', (count) => {
  for (const language of ['id', 'en'] as const)
    for (const state of ['new', 'open', 'waiting', 'referred', 'resolved', 'closed'] as const) {
      const text = status(
        Array.from({ length: count }, () => aTicket({ state })),
        language,
      )
      expect(segment(text).parts, text).toHaveLength(1)
    }
})

test('two or three tickets to choose from are one segment, and what is told is what can be chosen', () => {
  for (const language of ['id', 'en'] as const)
    for (const count of [2, 3, 9]) {
      const { text, told } = choices(
        Array.from({ length: count }, () => aTicket({})),
        language,
        new Date(),
      )
      expect(segment(text).parts, text).toHaveLength(1)
      expect(told.length).toBe(Math.min(count, 3))
    }
})
