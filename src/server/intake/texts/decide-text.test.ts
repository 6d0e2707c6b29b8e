import { expect, test } from 'vitest'
import type { ProviderText } from '../../referrals/index.ts'
import { readCommand } from '../../referrals/index.ts'
import { decideText, type TextDecision } from './decide-text.ts'
import type { Known, OwnTicket } from './look-up-texts.ts'
import type { ReadyText } from './ready-text.ts'

const now = new Date('2026-11-22T08:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)

const aTicket = (id: string, given: Partial<OwnTicket> = {}): OwnTicket => ({
  id,
  number: { a: '100014', b: '100023', c: '100038' }[id]!,
  state: 'open',
  state_since: hoursAgo(5),
  person_id: 'sari',
  language: 'id',
  holder: 'Sekretariat',
  accepted: false,
  last_at: hoursAgo(2),
  last_out_at: null,
  score: null,
  score_words: null,
  need: null,
  has_contacts: false,
  ...given,
})
const [a, b] = [aTicket('a'), aTicket('b', { last_at: hoursAgo(3) })]
const resolved = aTicket('a', { state: 'resolved' })
const closed = aTicket('a', { state: 'closed' })
const stale = aTicket('a', { last_at: hoursAgo(73) })

const speaker = { channel: 'sms' as const, address: '+6281255000001' }
const spokeIn = (ticket_id: string, hours = 1): Known['conversation'] => ({
  ...speaker,
  stopped_at: null,
  last_in_at: null,
  ticket_id,
  continues_until: new Date(hoursAgo(hours).getTime() + 72 * 3_600_000),
  question: null,
  asked_at: null,
})
const asked = (question: NonNullable<Known['conversation']>['question']): Known['conversation'] => ({
  ...spokeIn('none')!,
  ticket_id: null,
  continues_until: null,
  question,
  asked_at: hoursAgo(0.1),
})
const whichOf = asked({
  kind: 'which_ticket',
  tickets: [a, b].map(({ id, number }) => ({ id, number })),
  item_ids: ['held'],
})
const contact = (text: string, given: Partial<ProviderText> = {}): ProviderText => ({
  person_id: 'budi',
  desk_id: 'mitra',
  heard: readCommand(text),
  offer: { id: 'o', code: '7K3', state: 'accepted', ticket_id: 'x', number: '100049' },
  in_hand: 1,
  undoable_at: null,
  ...given,
})

function decide(text: string, known: Partial<Known> = {}, given: Partial<ReadyText> = {}): TextDecision {
  const heard = {
    kind: 'text',
    from: speaker.address,
    to: '1500',
    name: '',
    text,
    at: null,
    part: null,
    remote_id: null,
    answers_remote_id: null,
    button: null,
    media: [],
  } as const
  return decideText(
    { item: {} as ReadyText['item'], heard, speaker, text, has_gaps: false, attachments: [], ...given },
    {
      own: false,
      blocked: false,
      conversation: null,
      tickets: [],
      barred: [],
      quoted_id: null,
      original_ticket_id: null,
      original_item_id: null,
      provider: null,
      is_asked_for_duty: false,
      undoable: null,
      names: [],
      ...known,
    },
    now,
  )
}
const act = (name: string, more: object = {}) => ({ outcome: 'act', act: { act: name, ...more } })
const told = (key: string) => ({ outcome: 'told', key })
const into = (ticket: OwnTicket) => ({ outcome: 'message', ticket: { id: ticket.id } })
const fresh = { outcome: 'ticket' }

test.each<[string, string, Partial<Known>, object]>([
  ['nobody knows the number', 'printer mati', {}, { ...fresh, possible_ticket: null }],
  ['one that goes on', 'masih mati', { tickets: [a] }, into(a)],
  ['one, silent for three days', 'printer mati', { tickets: [stale] }, { ...fresh, possible_ticket: { id: 'a' } }],
  ['one that was closed', 'printer mati', { tickets: [closed] }, { ...fresh, possible_ticket: { id: 'a' } }],
  ['one that waits to be confirmed', 'masih mati', { tickets: [resolved] }, into(resolved)],
  ['several', 'masih mati', { tickets: [a, b] }, { outcome: 'held', ask: true }],
  ['several, while we ask', 'lampu merah', { tickets: [a, b], conversation: whichOf }, { outcome: 'held', ask: false }],
  ['several, spoken in one', 'lampu merah', { tickets: [a, b], conversation: spokeIn('b') }, into(b)],
  [
    'several, and we spoke in the other since',
    'sudah saya coba',
    { tickets: [aTicket('a', { last_out_at: hoursAgo(0.5) }), b], conversation: spokeIn('b') },
    { outcome: 'held', ask: true },
  ],
  ['several, one is named', 'soal 100023: lampu merah', { tickets: [a, b] }, into(b)],
  ['several, one is quoted', 'lampu merah', { tickets: [a, b], quoted_id: 'b' }, into(b)],
  ['a stranger names a ticket', 'soal 100014: lampu merah', {}, fresh],
  ['a number that is no ticket of theirs', 'telepon 100038', { tickets: [a] }, into(a)],
  ['another matter', 'wifi mati', { tickets: [a], conversation: asked({ kind: 'new' }) }, fresh],
  ['BARU', 'baru', { tickets: [a] }, act('new')],
  ['BARU with words', 'Ini soal lain: wifi mati', { tickets: [a] }, { ...fresh, text: 'wifi mati' }],

  ['1', '1', { tickets: [a, b], conversation: whichOf }, act('pick', { ticket: a, item_ids: ['held'] })],
  ['2.', '2.', { tickets: [a, b], conversation: whichOf }, act('pick', { ticket: b })],
  ['its number', '#100023', { tickets: [a, b], conversation: whichOf }, act('pick', { ticket: b })],
  ['none of them', 'BARU', { tickets: [a, b], conversation: whichOf }, act('pick', { ticket: null })],
  ['a place that is not there', '7', { tickets: [a, b], conversation: whichOf }, { outcome: 'held', ask: false }],
  ['1, and nothing was asked', '1', { tickets: [a] }, into(a)],
  ['5 after the end', '5', { tickets: [closed] }, told('sms.ask_back')],

  ['STATUS of nobody', 'status', {}, told('sms.no_ticket')],
  ['STATUS', 'status', { tickets: [a, b] }, act('status', { tickets: [a, b] })],
  ['STATUS of one', 'status 100023', { tickets: [a, b] }, act('status', { tickets: [b] })],
  ['STATUS of somebody else’s', 'status 100038', { tickets: [a] }, told('sms.unknown_number')],
  ['SELESAI', 'selesai', { tickets: [a] }, act('solved', { ticket: a })],
  ['SELESAI, one waits to be confirmed', 'selesai', { tickets: [b, resolved] }, act('solved', { ticket: resolved })],
  ['SELESAI, spoken in one', 'beres', { tickets: [a, b], conversation: spokeIn('b') }, act('solved', { ticket: b })],
  ['SELESAI of several', 'beres', { tickets: [a, b] }, told('sms.which_number')],
  ['SELESAI with its number', 'selesai 100023', { tickets: [a, b] }, act('solved', { ticket: b })],
  ['SELESAI, said twice', 'selesai', { tickets: [closed] }, { outcome: 'thanks' }],
  ['SELESAI of nobody', 'selesai', {}, told('sms.no_ticket')],
  ['SUDAH answers the desk', 'sudah', { tickets: [a] }, into(a)],
  ['SUDAH, when we asked', 'sudah', { tickets: [resolved] }, act('solved')],
  ['“sudah teratasi” answers the desk', 'sudah teratasi', { tickets: [a] }, into(a)],
  ['“sudah teratasi”, when we asked', 'sudah teratasi', { tickets: [resolved] }, told('sms.ask_back')],
  ['BELUM answers the desk', 'belum', { tickets: [a] }, into(a)],
  ['BELUM, when we asked', 'belum', { tickets: [resolved] }, act('not_solved')],
  ['BELUM after the end', 'belum', { tickets: [closed] }, act('not_solved')],
  ['NILAI', 'nilai 4', { tickets: [closed] }, act('rate', { score: 4 })],
  ['NILAI of nothing that ended', 'nilai 4', { tickets: [a] }, told('sms.nothing_to_rate')],
  ['BATAL of nothing', 'batal', { tickets: [a] }, told('sms.nothing_to_undo')],
  ['a slip of the thumb', 'status 100015', { tickets: [a] }, told('sms.number_slip')],
  ['a thank-you while it goes on', 'terima kasih', { tickets: [a] }, into(a)],
  ['a thank-you after the end', 'terima kasih', { tickets: [resolved] }, { outcome: 'thanks', ticket: { id: 'a' } }],
  ['a blocked number', 'STATUS', { blocked: true, tickets: [a] }, { outcome: 'refused', reason: 'blocked' }],
  ['a blocked number that wants no more texts', 'stop', { blocked: true, tickets: [a] }, act('stop')],
  [
    'the text behind a hundred that wait to be told for which',
    'masih',
    {
      tickets: [a, b],
      conversation: asked({ ...whichOf!.question, item_ids: Array.from({ length: 100 }, String) } as never),
    },
    into(a),
  ],
  ['our own number', 'printer mati', { own: true }, { outcome: 'report', reason: 'own_text' }],

  ['a provider’s command from nobody', 'TERIMA 7K3', {}, told('sms.not_contact')],
  ['a provider accepts', 'TERIMA 7K3', { provider: contact('TERIMA 7K3') }, { outcome: 'provider' }],
  ['a provider pauses', 'LIBUR 5 hari', { provider: contact('LIBUR 5 hari') }, { outcome: 'provider' }],
  ['a provider closes', 'SELESAI 7K3', { provider: contact('SELESAI 7K3'), tickets: [a] }, { outcome: 'provider' }],
  ['a provider says SELESAI alone', 'selesai', { provider: contact('selesai') }, { outcome: 'provider' }],
  ['both say SELESAI alone', 'selesai', { provider: contact('selesai'), tickets: [a] }, told('sms.which_role')],
  [
    'both, and no case in hand',
    'selesai',
    { provider: contact('selesai', { offer: null, in_hand: 0 }), tickets: [a] },
    act('solved'),
  ],
  [
    'a provider speaks of the case',
    'besok kami datang',
    { provider: contact('besok kami datang') },
    { outcome: 'provider' },
  ],
  ['a provider with a ticket of their own', 'masih mati', { provider: contact('masih mati'), tickets: [a] }, into(a)],
  [
    'a provider without anything in hand',
    'printer mati',
    { provider: contact('printer mati', { offer: null, in_hand: 0 }) },
    fresh,
  ],
  [
    'a contact’s number is somebody else’s',
    'salah nomor',
    { provider: contact('salah nomor') },
    { outcome: 'provider' },
  ],
  ['a wrong number of nobody', 'salah nomor', {}, told('sms.wrong_nobody')],
  ['a wrong number', 'salah', { tickets: [a] }, act('disown', { ticket: a })],
  [
    'a wrong number of several: where we wrote last',
    'bukan saya',
    { tickets: [aTicket('a', { last_out_at: hoursAgo(9) }), aTicket('b', { last_out_at: hoursAgo(3) })] },
    act('disown', { ticket: { id: 'b' } }),
  ],
  [
    'a word that answers a question of ours as often: asked back of whoever speaks there',
    'Salah.',
    { tickets: [aTicket('a', { last_out_at: hoursAgo(2) })], conversation: spokeIn('a') },
    told('sms.ask_back'),
  ],
  [
    'a wrong number, said in full by whoever speaks there',
    'salah nomor',
    { tickets: [a], conversation: spokeIn('a') },
    act('disown', { ticket: a }),
  ],
  ['TARIK of several', 'tarik', { tickets: [a, b] }, told('sms.which_number')],
  ['SELESAI of what is not on SMS', 'selesai', { barred: [{ ...a, bar: 'channel' }] }, told('sms.barred_channel')],
  [
    'words about what is not on SMS',
    'masih mati',
    { barred: [{ ...a, bar: 'channel' }] },
    { ...fresh, possible_ticket: { id: 'a' } },
  ],
  ['STATUS of what is not on SMS', 'status', { barred: [{ ...a, bar: 'channel' }] }, act('status')],
  ['a provider asks for the status of nothing', 'status', { provider: contact('status') }, told('sms.no_ticket')],
])('%s: %j', (_, text, known, expected) => {
  expect(decide(text, known)).toMatchObject(expected)
})

test('a text with a gap or with a file is never a command', () => {
  expect(decide('SELESAI', { tickets: [a] }, { has_gaps: true })).toMatchObject(into(a))
  const photo = { name: 'foto.jpg', type: 'image/jpeg', size: 1, sha256: '0' }
  expect(decide('SELESAI', { tickets: [a] }, { attachments: [photo] })).toMatchObject(into(a))
  expect(decide('', {}, { attachments: [photo] })).toMatchObject(fresh)
})

test('BATAL takes back the newest of what somebody did in both of their parts', () => {
  const undoable = { ...speaker, id: 'u', word: 'solved' as const, ticket_id: 'a', before: {}, done_at: hoursAgo(0.05) }
  const known = (minutes: number) => ({
    tickets: [closed],
    undoable,
    provider: contact('BATAL', { offer: null, undoable_at: new Date(now.getTime() - minutes * 60_000) }),
  })
  expect(decide('BATAL', known(4))).toMatchObject(act('undo', { command: undoable }))
  expect(decide('BATAL', known(1))).toMatchObject({ outcome: 'provider' })
})

test('nobody can answer a name in letters', () => {
  expect(decide('Promo!', {}, { speaker: null })).toEqual({ outcome: 'refused', reason: 'sender_unreachable' })
})
