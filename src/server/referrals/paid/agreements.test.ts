/** Either of the two begins an agreement and the other answers. In real transactions of their own, because both may begin at once. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { read, system, write, type Actor, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { Refusal } from '../../platform/refusal.ts'
import type { FactJob } from '../../platform/relay.ts'
import { useDatabase } from '../../platform/testing.ts'
import { prepare } from '../../desks/index.ts'
import { aStaff } from '../../desks/testing.ts'
import { anOrganisation, aPerson } from '../../people/testing.ts'
import { theRequester } from '../../tickets/testing.ts'
import { aProvider, aRequest } from '../testing.ts'
import {
  answerAgreement,
  answerLinkedAgreement,
  endAgreement,
  endLinkedAgreement,
  listAgreements,
  listCustomers,
  listExistingAgreements,
  recordAgreement,
  seeLinkedAgreement,
} from './agreements.ts'
import { keepContact, seeLinkedPaid } from './answer-paid.ts'
import { makePaidLink } from './paid-links.ts'
import { tellStep } from './tell-paid.ts'

const database = useDatabase()
const app = () => database.app()
const as = <T>(actor: Actor, work: (ctx: Writing) => Promise<T>) => write(app(), actor, work)
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: unknown) => {
      if (thrown instanceof Refusal) return `${thrown.kind} ${thrown.key}`
      throw thrown
    },
  )

const terms = {
  kind: 'support' as const,
  starts_on: '2027-01-01',
  ends_on: '2027-12-31',
  coverage: 'always' as const,
  response_minutes: 60,
  resolution_minutes: 600,
}

beforeAll(() => prepare(app()))

/** Two whose contacts were shown to each other over paid work; `institution` false for somebody who asked for themselves. */
const theTwo = (given: { institution?: boolean; phone?: string } = {}) =>
  as(system, async (ctx) => {
    const { phone } = given
    const requester = await aPerson(ctx, { name: 'Ibu Contoh', ...(phone ? { phone, email: null } : {}) })
    const { ticket, agent } = await aRequest(ctx, { requester, channel: phone ? 'sms' : 'web' })
    const provider = await aProvider(ctx, { kinds: ['paid'] })
    const organisation = given.institution === false ? null : await anOrganisation(ctx, { name: 'Dinas Contoh' })
    const answer_id = newId()
    const { id, person_id } = { id: answer_id, person_id: provider.staff.person_id }
    await sql`update contact_points set verified_at = now() where person_id = any (${[person_id, requester.id]}::uuid[])`.execute(
      ctx.tx,
    )
    await sql`insert into paid_needs (id, ticket_id, scope, place, wanted_by, agreed_at, due_at, ends_at, seed)
      values (${id}::uuid, ${ticket.id}::uuid, 'x', 'x', now(), now(), now(), now(), 'x')`.execute(ctx.tx)
    await sql`insert into paid_answers (id, need_id, ticket_id, desk_id, organisation_id, position, summary, region_code, wanted_by, due_at, invited_at,
        answer, answered_at, provider_confirmed_at, requester_confirmed_at, contacts_shown_at)
      values (${id}::uuid, ${id}::uuid, ${ticket.id}::uuid, ${provider.desk.id}::uuid, ${provider.organisation_id}::uuid, 1, 'x', '33', now(), now(), now(),
        'interested', now(), now(), now(), now())`.execute(ctx.tx)
    await keepContact(ctx, { answer_id, person_id, side: 'provider' })
    await keepContact(ctx, {
      answer_id,
      person_id: requester.id,
      side: 'requester',
      organisation_id: organisation?.id ?? null,
    })
    return { answer_id, ticket, agent, provider, staff: provider.staff, asker: theRequester(ticket) }
  })
type Two = Awaited<ReturnType<typeof theTwo>>

