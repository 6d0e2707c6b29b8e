/** "Di kabupaten/kota mana?": asked one thing at a time, understood or left to people, and referring goes on by itself. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { segment } from '../channels/index.ts'
import { system, write } from '../platform/context.ts'
import { say } from '../platform/words.ts'
import { useDatabase, type Story } from '../platform/testing.ts'
import { firstTopics } from '../desks/first-vocabulary.ts'
import { aPerson } from '../people/testing.ts'
import { listHistory, receiveMessages, reply, resolve } from '../tickets/index.ts'
import { aDesk } from '../desks/testing.ts'
import { askPlaces } from './ask-places.ts'
import { goOn } from './go-on.ts'
import { hearAnswer, hearAnswers } from './hear-answers.ts'
import { refer } from './refer.ts'
import { aProvider, aRequest } from './testing.ts'

const database = useDatabase()

let minutes = 0
/** Each step a minute later, as it is outside of a test. */
const later = () => new Date(Date.now() + ++minutes * 60_000)

interface Unknown {
  ticket: { id: string; number: string; requester: { id: string } }
}
/** The requester writes, and what follows from it happens. */
async function says({ as }: Story, { ticket }: Unknown, text: string, channel: 'sms' | 'email' | 'web' = 'sms') {
  const [message] = await receiveMessages(await as(system, later()), [
    { ticket_id: ticket.id, author_id: ticket.requester.id, channel, text, reopen_within_days: 60 },
  ])
  const heard = { ticket_id: ticket.id, message_id: message!.message_id }
  await hearAnswer(await as(system, later()), heard)
  // Jobs may run twice.
  await hearAnswer(await as(system, later()), heard)
  await goOn(await as(system, later()), ticket.id)
  return heard.message_id
}

async function nowOf({ as }: Story, { ticket }: Unknown) {
  const { db } = await as(system)
  const { rows } = await sql<{
    region_code: string | null
    topic_code: string | null
    state: string
    waits: boolean
    referral: string | null
  }>`select t.region_code, t.topic_code, t.state, t.waiting_since is not null as waits,
      (select state from referrals r where r.ticket_id = t.id order by id desc limit 1) as referral
    from tickets t where t.id = ${ticket.id}::uuid`.execute(db)
  return rows[0]!
}
async function textsTo({ as }: Story, { ticket }: Unknown) {
  const { rows } = await sql<{ channel: string; text: string }>`select channel, text from outbox
    where about_id = ${ticket.id}::uuid and recipient_id = ${ticket.requester.id}::uuid order by id`.execute(
    (await as(system)).db,
  )
  return rows
}

async function askedBySms(story: Story, given: { region_code?: string | null; topic_code?: string | null } = {}) {
  const setting = await story.as(system)
  const requester = await aPerson(setting, { email: null, phone: '+628110000001' })
  const request = await aRequest(setting, { requester, channel: 'sms', region_code: null, topic_code: null, ...given })
  await aProvider(setting, { regions: ['33.19'] })
  const outcome = await refer(await story.as(request.agent, later()), { ticket_id: request.ticket.id })
  return { ...request, outcome }
}

test(
  'by SMS one thing is asked at a time; each answer is understood, and then the request is offered by itself',
  database.story(async (story) => {
    const asked = await askedBySms(story)
    expect(asked.outcome).toEqual({ outcome: 'asked', asks: ['region'], again: false })
    // Asking again while it stands open asks nothing.
    expect(await refer(await story.as(asked.agent, later()), { ticket_id: asked.ticket.id })).toMatchObject({
      again: true,
    })
    const message_id = await says(story, asked, 'kudus jateng')
    expect(await nowOf(story, asked)).toMatchObject({ region_code: '33.19', state: 'waiting', referral: null })
    await says(story, asked, '3')
    expect(await nowOf(story, asked)).toEqual({
      region_code: '33.19',
      topic_code: 'perkantoran',
      state: 'referred',
      waits: true,
      referral: 'offered',
    })
    const texts = await textsTo(story, asked)
    expect(texts.map(({ channel }) => channel)).toEqual(['sms', 'sms'])
    expect(texts[0]!.text).toContain(`#${asked.ticket.number}: di kabupaten/kota mana`)
    expect(segment(texts[0]!.text).parts).toHaveLength(1)
    expect(texts[1]!.text).toContain('3 Aplikasi perkantoran dan dokumen, 4 ')
    // The history says from which words.
    const history = await listHistory(await story.as(asked.agent), asked.ticket.id)
    expect(history.find(({ kind }) => kind === 'referral.answered')?.about).toEqual({
      asks: 'region',
      message_id,
      region_code: '33.19',
    })
    expect(history.find(({ kind }) => kind === 'ticket.triaged')?.about).toEqual({
      region_code: '33.19',
      by: 'answer',
      message_id,
    })
  }),
)

