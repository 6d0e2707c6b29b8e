import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Actor, type Writing } from '../../platform/context.ts'
import { reactions } from '../../platform/reactions.ts'
import { Refusal } from '../../platform/refusal.ts'
import type { FactJob } from '../../platform/relay.ts'
import { useDatabase, type Story } from '../../platform/testing.ts'
import { aStaff } from '../../desks/testing.ts'
import { anOrganisation, aPerson } from '../../people/testing.ts'
import { listHistory, listMessages } from '../../tickets/index.ts'
import { takesPart, theRequester } from '../../tickets/testing.ts'
import { doCommand } from '../do-command.ts'
import { readCommand } from '../read-command.ts'
import { aProvider, aRequest } from '../testing.ts'
import {
  answerLinkedAgreement,
  endAgreement,
  listAgreements,
  listCustomers,
  listExistingAgreements,
  recordAgreement,
  seeLinkedAgreement,
} from './agreements.ts'
import { answerPaid, seeLinkedPaid } from './answer-paid.ts'
import { askProviders } from './ask-providers.ts'
import { expireNeedsNow } from './expire-needs.ts'
import { openNeed } from './open-need.ts'
import { seeNeed } from './see-need.ts'
import { confirmNoParty, recordOutcome, replyToQuestion, withdrawNeed } from './settle-need.ts'
import { remindPaidNow, tellStep } from './tell-paid.ts'

const database = useDatabase()

const SECRETS = ['rahasiawati', 'rahasiawati@contoh.example', '081234567890', 'Jalan Rahasia']
const WANTED_BY = '2099-01-31'
const DAY_MS = 86_400_000

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

/** A paid request of somebody of an institution, three who do such work, one who does none; the need is written down. */
async function aNeed({ as }: Story) {
  const setting = await as(system)
  const organisation = await anOrganisation(setting, { name: 'Dinas Contoh' })
  const requester = await aPerson(setting, { name: 'Ibu Rahasiawati', email: 'rahasiawati@contoh.example' })
  const { ticket, agent } = await aRequest(setting, { requester })
  await sql`update tickets set kind = 'paid', organisation_id = ${organisation.id}::uuid where id = ${ticket.id}::uuid`.execute(
    setting.tx,
  )
  const providers = [
    await aProvider(setting, { kinds: ['paid'] }),
    await aProvider(setting, { kinds: ['free', 'paid'], kind: 'partner' }),
    await aProvider(setting, { kinds: ['paid'] }),
  ]
  await aProvider(setting, { kinds: ['free'] })
  await sql`update contact_points set verified_at = now() where person_id = any (${providers.map((one) => one.staff.person_id)}::uuid[])`.execute(
    setting.tx,
  )
  const { providers: listed } = await openNeed(await as(agent), {
    ticket_id: ticket.id,
    scope: 'Pasang jaringan untuk Ibu Rahasiawati, 081234567890, rahasiawati@contoh.example',
    work_place: 'Jalan Rahasia 1',
    wanted_by: WANTED_BY,
    wait_days: 7,
  })
  expect(listed).toBe(3)
  return { ticket, agent, providers, asker: theRequester(ticket), organisation }
}

