import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { system, write } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { aStaff } from '../../desks/testing.ts'
import { retryMessage, retryUndecided } from '../list-outbox.ts'
import { queueMessages, type NewMessage } from '../queue-messages.ts'
import { saveTemplate } from '../whatsapp/templates.ts'
import type { DueText, TextAttempt } from './adapter.ts'
import { claimTexts } from './claim-texts.ts'
import { noteReceipts } from './note-receipts.ts'
import { openTextSender } from './send-texts.ts'
import { accept, aGateway, aText, type TestGateway } from './testing-texts.ts'

const SMS = 'smpp://u:p@smsc.contoh.test#name=satu smpp://u:p@smsc.contoh.test#name=dua&prefix=+62811'
const database = useDatabase({ PANDU_SMS_GATEWAY: SMS, PANDU_ORIGIN: 'http://localhost:8080' })
const ends: (() => void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  const { worker } = database.app()
  await worker.updateTable('outbox').set({ state: 'cancelled', sent_at: null }).execute()
  await worker.deleteFrom('conversations').execute()
  await worker.deleteFrom('early_reports').execute()
})

const queue = (...messages: NewMessage[]) => write(database.app(), system, (ctx) => queueMessages(ctx, messages))
const row = (id: string) =>
  database.app().worker.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const parts = (id: string) =>
  database.app().worker.selectFrom('outbox_parts').selectAll().where('outbox_id', '=', id).orderBy('number').execute()
const failedFacts = () => factsOf('outbox.failed')
const factsOf = async (kind: string) =>
  (await database.app().worker.selectFrom('facts').select('about').where('kind', '=', kind).execute()).map(
    ({ about }) => (about as { outbox_id: string }).outbox_id,
  )
/** As if its time had come. */
const becomeDue = (id: string) =>
  sql`update outbox set next_attempt_at = now(), lease_until = case when state = 'sending' then now() - interval '1 second' end
    where id = ${id}::uuid`.execute(database.app().worker)

/** Sends what is due until nothing is, and waits for the answers. */
async function send(...gateways: TestGateway[]): Promise<void> {
  const sender = openTextSender(database.app(), gateways)
  ends.push(() => sender.stop())
  await sender.tidy()
  do await sender.idle()
  while (await sender.sendDue())
  await sender.idle()
}

const long = 'Silakan matikan printer, tunggu satu menit, lalu nyalakan lagi. '.repeat(5).trim()

test('a text goes out in parts, and each part is known by the name that the gateway gave it', async () => {
  const gateway = aGateway()
  const [id] = await queue(aText({ text: long }))
  await send(gateway)
  expect(gateway.asked).toHaveLength(1)
  expect(gateway.asked[0]).toMatchObject({ outbox_id: id, to: '+6281234567890', coding: 'gsm', language: 'id' })
  expect(gateway.asked[0]!.parts.join('')).toBe(long)
  expect(await row(id!)).toMatchObject({ state: 'sent', gateway: 'satu', attempts: 1, last_error: null })
  expect((await parts(id!)).map(({ number, state }) => [number, state])).toEqual([
    [1, 'accepted'],
    [2, 'accepted'],
    [3, 'accepted'],
  ])
})

test('a gateway that names a text by a whole page holds up no other: the text counts as sent, without a name', async () => {
  const gateway = aGateway()
  const page = Array.from({ length: 8_000 }, () => Math.random().toString(36)[2]).join('')
  gateway.answer = ({ to }) => ({ state: 'accepted', ids: [to === '+628111111111' ? page : 'id-2'] })
  const [odd, sound] = await queue(aText({ recipient: '+628111111111' }), aText())
  await send(gateway)
  expect([(await row(odd!)).state, (await row(sound!)).state]).toEqual(['sent', 'sent'])
  expect((await parts(odd!)).map(({ remote_id }) => remote_id)).toEqual([null])
})

test('it is committed that a text may have gone before the gateway is asked', async () => {
  const gateway = aGateway()
  const [id] = await queue(aText())
  let seen: unknown
  gateway.answer = async () => {
    seen = await parts(id!)
    return { state: 'refused', error: 'nomor tidak dikenal' }
  }
  await send(gateway)
  expect(seen).toMatchObject([{ number: 1, state: 'handed', gateway: 'satu' }])
  expect(await row(id!)).toMatchObject({ state: 'failed', last_error: 'nomor tidak dikenal', next_attempt_at: null })
  expect(await failedFacts()).toContain(id)
  expect(await parts(id!)).toEqual([])
})

