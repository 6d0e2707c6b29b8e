/** What is left over when steps of a referral cross each other: nobody reads on, and nobody waits for nobody. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { giveGrants } from '../people/index.ts'
import { anOrganisation } from '../people/testing.ts'
import { assign, listHistory, reject, resolve } from '../tickets/index.ts'
import { theRequester } from '../tickets/testing.ts'
import { acceptOffer } from './accept-offer.ts'
import { declineOffer } from './decline-offer.ts'
import { followTicket } from './follow-tickets.ts'
import { nextCandidate } from './next-candidate.ts'
import { refer } from './refer.ts'
import { returnCase } from './return-case.ts'
import { listReferrals } from './see-referral.ts'
import { settle } from './settle-grants.ts'
import { aProvider, aRequest, holderOf, liveOffer } from './testing.ts'
import { undoAnswer } from './undo-answer.ts'

const database = useDatabase()

test(
  'a grant that came a moment after the case was given back is taken back by the next round',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    await acceptOffer(await as(one.staff), { offer_id: offer.id, via: 'web' })
    await returnCase(await as(one.staff), { offer_id: offer.id, via: 'web', reason_code: 'capacity', to: 'centre' })
    const { person_id } = one.staff
    await giveGrants(await as(system), [
      { person_id, ticket_id: ticket.id, source: 'referral', reason: 'contoh', until: null },
    ])
    await settle(await as(system), null)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({ grants: 0 })
  }),
)

test(
  'a case that was given back after it was answered is the desk’s while the requester says whether it helped',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    await acceptOffer(await as(one.staff), { offer_id: offer.id, via: 'web' })
    await resolve(await as(one.staff), { ticket_id: ticket.id, problem: 'Pencetak', steps: 'Kabel diganti.' })
    await returnCase(await as(one.staff), { offer_id: offer.id, via: 'web', reason_code: 'capacity', to: 'next' })
    await nextCandidate(await as(system), ticket.id)
    await reject(await as(theRequester(ticket)), { ticket_id: ticket.id, text: 'Belum bisa.' })
    await followTicket(await as(system), ticket.id)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({
      desk_id: ticket.desk.id,
      referral: 'returned',
      state: 'open',
      live: 0,
      grants: 0,
    })
  }),
)

test(
  'whoever could not be asked while the request was in another state is asked as soon as that is over',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const providers = [await aProvider(setting), await aProvider(setting)]
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    const asked = providers.find(({ desk }) => desk.id === offer.desk_id)!
    await sql`update tickets set state = 'open' where id = ${ticket.id}::uuid`.execute((await as(system)).tx)
    await declineOffer(await as(asked.staff), { offer_id: offer.id, via: 'web', reason_code: 'capacity' })
    await nextCandidate(await as(system), ticket.id)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({ live: 0 })
    await followTicket(await as(system), ticket.id)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({
      live: 1,
      state: 'referred',
      referral: 'offered',
    })
  }),
)

test(
  'an acceptance is not taken back any more once the case was answered',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    await acceptOffer(await as(one.staff), { offer_id: offer.id, via: 'web' })
    await resolve(await as(one.staff), { ticket_id: ticket.id, problem: 'Pencetak', steps: 'Kabel diganti.' })
    const again = await as(one.staff)
    await sql`savepoint attempt`.execute(again.tx)
    await expect(undoAnswer(again, { offer_id: offer.id, via: 'web' })).rejects.toMatchObject({ kind: 'conflict' })
    await sql`rollback to savepoint attempt`.execute(again.tx)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({ desk_id: one.desk.id, live: 1 })
  }),
)

test(
  'what an organisation has accepted is taken back from it, not assigned over its head',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    const secretary = { ...(await aStaff(setting)), sees_all: true, roles: [] }
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    await acceptOffer(await as(one.staff), { offer_id: offer.id, via: 'web' })
    const again = await as({
      ...secretary,
      desks: [{ id: ticket.desk.id, name: '', kind: 'secretariat', role: 'coordinator', time_zone: 'Asia/Jakarta' }],
    })
    await sql`savepoint attempt`.execute(again.tx)
    await expect(assign(again, { ticket_id: ticket.id, desk_id: ticket.desk.id })).rejects.toMatchObject({
      key: 'referral.live_accepted',
    })
    await sql`rollback to savepoint attempt`.execute(again.tx)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({ desk_id: one.desk.id, live: 1 })
  }),
)

test(
  'the request of somebody whose data are restricted is referred to nobody, and nobody else is asked',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const providers = [await aProvider(setting), await aProvider(setting)]
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    const asked = providers.find(({ desk }) => desk.id === offer.desk_id)!
    await sql`insert into restrictions (id, person_id, reason, placed_at) values (${newId()}::uuid, ${ticket.requester.id}::uuid, 'contoh', now())`.execute(
      (await as(system)).tx,
    )
    await declineOffer(await as(asked.staff), { offer_id: offer.id, via: 'web', reason_code: 'capacity' })
    await nextCandidate(await as(system), ticket.id)
    expect(await holderOf(await as(system), ticket.id)).toMatchObject({ live: 0, referral: 'returned', state: 'open' })
    await expect(refer(await as(agent), { ticket_id: ticket.id })).rejects.toMatchObject({ key: 'referral.restricted' })
  }),
)

test(
  'the IT unit of the office sees that its request is with somebody, not who else was weighed, asked and refused',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const office = await anOrganisation(setting)
    const { ticket, agent } = await aRequest(setting, { organisation_id: office.id })
    const unit = await aDesk(setting, { kind: 'own_unit' })
    await sql`update desks set confirmed_at = now() where id = ${unit.id}::uuid`.execute(setting.tx)
    await sql`insert into desk_offices (desk_id, organisation_id) values (${unit.id}::uuid, ${office.id}::uuid)`.execute(
      setting.tx,
    )
    const technician = await aStaff(setting, { desk: unit })
    const providers = [await aProvider(setting), await aProvider(setting)]
    await refer(await as(agent), { ticket_id: ticket.id })
    const offer = (await liveOffer(await as(system), ticket.id))!
    const asked = providers.find(({ desk }) => desk.id === offer.desk_id)!
    await declineOffer(await as(asked.staff), { offer_id: offer.id, via: 'web', reason_code: 'capacity' })
    await nextCandidate(await as(system), ticket.id)
    const seen = async (actor: StaffActor) => {
      const [referral] = await listReferrals(await as(actor), { ticket_id: ticket.id })
      const history = await listHistory(await as(actor), ticket.id)
      return {
        state: referral!.state,
        offers: referral!.offers.length,
        weighed: referral!.decision !== null,
        declined: history.some(({ kind }) => kind === 'offer.declined'),
      }
    }
    expect(await seen(agent)).toEqual({ state: 'offered', offers: 2, weighed: true, declined: true })
    expect(await seen(technician)).toEqual({ state: 'offered', offers: 0, weighed: false, declined: false })
  }),
)
