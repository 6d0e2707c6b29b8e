/**
 * Which fields each form of a page may carry: one list, and one place that asks it (src/hooks.server.ts, before anything is done). A field
 * that stands here for no action of the address is refused with 422, as the API does, and the page that says so keeps what was typed
 * (docs/decisions: unknown fields of forms). So nobody gets a role or a desk by adding a field that somebody once reads by accident.
 * By the address without its groups, then by the action (`default` where it has no name). tests/walls walks every
 * route with it; tests/dangers posts every action with fields that are not its own, and every form of every page as it stands.
 */
import { limitNames } from '#server/platform/limit-catalog.ts'

type Fields = string | readonly RegExp[] | typeof ANY

/** The refused form of another page, sent on by the browser: nothing is done with it but to show it again (sign-in/again). */
const ANY = Symbol('any field')

/** The browser's own and ours: who may post, and that the same form is done once. */
const EVERYWHERE = new Set(['form_token', 'form_id'])

const ASK =
  'text kind province regency who organisation organisation_known name email phone privacy_version consent files step'
const WORD = 'code name_id name_en position'
const PASSWORD = 'password password_again username'
const TRIAGE = 'ticket_id send_id subject region_code organisation_id organisation_query topic_code urgency kind'
const CALL = 'caller about name subject text region_code topic_code result call_back_at'
const TICKET = 'ticket_id send_id'
const AGREEMENT = 'answer_id kind starts_on ends_on coverage response_minutes resolution_minutes'

const APPLY = [
  /^(kind|step|lines|business|capacity_per_week|days|opens|closes|languages|kinds|offices|represents|regions|regencies|serves_neighbours|serves_nation)$/,
  /^(accepted|accepted_version|consent|privacy_version|files)$/,
  /^institution\.(name|kind|has_legal_form|province|regency|address|about|website)$/,
  /^(responsible\.(name|role|email|phone)|identifiers\.(nib|npwp|ahu))$/,
  /^competences\.\d{1,3}\.(code|level|kind|title|url|valid_until)$/,
  /^(contacts\.\d{1,3}\.(name|channel|address|when|opens|closes)|staff\.\d{1,3}\.(name|email))$/,
] as const
const APPLIED = { speak: APPLY, back: APPLY, more: APPLY, next: APPLY, send: APPLY }