test(
  'a name that is both a Kabupaten and a Kota is asked once more, with numbers, and never a third time',
  database.story(async (story) => {
    const [one, other] = [
      await askedBySms(story, { topic_code: 'perkantoran' }),
      await askedBySms(story, { topic_code: 'perkantoran' }),
    ]
    for (const asked of [one, other]) {
      await says(story, asked, 'semarang')
      expect(await nowOf(story, asked)).toMatchObject({ region_code: null, state: 'waiting' })
      const texts = await textsTo(story, asked)
      expect(texts).toHaveLength(2)
      expect(texts[1]!.text).toContain('1 Kab. Semarang, 2 Kota Semarang')
      expect(segment(texts[1]!.text).parts).toHaveLength(1)
    }
    await says(story, one, '2')
    expect(await nowOf(story, one)).toMatchObject({ region_code: '33.74', state: 'referred' })
    // Not understood again: it is on our table, and nobody is asked anything more.
    await says(story, other, 'ya di semarang')
    expect(await nowOf(story, other)).toMatchObject({ region_code: null, state: 'open', waits: true, referral: null })
    expect(await textsTo(story, other)).toHaveLength(2)
  }),
)

test(
  'words for people wait for people, and once somebody of us has written, or has filled it in, nothing is read any more',
  database.story(async (story) => {
    const asked = await askedBySms(story, { topic_code: 'perkantoran' })
    await says(story, asked, 'Kenapa ditanya? Kantor kami di Kudus, printernya mati, tolong segera')
    expect(await nowOf(story, asked)).toMatchObject({ region_code: null, state: 'open', waits: true })
    // What an agent asks then is not our question.
    await reply(await story.as(asked.agent, later()), {
      ticket_id: asked.ticket.id,
      text: 'Di mana printernya dibeli?',
      at_once: true,
    })
    await says(story, asked, 'kudus')
    expect(await nowOf(story, asked)).toMatchObject({ region_code: null, referral: null })

    const filled = await askedBySms(story, { topic_code: 'perkantoran' })
    await sql`update tickets set region_code = '33.74' where id = ${filled.ticket.id}::uuid`.execute(
      (await story.as(system)).tx,
    )
    await says(story, filled, 'kudus')
    expect(await nowOf(story, filled)).toMatchObject({ region_code: '33.74', referral: null })

    const solved = await askedBySms(story, { topic_code: 'perkantoran' })
    await resolve(await story.as(solved.agent, later()), {
      ticket_id: solved.ticket.id,
      problem: 'x',
      steps: 'y',
      at_once: true,
    })
    await says(story, solved, 'kudus')
    expect(await nowOf(story, solved)).toMatchObject({ region_code: null, state: 'open' })
  }),
)

test(
  'by mail everything is asked in one message, and the answer is understood there and on the page, too; whoever wrote a summary themselves refers themselves',
  database.story(async (story) => {
    const setting = await story.as(system)
    await aProvider(setting, { regions: ['33.19'] })
    const mailed = await aRequest(setting, { channel: 'email', region_code: null, topic_code: null })
    expect(await refer(await story.as(mailed.agent, later()), { ticket_id: mailed.ticket.id })).toMatchObject({
      asks: ['region', 'topic'],
    })
    expect(await textsTo(story, mailed)).toHaveLength(1)
    await says(story, mailed, 'Selamat pagi,\nKabupaten Kudus, Jawa Tengah.\nTerima kasih', 'email')
    await says(story, mailed, 'Aplikasi perkantoran dan dokumen', 'web')
    expect(await nowOf(story, mailed)).toMatchObject({
      region_code: '33.19',
      topic_code: 'perkantoran',
      referral: 'offered',
    })

    const written = await aRequest(await story.as(system), { channel: 'email', region_code: null })
    await refer(await story.as(written.agent, later()), {
      ticket_id: written.ticket.id,
      summary: 'Ringkasan tangan sendiri.',
    })
    await says(story, written, 'kudus', 'email')
    expect(await nowOf(story, written)).toMatchObject({ region_code: '33.19', state: 'open', referral: null })
  }),
)

test(
  'where only the province is known and it matters, the regency is asked; one of another province is left to people',
  database.story(async (story) => {
    const [one, other] = [
      await askedBySms(story, { region_code: '33', topic_code: 'perkantoran' }),
      await askedBySms(story, { region_code: '33', topic_code: 'perkantoran' }),
    ]
    expect(one.outcome).toMatchObject({ asks: ['regency'] })
    await says(story, one, 'Kab kudus')
    expect(await nowOf(story, one)).toMatchObject({ region_code: '33.19', referral: 'offered' })
    await says(story, other, 'Sleman')
    expect(await nowOf(story, other)).toMatchObject({ region_code: '33', state: 'open', referral: null })
    expect(await textsTo(story, other)).toHaveLength(1)
  }),
)