/** Does what follows from the newest facts about agreements, twice, as a job may; answers what was sent. */
const tellAll = () =>
  as(system, async (ctx) => {
    const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
      select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id
      where f.kind like 'agreement%' order by f.id`.execute(ctx.tx)
    const { rows: before } = await sql<{ id: string }>`select id from outbox`.execute(ctx.tx)
    for (const job of [...rows, ...rows]) await tellStep(ctx, job)
    const { rows: sent } = await sql<{
      recipient_id: string
      channel: string
      text: string
    }>`select recipient_id, channel, text from outbox
      where id <> all (${before.map(({ id }) => id)}::uuid[]) order by id`.execute(ctx.tx)
    return { kinds: rows.map(({ kind }) => kind), sent }
  })
const tokenIn = (text: string) => /\/agreements\/([a-z2-7]{32})/.exec(text)![1]!
const record = ({ answer_id }: Two, actor: Actor) => as(actor, (ctx) => recordAgreement(ctx, { answer_id, ...terms }))
const listed = (actor: Actor) => read(app(), actor, (ctx) => listAgreements(ctx))

test('the requester begins one: the provider is asked, confirms it by the link of its mail, and each is told what the other did', async () => {
  const two = await theTwo()
  const id = await record(two, two.asker)
  const { kinds, sent } = await tellAll()
  expect(kinds).toEqual(['agreement.recorded'])
  expect(sent).toMatchObject([{ recipient_id: two.staff.person_id, channel: 'email' }])
  expect(sent[0]!.text).toContain('Dinas Contoh mencatat bahwa ada perjanjian')
  const token = tokenIn(sent[0]!.text)
  const linked = await as(system, (ctx) => seeLinkedAgreement(ctx, token))
  expect(linked).toMatchObject({ id, customer: 'Dinas Contoh', side: 'provider', recorded_side: 'requester' })

  expect(await outcome(as(two.asker, (ctx) => answerAgreement(ctx, { agreement_id: id, confirmed: true })))).toBe(
    'conflict paid.agreement_over',
  )
  await as(system, (ctx) => answerLinkedAgreement(ctx, { token, confirmed: true }))
  const told = await tellAll()
  expect(told.kinds).toEqual(['agreement.confirmed'])
  expect(told.sent).toMatchObject([{ recipient_id: two.asker.person_id }])
  const theirs = await as(system, (ctx) => seeLinkedAgreement(ctx, tokenIn(told.sent[0]!.text)))
  expect(theirs).toMatchObject({ side: 'requester', state: 'confirmed' })

  // Both read the same history; either ends it, also without an account.
  await as(system, (ctx) => endLinkedAgreement(ctx, token))
  expect((await tellAll()).sent).toMatchObject([{ recipient_id: two.asker.person_id }])
  const history = { recorded_side: 'requester', state: 'ended', ended_side: 'provider', answered_at: expect.any(Date) }
  expect(await listed(two.asker)).toMatchObject([{ id, side: 'requester', ...history }])
  expect(await listed(two.staff)).toMatchObject([{ id, side: 'provider', ...history }])
  const { rows } = await sql<{ answered_by: string; ended_by: string }>`select answered_by, ended_by from agreements
    where id = ${id}::uuid`.execute(app().worker)
  expect(rows).toEqual([{ answered_by: two.staff.person_id, ended_by: two.staff.person_id }])
  // It is over: the two may record another.
  expect(await record(two, two.staff)).not.toBe(id)
  expect((await tellAll()).kinds).toEqual(['agreement.recorded'])
})

test('whoever left the organisation has its links still, and they lead nowhere; who asked for the work keeps theirs', async () => {
  const two = await theTwo()
  await record(two, two.asker)
  const token = tokenIn((await tellAll()).sent[0]!.text)
  const paid = await as(system, (ctx) => makePaidLink(ctx, two.answer_id, two.staff.person_id))
  expect(await outcome(read(app(), system, (ctx) => seeLinkedPaid(ctx, paid)))).toBe('done')
  await sql`delete from desk_members where person_id = ${two.staff.person_id}::uuid`.execute(app().worker)
  await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at, ended_at)
    select ${newId()}::uuid, ${two.provider.desk.id}::uuid, person_id, id, 'email', 1, now(), now() from contact_points
    where person_id = ${two.staff.person_id}::uuid`.execute(app().worker)
  const openedBy = async (kept: string) => [
    await outcome(read(app(), system, (ctx) => seeLinkedPaid(ctx, paid))),
    await outcome(read(app(), system, (ctx) => seeLinkedAgreement(ctx, kept))),
    await outcome(as(system, (ctx) => answerLinkedAgreement(ctx, { token: kept, confirmed: true }))),
  ]
  expect(await openedBy(token)).toEqual(['not_found paid.link', 'not_found paid.link', 'not_found paid.link'])
  expect(await listed(two.asker)).toMatchObject([{ state: 'recorded' }])
  // On duty again, they answer by the same link; whoever asked needs no desk for theirs.
  await sql`update duty_contacts set ended_at = null where person_id = ${two.staff.person_id}::uuid`.execute(
    app().worker,
  )
  expect(await openedBy(token)).toEqual(['done', 'done', 'done'])
  const theirs = tokenIn((await tellAll()).sent[0]!.text)
  expect(await outcome(read(app(), system, (ctx) => seeLinkedAgreement(ctx, theirs)))).toBe('done')
})