// prettier-ignore
const catalog: Record<string, Record<string, Fields>> = {
  '/ask': { begin: ASK, speak: ASK, back: ASK, next: ASK, find: ASK, send: ASK },
  '/apply': APPLIED,
  '/apply/[token]': { answer: 'text files', withdraw: '' },
  '/apply/[token]/form': APPLIED,
  '/follow': { default: 'address number' },
  '/follow/[token]': {
    answer: 'answer files', go_on: '', solved: '', not_solved: 'not_solved', rate: 'score words', withdraw: '', object: 'objection',
    ask_providers: 'answer_ids all', show_contacts: 'answer_id', reply_question: 'answer_id reply', outcome: 'outcome', withdraw_need: '',
    record_agreement: AGREEMENT, answer_agreement: 'agreement_id confirmed', end_agreement: 'agreement_id',
  },
  '/paid/[token]': { interested: 'no_party', not_interested: '', question: 'question' },
  '/agreements/[token]': { answer_agreement: 'confirmed', end_agreement: '' },
  '/desk/provider/agreements': { record_agreement: AGREEMENT, answer_agreement: 'agreement_id confirmed', end_agreement: 'agreement_id' },
  '/duty/[token]': { agree: '', refuse: '' },
  '/offers/[token]': { accept: '', decline: 'reason words', undo: '' },
  '/desk/decisions': {
    refer: 'ticket_id', settle_objection: 'ticket_id', accept_held: 'item_id', reject_held: 'item_id', merge: 'ticket_id',
    keep_apart: 'ticket_id', complete: 'ticket_id problem cause alternatives steps',
  },
  '/desk/provider': {
    accept: 'offer_id', decline: 'offer_id reason_code reason_words', undo: 'offer_id', return: 'offer_id reason_code reason_words',
    pause: 'desk_id days', accepting: 'desk_id accepting', ask: 'offer_id question',
  },
  '/my-data': { default: 'address' },
  '/my-data/[token]': { prove: 'code', ask: 'person_id kind words', withdraw: 'person_id' },

  '/sign-in': { default: 'email password' },
  '/sign-in/again': { default: ANY },
  '/sign-in/passkey': { default: 'answer again' },
  '/sign-in/factor': { default: 'code' },
  '/sign-in/link': { default: 'email' },
  '/sign-in/second': { default: 'code' },
  '/sign-in/second/passkey': { default: 'answer' },
  '/sign-in/[token]': { default: '' },
  '/sign-in/with/[provider]/confirm': { default: '' },
  '/sign-out': { default: '' },
  '/setup/[token]': { default: `name email ${PASSWORD}` },
  '/reset': { default: 'email' },
  '/reset/[token]': { default: PASSWORD },
  '/invite/[token]': { default: PASSWORD },

  '/desk/new': { default: 'channel name email phone institution region_code subject text topic_code urgency kind letter_number letter_date desk_id language files' },
  '/desk/blocked': { block: 'channel address reason', unblock: 'channel address reason' },
  '/desk/notices': { default: 'wanted' },
  '/desk/organisations': { default: 'name kind region_code' },
  '/desk/outbox': { retry_undecided: '' },
  '/desk/outbox/[id]': { retry: '' },
  '/desk/intake/[id]': { retry: '', files: '', accept: '', reject: '', open: 'text name address' },
  '/desk/people/[id]': {
    change: 'name language organisation_id region_code', add_address: 'channel address', unmute: 'address',
    choose_address: 'ticket_id contact_point_id',
  },
  '/desk/people/[id]/personal-data': {
    hold: 'reason review_on', release: 'lift_reason', restrict: 'why', unrestrict: 'why', ask: 'kind address words',
    unname: 'place place_id',
  },
  '/desk/tickets/[number]': {
    reply: `${TICKET} text seen_message_id waiting files`, note: `${TICKET} text files`,
    resolve: `${TICKET} problem cause alternatives steps seen_message_id`, take_back: `${TICKET} message_id`,
    triage: TRIAGE, find_organisation: TRIAGE, claim: TICKET, release: TICKET, assign: `${TICKET} desk_id person_id`,
    close: `${TICKET} reason pointer duplicate_of`, reopen: TICKET, spam: `${TICKET} block_sender`, unspam: TICKET, link: TICKET,
    merge: TICKET, unmerge: TICKET, keep_apart: TICKET, add_participant: `${TICKET} normalised`, dismiss_participant: `${TICKET} normalised`,
    accept_held: `${TICKET} item_id`, reject_held: `${TICKET} item_id`, give_access: `${TICKET} given_to reason days`,
    take_access: `${TICKET} grant_id`, refer: `${TICKET} organisation_id reason summary`, change_course: `${TICKET} course`,
    withdraw_referral: TICKET, move_deadline: `${TICKET} minutes`, settle_objection: TICKET, answer_question: `${TICKET} question_id desk_answer`, settle_question: `${TICKET} question_id`, accept_offer: `${TICKET} offer_id`,
    decline_offer: `${TICKET} offer_id reason_code reason_words`, return_case: `${TICKET} offer_id reason_code reason_words`,
    split_off: `${TICKET} part_text part_subject part_topic_code`,
    make_application: `${TICKET} kind`, open_need: `${TICKET} scope work_place wanted_by wait_days`, withdraw_need: TICKET,
  },
  '/desk/tickets/[number]/messages/[id]': { default: '' },

  '/desk/settings/own-account': { password: `current ${PASSWORD}`, end: 'session_id', end_others: '' },
  '/desk/settings/own-account/second-factor': { begin: '', confirm: 'code', codes: '', remove: '' },
  '/desk/settings/own-account/other-ways': { add: 'name answer', name: 'id name', remove: 'id name', unlink: 'id name' },
  '/desk/settings/operator': { default: 'name short_name address phone sms whatsapp email hours logo remove_logo' },
  '/desk/settings/topics': { change: WORD, switch: `${WORD} switched_on`, add: WORD, need: 'code competence_code level' },
  '/desk/settings/competences': { change: WORD, switch: `${WORD} switched_on`, add: WORD },
  '/desk/settings/urgencies': { change: WORD, switch: `${WORD} switched_on` },
  '/desk/settings/regions': { default: 'code name' },
  '/desk/settings/holidays': { save: 'date kind name decree', remove: 'date kind' },
  '/desk/settings/answer-times': {
    times: [/^(low|normal|high|emergency)_(other|letter)$/],
    quiet: 'remind_after_working_days resolve_after_working_days close_after_days reopen_within_days',
  },
  '/desk/settings/pages': { add: 'slug' },
  '/desk/settings/pages/[slug]': {
    preview: 'title_id body_id title_en body_en position', save: 'title_id body_id title_en body_en position', withdraw: '',
  },
  '/desk/settings/desks/new': { default: 'name kind mail_local_part time_zone' },
  '/desk/settings/desks/[id]': { save: 'name mail_local_part time_zone accepting', close: '', reopen: '' },
  '/desk/settings/desks/[id]/hours': { default: [/^(opens|closes)_[1-7]_[0-5]$/] },
  '/desk/settings/desks/[id]/organisation': { choose: 'organisation_id', add: 'name kind' },
  '/desk/settings/desks/[id]/institution': { default: 'name kind address npwp responsible_name responsible_role' },
  '/desk/settings/desks/[id]/offices': { add: 'organisation_id', remove: 'organisation_id', confirm: '', unconfirm: 'reason' },
  '/desk/settings/providers/[id]': {
    availability: 'accepting capacity_per_week paused_through', profile: 'about website kind language', regions: 'province regency serves_neighbours serves_nation',
    propose_competence: 'competence_code level evidence_kind evidence_title url valid_until files', withdraw_competence: 'proposal_id',
    decide_competence: 'proposal_id reason decision',
    hours: [/^(opens|closes)_[1-7]_[0-5]$/], conflict: 'organisation_id remove_id', duty: 'first_id end_id',
    add_duty: 'contact_name channel address when opens closes', again: 'duty_contact_id', called: 'duty_contact_id',
    add_colleague: 'colleague_name email reason', remove_colleague: 'person_id reason',
  },
  '/desk/settings/applications': { start: 'kind name email institution' },
  '/desk/settings/applications/[id]': {
    check: 'item on', ask: 'text', link: 'text', approve: 'organisation_id as_of starts_on ends_on reason', decline: 'reason',
  },
  '/desk/settings/affiliations': {
    suspend: 'affiliation_id reason', lift: 'affiliation_id reason', end: 'affiliation_id reason', review: 'review_id reason',
    willing: 'organisation_id province_code reason', withdraw: 'representation_id reason',
  },
  '/desk/settings/referral-policy': {
    try: 'window_days starting_allowance offer_minutes offer_minutes_urgent offers_until_shown minutes_until_shown reason',
    activate: 'version from_day',
  },
  '/desk/settings/coverage': { default: 'provinces by_date' },
  '/desk/settings/desks/[id]/competences': { default: 'competence' },
  '/desk/settings/desks/[id]/regions': { default: 'province region' },
  '/desk/settings/desks/[id]/members': { join: 'person_id role reason', leave: 'person_id reason', deputise: 'for_person_id deputy_id from_day until_day', end_deputy: 'deputy_row_id' },
  '/desk/settings/organisations': { add: 'name kind', undo: 'id' },
  '/desk/settings/organisations/[id]': { change: 'name kind region_code parent_id', merge: 'kept_id' },
  '/desk/settings/people/invite': { default: 'name email language desk_id role administrator' },
  '/desk/settings/people/[id]': {
    disable: '', enable: '', end_sessions: '', reset_factor: '', reset: '', invite: '', withdraw: '', role: 'change reason',
    join: 'desk_id role reason', leave: 'desk_id reason',
  },
  '/desk/settings/people/[id]/hand-over': { default: 'to' },
  '/desk/settings/duplicates': { undo: 'id' },
  '/desk/settings/duplicates/compare': { merge: 'one_id other_id kept_id', apart: 'one_id other_id' },
  '/desk/settings/second-factors': { default: 'role' },
  '/desk/settings/sign-in-providers': { default: 'name issuer' },
  '/desk/settings/sign-in-providers/[id]': {
    save: 'name client_id on_own_network two_factors two_factors_acr secret remove_secret', try: '', turn: 'on', remove: '',
  },
  '/desk/calls': { taking: 'on extension', called: 'call_back_id' },
  '/desk/calls/new': { log: CALL },
  '/desk/calls/[id]': { take: '', log: CALL },
  '/desk/settings/phone': { add: 'number desk_id', remove: 'number' },
  '/desk/settings/tokens': { revoke: 'id' },
  '/desk/settings/tokens/new': { default: 'name account scopes desk_id days per_minute' },
  '/desk/settings/limits': { default: limitNames.join(' ') },
  '/desk/settings/channels': { receive: '', text: 'number', mailbox: '', telegram_ask: '', telegram_set: '', telegram_remove: '', try_whatsapp: '', show_verify: '', save_template: 'kind name code body', remove_template: 'kind' },
  '/desk/settings/installation': { mail: '' },
  '/desk/settings/personal-data': { decide: 'id decision reason', restored: 'id reason' },
  '/desk/settings/personal-data/retention': { change: 'kind keep_days on' },
  '/desk/settings/personal-data/incidents': { declare: 'is_drill which_data how handling began_at found_at desk_id numbers from until' },
  '/desk/settings/personal-data/incidents/[id]': { people: '', agency: '', close: 'words' },
}

/** A route's address as the catalog names it. */
const addressOf = (route: string): string => route.replaceAll(/\/\([^)]*\)/g, '') || '/'

/** The actions of every address that has some: for the test that holds the catalog against the routes. */
export const namedForms = (): { address: string; action: string }[] =>
  Object.entries(catalog).flatMap(([address, actions]) => Object.keys(actions).map((action) => ({ address, action })))

/**
 * The names in a posted form that its action does not know, each once. An action that the catalog does not name takes none but ours.
 * @param route the route's id, groups and all
 */
export function unknownFields(route: string, url: URL, form: FormData): string[] {
  const action = [...url.searchParams.keys()].find((name) => name.startsWith('/'))?.slice(1) ?? 'default'
  // An address that leads nowhere says so itself.
  const known = addressOf(route) === '/[...unknown]' ? ANY : (catalog[addressOf(route)]?.[action] ?? '')
  return [...new Set(form.keys())].filter((name) => !EVERYWHERE.has(name) && !isKnown(known, name))
}

function isKnown(known: Fields, name: string): boolean {
  if (known === ANY) return true
  if (typeof known === 'string') return known.split(' ').includes(name)
  return known.some((shape) => shape.test(name))
}
