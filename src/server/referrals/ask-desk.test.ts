/** Whoever is asked wants to know something first: the desk that refers answers through Pandu, and nothing that names anybody goes with it. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aStaff } from '../desks/testing.ts'
import { tracePerson } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { listHistory, listMessages } from '../tickets/index.ts'
import { takesPart } from '../tickets/testing.ts'
import { keepQuestion } from './ask-desk.ts'
import { forgetPersonInReferrals } from './forget-person.ts'
import {
  acceptOffer,
  answerQuestion,
  askDesk,
  listWaitingQuestions,
  questionsOfOffers,
  refer,
  returnCase,
  seeReferralWork,
  settleQuestion,
  showAnswer,
} from './index.ts'
import { questionsOfTicket } from './list-questions.ts'
import { tellQuestions } from './tell-questions.ts'
import { aProvider, aRequest, liveOffer } from './testing.ts'

const database = useDatabase()
const as = <T>(actor: StaffActor | typeof system, work: (ctx: Writing) => Promise<T>) =>
  write(database.app(), actor, work)

const PLANTED = /sitti|nurhaliza|0812-3456|192\.168/i

async function anOffer() {
  const made = await as(system, async (ctx) => {
    const requester = await aPerson(ctx, { name: 'Sitti Nurhaliza', email: `sitti.${newId()}@dinkes.contoh.test` })
    const { ticket, agent } = await aRequest(ctx, {
      requester,
      subject: 'Writer macet',
      text: 'Writer macet, mohon dibantu.',
    })
    const provider = await aProvider(ctx, { name: `Lembaga Contoh ${newId().slice(-6)}` })
    await sql`update desks set accepting = (id = ${provider.desk.id}::uuid) where kind = 'provider'`.execute(ctx.tx)
    await sql`update contact_points set verified_at = now() where person_id = ${provider.staff.person_id}::uuid`.execute(
      ctx.tx,
    )
    return { ticket, agent, provider }
  })
  await as(made.agent, (ctx) => refer(ctx, { ticket_id: made.ticket.id }))
  return { ...made, offer: (await as(system, (ctx) => liveOffer(ctx, made.ticket.id)))! }
}
/** What follows from what was asked and answered; run twice, because jobs may be. */
async function follow(kind: 'offer.questioned' | 'offer.question_answered', question_id: string) {
  const job = { fact_id: newId(), kind, ticket_id: null, about: { question_id } }
  await tellQuestions(database.app(), [job])
  await tellQuestions(database.app(), [job])
}
const mailsTo = async (person_id: string) =>
  (
    await sql<{
      text: string
      reply_to: string
    }>`select text, reply_to from outbox where recipient_id = ${person_id}::uuid
      and subject like 'Jawaban%' order by id`.execute(database.app().worker)
  ).rows

test('before it accepts, an organisation asks and is answered without a name; both sides read the same, and the requester nothing of it', async () => {
  const { ticket, agent, provider, offer } = await anOffer()
  const question_id = await as(provider.staff, (ctx) =>
    askDesk(ctx, { offer_id: offer.id, question: 'Berapa komputer, dan versi Writer berapa?' }),
  )
  await follow('offer.questioned', question_id)

  const waiting = await read(database.app(), agent, listWaitingQuestions)
  expect(waiting).toMatchObject([{ id: question_id, who: provider.desk.name, ticket: { number: ticket.number } }])
  const notes = (await read(database.app(), agent, (ctx) => listMessages(ctx, ticket.id))).filter(
    ({ direction }) => direction === 'note',
  )
  expect(notes).toMatchObject([
    { text: 'Berapa komputer, dan versi Writer berapa?', author: { name: provider.staff.name } },
  ])

  const answer = 'Lima komputer, Writer 24.8. Hubungi Sitti Nurhaliza, WA 0812-3456-7890, server 192.168.10.2.'
  await as(agent, (ctx) => answerQuestion(ctx, { ticket_id: ticket.id, question_id, answer }))
  await follow('offer.question_answered', question_id)
  const [mail, ...more] = await mailsTo(provider.staff.person_id)
  expect(more).toEqual([])
  expect(mail!.text).toContain('Lima komputer, Writer 24.8.')
  expect(mail!.text).not.toMatch(PLANTED)
  expect(mail!.reply_to).toMatch(/^o/)
  const [told] = await read(database.app(), provider.staff, (ctx) => questionsOfOffers(ctx, [offer.id]))
  expect(told!.answer).toContain('Lima komputer')
  expect(told!.answer).not.toMatch(PLANTED)
  const { questions } = await read(database.app(), agent, (ctx) =>
    seeReferralWork(ctx, { ticket_id: ticket.id, drafts: false }),
  )
  expect(questions).toMatchObject([{ answer: told!.answer, who: provider.desk.name }])
  expect(await read(database.app(), agent, listWaitingQuestions)).toEqual([])
  const requester = { kind: 'requester', ticket_id: ticket.id, person_id: ticket.requester.id } as const
  const kinds = (await read(database.app(), requester, (ctx) => listHistory(ctx, ticket.id))).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind.startsWith('offer.question'))).toEqual([])
  expect(await read(database.app(), requester, (ctx) => listMessages(ctx, ticket.id))).toHaveLength(1)

  await expect(
    as(agent, (ctx) => answerQuestion(ctx, { ticket_id: ticket.id, question_id, answer })),
  ).rejects.toMatchObject({ kind: 'conflict' })
})

