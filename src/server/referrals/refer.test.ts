import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Actor, type Writing } from '../platform/context.ts'
import { Refusal } from '../platform/refusal.ts'
import { useDatabase, type Story } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { aPerson } from '../people/testing.ts'
import { loadRegions } from '../regions/index.ts'
import { confirm, note, reject, reply, resolve, seeTicket } from '../tickets/index.ts'
import { theRequester } from '../tickets/testing.ts'
import { acceptOffer } from './accept-offer.ts'
import { completeCase } from './complete-case.ts'
import { declineOffer } from './decline-offer.ts'
import { expireOffer } from './expire-offers.ts'
import { followTicket } from './follow-tickets.ts'
import { nextCandidate } from './next-candidate.ts'
import { firstPolicy } from './policy.ts'
import { refer } from './refer.ts'
import { returnCase } from './return-case.ts'
import { aProvider, aRequest, holderOf, liveOffer } from './testing.ts'
import { undoAnswer } from './undo-answer.ts'
import { doCommand } from './do-command.ts'
import type { Command } from './read-command.ts'
import { withdrawReferral } from './withdraw-referral.ts'

const database = useDatabase()

/** A transaction goes on after a refusal, as a second try of a person would. */
async function refusalOf(ctx: Writing, work: () => Promise<unknown>): Promise<string> {
  await sql`savepoint attempt`.execute(ctx.tx)
  try {
    await work()
    return 'done'
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    return `${thrown.kind} ${thrown.key}`
  } finally {
    await sql`rollback to savepoint attempt`.execute(ctx.tx)
  }
}

const holder = async ({ as }: Story, ticket_id: string) => holderOf(await as(system), ticket_id)
const offerOf = async ({ as }: Story, ticket_id: string) => (await liveOffer(await as(system), ticket_id))!

test(
  'a request is offered by the rules, accepted, answered, and confirmed by the requester; only whoever has it reads it',
  database.story(async (story) => {
    const { as, facts } = story
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const [one, other] = [await aProvider(setting), await aProvider(setting, { kind: 'partner' })]
    const referred = await refer(await as(agent), { ticket_id: ticket.id })
    expect(referred).toMatchObject({ outcome: 'referred', state: 'offered' })
    const offer = await offerOf(story, ticket.id)
    expect(offer).toMatchObject({ desk_id: one.desk.id, state: 'open', number: 1 })
    expect(offer.code).toMatch(/^[2-9A-HJKMNP-TV-Z]{4}$/)
    // While it is open the desk that referred it has it, and whoever was asked sees the offer and nothing of the ticket.
    expect(await holder(story, ticket.id)).toMatchObject({ desk_id: ticket.desk.id, state: 'referred', grants: 0 })
    const asked = await as(one.staff)
    expect(await refusalOf(asked, () => seeTicket(asked, { number: ticket.number }))).toBe('not_found ticket.unknown')
    expect(await refusalOf(asked, () => acceptOffer(asked, { offer_id: offer.id, via: 'web' }))).toBe('done')
    const stranger = await as(other.staff)
    expect(await refusalOf(stranger, () => acceptOffer(stranger, { offer_id: offer.id, via: 'web' }))).toBe(
      'not_found offer.unknown',
    )

    const accepted = await acceptOffer(await as(one.staff), { offer_id: offer.id, via: 'web' })
    expect(accepted).toMatchObject({ state: 'accepted', ticket_id: ticket.id })
    expect(await holder(story, ticket.id)).toMatchObject({
      desk_id: one.desk.id,
      state: 'referred',
      live: 1,
      grants: 1,
      referral: 'accepted',
    })
    // The desk that referred it goes on seeing it, and works it no more.
    expect((await seeTicket(await as(agent), { number: ticket.number })).id).toBe(ticket.id)
    const before = await as(agent)
    expect(await refusalOf(before, () => reply(before, { ticket_id: ticket.id, text: 'x' }))).toBe(
      'forbidden ticket.forbidden',
    )

    await reply(await as(one.staff), { ticket_id: ticket.id, text: 'Kami periksa.' })
    await followTicket(await as(system), ticket.id)
    expect((await holder(story, ticket.id)).referral).toBe('working')
    await completeCase(await as(one.staff), {
      offer_id: offer.id,
      via: 'web',
      resolution: { problem: 'Pencetak', steps: 'Dipasang ulang.' },
    })
    await followTicket(await as(system), ticket.id)
    expect(await holder(story, ticket.id)).toMatchObject({
      referral: 'answered',
      state: 'resolved',
      desk_id: one.desk.id,
    })
    await reject(await as(theRequester(ticket)), { ticket_id: ticket.id, text: 'Belum bisa.' })
    await followTicket(await as(system), ticket.id)
    expect(await holder(story, ticket.id)).toMatchObject({
      referral: 'working',
      state: 'referred',
      desk_id: one.desk.id,
    })
    await resolve(await as(one.staff), { ticket_id: ticket.id, problem: 'Pencetak', steps: 'Kabel diganti.' })
    await confirm(await as(theRequester(ticket)), { ticket_id: ticket.id })
    await followTicket(await as(system), ticket.id)
    expect(await holder(story, ticket.id)).toMatchObject({
      referral: 'completed',
      state: 'closed',
      desk_id: ticket.desk.id,
      live: 0,
      grants: 0,
    })
    const gone = await as(one.staff)
    expect(await refusalOf(gone, () => seeTicket(gone, { number: ticket.number }))).toBe('not_found ticket.unknown')
    const told = await facts(ticket.id)
    for (const kind of [
      'referral.opened',
      'referral.offered',
      'offer.accepted',
      'grant.given',
      'offer.completed',
      'referral.completed',
      'grant.revoked',
    ])
      expect(told).toContain(kind)
  }),
)

