import { expect, test } from 'vitest'
import type { Mail } from '../channels/index.ts'
import { decide, type Known } from './decide.ts'
import { guessLanguage } from './guess-language.ts'

const ticket = { id: 'satu', number: '100014', closed: false }
const other = { id: 'dua', number: '100023', closed: false }
const old = { id: 'lama', number: '100032', closed: true }
const sari = { person_id: 'sari', folded_name: 'sari' }

const aMail = (reason: Mail['auto']['reason'] = null, content_type = 'text/plain') =>
  ({
    auto: { automatic: reason !== null, reason },
    content_type,
    text: 'Halo.',
    quoted_text: null,
    only_repeats: false,
    remarks: [],
    invitations: [],
    attachments: [],
    headers: {},
    in_reply_to: [],
    references: [],
    message_id: null,
    from: null,
    subject: '',
  }) as unknown as Mail
const known = (given: Partial<Known> = {}): Known => ({
  sender: { name: 'Sari', folded_name: 'sari', normalised: 'sari@contoh.id' },
  blocked: false,
  own: false,
  null_return_path: false,
  candidates: [],
  addressed: new Set(),
  answers_us: false,
  participations: new Map(),
  agents: new Map(),
  doubtful: false,
  unproved: false,
  accepted: false,
  ...given,
})
const takesPart = new Map([[ticket.id, [sari]]])

test.each<[string, Mail, Partial<Known>, object]>([
  ['somebody new', aMail(), {}, { outcome: 'ticket', reason: null, possible_ticket: null }],
  [
    'a participant',
    aMail(),
    { candidates: [ticket], participations: takesPart },
    { outcome: 'message', ticket, author_id: 'sari' },
  ],
  ['a stranger', aMail(), { candidates: [ticket] }, { outcome: 'ticket', possible_ticket: ticket }],
  [
    'a participant of the second candidate',
    aMail(),
    { candidates: [other, ticket], participations: takesPart },
    { outcome: 'message', ticket },
  ],
  [
    'a blocked participant',
    aMail(),
    { blocked: true, candidates: [ticket], participations: takesPart },
    { outcome: 'refused', reason: 'blocked' },
  ],
  [
    'a list that a participant writes through',
    aMail('list'),
    { candidates: [ticket], participations: takesPart },
    { outcome: 'message' },
  ],
  ['a new mail through a list', aMail('list'), {}, { outcome: 'ticket', reason: 'automatic' }],
  [
    'a vacation answer to us',
    aMail('auto_submitted'),
    { answers_us: true, candidates: [ticket], participations: takesPart },
    { outcome: 'report', reason: 'automatic_reply', ticket },
  ],
  ['a program that writes first', aMail('auto_submitted'), {}, { outcome: 'ticket', reason: 'automatic' }],
  ['a null return path', aMail(), { null_return_path: true }, { outcome: 'ticket', reason: 'automatic' }],
  ['a bounce', aMail('report', 'multipart/report'), { sender: null }, { outcome: 'report', reason: 'delivery_report' }],
  ['our own loop', aMail('loop'), {}, { outcome: 'report', reason: 'own_mail' }],
  ['our own address', aMail(), { own: true }, { outcome: 'report', reason: 'own_mail' }],
  ['nobody', aMail(), { sender: null }, { outcome: 'quarantined', reason: 'no_sender' }],
  [
    'a participant of a closed ticket and of the one that followed it',
    aMail(),
    { candidates: [old, ticket], participations: new Map([...takesPart, [old.id, [sari]]]) },
    { outcome: 'message', ticket },
  ],
  [
    'somebody new whose domain knows nothing of it',
    aMail(),
    { doubtful: true },
    { outcome: 'ticket', reason: 'sender_doubtful', possible_ticket: null },
  ],
  [
    'a participant whose domain knows nothing of it',
    aMail(),
    { candidates: [ticket], participations: takesPart, doubtful: true },
    { outcome: 'quarantined', reason: 'sender_doubtful', possible_ticket: ticket },
  ],
  [
    'the same, when a person said that it may enter',
    aMail(),
    { candidates: [ticket], participations: takesPart, doubtful: true, accepted: true },
    { outcome: 'message', ticket },
  ],
  [
    'a stranger whose domain knows nothing of it',
    aMail(),
    { candidates: [ticket], doubtful: true },
    { outcome: 'ticket', reason: 'sender_doubtful', possible_ticket: ticket },
  ],
  [
    'an agent at the address that was given to them',
    aMail(),
    { candidates: [ticket], agents: new Map([[ticket.id, 'agen']]) },
    { outcome: 'message', reason: 'agent_reply', ticket, author_id: 'agen' },
  ],
  [
    'an agent’s old program that says they are away',
    aMail('precedence'),
    { candidates: [ticket], agents: new Map([[ticket.id, 'agen']]) },
    { outcome: 'ticket', reason: 'automatic', possible_ticket: ticket },
  ],
  [
    'an agent behind Exchange, which marks people’s mails too',
    aMail('suppressed'),
    { candidates: [ticket], agents: new Map([[ticket.id, 'agen']]) },
    { outcome: 'message', reason: 'agent_reply' },
  ],
  [
    'an agent whose domain knows nothing of it',
    aMail(),
    { candidates: [ticket], agents: new Map([[ticket.id, 'agen']]), doubtful: true },
    { outcome: 'quarantined', reason: 'sender_doubtful' },
  ],
  [
    'a participant of a closed ticket alone',
    aMail(),
    { candidates: [old], participations: new Map([[old.id, [sari]]]) },
    { outcome: 'message', ticket: old },
  ],
])('%s', (_, mail, given, decision) => {
  expect(decide(mail, known(given))).toMatchObject(decision)
})

test('of several people with one address the one addressed wrote it, else the one with this name', () => {
  const family = new Map([[ticket.id, [{ person_id: 'budi', folded_name: 'budi' }, sari]]])
  const given = { candidates: [ticket], participations: family }
  expect(decide(aMail(), known(given))).toMatchObject({ author_id: 'sari' })
  expect(decide(aMail(), known({ ...given, addressed: new Set(['budi']) }))).toMatchObject({ author_id: 'budi' })
})

test.each([
  ['Mohon bantuan, pencetak kami tidak bisa dipakai', 'id'],
  ['Our printer is broken, please help us', 'en'],
  ['', 'id'],
  ['LibreOffice 24.2', 'id'],
])('%s is %s', (text, language) => {
  expect(guessLanguage(text)).toBe(language)
})
