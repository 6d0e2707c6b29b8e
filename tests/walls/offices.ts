/** Two offices that must not see each other's: whatever one can have stands in each, and every word of it is a canary. */
import { sql } from 'kysely'
import { system, write, type Writing } from '../../src/server/platform/context.ts'
import type { App } from '../../src/server/platform/app.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { randomToken } from '../../src/server/platform/secrets.ts'
import { aDesk, aStaff } from '../../src/server/desks/testing.ts'
import { anOrganisation, aPerson } from '../../src/server/people/testing.ts'
import { createToken, giveGrants, recordConsents } from '../../src/server/people/index.ts'
import { addAccount } from '../../src/server/people/add-account.ts'
import { aTicket } from '../../src/server/tickets/testing.ts'
import { makeFollowLink } from '../../src/server/tickets/index.ts'
import { refer } from '../../src/server/referrals/index.ts'
import { aProvider, liveOffer } from '../../src/server/referrals/testing.ts'

export const PASSWORD = 'kuda-nil-di-tepi-barito-77'
export type Office = Awaited<ReturnType<typeof anOffice>>

/** @param canary one word that stands in everything that is this office's alone */
export async function anOffice(app: App, canary: string) {
  return write(app, system, async (ctx) => {
    const desk = await aDesk(ctx, {
      name: `Meja ${newId().slice(-6)}`,
      mail_local_part: `meja-${newId().slice(-8)}`,
      regions: ['63'],
    })
    const agent = await aStaff(ctx, { desk, name: 'Petugas Agen' })
    const coordinator = await aStaff(ctx, { desk, role: 'coordinator', name: 'Petugas Koordinator' })
    /** Tries out which fields a form has; does so to its own harm. */
    const scout = await aStaff(ctx, { desk, role: 'coordinator', name: 'Petugas Perintis' })
    const member = await aProvider(ctx, { regions: ['63'] })
    const provider = { id: member.staff.person_id }
    const requester = await aPerson(ctx, { name: `Ibu ${canary}`, email: `${canary}.pemohon@contoh.example` })
    const bytes = new TextEncoder().encode(`isi berkas ${canary}`)
    const { sha256, size } = await app.files.keep(bytes)
    const ticket = await aTicket(ctx, {
      desk,
      requester,
      subject: `Perihal ${canary}`,
      text: `Isi ${canary}`,
      attachments: [{ name: `${canary}.txt`, type: 'text/plain', size, sha256 }],
    })
    const possible = await aTicket(ctx, {
      desk,
      requester,
      subject: `Kedua ${canary}`,
      text: canary,
      possible_ticket_id: ticket.id,
    })
    // One more, for which this office's own member was asked and has not answered: it sees the offer and not the ticket. Whoever asks is
    // masked in a summary, and the canary is their name: what is told before acceptance has a word of its own, without digits.
    const told = `ringkasan${[...canary].map((one) => String.fromCharCode(97 + (one.charCodeAt(0) % 26))).join('')}`
    const referred = await aTicket(ctx, {
      desk,
      requester,
      subject: `Ketiga ${canary}`,
      text: canary,
      region_code: '63.71',
      topic_code: 'perkantoran',
    })
    await refer(ctx, {
      ticket_id: referred.id,
      organisation_id: member.organisation_id,
      reason: `Sebab ${canary}`,
      summary: `Pencetak berhenti: ${told}`,
    })
    const offer = await liveOffer(ctx, referred.id)
    const emails: Record<string, string> = {}
    for (const [who, id] of [
      ['agent', agent.person_id],
      ['coordinator', coordinator.person_id],
      ['provider', provider.id],
      ['scout', scout.person_id],
    ] as const) {
      const { rows } = await sql<{
        address: string
      }>`select address from contact_points where person_id = ${id}::uuid`.execute(ctx.db)
      emails[who] = rows[0]!.address
      await addAccount(ctx, { person_id: id, name: who, email: rows[0]!.address, password: PASSWORD })
    }
    const [grant_id] = await giveGrants(ctx, [
      { person_id: provider.id, ticket_id: ticket.id, source: 'hand', reason: `Alasan ${canary}`, until: null },
    ])
    await recordConsents(ctx, [{ person_id: requester.id, purpose: 'request', text_version: 1, channel: 'web' }])
    const follow_token = await makeFollowLink(ctx, { ticket_id: ticket.id, person_id: requester.id })
    const scoped = await createToken(ctx, {
      account: emails['agent']!,
      scopes: [
        'tickets:read',
        'tickets:write',
        'referrals:read',
        'referrals:write',
        'intake:read',
        'outbox:read',
        'directory:read',
        'articles:read',
      ],
      days: 1,
    })
    const rest = await theRest(ctx, {
      canary,
      ticket_id: ticket.id,
      message_id: ticket.message_id,
      agent_id: agent.person_id,
      desk_id: desk.id,
      requester,
      mail: `${desk.id}@contoh.id`,
    })
    const { rows: files } = await sql<{
      id: string
    }>`select id from attachments where ticket_id = ${ticket.id}::uuid`.execute(ctx.db)
    const { rows: points } = await sql<{
      id: string
    }>`select id from contact_points where person_id = ${requester.id}::uuid`.execute(ctx.db)
    return {
      canary,
      desk,
      agent,
      coordinator,
      provider,
      emails,
      ticket,
      possible,
      follow_token,
      api_token: scoped.token,
      token_id: scoped.id,
      grant_id: grant_id!,
      told,
      referral_id: offer!.referral_id,
      offer_id: offer!.id,
      file_id: files[0]!.id,
      contact_point_id: points[0]!.id,
      form_id: randomToken(),
      session_id: newId(),
      ...rest,
    }
  })
}