/** Does what follows from the newest facts, and answers every mail that went to providers since. */
async function tellAll({ as }: Story) {
  const ctx = await as(system)
  const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
    select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id
    where f.kind ~ '^(paid|agreement)' order by f.id`.execute(ctx.tx)
  const { rows: before } = await sql<{ id: string }>`select id from outbox`.execute(ctx.tx)
  // Twice: a job may run again.
  const told = rows.filter(({ kind }) => (reactions[kind] as readonly string[]).includes('referrals.tell_paid'))
  for (const job of [...told, ...told]) await tellStep(ctx, job)
  const known = before.map(({ id }) => id)
  const { rows: mails } = await sql<{
    kind: string
    recipient_id: string
    subject: string
    text: string
    about_id: string | null
  }>`
    select kind, recipient_id, subject, text, about_id from outbox where id <> all (${known}::uuid[]) order by id`.execute(
    ctx.tx,
  )
  return mails.filter(({ about_id }) => about_id === null)
}
const tokenIn = (text: string) => /\/(?:paid|agreements)\/([a-z2-7]{32})/.exec(text)![1]!
const stateOf = async ({ as }: Story, ticket_id: string) => (await seeNeed(await as(system), { ticket_id }))?.state

/** Whose row an answer is: the desk, which the page does not say. */
const deskOf = async ({ as }: Story, id: string) =>
  (
    await sql<{ desk_id: string }>`select desk_id from paid_answers where id = ${id}::uuid`.execute(
      (await as(system)).tx,
    )
  ).rows[0]!.desk_id

test(
  'paid work from the need to its outcome: nobody is told before the requester agrees, and contacts come when both have confirmed',
  database.story(async (story) => {
    const { as, facts } = story
    const { ticket, agent, providers, asker } = await aNeed(story)
    const again = await as(agent)
    const same = { ticket_id: ticket.id, scope: 'x', work_place: 'x', wanted_by: WANTED_BY, wait_days: 7 }
    expect(await refusalOf(again, () => openNeed(again, same))).toBe('conflict paid.live')
    expect(await tellAll(story)).toEqual([])

    const listed = (await seeNeed(await as(asker), { ticket_id: ticket.id }))!
    expect(listed.answers.map(({ invited_at }) => invited_at)).toEqual([null, null, null])
    const [first, second, third] = listed.answers
    expect(await askProviders(await as(asker), { ticket_id: ticket.id, answer_ids: [first!.id, second!.id] })).toBe(2)
    const mails = await tellAll(story)
    expect(mails.map(({ kind }) => kind)).toEqual(['offer', 'offer'])
    for (const { subject, text } of mails)
      for (const secret of [...SECRETS, ticket.number])
        expect(`${subject}\n${text}`.toLowerCase()).not.toContain(secret.toLowerCase())

    const staffOf = async (id: string) => {
      const desk_id = await deskOf(story, id)
      return providers.find(({ desk }) => desk.id === desk_id)!.staff
    }
    const tokenOf = async (id: string) => {
      const { person_id } = await staffOf(id)
      return tokenIn(mails.find(({ recipient_id }) => recipient_id === person_id)!.text)
    }
    const [token, other] = [await tokenOf(first!.id), await tokenOf(second!.id)]
    const page = await as(system)
    expect(JSON.stringify(await seeLinkedPaid(page, token))).not.toMatch(/rahasia/i)

    // A question, whose own contacts are masked, and its answer.
    await answerPaid(page, { token, answer: 'question', question: 'Berapa titik? Telepon saya 081298765432.' })
    const asked = (await seeNeed(await as(asker), { ticket_id: ticket.id }))!.answers[0]!
    expect(asked.question).toContain('Berapa titik?')
    expect(asked.question).not.toContain('081298765432')
    await replyToQuestion(await as(asker), {
      ticket_id: ticket.id,
      answer_id: first!.id,
      reply: 'Dua puluh. 081234567890',
    })
    const [replied] = await tellAll(story)
    expect(replied!.text).toContain('Dua puluh.')
    expect(replied!.text).not.toContain('081234567890')

    const linked = await as(system)
    await answerPaid(linked, { token, answer: 'interested', no_party: true })
    await answerPaid(linked, { token: other, answer: 'not_interested' })
    expect(
      await refusalOf(linked, () => answerPaid(linked, { token: other, answer: 'interested', no_party: true })),
    ).toBe('conflict paid.answered')
    const before = (await seeNeed(await as(asker), { ticket_id: ticket.id }))!
    expect(before.answers.map(({ answer, contact }) => [answer, contact])).toEqual([
      ['interested', null],
      ['not_interested', null],
      [null, null],
    ])
    const own = await as(asker)
    const outcome = (answer_id: string | null) => recordOutcome(own, { ticket_id: ticket.id, answer_id })
    expect(await refusalOf(own, () => outcome(first!.id))).toBe('conflict paid.no_contacts')
    for (const { id } of [second!, third!])
      expect(await refusalOf(own, () => confirmNoParty(own, { ticket_id: ticket.id, answer_id: id }))).toBe(
        'conflict paid.not_interested',
      )
    expect((await seeLinkedPaid(await as(system), token)).contact).toBeNull()

    await confirmNoParty(await as(asker), { ticket_id: ticket.id, answer_id: first!.id })
    const [told] = await tellAll(story)
    expect(told!.text).not.toMatch(/rahasia/i)
    const contact = (await seeLinkedPaid(await as(system), token)).contact!
    expect(contact).toMatchObject({ name: 'Ibu Rahasiawati', place: 'Jalan Rahasia 1' })
    expect(contact.addresses).toContain('rahasiawati@contoh.example')
    expect((await seeLinkedPaid(await as(system), other)).contact).toBeNull()
    const shown = (await seeNeed(await as(asker), { ticket_id: ticket.id }))!
    expect(shown.answers[0]!.contact!.name).toBe((await staffOf(first!.id)).name)

    await recordOutcome(await as(asker), { ticket_id: ticket.id, answer_id: first!.id })
    expect(await stateOf(story, ticket.id)).toBe('closed')
    expect((await seeLinkedPaid(await as(system), token)).stands).toBe('agreed')
    expect((await seeLinkedPaid(await as(system), other)).stands).toBe('ended')
    expect((await facts(ticket.id)).filter((kind) => kind.startsWith('paid_'))).toEqual([
      'paid_need.opened',
      'paid_need.agreed',
      'paid_answer.asked',
      'paid_answer.replied',
      'paid_answer.given',
      'paid_answer.given',
      'paid_answer.confirmed',
      'paid_need.closed',
    ])
  }),
)

test(
  'who sees what: each provider its own row, agents and the secretariat that it runs, nobody but the requester the answers',
  database.story(async (story) => {
    const { as } = story
    const { ticket, agent, providers, asker } = await aNeed(story)
    const secretariat = await aStaff(await as(system), { sees_all: true })
    const need = (await seeNeed(await as(asker), { ticket_id: ticket.id }))!
    const rowsOf = async (actor: Actor, table: string) => {
      const ctx = await as(actor)
      return (await sql<{ row: string }>`select to_jsonb(t)::text as row from ${sql.table(table)} t`.execute(ctx.db))
        .rows
    }
    // On the list and not asked: they know nothing of it.
    for (const { staff } of providers) expect(await rowsOf(staff, 'paid_answers')).toEqual([])
    await askProviders(await as(asker), { ticket_id: ticket.id, answer_ids: null })
    const mails = await tellAll(story)
    for (const { staff } of providers) {
      const rows = await rowsOf(staff, 'paid_answers')
      expect(rows).toHaveLength(1)
      expect(rows[0]!.row).not.toMatch(/rahasiawati|081234567890|Jalan/i)
      expect(await rowsOf(staff, 'paid_needs')).toEqual([])
    }
    await answerPaid(await as(system), { token: tokenIn(mails[0]!.text), answer: 'interested', no_party: true })
    for (const actor of [agent, secretariat]) {
      expect(await rowsOf(actor, 'paid_answers')).toEqual([])
      expect(await rowsOf(actor, 'paid_contacts')).toEqual([])
      expect(await seeNeed(await as(actor), { ticket_id: ticket.id })).toMatchObject({ state: 'open', answers: [] })
    }
    expect(await rowsOf(asker, 'paid_answers')).toHaveLength(3)
    expect(await rowsOf(asker, 'paid_contacts')).toEqual([])
    // Somebody who only takes part in the request is not whoever asked.
    const guest = { ...asker, person_id: (await aPerson(await as(system))).id }
    await takesPart(await as(system), { ticket_id: ticket.id, person_id: guest.person_id, part: 'participant' })
    expect(await rowsOf(guest, 'paid_answers')).toEqual([])
    // That there is news is told to whoever asked, by mail, and stands in nothing that others read.
    await tellAll(story)
    const { rows: told } = await sql<{ recipient_id: string }>`select recipient_id from outbox
      where about_id = ${ticket.id}::uuid and text like 'Ada kabar%'`.execute((await as(system)).tx)
    expect(told).toEqual([{ recipient_id: asker.person_id }])
    for (const reader of [guest, agent])
      expect((await listMessages(await as(reader), ticket.id)).filter(({ text }) => /kabar/.test(text))).toEqual([])
    const foreign = await as(guest)
    expect(await refusalOf(foreign, () => askProviders(foreign, { ticket_id: ticket.id, answer_ids: null }))).toBe(
      'conflict paid.none',
    )
    // Past the commands, too: the database shows contacts to nobody before both have confirmed, and lets nobody confirm for a provider.
    for (const column of ['contacts_shown_at', 'provider_confirmed_at']) {
      const { tx } = await as(asker)
      await sql`savepoint attempt`.execute(tx)
      await expect(
        sql`update paid_answers set ${sql.ref(column)} = now() where need_id = ${need.id}::uuid`.execute(tx),
      ).rejects.toThrow(/violates check|permission denied/)
      await sql`rollback to savepoint attempt`.execute(tx)
    }
  }),
)

test(
  'a need ends by itself: nobody interested at the deadline, nothing recorded a month later, its request closed; or it is taken back',
  database.story(async (story) => {
    const { as } = story
    const { ticket, asker, agent } = await aNeed(story)
    const start = (await as(system)).now.getTime()
    const after = (days: number) => new Date(start + days * DAY_MS)
    const ended = async (days: number) => expireNeedsNow(await as(system, after(days)))
    await askProviders(await as(asker), { ticket_id: ticket.id, answer_ids: null })
    const [mail] = await tellAll(story)
    expect(await ended(6)).toBe(0)
    const ctx = await as(system)
    await sql`savepoint before`.execute(ctx.tx)
    expect(await ended(8)).toBe(1)
    expect(await stateOf(story, ticket.id)).toBe('expired')
    await sql`rollback to savepoint before`.execute(ctx.tx)

    const token = tokenIn(mail!.text)
    const late = await as(system, after(8))
    expect(await refusalOf(late, () => answerPaid(late, { token, answer: 'not_interested' }))).toBe(
      'conflict paid.over',
    )
    await answerPaid(await as(system), { token, answer: 'interested', no_party: true })
    expect(await ended(8)).toBe(0)
    await sql`savepoint interested`.execute(ctx.tx)
    expect(await ended(40)).toBe(1)
    await sql`rollback to savepoint interested`.execute(ctx.tx)
    await sql`update tickets set spam_at = now() where id = ${ticket.id}::uuid`.execute((await as(system)).tx)
    expect(await ended(0)).toBe(1)
    expect(await stateOf(story, ticket.id)).toBe('withdrawn')
    await sql`rollback to savepoint interested`.execute(ctx.tx)
    await withdrawNeed(await as(agent), { ticket_id: ticket.id })
    expect(await stateOf(story, ticket.id)).toBe('withdrawn')
    expect((await seeLinkedPaid(await as(system), token)).stands).toBe('ended')
  }),
)

test(
  'an agreement is recorded by the provider, confirmed by whoever asked, seen by the two; the secretariat sees that it exists',
  database.story(async (story) => {
    const { as } = story
    const { ticket, providers, asker, agent, organisation } = await aNeed(story)
    const { answers } = (await seeNeed(await as(asker), { ticket_id: ticket.id }))!
    const answer_id = answers[0]!.id
    await askProviders(await as(asker), { ticket_id: ticket.id, answer_ids: [answer_id] })
    const [invited] = await tellAll(story)
    const desk_id = await deskOf(story, answer_id)
    const { staff } = providers.find(({ desk }) => desk.id === desk_id)!
    const others = providers.filter(({ desk }) => desk.id !== desk_id)
    const terms = {
      answer_id,
      kind: 'maintenance' as const,
      starts_on: '2027-01-01',
      ends_on: '2027-12-31',
      coverage: 'office_hours' as const,
      response_minutes: 120,
      resolution_minutes: 960,
    }
    await answerPaid(await as(system), { token: tokenIn(invited!.text), answer: 'interested', no_party: true })
    const early = await as(staff)
    expect(await refusalOf(early, () => recordAgreement(early, terms))).toBe('not_found paid.no_customer')
    await confirmNoParty(await as(asker), { ticket_id: ticket.id, answer_id })
    await tellAll(story)
    expect(await listCustomers(await as(staff))).toEqual([{ answer_id, name: organisation.name }])
    const foreign = await as(others[0]!.staff)
    expect(await refusalOf(foreign, () => recordAgreement(foreign, terms))).toBe('not_found paid.no_customer')

    const agreement_id = await recordAgreement(await as(staff), terms)
    const [asked] = await tellAll(story)
    expect(asked!.recipient_id).toBe(ticket.requester.id)
    const token = tokenIn(asked!.text)
    expect(await seeLinkedAgreement(await as(system), token)).toMatchObject({
      response_minutes: 120,
      state: 'recorded',
    })
    await answerLinkedAgreement(await as(system), { token, confirmed: true })
    const twice = await as(system)
    expect(await refusalOf(twice, () => answerLinkedAgreement(twice, { token, confirmed: false }))).toBe(
      'conflict paid.agreement_over',
    )
    expect(await listAgreements(await as(staff))).toMatchObject([
      { id: agreement_id, state: 'confirmed', resolution_minutes: 960 },
    ])
    const secretariat = await aStaff(await as(system), { sees_all: true })
    for (const actor of [...others.map((one) => one.staff), agent, secretariat])
      expect(await listAgreements(await as(actor))).toEqual([])
    const seen = await listExistingAgreements(await as(secretariat))
    expect(seen).toEqual([
      {
        id: agreement_id,
        provider: expect.any(String),
        customer: 'Dinas Contoh',
        state: 'confirmed',
        starts_on: '2027-01-01',
        ends_on: '2027-12-31',
      },
    ])
    const refused = await as(agent)
    await sql`savepoint attempt`.execute(refused.tx)
    await expect(listExistingAgreements(refused)).rejects.toThrow(/secretariat alone/)
    await sql`rollback to savepoint attempt`.execute(refused.tx)
    const last = await as(others[0]!.staff)
    expect(await refusalOf(last, () => endAgreement(last, { agreement_id }))).toBe('conflict paid.agreement_over')
    await endAgreement(await as(staff), { agreement_id })
    expect((await listAgreements(await as(staff)))[0]!.state).toBe('ended')
  }),
)

test(
  'an invitation is answered by one line, too, and who says nothing is reminded once; what happened stands in the requester’s history',
  database.story(async (story) => {
    const { as } = story
    const { ticket, providers, asker } = await aNeed(story)
    await askProviders(await as(asker), { ticket_id: ticket.id, answer_ids: null })
    const mails = await tellAll(story)
    const codeOf = (person_id: string) =>
      /BERMINAT ([0-9A-Z]{4,8}) /.exec(mails.find(({ recipient_id }) => recipient_id === person_id)!.text)![1]!
    const [keen, asking, silent] = providers
    const says = async ({ staff, desk }: (typeof providers)[number], text: string, code = codeOf(staff.person_id)) => {
      const heard = readCommand(text.replace('KODE', code))
      if (heard.kind !== 'command') throw new Error(`${text} is no command`)
      const who = { person_id: staff.person_id, desk_id: desk.id, language: 'id', via: 'email' } as const
      return doCommand(await as(system), heard.command, who)
    }
    expect(await says(asking!, 'TANYA KODE Berapa titik? Hubungi 081298765432.')).toContain('kami sampaikan')
    expect(await says(keen!, 'berminat KODE')).toContain('berminat')
    // Somebody else's code does nothing, and a second answer changes nothing.
    const system_ctx = await as(system)
    expect(await refusalOf(system_ctx, () => says(silent!, 'BERMINAT KODE', codeOf(keen!.staff.person_id)))).toBe(
      'not_found offer.code',
    )
    expect(await refusalOf(system_ctx, () => says(keen!, 'TIDAK KODE'))).toBe('conflict paid.answered')
    const seen = async () => (await seeNeed(await as(asker), { ticket_id: ticket.id }))!.answers
    const answers = await seen()
    expect(answers.map(({ answer }) => answer).toSorted()).toEqual(['interested', null, null])
    expect(answers.find(({ question }) => question)!.question).not.toContain('081298765432')
    // BATAL takes each back, and nobody else's.
    expect(await refusalOf(system_ctx, () => says(silent!, 'BATAL'))).toBe('conflict offer.nothing_to_undo')
    expect(await says(keen!, 'BATAL')).toContain('dibatalkan')
    expect(await says(asking!, 'BATAL')).toContain('dibatalkan')
    expect((await seen()).map(({ answer, question }) => answer ?? question)).toEqual([null, null, null])
    expect(await says(asking!, 'TANYA KODE Berapa titik?')).toContain('kami sampaikan')
    expect(await says(keen!, 'berminat KODE')).toContain('BATAL')
    await tellAll(story)

    const half = await as(system, new Date(system_ctx.now.getTime() + 4 * DAY_MS))
    const remindedBy = async () => {
      await remindPaidNow(half)
      const { rows } = await sql<{
        recipient_id: string
      }>`select recipient_id from outbox where subject like 'Pengingat%'`.execute(half.tx)
      return rows.map(({ recipient_id }) => recipient_id)
    }
    // Whoever asked and was not answered waits for the requester; whoever answered is left alone.
    expect(await remindedBy()).toEqual([silent!.staff.person_id])
    expect(await remindedBy()).toEqual([silent!.staff.person_id])

    const kinds = (await listHistory(await as(asker), ticket.id)).map(({ kind }) => kind)
    expect(kinds).toContain('paid_answer.given')
    expect(kinds).toContain('paid_answer.undone')
    expect(kinds).toContain('paid_need.agreed')
    expect(kinds).not.toContain('message.sent')
    const cc = { ...asker, person_id: (await aPerson(await as(system))).id }
    expect((await listHistory(await as(cc), ticket.id)).filter(({ kind }) => kind.startsWith('paid'))).toEqual([])
  }),
)