test(
  'declined, expired, returned: each time the next is asked by itself, never the same again; then nobody can take it, and the secretariat sees it',
  database.story(async (story) => {
    const { as, facts } = story
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const desks = new Map(
      (await Promise.all([aProvider(setting), aProvider(setting), aProvider(setting)])).map((one) => [
        one.desk.id,
        one,
      ]),
    )
    await refer(await as(agent), { ticket_id: ticket.id })
    const asked: string[] = []
    const whoIsAsked = async () => {
      const offer = await offerOf(story, ticket.id)
      asked.push(offer.desk_id)
      return { offer, provider: desks.get(offer.desk_id)! }
    }
    const first = await whoIsAsked()
    await declineOffer(await as(first.provider.staff), {
      offer_id: first.offer.id,
      via: 'web',
      reason_code: 'capacity',
    })
    expect(await holder(story, ticket.id)).toMatchObject({ desk_id: ticket.desk.id, live: 0, referral: 'offered' })
    await nextCandidate(await as(system), ticket.id)
    await nextCandidate(await as(system), ticket.id)

    const second = await whoIsAsked()
    expect(second.offer.number).toBe(2)
    // Two working hours of the desk, however late it is now.
    expect(second.offer.due_at.getTime()).toBeGreaterThan(Date.now() + 119 * 60_000)
    expect(await expireOffer(await as(system), { id: second.offer.id, ticket_id: ticket.id })).toBe(false)
    expect(
      await expireOffer(await as(system, new Date(second.offer.due_at)), { id: second.offer.id, ticket_id: ticket.id }),
    ).toBe(true)

    const third = await whoIsAsked()
    await acceptOffer(await as(third.provider.staff), { offer_id: third.offer.id, via: 'web' })
    const back = {
      offer_id: third.offer.id,
      via: 'web',
      to: 'next',
      reason_code: 'other',
      reason_words: 'Alatnya tidak ada.',
    } as const
    await returnCase(await as(third.provider.staff), back)
    expect(await holder(story, ticket.id)).toMatchObject({
      desk_id: ticket.desk.id,
      grants: 0,
      live: 0,
      referral: 'offered',
    })
    const again = await as(third.provider.staff)
    expect(await refusalOf(again, () => returnCase(again, back))).toBe('conflict offer.was_returned')
    await nextCandidate(await as(system), ticket.id)
    expect(new Set(asked).size).toBe(3)
    expect(await holder(story, ticket.id)).toMatchObject({
      desk_id: ticket.desk.id,
      state: 'referred',
      live: 0,
      referral: 'unmet',
    })
    const told = await facts(ticket.id)
    expect(told.filter((kind) => kind === 'referral.offered')).toHaveLength(3)
    for (const kind of ['offer.declined', 'offer.expired', 'offer.returned', 'referral.unmet', 'referral.shown'])
      expect(told).toContain(kind)
    // Referring again begins anew: everybody may be asked again.
    expect(await refer(await as(agent), { ticket_id: ticket.id })).toMatchObject({
      outcome: 'referred',
      state: 'offered',
    })
  }),
)

