/** Invented, for the OpenAPI document; a test holds each against its schema. */
const desk = { id: '019aa000-0000-7000-8000-000000000001', name: 'Meja Bantuan Kalimantan Selatan (contoh)' }
const requester = { id: '019aa000-0000-7000-8000-000000000002', name: 'Sari Contoh' }
const agent = { id: '019aa000-0000-7000-8000-000000000003', name: 'Budi Contoh' }
const at = '2026-03-02T01:15:00.000Z'
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

export const aTicket = {
  id: '019aa000-0000-7000-8000-000000000004',
  number: '100057',
  subject: 'Pencetak kami tidak mau mencetak sejak pindah ke Linux.',
  state: 'new',
  channel: 'api',
  urgency: 'normal',
  kind: 'not_known',
  region: '63.07',
  topic: null,
  requester,
  holder: { desk, agent: null },
  created_at: at,
  waiting_since: at,
}
const ticket = { id: aTicket.id, number: aTicket.number }
const helper = { id: '019aa000-0000-7000-8000-000000000011', name: 'Komunitas Linux Banjarmasin (contoh)' }

export const aReferral = {
  id: '019aa000-0000-7000-8000-000000000012',
  ticket,
  state: 'offered',
  kind: 'free',
  holder: { desk, agent: null, since: at },
  region: '63.07',
  topic: 'perangkat-keras',
  summary: 'Pencetak tidak mau mencetak sejak pindah ke Linux.',
  opened_at: at,
  ended_at: null,
  offers: [
    {
      id: '019aa000-0000-7000-8000-000000000013',
      organisation: helper,
      state: 'open',
      offered_at: at,
      due_at: '2026-03-02T03:15:00.000Z',
      answered_at: null,
      reason: null,
      words: null,
    },
  ],
  decision: {
    policy: '1',
    seed: '019aa000-0000-7000-8000-000000000014',
    chosen: helper.id,
    reason: null,
    candidates: [
      {
        organisation: helper,
        eligible: true,
        position: 1,
        sentence: 'Anggota yang melayani kabupaten atau kota ini; belum pernah ditawari.',
        rules: [{ code: 'standing', passed: true, sentence: 'Anggota.' }],
      },
    ],
  },
}

export const REPLY_TEXT = 'Pasang paket driver pencetak, lalu coba lagi.'

export const aMessage = {
  id: '019aa000-0000-7000-8000-000000000005',
  direction: 'out',
  internal: false,
  channel: 'email',
  author: agent,
  text: REPLY_TEXT,
  quoted_text: null,
  signature_text: null,
  at,
  taken_back_at: null,
  attachments: [],
  deliveries: [
    {
      id: '019aa000-0000-7000-8000-000000000006',
      recipient: 'sari@dinkes.contoh.go.id',
      state: 'waiting',
      last_error: null,
    },
  ],
}

export const anItem = {
  id: '019aa000-0000-7000-8000-000000000007',
  channel: 'api',
  received_at: at,
  outcome: 'ticket',
  reason: null,
  settled_at: at,
  ticket,
  duplicate_of: null,
  possible_ticket: null,
  message_id: null,
  sender: { name: requester.name, address: 'sari@dinkes.contoh.go.id' },
  recipients: [],
  subject: null,
  text: aTicket.subject,
  attachments: [],
  size: 167,
  sha256,
}

const sums = {
  received: 3,
  waiting: 0,
  ticket: 2,
  message: 1,
  command: 0,
  report: 0,
  duplicate: 0,
  quarantined: 0,
  refused: 0,
}
export const aSummary = { ...sums, by_channel: { email: sums } }

export const anOutboxMessage = {
  id: '019aa000-0000-7000-8000-000000000006',
  channel: 'email',
  kind: 'reply',
  recipient: 'sari@dinkes.contoh.go.id',
  subject: '[#100057] Pencetak kami tidak mau mencetak sejak pindah ke Linux.',
  ticket,
  state: 'sent',
  attempts: 1,
  next_attempt_at: null,
  last_error: null,
  created_at: at,
  sent_at: at,
}

export const aDesk = {
  ...desk,
  kind: 'province',
  organisation: null,
  email: 'kalsel@bantuan.contoh.go.id',
  time_zone: 'Asia/Makassar',
  accepting: true,
  regions: [{ code: '63', name: 'Kalimantan Selatan' }],
  serves_neighbours: false,
  serves_nation: false,
  competences: [{ code: 'libreoffice', level: 2 }],
}

export const anOrganisation = {
  id: '019aa000-0000-7000-8000-000000000008',
  name: 'Dinas Kesehatan Contoh',
  kind: 'regional_office',
  region: '63.07',
  parent: null,
  standing: null,
}

export const anAffiliation = {
  id: '019aa000-0000-7000-8000-000000000009',
  organisation: { id: '019aa000-0000-7000-8000-00000000000a', name: 'Komunitas Linux Banua (contoh)' },
  desk: { id: '019aa000-0000-7000-8000-00000000000b', name: 'Komunitas Linux Banua (contoh)' },
  kind: 'member',
  state: 'active',
  starts_at: at,
  ends_at: null,
  represents: ['63'],
}

export const aRegion = {
  code: '63.07',
  name: 'Kabupaten Hulu Sungai Tengah',
  level: 'regency',
  parent: '63',
  time_zone: 'Asia/Makassar',
}

export const aTopic = {
  code: 'perangkat-keras',
  name_id: 'Perangkat keras dan pencetak',
  name_en: 'Hardware and printers',
}

export const aProblem = {
  type: 'urn:pandu:problem:invalid',
  title: 'Nothing was done. Correct the fields named below.',
  status: 422,
  errors: [{ path: 'requester.email', message: 'This mail address is not complete. Example: name@office.go.id' }],
}