interface Given {
  canary: string
  ticket_id: string
  message_id: string
  agent_id: string
  desk_id: string
  requester: { id: string; email: string | null }
  mail: string
}

async function theRest(ctx: Writing, { canary, ticket_id, message_id, agent_id, desk_id, requester, mail }: Given) {
  const [item_id, held_id, outbox_id, application_id] = [newId(), newId(), newId(), newId()]
  const paid_answer_id = newId()
  const [call_id, call_back_id] = [newId(), newId()]
  const paid = sql`${paid_answer_id}::uuid`
  const institution = sql`${(await anOrganisation(ctx)).id}::uuid`
  const suggested = `${canary}.tembusan@contoh.example`
  const t = sql`${ticket_id}::uuid`
  const id = sql`gen_random_uuid()`
  for (const row of [
    sql`insert into message_htmls (ticket_id, message_id, html) values (${t}, ${message_id}::uuid, ${`<p>${canary}</p>`})`,
    sql`insert into messages (ticket_id, id, direction, channel, author_id, text) values (${t}, ${id}, 'note', 'web', ${agent_id}::uuid, ${`Catatan ${canary}`})`,
    sql`insert into suggested_participants (ticket_id, normalised, address, name, message_id) values (${t}, ${suggested}, ${suggested}, ${canary}, ${message_id}::uuid)`,
    sql`insert into recordings (ticket_id, recorded_by, letter_number) values (${t}, ${agent_id}::uuid, ${canary})`,
    sql`insert into resolutions (ticket_id, id, problem, steps, reopened_at) values (${t}, ${id}, ${canary}, ${canary}, now())`,
    sql`insert into ratings (ticket_id, id, score, words) values (${t}, ${id}, 5, ${canary})`,
    sql`insert into intake_items (id, channel, size, sha256, fingerprint, raw, outcome, settled_at, ticket_id, sender_name, sender_address, subject, text)
      values (${item_id}::uuid, 'email', 1, 'x', ${item_id}, ${Buffer.from(canary)}, 'ticket', now(), ${t}, ${canary}, ${suggested}, ${canary}, ${canary})`,
    sql`insert into applications (id, kind, channel, form, contact_address, token_hash, submitted_at)
      values (${application_id}::uuid, 'partner', 'web', ${JSON.stringify({ kind: 'partner', institution: { name: canary } })}::jsonb, ${suggested}, ${application_id}, now())`,
    sql`insert into application_words (application_id, id, by_applicant, text)
      values (${application_id}::uuid, ${newId()}::uuid, true, ${canary})`,
    sql`insert into paid_needs (id, ticket_id, scope, place, wanted_by, agreed_at, due_at, ends_at, seed)
      values (${paid}, ${t}, ${canary}, ${canary}, now() + interval '9 days', now(), now() + interval '9 days', now() + interval '9 days', 'x')`,
    sql`insert into paid_answers (id, need_id, ticket_id, desk_id, organisation_id, position, summary, region_code, wanted_by, due_at, invited_at,
        answer, answered_at, question, asked_at, provider_confirmed_at)
      values (${paid}, ${paid}, ${t}, ${desk_id}::uuid, ${institution}, 1, ${canary}, '63', now(), now() + interval '9 days', now(), 'interested', now(),
        ${canary}, now(), now())`,
    sql`insert into paid_contacts (answer_id, side, person_id, name, addresses, organisation_id)
      values (${paid}, 'provider', ${agent_id}::uuid, ${canary}, '{}', ${institution})`,
    sql`insert into agreements (id, answer_id, desk_id, organisation_id, customer_id, kind, starts_on, ends_on, coverage, response_minutes,
        resolution_minutes, asked_person_id)
      values (${paid}, ${paid}, ${desk_id}::uuid, ${institution}, ${institution}, 'support', now(), now(), 'always', 1, 1, ${requester.id}::uuid)`,
    sql`insert into intake_items (id, channel, size, sha256, fingerprint, raw, outcome, reason, settled_at, possible_ticket_id, recipients, sender_address, text)
      values (${held_id}::uuid, 'email', 1, 'x', ${held_id}, ${Buffer.from(canary)}, 'quarantined', 'sender_doubtful', now(), ${t}, array[${mail}], ${suggested}, ${canary})`,
    sql`insert into outbox (id, channel, kind, recipient, address, subject, text, automatic, about_id, state)
      values (${outbox_id}::uuid, 'email', 'reply', ${requester.email}, ${requester.email}, ${canary}, ${canary}, false, ${t}, 'failed')`,
    sql`insert into muted_addresses (id, channel, address, status, outbox_id, muted_at, until)
      values (${id}, 'email', ${requester.email}, '5.1.1', ${outbox_id}::uuid, now(), now() + interval '1 day')`,
    sql`insert into call_backs (id, desk_id, number, ticket_id, ticket_number, reason, first_at, last_at)
      select ${call_back_id}::uuid, ${desk_id}::uuid, '+628121112223', id, number, 'missed', now(), now() from tickets where id = ${t}`,
    sql`insert into calls (id, source, remote_id, desk_id, number, number_told, missed_at, at, ticket_id, note, call_back_id)
      values (${call_id}::uuid, 'contoh', ${call_id}, ${desk_id}::uuid, '+628121112223', ${canary}, now(), now(), ${t}, ${canary}, ${call_back_id}::uuid)`,
    sql`insert into kept_answers (token_id, key, person_id, request_hash, status, body) values (${id}, 'x', ${agent_id}::uuid, 'x', 200, ${canary})`,
  ])
    await row.execute(ctx.tx)
  return { item_id, held_id, outbox_id, application_id, paid_answer_id, call_id, call_back_id, suggested }
}