test(
  'an answer can be taken back for five minutes; after a refusal whoever was asked meanwhile is asked no more',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const both = [await aProvider(setting), await aProvider(setting)]
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = await offerOf(story, ticket.id)
    const asked = both.find(({ desk }) => desk.id === offer.desk_id)!
    const answer = { offer_id: offer.id, via: 'email' } as const
    await acceptOffer(await as(asked.staff), answer)
    await undoAnswer(await as(asked.staff), answer)
    expect(await holder(story, ticket.id)).toMatchObject({
      desk_id: ticket.desk.id,
      grants: 0,
      live: 1,
      referral: 'offered',
    })
    await declineOffer(await as(asked.staff), { ...answer, reason_code: 'capacity' })
    await nextCandidate(await as(system), ticket.id)
    expect((await offerOf(story, ticket.id)).desk_id).not.toBe(offer.desk_id)
    const late = await as(asked.staff, new Date(Date.now() + 6 * 60_000))
    expect(await refusalOf(late, () => undoAnswer(late, answer))).toBe('conflict offer.was_declined')
    await undoAnswer(await as(asked.staff), answer)
    expect(await offerOf(story, ticket.id)).toMatchObject({ id: offer.id, state: 'open' })
  }),
)

test(
  'a case given back, or said to be done, by a message is theirs again after BATAL within five minutes, and nobody was told',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const both = [await aProvider(setting), await aProvider(setting)]
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = await offerOf(story, ticket.id)
    const asked = both.find(({ desk }) => desk.id === offer.desk_id)!
    const who = { person_id: asked.staff.person_id, desk_id: offer.desk_id, language: 'id', via: 'email' } as const
    const command = async (given: Command, at?: Date) => doCommand(await as(system, at), given, who)
    await command({ word: 'TERIMA', code: offer.code })

    await command({ word: 'KEMBALIKAN', code: offer.code, reason: 'capacity' })
    await nextCandidate(await as(system), ticket.id)
    const other = await offerOf(story, ticket.id)
    expect(other.desk_id).not.toBe(offer.desk_id)
    expect(await command({ word: 'BATAL' })).toContain('kembali Anda pegang')
    expect(await holder(story, ticket.id)).toMatchObject({ desk_id: offer.desk_id, live: 1, referral: 'accepted' })
    expect((await holder(story, ticket.id)).grants).toBeGreaterThan(0)

    await command({ word: 'SELESAI', code: offer.code, words: 'Driver dipasang.' })
    expect(await command({ word: 'BATAL' })).toContain('ditarik')
    await followTicket(await as(system), ticket.id)
    const { rows } = await sql<{ state: string; mails: number }>`select state,
      (select count(*)::int from outbox where about_id = t.id and text like '%Driver dipasang%' and state <> 'cancelled') as mails
      from tickets t where id = ${ticket.id}::uuid`.execute((await as(system)).db)
    expect(rows).toEqual([{ state: 'referred', mails: 0 }])
    expect((await holder(story, ticket.id)).desk_id).toBe(offer.desk_id)

    // Whoever comes later, or after another has accepted, is told so and nothing changes.
    await command({ word: 'KEMBALIKAN', code: offer.code, reason: 'capacity' })
    const late = await as(system, new Date(Date.now() + 6 * 60_000))
    expect(await refusalOf(late, () => doCommand(late, { word: 'BATAL' }, who))).toBe('conflict offer.nothing_to_undo')
    await nextCandidate(await as(system), ticket.id)
    const next = await offerOf(story, ticket.id)
    await acceptOffer(await as(both.find(({ desk }) => desk.id === next.desk_id)!.staff), {
      offer_id: next.id,
      via: 'web',
    })
    const ctx = await as(system)
    expect(await refusalOf(ctx, () => doCommand(ctx, { word: 'BATAL' }, who))).toBe('conflict offer.was_returned')
  }),
)

