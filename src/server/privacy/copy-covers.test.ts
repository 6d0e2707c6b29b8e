import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { copyOfPerson } from './copy-of-person.ts'

/**
 * The guard over the copy of somebody's data: every column of the database that names a person or holds an address or number stands here,
 * as a part of the copy that a row in it reaches, or with the reason why it does not.
 */
const copied: Record<string, readonly string[]> = {
  'person.addresses': ['contact_points.person_id', 'contact_points.address', 'contact_points.normalised'],
  consents: ['consents.person_id'],
  requests: [
    'participants.person_id',
    'participants.contact_point_id',
    'tickets.requester_id',
    'messages.author_id',
    'ratings.person_id',
  ],
  received_from_you: ['intake_items.sender_address', 'intake_items.envelope_from', 'intake_items.remote'],
  sent_to_you: ['outbox.recipient_id', 'outbox.recipient', 'outbox.address'],
  calls: ['calls.person_id', 'calls.number', 'call_backs.number'],
  'address.conversations': ['conversations.address'],
  'address.commands': ['text_commands.address'],
  'address.blocked': ['blocked_senders.address'],
  'address.muted': ['muted_addresses.address'],
  'address.suggested': ['suggested_participants.address', 'suggested_participants.normalised'],
  objections: ['referral_objections.person_id'],
  applications: ['applications.applicant_id', 'applications.contact_address'],
  agreements: ['agreements.asked_person_id'],
  paid_contacts: ['paid_contacts.person_id', 'paid_contacts.addresses'],
  'provider_work.duty': ['duty_contacts.person_id', 'duty_contacts.contact_point_id'],
  'provider_work.offers': ['offers.answered_by'],
  'provider_work.paid_answers': ['paid_answers.answered_by'],
  'provider_work.proposals': ['competence_proposals.proposed_by'],
  'provider_work.questions': ['offer_questions.asked_by'],
  incidents: ['incident_people.person_id'],
  grants: ['grants.person_id'],
  merged_rows: ['people.merged_into'],
  data_requests: ['data_requests.person_id', 'data_requests.address'],
  restrictions: ['restrictions.person_id'],
  account: ['accounts.person_id'],
  'account.roles': ['roles.person_id'],
  'account.desks': ['desk_members.person_id'],
  'account.deputies': ['deputies.person_id', 'deputies.deputy_id'],
}

const leftOut: Record<string, readonly string[]> = {
  'who of us did something is a colleague: "staff" in `processing`, by the fact of the same moment': [
    'affiliations.made_by',
    'agreements.answered_by',
    'agreements.ended_by',
    'agreements.recorded_by',
    'api_tokens.created_by',
    'api_tokens.revoked_by',
    'application_words.author_id',
    'applications.decided_by',
    'applications.recorded_by',
    'blocked_senders.blocked_by',
    'blocked_senders.lifted_by',
    'call_backs.done_by',
    'calls.agent_id',
    'closures.closed_by',
    'competence_proposals.decided_by',
    'coverage_targets.set_by',
    'data_requests.decided_by',
    'data_requests.recorded_by',
    'deputies.ended_by',
    'deputies.set_by',
    'desk_conflicts.declared_by',
    'desk_pauses.person_id',
    'desks.confirmed_by',
    'duty_contacts.proven_by',
    'erasures.decided_by',
    'evidence.recorded_by',
    'grants.granted_by',
    'grants.revoked_by',
    'incidents.agency_told_by',
    'incidents.closed_by',
    'incidents.declared_by',
    'incidents.people_told_by',
    'intake_items.accepted_by',
    'kept_apart.said_by',
    'legal_holds.lifted_by',
    'legal_holds.placed_by',
    'offer_questions.closed_by',
    'organisation_particulars.recorded_by',
    'merges.merged_by',
    'merges.undone_by',
    'muted_addresses.lifted_by',
    'pages.saved_by',
    'paid_needs.opened_by',
    'partner_reviews.decided_by',
    'recordings.recorded_by',
    'referral_decisions.chosen_by',
    'referral_objections.settled_by',
    'referral_policies.saved_by',
    'referral_policy_trials.tried_by',
    'referral_questions.asked_by',
    'referrals.opened_by',
    'referrals.summary_edited_by',
    'representations.recorded_by',
    'restrictions.lifted_by',
    'restrictions.placed_by',
    'retention_rules.changed_by',
    'roles.granted_by',
    'second_factor_roles.required_by',
    'set_limits.set_by',
    'suggested_participants.answered_by',
    'ticket_links.made_by',
    'tickets.holder_person_id',
    'unlisted_restores.acknowledged_by',
  ],
  'what they resolved or closed is a message and a fact of the same request': ['resolutions.resolved_by'],
  'a key, kept as a hash: it opens what the copy shows, and ends by itself': [
    'agreement_links.person_id',
    'data_links.address',
    'follow_links.person_id',
    'offer_links.person_id',
    'one_time_links.address',
    'one_time_links.person_id',
    'paid_links.person_id',
    'provider_addresses.person_id',
  ],
  'how a colleague signs in: shown to them under their account, where its secrets cannot be read either': [
    'api_tokens.person_id',
    'half_sessions.person_id',
    'known_devices.person_id',
    'passkeys.person_id',
    'provider_links.person_id',
    'recovery_codes.person_id',
    'service_accounts.person_id',
    'totp_keys.person_id',
    'auth.sessions.ip_address',
    'auth.users.email',
    'auth.verifications.identifier',
  ],
  'of a page that a colleague has open; gone when they close it': [
    'call_takers.person_id',
    'done_forms.person_id',
    'drafts.person_id',
    'kept_answers.person_id',
    'notices_off.person_id',
    'presences.person_id',
  ],
  'the mail or text that it counts stands in `sent_to_you`': [
    'acknowledgements.address',
    'acknowledgements.person_id',
    'offer_notices.person_id',
  ],
  'the item that it joins stands in `received_from_you`': ['mail_pieces.sender', 'received_texts.address'],
  'a reason that warned whom it is about would defeat the hold; the secretariat answers who asks': [
    'legal_holds.person_id',
  ],
  'their own request to be forgotten stands in `data_requests`': ['erasures.person_id'],
  'of an organisation, not of a person': ['organisation_particulars.address'],
  'names of columns, for joining people': ['reference_columns.by_address'],
  'our own address or number, shown on every page': [
    'desks.mail_local_part',
    'operator.address',
    'operator.email',
    'operator.phone',
    'phone_lines.number',
    'received_texts.receiver',
  ],
}