test(
  'a request by SMS is asked where it is from when it comes; the answer brings it to the desk that would have had it, and it goes on waiting for us',
  database.story(async (story) => {
    const setting = await story.as(system)
    const centre = await aDesk(setting, { kind: 'secretariat' })
    const province = await aDesk(setting, { regions: ['33'] })
    const requester = await aPerson(setting, { email: null, phone: '+628110000001' })
    const made = async () => {
      const request = await aRequest(await story.as(system), {
        desk: centre,
        requester,
        channel: 'sms',
        region_code: null,
      })
      await askPlaces(await story.as(system), [request.ticket.id])
      return request
    }
    const [one, other] = [await made(), await made()]
    await says(story, one, 'Kota Semarang')
    const desk = async ({ ticket }: Unknown) =>
      (
        await sql<{ id: string }>`select holder_desk_id as id from tickets where id = ${ticket.id}::uuid`.execute(
          (await story.as(system)).db,
        )
      ).rows[0]!.id
    expect(await nowOf(story, one)).toMatchObject({ region_code: '33.74', state: 'new', waits: true, referral: null })
    expect(await desk(one)).toBe(province.id)

    await says(story, other, 'semarang')
    expect(await nowOf(story, other)).toMatchObject({ region_code: null, state: 'new', waits: true })
    expect((await textsTo(story, other)).map(({ text }) => text)).toEqual([expect.stringContaining('2 Kota Semarang')])
    await says(story, other, '1')
    expect(await nowOf(story, other)).toMatchObject({ region_code: '33.22', state: 'new', waits: true })
    // It was asked once; whoever refers does not ask it again.
    const third = await made()
    expect(await refer(await story.as(third.agent, later()), { ticket_id: third.ticket.id })).toMatchObject({
      again: true,
    })
    await aProvider(await story.as(system), { regions: ['33.74'] })
    await sql`update tickets set topic_code = 'perkantoran' where id = ${third.ticket.id}::uuid`.execute(
      (await story.as(system)).tx,
    )
    await says(story, third, 'kota semarang')
    expect(await nowOf(story, third)).toMatchObject({ region_code: '33.74', state: 'referred', referral: 'offered' })
  }),
)

test('every question by SMS fits one segment with the longest names, and the list of topics the parts that are allowed', () => {
  const number = '1234567890'
  for (const language of ['id', 'en'] as const) {
    const one = [
      say(language, 'sms.ask_region', { number }),
      say(language, 'sms.ask_regency', { number, province: 'Kepulauan Bangka Belitung' }),
      say(language, 'sms.ask_place_again', { number, list: '1 Kab. Tasikmalaya, 2 Kota Tasikmalaya' }),
      say(language, 'sms.ask_place_sure', { number, list: 'Kota Lubuk Linggau, Sumatera Selatan' }),
    ]
    expect(one.map((text) => [text, segment(text).parts.length])).toEqual(one.map((text) => [text, 1]))
    const list = firstTopics.map((topic, index) => `${index + 1} ${language === 'id' ? topic.name_id : topic.name_en}`)
    expect(segment(say(language, 'sms.ask_topic', { number, list: list.join(', ') })).parts.length).toBeLessThanOrEqual(
      4,
    )
  }
})

test(
  'what somebody else writes on the ticket answers nothing; the requester is still heard',
  database.story(async (story) => {
    const asked = await askedBySms(story)
    const colleague = await aPerson(await story.as(system))
    await says(story, { ticket: { ...asked.ticket, requester: colleague } }, 'kudus jateng')
    expect(await nowOf(story, asked)).toMatchObject({ region_code: null })
    await says(story, asked, 'kudus jateng')
    expect(await nowOf(story, asked)).toMatchObject({ region_code: '33.19' })
  }),
)

test('an answer that cannot be read keeps no other from being heard', async () => {
  const app = database.app()
  const { ticket, message } = await write(app, system, async (ctx) => {
    const requester = await aPerson(ctx)
    const { ticket } = await aRequest(ctx, { requester, channel: 'sms', region_code: null })
    await sql`insert into referral_questions (ticket_id, asks, asked_for, asked_at)
      values (${ticket.id}::uuid, 'region', 'referral', now() - interval '1 minute')`.execute(ctx.tx)
    const [message] = await receiveMessages(ctx, [
      { ticket_id: ticket.id, author_id: requester.id, channel: 'sms', text: 'kudus jateng', reopen_within_days: 60 },
    ])
    return { ticket, message: message! }
  })
  const job = (message_id: string) => ({
    fact_id: message_id,
    kind: 'message.received' as const,
    ticket_id: ticket.id,
    about: { message_id },
  })
  await expect(hearAnswers(app, [job('no id'), job(message.message_id)])).rejects.toThrow('uuid')
  const { rows } = await sql`select region_code from tickets where id = ${ticket.id}::uuid`.execute(app.worker)
  expect(rows).toEqual([{ region_code: '33.19' }])
})