test('the longest prefix is asked first; when it is away, the next that serves the number takes over, and what may have gone stays', async () => {
  const [all, prefixed] = [aGateway(), aGateway('smpp://u:p@smsc.contoh.test#name=dua&prefix=+62811')]
  const [near, far] = await queue(aText({ recipient: '+628111111111' }), aText())
  await send(all, prefixed)
  expect([(await row(near!)).gateway, (await row(far!)).gateway]).toEqual(['dua', 'satu'])

  prefixed.answer = () => ({ state: 'later', error: 'ECONNREFUSED', away: true })
  const [second] = await queue(aText({ recipient: '+628111111111' }))
  await send(all, prefixed)
  expect(await row(second!)).toMatchObject({ state: 'sent', gateway: 'satu', attempts: 1 })
  expect(await parts(second!)).toMatchObject([{ gateway: 'satu', state: 'accepted' }])

  prefixed.answer = () => ({ state: 'unknown', error: 'ETIMEDOUT' })
  const before = all.asked.length
  const [third] = await queue(aText({ recipient: '+628111111111' }))
  await send(all, prefixed)
  expect(all.asked).toHaveLength(before)
  expect(await row(third!)).toMatchObject({ state: 'waiting', last_error: 'unanswered' })
})

test('one gateway that is away is asked with one text; all say why they wait, and do not count as tried', async () => {
  const gateway = aGateway()
  gateway.connected = false
  gateway.answer = () => ({ state: 'later', error: 'not_bound', away: true })
  const [id, other] = await queue(aText(), aText())
  await send(gateway)
  expect(gateway.asked).toHaveLength(1)
  expect(await row(id!)).toMatchObject({ state: 'waiting', last_error: 'not_bound', attempts: 0 })
  expect(await row(other!)).toMatchObject({ state: 'waiting', last_error: 'gateway_away', attempts: 0 })
  expect(await parts(id!)).toEqual([])
  gateway.connected = true
  gateway.answer = accept
  await becomeDue(id!)
  await send(gateway)
  expect(await row(id!)).toMatchObject({ state: 'sent', last_error: null })
})

test('no answer: it waits for a report, never goes again by itself, and somebody decides; a report that comes late decides too', async () => {
  const gateway = aGateway()
  gateway.answer = () => ({ state: 'unknown', error: 'ETIMEDOUT' })
  const [id, other, late] = await queue(aText(), aText(), aText())
  await send(gateway)
  for (const one of [id!, other!, late!]) {
    const waiting = await row(one)
    expect(waiting).toMatchObject({ state: 'waiting', last_error: 'unanswered' })
    expect(waiting.next_attempt_at!.getTime() - Date.now()).toBeGreaterThan(4 * 60_000)
  }
  // Of the other a report comes: it has gone, and is not sent again.
  await report(other!, 'sent')
  for (const one of [id!, late!]) await becomeDue(one)
  await send(gateway)
  await send(gateway)
  expect(gateway.asked.map(({ outbox_id }) => outbox_id).sort()).toEqual([id, other, late].sort())
  expect(await row(other!)).toMatchObject({ state: 'sent' })
  for (const one of [id!, late!])
    expect(await row(one)).toMatchObject({
      state: 'waiting',
      last_error: 'undecided',
      next_attempt_at: null,
      attempts: 1,
    })
  expect((await factsOf('outbox.undecided')).sort()).toEqual([id, late].sort())
  await report(late!, 'delivered')
  expect(await row(late!)).toMatchObject({ state: 'delivered', last_error: null })
  expect(await factsOf('outbox.found_sent')).toEqual([late])
  // Whoever decides to send it once more begins anew.
  gateway.answer = ({ parts: p }) => ({ state: 'accepted', ids: p.map(() => null) })
  await write(database.app(), system, (ctx) => retryMessage(ctx, { id: id! }))
  await send(gateway)
  expect(await row(id!)).toMatchObject({ state: 'sent', last_error: null })
})