test('an answer keeps every line of it, is masked in the language of whoever reads it, and is shown as they will read it before it leaves', async () => {
  const { ticket, agent, provider, offer } = await anOffer()
  await as(system, (ctx) =>
    sql`update people set language = 'en' where id = ${provider.staff.person_id}::uuid`.execute(ctx.tx),
  )
  const question_id = await as(provider.staff, (ctx) => askDesk(ctx, { offer_id: offer.id, question: 'Which?' }))
  const ask = (answer: string) => ({ ticket_id: ticket.id, question_id, answer })
  const letter = 'Terima kasih,\nlima komputer.\n> Writer 24.8\nHubungi Sitti Nurhaliza, WA 0812-3456-7890.'
  const shown = await as(agent, (ctx) => showAnswer(ctx, ask(letter)))
  expect(shown.is_masked).toBe(true)
  expect(shown.text).toMatch(/^Terima kasih,\nlima komputer\.\n> Writer 24\.8\nHubungi \[name\]/)
  expect(shown.text).not.toMatch(PLANTED)
  // What was shown leaves as it was shown.
  expect(await as(agent, (ctx) => showAnswer(ctx, ask(shown.text)))).toEqual({ text: shown.text, is_masked: false })
  await as(agent, (ctx) => answerQuestion(ctx, ask(shown.text)))
  expect(await read(database.app(), provider.staff, (ctx) => questionsOfOffers(ctx, [offer.id]))).toMatchObject([
    { answer: shown.text },
  ])
  await expect(as(provider.staff, (ctx) => showAnswer(ctx, ask('x')))).rejects.toMatchObject({ kind: 'not_found' })
})

test('by mail and text no more wait than by the page, and of very many the ticket shows what waits and the newest', async () => {
  const { ticket, provider, offer } = await anOffer()
  const said = {
    offer_id: offer.id,
    ticket_id: ticket.id,
    desk_id: provider.desk.id,
    person_id: provider.staff.person_id,
  }
  const write_again = () =>
    as(system, (ctx) => keepQuestion(ctx, { ...said, via: 'email', text: 'Otomatis.', message_id: newId() }))
  const kept: boolean[] = []
  for (let at = 0; at < 11; at++) kept.push(await write_again())
  expect(kept).toEqual([...Array<boolean>(10).fill(true), false])
  await as(system, async (ctx) => {
    await sql`insert into offer_questions (id, offer_id, asked_at, asked_by, asked_via, question, closed_at)
      select gen_random_uuid(), ${offer.id}::uuid, now() + n * interval '1 minute', ${provider.staff.person_id}::uuid, 'web', 'nomor ' || n, now()
      from generate_series(1, 200) n`.execute(ctx.tx)
  })
  const shown = await read(database.app(), system, (ctx) => questionsOfTicket(ctx, ticket.id))
  expect(shown.filter(({ closed_at }) => closed_at === null)).toHaveLength(10)
  expect(shown.filter(({ closed_at }) => closed_at !== null).map(({ question }) => question)).toEqual(
    Array.from({ length: 190 }, (_, at) => `nomor ${at + 11}`),
  )
})