test(
  'BATAL takes a case that was given back back only for whoever gave it back, whoever had accepted it',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const { desk, staff } = await aProvider(setting)
    const colleague = await aPerson(setting)
    await sql`insert into desk_members (desk_id, person_id, role) values (${desk.id}::uuid, ${colleague.id}::uuid, 'agent')`.execute(
      setting.tx,
    )
    await refer(await as(agent), { ticket_id: ticket.id })
    const { code } = (await liveOffer(setting, ticket.id))!
    const command = async (person_id: string, given: Command) =>
      doCommand(await as(system), given, { person_id, desk_id: desk.id, language: 'id', via: 'email' })
    const undo = async (person_id: string) => {
      const ctx = await as(system)
      return refusalOf(ctx, () =>
        doCommand(ctx, { word: 'BATAL' }, { person_id, desk_id: desk.id, language: 'id', via: 'email' }),
      )
    }
    await command(staff.person_id, { word: 'TERIMA', code })
    await command(colleague.id, { word: 'KEMBALIKAN', code, reason: 'capacity' })
    expect(await undo(staff.person_id)).toBe('conflict offer.nothing_to_undo')
    expect(await command(colleague.id, { word: 'BATAL' })).toContain('kembali Anda pegang')
    await command(staff.person_id, { word: 'KEMBALIKAN', code, reason: 'capacity' })
    expect(await undo(colleague.id)).toBe('conflict offer.nothing_to_undo')
    expect(await command(staff.person_id, { word: 'BATAL' })).toContain('kembali Anda pegang')
  }),
)

test(
  'somebody without an account who is on duty answers by name; nobody else does',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const [one, other] = [await aProvider(setting), await aProvider(setting, { regions: ['11'] })]
    await refer(await as(agent), { ticket_id: ticket.id })
    const { id: offer_id } = await offerOf(story, ticket.id)
    const ctx = await as(system)
    expect(await refusalOf(ctx, () => acceptOffer(ctx, { offer_id, via: 'sms', by: other.staff.person_id }))).toBe(
      'forbidden offer.not_yours',
    )
    await acceptOffer(ctx, { offer_id, via: 'sms', by: one.staff.person_id })
    const { rows } = await sql<{ actor_id: string; actor_kind: string }>`select actor_id, actor_kind from facts
      where ticket_id = ${ticket.id}::uuid and kind = 'offer.accepted'`.execute((await as(system)).db)
    expect(rows).toEqual([{ actor_id: one.staff.person_id, actor_kind: 'staff' }])
  }),
)

test(
  'otherwise than the rules: with a reason, counted, never by whoever works for a candidate, never against what no reason outweighs',
  database.story(async (story) => {
    const { as, facts } = story
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const first = await aProvider(setting)
    const partner = await aProvider(setting, { kind: 'partner' })
    const far = await aProvider(setting, { regions: ['94'] })
    const paused = await aProvider(setting)
    await sql`update desks set accepting = false where id = ${paused.desk.id}::uuid`.execute(setting.tx)
    const choose = (organisation_id: string) => ({
      ticket_id: ticket.id,
      organisation_id,
      reason: 'Sudah mengenal kantor ini.',
    })
    const ctx = await as(agent)
    expect(await refusalOf(ctx, () => refer(ctx, choose(paused.organisation_id)))).toBe('invalid referral.choose')
    const both = await as({ ...agent, providers: first.staff.providers! } as Actor)
    expect(await refusalOf(both, () => refer(both, choose(partner.organisation_id)))).toBe(
      'forbidden referral.own_cause',
    )
    expect(await refusalOf(both, () => refer(both, { ticket_id: ticket.id }))).toBe('done')

    await refer(await as(agent), choose(partner.organisation_id))
    expect((await offerOf(story, ticket.id)).desk_id).toBe(partner.desk.id)
    // Another choice calls the open offer off; wherever somebody works, a person may ask them.
    await refer(await as(agent), choose(far.organisation_id))
    expect((await offerOf(story, ticket.id)).desk_id).toBe(far.desk.id)
    const again = await as(agent)
    expect(await refusalOf(again, () => refer(again, { ticket_id: ticket.id }))).toBe('conflict referral.live_offered')
    expect((await facts(ticket.id)).filter((kind) => kind === 'referral.chosen_otherwise')).toHaveLength(2)
    const judged = await as({ ...agent, providers: first.staff.providers! } as Actor)
    expect(await refusalOf(judged, () => withdrawReferral(judged, { ticket_id: ticket.id }))).toBe(
      'forbidden referral.own_cause',
    )
    await withdrawReferral(await as(agent), { ticket_id: ticket.id })
    expect(await holder(story, ticket.id)).toMatchObject({ state: 'open', live: 0, referral: 'withdrawn' })
  }),
)