const database = useDatabase()
let superuser: pg.Client
beforeAll(async () => {
  superuser = new pg.Client({
    host: inject('postgres_socket'),
    port: inject('postgres_port'),
    user: 'postgres',
    database: String(database.app().worker_pool.options.database),
  })
  await superuser.connect()
})
afterAll(() => superuser.end())

test('every column that names a person, an address or a number is in the copy, or has a reason not to be', async () => {
  const { rows } = await superuser.query<{ place: string }>(`
    with columns as (
      select c.oid, n.nspname, c.relname, a.attname, a.attnum, t.typname from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
      where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped)
    select distinct case when nspname = 'public' then '' else nspname || '.' end || relname || '.' || attname as place from columns c
    where (nspname = 'public' and (
        exists (select from reference_columns r where r.of = 'people' and r.table_name = relname and r.column_name = attname)
        or exists (select from pg_constraint f where f.contype = 'f' and f.conrelid = c.oid and attnum = any (f.conkey) and attname <> 'id'
          and (f.confrelid = 'people'::regclass or (f.confrelid = 'contact_points'::regclass)))
        -- what names a person without a foreign key: for the range of times, or because it may outlive them
        or (typname = 'uuid' and attname ~ '(^person_id$|_by$|_person_id$|^recipient_id$|^author_id$|^requester_id$|^applicant_id$|^agent_id$)')))
      or (typname in ('text', '_text') and (attname ~ '(^|_)(address|addresses|email|phone|sender|recipient|normalised|remote|identifier|receiver|envelope_from|mail_local_part)$'
        or (attname = 'number' and relname in (select relname from columns where attname = 'number' and typname = 'text'))))
    order by 1`)
  const known = [...Object.values(copied), ...Object.values(leftOut)].flat()
  expect(new Set(known).size, 'each stands once').toBe(known.length)
  const found = rows.map(({ place }) => place)
  expect(found.length).toBeGreaterThan(100)
  expect(
    found.filter((place) => !known.includes(place)),
    'neither in the copy nor with a reason',
  ).toEqual([])
  expect(
    known.filter((place) => !found.includes(place)),
    'no such column any more',
  ).toEqual([])
})

interface Column {
  name: string
  type: string
}
const filling: Record<string, unknown> = {
  uuid: () => newId(),
  text: () => `contoh ${newId()}`,
  timestamptz: () => new Date(),
  int4: () => 1,
  int8: () => 1,
  date: () => '2026-11-22',
  bool: () => false,
  jsonb: () => '{}',
  _text: () => [],
}

