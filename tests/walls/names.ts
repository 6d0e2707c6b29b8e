/**
 * What the fields of forms, addresses and the API name. The walk finds the fields by itself (it listens to which ones an action reads), and
 * fails at a field that stands in neither list: whoever adds one says here what it is.
 */
import type { Office } from './offices.ts'

/** Fields that name something of somebody: they get the other office's, one after the other. */
export const ids: Record<string, (office: Office) => string> = {
  ticket_id: (o) => o.ticket.id,
  number: (o) => o.ticket.number,
  duplicate_of: (o) => o.ticket.number,
  to_number: (o) => o.ticket.number,
  message_id: (o) => o.ticket.message_id,
  seen_message_id: (o) => o.ticket.message_id,
  file_id: (o) => o.file_id,
  item_id: (o) => o.item_id,
  outbox_id: (o) => o.outbox_id,
  person_id: (o) => o.ticket.requester.id,
  requester: (o) => o.ticket.requester.id,
  holder: (o) => o.agent.person_id,
  to: (o) => o.agent.person_id,
  other_id: (o) => o.ticket.requester.id,
  one_id: (o) => o.ticket.requester.id,
  kept_id: (o) => o.ticket.requester.id,
  with: (o) => o.ticket.requester.id,
  contact_point_id: (o) => o.contact_point_id,
  normalised: (o) => o.suggested,
  address: (o) => o.ticket.requester.email!,
  place_id: (o) => o.ticket.id,
  grant_id: (o) => o.grant_id,
  // Of the secretariat alone: for everybody else here there is none.
  affiliation_id: (o) => o.application_id,
  representation_id: (o) => o.application_id,
  review_id: (o) => o.application_id,
  session_id: (o) => o.session_id,
  token_id: (o) => o.token_id,
  desk_id: (o) => o.desk.id,
  desk: (o) => o.desk.id,
  form_id: (o) => o.form_id,
  send_id: (o) => o.form_id,
  cursor: (o) => o.ticket.id,
  mail: (o) => o.outbox_id,
}

/** Fields that are words, choices and numbers: what is valid often enough. */
export const words: Record<string, string> = {
  text: 'Jawaban',
  answer: 'Jawaban',
  waiting: 'yes',
  place: 'ticket',
  purpose: 'Pemeriksaan contoh',
  problem: 'Masalah',
  cause: 'Sebab',
  alternatives: 'Lain',
  steps: 'Langkah',
  subject: 'Perihal',
  region_code: '63',
  province: '63',
  topic_code: '',
  urgency: 'normal',
  kind: 'free_help',
  reason: 'duplicate',
  pointer: 'Kantor lain',
  channel: 'phone',
  name: 'Nama Contoh',
  email: 'siapa@contoh.example',
  phone: '081234567890',
  language: 'id',
  role: 'agent',
  days: '3',
  organisation_query: 'Dinas',
  query: 'dinas',
  score: '5',
  words: 'Baik',
  // Organisations stand in a public directory.
  organisation_id: '',
  parent_id: '',
  // Of a member's or partner's own page: what it shows of itself.
  remove_id: '',
  first_id: '',
  end_id: '',
  // In Indonesian, not somebody's id; and what a letter or a provider calls itself.
  name_id: 'Nama',
  title_id: 'Judul',
  body_id: 'Isi',
  letter_number: '1',
  client_id: 'x',
}