test('what is told while they hold the request may name the requester, and is nobody’s of theirs once they gave it back', async () => {
  const { ticket, agent, provider, offer } = await anOffer()
  await as(provider.staff, (ctx) => acceptOffer(ctx, { offer_id: offer.id, via: 'web' }))
  const question_id = await as(provider.staff, (ctx) =>
    askDesk(ctx, { offer_id: offer.id, question: 'Siapa di sana?' }),
  )
  await as(agent, (ctx) =>
    answerQuestion(ctx, { ticket_id: ticket.id, question_id, answer: 'Sitti Nurhaliza, 0812-3456-7890' }),
  )
  const theirs = () => read(database.app(), provider.staff, (ctx) => questionsOfOffers(ctx, [offer.id]))
  expect(await theirs()).toMatchObject([{ answer: 'Sitti Nurhaliza, 0812-3456-7890' }])
  await as(provider.staff, (ctx) =>
    returnCase(ctx, { offer_id: offer.id, via: 'web', reason_code: 'capacity', to: 'centre' }),
  )
  expect(await theirs()).toEqual([])
  // The job comes late: it is told to nobody any more.
  await follow('offer.question_answered', question_id)
  expect(await mailsTo(provider.staff.person_id)).toEqual([])
})

test('only the two desks know: others find no question, answer none and ask nothing in another’s name', async () => {
  const { ticket, agent, provider, offer } = await anOffer()
  const question_id = await as(provider.staff, (ctx) => askDesk(ctx, { offer_id: offer.id, question: 'Sejak kapan?' }))
  const { other, stranger } = await as(system, async (ctx) => ({
    other: (await aProvider(ctx)).staff,
    stranger: await aStaff(ctx),
  }))
  for (const actor of [other, stranger]) {
    expect(await read(database.app(), actor, (ctx) => questionsOfOffers(ctx, [offer.id]))).toEqual([])
    await expect(
      as(actor, (ctx) => answerQuestion(ctx, { ticket_id: ticket.id, question_id, answer: 'x' })),
    ).rejects.toMatchObject({ kind: 'not_found' })
    await expect(as(actor, (ctx) => askDesk(ctx, { offer_id: offer.id, question: 'x' }))).rejects.toMatchObject({
      kind: 'not_found',
    })
  }
  // Whoever asked answers nothing, not even itself.
  await expect(
    as(provider.staff, (ctx) => settleQuestion(ctx, { ticket_id: ticket.id, question_id })),
  ).rejects.toMatchObject({ kind: 'not_found' })
  await as(agent, (ctx) => settleQuestion(ctx, { ticket_id: ticket.id, question_id }))
  expect(await read(database.app(), provider.staff, (ctx) => questionsOfOffers(ctx, [offer.id]))).toMatchObject([
    { answer: null, closed_at: expect.any(Date) as Date },
  ])
})

test('whoever only took part and is forgotten stands in no question and no answer', async () => {
  const { ticket, agent, provider, offer } = await anOffer()
  await as(provider.staff, (ctx) => acceptOffer(ctx, { offer_id: offer.id, via: 'web' }))
  const question_id = await as(provider.staff, (ctx) =>
    askDesk(ctx, { offer_id: offer.id, question: 'Apakah Wulandari Kenanga ada di kantor?' }),
  )
  await as(agent, (ctx) =>
    answerQuestion(ctx, { ticket_id: ticket.id, question_id, answer: 'Ya, Bu Wulandari ada sampai sore.' }),
  )
  await as(system, async (ctx) => {
    const colleague = await aPerson(ctx, { name: 'Wulandari Kenanga' })
    await takesPart(ctx, { ticket_id: ticket.id, person_id: colleague.id, part: 'participant' })
    await forgetPersonInReferrals(ctx, await tracePerson(ctx, colleague.id), [])
  })
  const { rows } = await sql`select question, answer from offer_questions where id = ${question_id}::uuid`.execute(
    database.app().worker,
  )
  expect(rows).toEqual([{ question: 'Apakah (dihapus) ada di kantor?', answer: 'Ya, Bu (dihapus) ada sampai sore.' }])
})