test(
  'what is not known is asked on the requester’s channel, once, and never guessed; near a border the regency is',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    await loadRegions(setting)
    const { ticket, agent } = await aRequest(setting, { region_code: null, topic_code: null })
    await aProvider(setting, { regions: ['33.74'] })
    expect(await refer(await as(agent), { ticket_id: ticket.id })).toEqual({
      outcome: 'asked',
      asks: ['region', 'topic'],
      again: false,
    })
    expect(await refer(await as(agent), { ticket_id: ticket.id })).toMatchObject({ outcome: 'asked', again: true })
    const { rows } = await sql<{
      text: string
    }>`select text from messages where ticket_id = ${ticket.id}::uuid and direction = 'out'`.execute(
      (await as(system)).db,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]!.text).toContain('Aplikasi perkantoran')
    await sql`update tickets set region_code = '33', topic_code = 'perkantoran' where id = ${ticket.id}::uuid`.execute(
      (await as(system)).tx,
    )
    expect(await refer(await as(agent), { ticket_id: ticket.id })).toMatchObject({
      outcome: 'asked',
      asks: ['regency'],
      again: false,
    })
    // Nobody answers: the province has to do, and nobody serves all of it.
    expect(await refer(await as(agent), { ticket_id: ticket.id })).toMatchObject({
      outcome: 'referred',
      state: 'unmet',
    })
    await sql`update tickets set region_code = '33.74' where id = ${ticket.id}::uuid`.execute((await as(system)).tx)
    expect(await refer(await as(agent), { ticket_id: ticket.id })).toMatchObject({
      outcome: 'referred',
      state: 'offered',
    })
  }),
)

test(
  'what ends a ticket ends what is asked: closed under an open offer, and taken from whoever had it, without counting against them',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    const secretary = await aStaff(setting, { desk: await aDesk(setting, { kind: 'secretariat' }) })
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    await refer(await as(agent), { ticket_id: ticket.id })
    await resolve(await as(agent), { ticket_id: ticket.id, problem: 'x', steps: 'y' })
    await followTicket(await as(system), ticket.id)
    expect(await holder(story, ticket.id)).toMatchObject({ state: 'resolved', live: 0, referral: 'withdrawn' })

    const { ticket: second, agent: colleague } = await aRequest(setting)
    await refer(await as(colleague), { ticket_id: second.id })
    const offer = await offerOf(story, second.id)
    await acceptOffer(await as(one.staff), { offer_id: offer.id, via: 'web' })
    await withdrawReferral(await as(secretary), { ticket_id: second.id })
    expect(await holder(story, second.id)).toMatchObject({
      desk_id: second.desk.id,
      state: 'open',
      grants: 0,
      live: 0,
      referral: 'withdrawn',
    })
    const { rows } = await sql<{ state: string }>`select state from offers where id = ${offer.id}::uuid`.execute(
      (await as(system)).db,
    )
    expect(rows).toEqual([{ state: 'cancelled' }])
  }),
)

test(
  'internal notes of one organisation are never shown to another, not even to the secretariat',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    const secretary = await aStaff(setting, { desk: await aDesk(setting, { kind: 'secretariat' }) })
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    await note(await as(agent), { ticket_id: ticket.id, text: 'Catatan meja' })
    await refer(await as(agent), { ticket_id: ticket.id })
    const { id: offer_id } = await offerOf(story, ticket.id)
    await acceptOffer(await as(one.staff), { offer_id, via: 'web' })
    await note(await as(one.staff), { ticket_id: ticket.id, text: 'Catatan lembaga' })
    const notesOf = async (actor: Actor) =>
      (
        await sql<{
          text: string
        }>`select text from messages where ticket_id = ${ticket.id}::uuid and direction = 'note' order by id`.execute(
          (await as(actor)).db,
        )
      ).rows.map(({ text }) => text)
    expect(await notesOf(agent)).toEqual(['Catatan meja'])
    expect(await notesOf(secretary)).toEqual(['Catatan meja'])
    expect(await notesOf(one.staff)).toEqual(['Catatan lembaga'])
  }),
)

test(
  'the rules that the database begins with are those of the code',
  database.story(async ({ as }) => {
    const { rows } = await sql<{ policy: unknown }>`select policy from referral_policies`.execute((await as(system)).db)
    expect(rows).toEqual([{ policy: firstPolicy }])
  }),
)