test('it is taken back until it is answered, by whoever recorded it alone; a declined one is over', async () => {
  const two = await theTwo({ institution: false, phone: '+6281200000077' })
  const first = await record(two, two.staff)
  const { sent } = await tellAll()
  expect(sent).toMatchObject([{ recipient_id: two.asker.person_id, channel: 'sms' }])
  const end = (actor: Actor, agreement_id: string) => outcome(as(actor, (ctx) => endAgreement(ctx, { agreement_id })))
  expect(await end(two.asker, first)).toBe('conflict paid.agreement_over')
  expect(await end(two.staff, first)).toBe('done')
  expect(await outcome(as(two.asker, (ctx) => answerAgreement(ctx, { agreement_id: first, confirmed: true })))).toBe(
    'conflict paid.agreement_over',
  )
  const told = await tellAll()
  expect(told).toMatchObject({ kinds: ['agreement.withdrawn'], sent: [{ recipient_id: two.asker.person_id }] })

  // Taken back before anybody was told: nobody hears of it at all.
  expect(await end(two.staff, await record(two, two.staff))).toBe('done')
  expect(await tellAll()).toEqual({ kinds: ['agreement.recorded', 'agreement.withdrawn'], sent: [] })

  const second = await record(two, two.asker)
  await as(two.staff, (ctx) => answerAgreement(ctx, { agreement_id: second, confirmed: false }))
  expect(await end(two.asker, second)).toBe('conflict paid.agreement_over')
  expect((await listed(two.asker)).map(({ state, customer }) => [state, customer])).toEqual([
    ['declined', 'Ibu Contoh'],
    ['withdrawn', 'Ibu Contoh'],
    ['withdrawn', 'Ibu Contoh'],
  ])
  expect(await as(two.staff, (ctx) => listCustomers(ctx))).toEqual([{ answer_id: two.answer_id, name: 'Ibu Contoh' }])
  // That it exists is seen by the secretariat; who asked for themselves is not named there.
  const secretariat = await as(system, (ctx) => aStaff(ctx, { sees_all: true }))
  const seen = await as(secretariat, (ctx) => listExistingAgreements(ctx))
  expect(seen.find(({ id }) => id === second)).toMatchObject({ customer: '', state: 'declined' })
  expect((await tellAll()).kinds).toEqual(['agreement.recorded', 'agreement.declined'])
})

test('both begin at once: one does, and the other reads that one waits; so do an answer and a taking back', async () => {
  for (let round = 0; round < 3; round++) {
    const two = await theTwo()
    const begun = [outcome(record(two, two.staff)), outcome(record(two, two.asker))]
    expect((await Promise.all(begun)).sort()).toEqual(['conflict paid.agreement_waits', 'done'])
    const [waiting] = await listed(two.asker)
    const [beginner, other] = waiting!.recorded_side === 'provider' ? [two.staff, two.asker] : [two.asker, two.staff]
    const agreement_id = waiting!.id
    const settled = await Promise.all([
      outcome(as(other, (ctx) => answerAgreement(ctx, { agreement_id, confirmed: false }))),
      outcome(as(beginner, (ctx) => endAgreement(ctx, { agreement_id }))),
    ])
    expect(settled.sort()).toEqual(['conflict paid.agreement_over', 'done'])
  }
})

test('behind both walls: nobody else records, reads or answers it, and past the commands nobody confirms their own', async () => {
  const two = await theTwo()
  const strangers = await as(system, async (ctx) => {
    const other = await aProvider(ctx, { kinds: ['paid'] })
    // Takes part in the request and did not ask.
    const guest = { ...two.asker, person_id: (await aPerson(ctx)).id }
    return [other.staff, guest, two.agent, await aStaff(ctx, { sees_all: true })]
  })
  for (const stranger of strangers) expect(await outcome(record(two, stranger))).toBe('not_found paid.no_customer')
  const agreement_id = await record(two, two.asker)
  for (const stranger of strangers) {
    expect(await listed(stranger)).toEqual([])
    expect(await outcome(as(stranger, (ctx) => answerAgreement(ctx, { agreement_id, confirmed: true })))).toBe(
      'conflict paid.agreement_over',
    )
  }
  const past = (actor: Actor, set: string) =>
    as(actor, (ctx) =>
      sql`update agreements set ${sql.raw(set)} where id = ${agreement_id}::uuid`.execute(ctx.tx),
    ).then(
      ({ numAffectedRows }) => `${numAffectedRows} rows`,
      (thrown: Error) => /row-level security|permission denied|no step/.exec(thrown.message)?.[0],
    )
  expect(await past(two.asker, `state = 'confirmed', answered_at = now()`)).toBe('row-level security')
  expect(await past(two.staff, `state = 'withdrawn', ended_at = now(), ended_side = 'requester'`)).toBe(
    'row-level security',
  )
  expect(await past(two.asker, `recorded_side = 'provider'`)).toBe('permission denied')
  expect(await past(strangers[0]!, `state = 'confirmed', answered_at = now()`)).toBe('0 rows')
  // What waits does not end, and what was answered is not answered again.
  expect(await past(two.staff, `state = 'ended', ended_at = now(), ended_side = 'provider'`)).toBe('no step')
  expect(await listed(two.staff)).toMatchObject([{ id: agreement_id, state: 'recorded', customer: 'Dinas Contoh' }])
  await as(two.staff, (ctx) => answerAgreement(ctx, { agreement_id, confirmed: true }))
  for (const set of [
    `state = 'declined'`,
    `answered_at = now()`,
    `state = 'withdrawn', answered_at = null, ended_at = now(), ended_side = 'requester'`,
  ])
    for (const actor of [two.staff, two.asker]) expect(await past(actor, set)).toMatch(/^(no step|row-level security)$/)
  expect(await past(two.asker, `state = 'ended', ended_at = now(), ended_side = 'requester'`)).toBe('1 rows')
  expect(await past(two.staff, `state = 'confirmed', ended_at = null, ended_side = null`)).toBe('0 rows')
})