test('after a gateway hung, somebody sends all that are in doubt once more; whoever sees none of them sends none', async () => {
  const gateway = aGateway()
  gateway.answer = () => ({ state: 'unknown', error: 'ETIMEDOUT' })
  const ids = await queue(aText(), aText({ recipient: '+6281299990001' }))
  await send(gateway)
  for (const id of ids) await becomeDue(id)
  await send(gateway)
  const staff = await write(database.app(), system, (ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
  // Of a desk that sees none of them.
  const stranger = await write(database.app(), system, (ctx) => aStaff(ctx))
  await expect(write(database.app(), stranger, retryUndecided)).rejects.toMatchObject({ kind: 'conflict' })
  await write(database.app(), staff, retryUndecided)
  gateway.answer = accept
  await send(gateway)
  for (const id of ids) expect(await row(id)).toMatchObject({ state: 'sent', last_error: null })
  expect((await factsOf('outbox.retried')).filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort())
  await expect(write(database.app(), staff, retryUndecided)).rejects.toMatchObject({ kind: 'conflict' })
})

test('a gateway that knows texts by our id gets it once more, by the same line only, and sends it once', async () => {
  const [gammu, other] = [
    aGateway('gammu:files:/tidak/ada#name=satu'),
    aGateway('smpp://u:p@smsc.contoh.test#name=tiga'),
  ]
  const had = new Set<string>()
  let sent = 0
  gammu.answer = ({ outbox_id }) => {
    if (had.has(outbox_id)) return { state: 'accepted', ids: [null] }
    had.add(outbox_id)
    sent += 1
    return { state: 'unknown', error: 'ETIMEDOUT' }
  }
  const [id] = await queue(aText())
  await send(gammu, other)
  expect(await row(id!)).toMatchObject({ state: 'waiting', last_error: 'unanswered' })
  // While it is away nobody else gets it: it may lie there.
  gammu.elsewhere = true
  await becomeDue(id!)
  await send(gammu, other)
  gammu.elsewhere = false
  await becomeDue(id!)
  await send(gammu, other)
  expect(await row(id!)).toMatchObject({ state: 'sent', last_error: null, gateway: 'satu' })
  expect([sent, other.asked]).toEqual([1, []])
})

const report = (outbox_id: string, state: 'sent' | 'delivered' | 'failed') =>
  write(database.app(), system, (ctx) =>
    noteReceipts(ctx, [
      {
        kind: 'receipt',
        gateway: 'satu',
        of: { outbox_id, number: null },
        state,
        at: null,
        error: null,
        item_id: newId(),
      },
    ]),
  )

test('a report that overtakes the answer is kept until the answer comes', async () => {
  const gateway = aGateway()
  const [id] = await queue(aText({ about_id: newId(), about_number: '100014' }))
  gateway.answer = async () => {
    const noted = await write(database.app(), system, (ctx) =>
      noteReceipts(ctx, [
        {
          kind: 'receipt',
          gateway: 'satu',
          of: { remote_id: 'cepat' },
          state: 'delivered',
          at: new Date('2026-11-22T03:00:00Z'),
          error: null,
          item_id: newId(),
        },
      ]),
    )
    expect(noted).toEqual([null])
    return { state: 'accepted', ids: ['cepat'] }
  }
  await send(gateway)
  expect(await row(id!)).toMatchObject({ state: 'delivered', delivered_at: new Date('2026-11-22T03:00:00Z') })
  expect(await database.app().worker.selectFrom('early_reports').selectAll().execute()).toEqual([])
})

test('a gateway that asks for patience gets it, a text that may not go now does not count as tried', async () => {
  const gateway = aGateway()
  gateway.answer = () => ({ state: 'later', error: 'throttled', away: false, after_ms: 30_000 })
  const [id, next] = await queue(aText(), aText())
  await send(gateway)
  const waits = await row(id!)
  expect(waits).toMatchObject({ state: 'waiting', last_error: 'throttled', attempts: 0 })
  expect(waits.next_attempt_at!.getTime() - Date.now()).toBeGreaterThan(20_000)
  expect((await row(next!)).state).toBe('waiting')
})

test('what is refused for now is tried again after longer and longer, and given up after three days', async () => {
  const gateway = aGateway()
  gateway.answer = () => ({ state: 'later', error: 'penuh', away: false })
  const [id] = await queue(aText())
  const minutes: number[] = []
  for (let times = 0; times < 5; times++) {
    await becomeDue(id!)
    await send(gateway)
    minutes.push(Math.round(((await row(id!)).next_attempt_at!.getTime() - Date.now()) / 60_000))
  }
  expect(minutes).toEqual([1, 5, 15, 60, 60])
  await sql`update outbox set not_before = now() - interval '73 hours' where id = ${id!}::uuid`.execute(
    database.app().worker,
  )
  await becomeDue(id!)
  await send(gateway)
  expect(await row(id!)).toMatchObject({ state: 'failed', last_error: 'penuh' })
})

test('a line of two a second is given no more', async () => {
  const gateway = aGateway('smpp://u:p@smsc.contoh.test#name=satu&per_second=2')
  const ids = await queue(...Array.from({ length: 5 }, () => aText()))
  await send(gateway)
  expect(gateway.asked.length).toBeLessThanOrEqual(3)
  expect((await Promise.all(ids.map(row))).filter(({ state }) => state === 'waiting').length).toBeGreaterThanOrEqual(2)
})

test('who wrote STOP gets the answer to it and nothing else; a number that is none fails alone; without a way out texts are kept', async () => {
  const gateway = aGateway()
  await sql`insert into conversations (channel, address, stopped_at) values ('sms', '+6285711112222', now())`.execute(
    database.app().worker,
  )
  const stopped = { recipient: '0857 1111 2222' }
  const [no, yes, wrong, telegram, local, plain] = await queue(
    aText(stopped),
    aText({ ...stopped, options: { after_stop: true } }),
    aText({ recipient: 'bukan nomor' }),
    aText({ channel: 'telegram', recipient: '12345' }),
    aText({ text: 'Lihat http://localhost:8080/follow/abc' }),
    aText({ text: 'Sudah kami terima.' }),
  )
  await send(gateway)
  expect(await row(no!)).toMatchObject({ state: 'muted', last_error: 'stopped', attempts: 0 })
  expect(await row(yes!)).toMatchObject({ state: 'sent' })
  expect(await row(wrong!)).toMatchObject({ state: 'failed', last_error: 'bad_address' })
  expect(await row(telegram!)).toMatchObject({ state: 'kept', last_error: null })
  // Its link holds on this machine only, and the gateway is elsewhere.
  expect(await row(local!)).toMatchObject({ state: 'kept', last_error: 'origin_is_local' })
  expect(await row(plain!)).toMatchObject({ state: 'sent' })
})

test('a process without a way out leaves what is due to one that has it, and keeps it when nobody has', async () => {
  const { worker } = database.app()
  const told = (seconds_ago: number) =>
    sql`insert into gateway_states (process_id, name, kind, channel, connected, seen_at)
      values (${newId()}::uuid, 'contoh-lain', 'kannel', 'sms', true, now() - make_interval(secs => ${seconds_ago}::int))`.execute(
      worker,
    )
  const [id, telegram] = await queue(aText(), aText({ channel: 'telegram', recipient: '12345' }))
  await told(1)
  await send()
  expect(await row(id!)).toMatchObject({ state: 'waiting', attempts: 0, last_error: null })
  // Nobody tells of a line for it.
  expect(await row(telegram!)).toMatchObject({ state: 'kept' })
  // That process has ended.
  await worker.deleteFrom('gateway_states').execute()
  await told(60)
  await send()
  expect(await row(id!)).toMatchObject({ state: 'kept' })
  await worker.deleteFrom('gateway_states').execute()
})

test('after so many texts in a day to one number a colleague’s words wait, and a program is silent', async () => {
  const gateway = aGateway()
  await queue(...Array.from({ length: 50 }, () => aText()))
  await send(gateway)
  const [written, automatic, other] = await queue(
    aText(),
    aText({ automatic: true }),
    aText({ recipient: '+6281299998888' }),
  )
  await send(gateway)
  expect(await row(written!)).toMatchObject({ state: 'waiting', last_error: 'limited', attempts: 0 })
  expect(await row(automatic!)).toMatchObject({ state: 'muted', last_error: 'limited' })
  expect(await row(other!)).toMatchObject({ state: 'sent' })
})

test('WhatsApp takes words for a day after they wrote; then a template says that something waits, and without one nothing goes', async () => {
  const gateway = aGateway(undefined, { name: 'whatsapp', kind: 'whatsapp', url: 'http://127.0.0.1:1' })
  const { worker } = database.app()
  await sql`insert into conversations (channel, address, last_in_at) values ('whatsapp', '+6281234567890', now() - interval '1 hour')`.execute(
    worker,
  )
  const words = {
    channel: 'whatsapp' as const,
    text: 'Coba ini: http://localhost:8080/follow/abc',
    about_number: '100014',
  }
  const [open] = await queue(aText(words))
  await send(gateway)
  expect(gateway.asked).toMatchObject([{ outbox_id: open, options: {}, parts: [] }])

  await sql`update conversations set last_in_at = now() - interval '25 hours'`.execute(worker)
  const [closed] = await queue(aText(words))
  await send(gateway)
  expect(await row(closed!)).toMatchObject({ state: 'failed', last_error: 'window_closed' })

  const administrator = await write(database.app(), system, (ctx) => aStaff(ctx, { role: 'administrator' }))
  await write(database.app(), administrator, (ctx) =>
    saveTemplate(ctx, {
      notice: 'answer',
      language: 'id',
      name: 'ada_jawaban',
      code: 'id',
      body: 'Ada jawaban untuk {{1}} dari {{2}}.',
    }),
  )
  await write(database.app(), system, (ctx) => retryMessage(ctx, { id: closed! }))
  await send(gateway)
  expect(gateway.asked.at(-1)!.options.template).toMatchObject({
    name: 'ada_jawaban',
    values: ['#100014', expect.any(String)],
  })
  expect(await row(closed!)).toMatchObject({ state: 'sent', options: { sent_template: { name: 'ada_jawaban' } } })
})

test('a number that is refused three times as none is muted, once it is clear that it is the number and not the line', async () => {
  const gateway = aGateway()
  const [bad, other] = ['+6281277770001', '+6281277770002']
  const muted = async () =>
    (
      await sql<{
        address: string
        status: string
      }>`select address, status from muted_addresses where lifted_at is null`.execute(database.app().worker)
    ).rows
  const refuse = ['ESME_RINVDSTADR', 'ESME_RSUBMITFAIL'] as const
  let taken: readonly string[] = []
  gateway.answer = (text) =>
    taken.includes(text.to) ? accept(text) : { state: 'refused', error: text.to === bad ? refuse[0] : refuse[1] }
  const sendTo = async (...numbers: string[]) => {
    for (const recipient of numbers) {
      await queue(aText({ recipient }))
      await send(gateway)
    }
  }
  // The line refuses everybody: its own settings may be wrong.
  await sendTo(bad, bad, bad, other)
  expect(await muted()).toEqual([])
  // It takes another's text, and a text to the number itself, so what was before counts no more.
  taken = [other]
  await sendTo(other)
  taken = [other, bad]
  await sendTo(bad)
  taken = [other]
  await sendTo(bad, bad)
  expect(await muted()).toEqual([])
  await sendTo(other, bad)
  expect(await muted()).toEqual([{ address: bad, status: 'ESME_RINVDSTADR' }])
  const [next] = await queue(aText({ recipient: bad }))
  await send(gateway)
  expect(await row(next!)).toMatchObject({ state: 'muted', last_error: 'muted' })
  await database.app().worker.deleteFrom('muted_addresses').execute()
})

test('two senders at once hand each text over once', async () => {
  const gateway = aGateway()
  const slow = async (text: DueText): Promise<TextAttempt> => {
    await new Promise((resolve) => setImmediate(resolve))
    return { state: 'accepted', ids: text.parts.map(() => null) }
  }
  gateway.answer = slow
  const ids = await queue(
    ...Array.from({ length: 40 }, (_, index) => aText({ recipient: `+62812345678${index + 10}` })),
  )
  await Promise.all([send(gateway), send(gateway)])
  expect(gateway.asked.map(({ outbox_id }) => outbox_id).sort()).toEqual([...ids].sort())
})

test('a sender that was thought dead and comes back with an answer is believed: the text is not sent again', async () => {
  const gateway = aGateway()
  const [id] = await queue(aText())
  gateway.answer = async (text) => {
    await becomeDue(id!)
    await send(aGateway())
    expect(await row(id!)).toMatchObject({ state: 'waiting', last_error: 'unanswered' })
    return accept(text)
  }
  await send(gateway)
  expect(await row(id!)).toMatchObject({ state: 'sent', last_error: null, attempts: 1, next_attempt_at: null })
})

test('what a sender had in hand when it died goes to the next: at once where it was not handed over', async () => {
  const gateway = aGateway()
  const [id] = await queue(aText())
  const rooms = [{ name: 'satu', channel: 'sms' as const, prefixes: [], texts: 5 }]
  expect(await claimTexts(database.app(), rooms)).toHaveLength(1)
  await send(gateway)
  expect(gateway.asked).toEqual([])
  await becomeDue(id!)
  await send(gateway)
  expect(await row(id!)).toMatchObject({ state: 'sent', attempts: 2 })
})