/** One row, with what must stand there and these columns. Foreign keys and triggers are off: only the copy's own statements are asked. */
async function plant(table: string, given: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const { rows } = await superuser.query<Column>(
    `select a.attname as name, t.typname as type from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef and a.attgenerated = ''`,
    [table],
  )
  const filled = Object.fromEntries(rows.map(({ name, type }) => [name, (filling[type] as () => unknown)()]))
  const row: Record<string, unknown> = { ...filled, ...given }
  const names = Object.keys(row)
  await superuser.query(
    `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(row),
  )
  return row
}

test('a row in each of these places is in the copy of whoever holds the number', async () => {
  const number = '+6281277770001'
  const [me, ticket, other] = [newId(), newId(), newId()]
  // Which words a state may have is no matter here.
  await superuser.query(`set session_replication_role = replica; do $$ declare c record; begin
    for c in select conrelid::regclass as t, conname from pg_constraint where contype = 'c' and conislocal and conrelid <> 0
      and connamespace = 'public'::regnamespace loop
      execute format('alter table %s drop constraint %I', c.t, c.conname); end loop; end $$`)
  const point = newId()
  const at = { person_id: me, ticket_id: ticket }
  const organisation = await plant('organisations', { name: 'Dinas Contoh', kind: 'government' })
  const desk = await plant('desks', { name: 'Meja Contoh', kind: 'provider', organisation_id: organisation['id'] })
  await plant('people', { id: me, name: 'Ratna Contoh', folded_name: 'ratna contoh' })
  await plant('people', { name: 'Ratna C.', folded_name: 'ratna c', merged_into: me })
  await plant('contact_points', { id: point, person_id: me, channel: 'phone', address: number, normalised: number })
  await plant('consents', { person_id: me, purpose: 'request', channel: 'web' })
  await plant('tickets', { id: ticket, number: 100014, state: 'new', channel: 'sms', requester_id: me })
  await plant('participants', { ...at, part: 'requester', contact_point_id: point })
  await plant('messages', { ticket_id: ticket, direction: 'in', channel: 'sms', author_id: me, text: 'kata mereka' })
  await plant('ratings', { ...at, score: 4 })
  await plant('intake_items', {
    channel: 'sms',
    outcome: 'command',
    sender_address: number,
    text: 'STATUS',
    raw: Buffer.from('x'),
  })
  await plant('outbox', {
    channel: 'sms',
    kind: 'notice',
    recipient: number,
    address: number,
    text: 'jawaban',
    language: 'id',
    automatic: true,
  })
  await plant('call_backs', { number, reason: 'wanted', ticket_id: ticket })
  await plant('calls', { number, direction: 'in', note: 'menanyakan +6281299999999' })
  await plant('calls', { person_id: me, number: '+6281277770002', ticket_id: ticket, direction: 'out' })
  await plant('calls', { person_id: other, number: '+6281277770003', ticket_id: ticket })
  await plant('conversations', { channel: 'whatsapp', address: number })
  await plant('text_commands', { channel: 'sms', address: number, word: 'stop' })
  await plant('blocked_senders', { channel: 'phone', address: number, reason: 'contoh' })
  await plant('muted_addresses', { channel: 'sms', address: number, status: 'unknown' })
  await plant('suggested_participants', { address: number, normalised: number })
  await plant('referral_objections', { ...at, words: 'keberatan' })
  await plant('applications', { applicant_id: me, contact_address: number, kind: 'member', channel: 'web' })
  await plant('agreements', {
    asked_person_id: me,
    kind: 'support',
    coverage: 'always',
    organisation_id: organisation['id'],
  })
  const answer = await plant('paid_answers', { answered_by: me, region_code: '33' })
  await plant('paid_contacts', {
    answer_id: answer['id'],
    side: 'requester',
    person_id: me,
    addresses: ['jauh@contoh.example'],
  })
  await plant('duty_contacts', { desk_id: desk['id'], person_id: me, contact_point_id: point, channel: 'sms' })
  await plant('competence_proposals', { proposed_by: me })
  await plant('offer_questions', { asked_by: me, asked_via: 'sms', question: 'di mana?' })
  await plant('offers', {
    answered_by: me,
    ticket_id: ticket,
    organisation_id: organisation['id'],
    state: 'accepted',
    kind: 'member',
    answered_at: new Date(),
    answered_via: 'sms',
    code: '7K3',
  })
  const incident = await plant('incidents', {})
  await plant('incident_people', { incident_id: incident['id'], person_id: me })
  await plant('grants', { ...at, reason: 'contoh' })
  await plant('data_requests', {
    person_id: me,
    kind: 'copy',
    channel: 'desk',
    address: number,
    due_at: new Date(Date.now() + 1e6),
  })
  await plant('restrictions', { person_id: me })
  await plant('accounts', { person_id: me })
  await plant('roles', { person_id: me, role: 'administrator' })
  await plant('desk_members', { person_id: me, desk_id: desk['id'], role: 'agent' })
  await plant('deputies', { person_id: me, deputy_id: other, until_at: new Date(Date.now() + 1e6) })
  await superuser.query(`set session_replication_role = origin`)

  const { copy } = await copyOfPerson(database.app(), { person_id: me, channel: 'phone', address: number })
  const schema = z.fromJSONSchema(
    JSON.parse(readFileSync('docs/personal-data.schema.json', 'utf8')) as Parameters<typeof z.fromJSONSchema>[0],
  )
  expect(schema.safeParse(JSON.parse(JSON.stringify(copy))).error?.issues).toBeUndefined()
  const partOf = (path: string) =>
    path.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], copy)
  for (const part of Object.keys(copied))
    expect(Object.keys((partOf(part) ?? {}) as object).length, `${part} is empty`).toBeGreaterThan(0)
  expect(copy.requests).toMatchObject([{ passed_to: [{ organisation: 'Dinas Contoh', state: 'accepted' }] }])
  expect(copy.calls).toMatchObject([
    { number, note: 'menanyakan ▇▇▇' },
    { number: '+62•••02', direction: 'out' },
  ])
  expect(copy.paid_contacts).toMatchObject([{ addresses: ['j•••@contoh.example'] }])
})
