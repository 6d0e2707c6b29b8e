import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { read, system, write, type Reading } from '../../platform/context.ts'
import { codeOf } from '../../platform/database.ts'
import { fault } from '../../platform/fault.ts'
import { startRounds, type Rounds } from '../../platform/rounds.ts'
import { say } from '../../platform/words.ts'
import { operator } from '../../desks/index.ts'
import { segment } from '../sms/segments.ts'
import { isOneItemsFault } from '../take-item.ts'
import { listTemplates, templateOf } from '../whatsapp/templates.ts'
import type { DueText, Gateway, TextAttempt, TextOptions } from './adapter.ts'
import { claimTexts, extendTexts, giveBackTexts, type ClaimedText } from './claim-texts.ts'
import { openGateways, type OpenGateway } from './gateways.ts'
import { keepsLink } from './keeps-link.ts'
import { openLines, type Lines } from './lines.ts'
import { mayWriteToAll, type MayWrite } from './may-write.ts'
import { applyEarlyReceipts } from './note-receipts.ts'
import { settleTexts, type Settled, type TextOutcome } from './settle-texts.ts'
import { startTellingStates } from './tell-gateway-states.ts'

/** What is taken back within 15 seconds, and what is tried again later, comes due without anybody poking. */
const POLL_MS = 1_000
const REST_MS = 20
const EXTEND_MS = 15_000
const TIDY_MS = 5_000
const SETTLE_AGAIN_MS = 1_000
/** Answers of so long are written down together. Who is killed within it leaves texts of which a report has to say that they went. */
const SETTLE_GATHER_MS = 12
/** A process that ends waits so long for answers to what it has handed over; then the gateways are closed, and say that nobody can know. */
const GOODBYE_MS = 8_000

export interface TextSender {
  /** Hands over what is due and has room; does not wait for the answers. True when there may be more at once. */
  sendDue(): Promise<boolean>
  /** What a sender that died left behind, and reports that nobody was there for. */
  tidy(): Promise<void>
  /** Resolves when nothing is under way any more and all is written down. */
  idle(): Promise<void>
  stop(): void
}

/**
 * Sends what is due by SMS, WhatsApp and Telegram, by the gateways of the settings. Several processes may run it: a row belongs to whom leased
 * it. Stopping cuts nothing: what was handed over is waited for.
 */
export function startTextSender(app: App, open: readonly OpenGateway[] = openGateways(app)): Rounds {
  const sender = openTextSender(app, open, () => rounds.poke())
  const states = startTellingStates(app, open)
  let tidied_at = -Infinity
  const rounds = startRounds(app, {
    name: 'text_sender',
    poll_ms: POLL_MS,
    rest_ms: REST_MS,
    work: async () => {
      if (performance.now() - tidied_at >= TIDY_MS) {
        await sender.tidy()
        tidied_at = performance.now()
      }
      return sender.sendDue()
    },
  })
  return {
    poke: rounds.poke,
    alive: rounds.alive,
    async stop() {
      sender.stop()
      await rounds.stop()
      await within(GOODBYE_MS, sender.idle())
      await Promise.all(open.map(({ gateway }) => gateway.stop()))
      // What no gateway lets go of is found as handed over by the next start.
      await within(GOODBYE_MS, sender.idle())
      await states.stop()
    },
  }
}

const within = (ms: number, work: Promise<void>) =>
  Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, ms).unref())])

/** Several texts are under way at once, so many on each line as it has room for (lines.ts). `poke` is called when more may be fetched. */
export function openTextSender(app: App, open: readonly OpenGateway[], poke: () => void = () => undefined): TextSender {
  const lines = openLines(open)
  const own = open.map(({ gateway }) => gateway.channel)
  const underWay = new Map<string, Promise<void>>()
  let finished: Settled[] = []
  let settling: Promise<void> | null = null
  let stopped = false
  let waking: NodeJS.Timeout | undefined
  let looked_at = -Infinity

  async function sendDue(): Promise<boolean> {
    if (stopped) return false
    const rooms = lines.rooms()
    const is_full = rooms.length > 0 && rooms.every((room) => room.texts === 0)
    // Those for which no line is there wait for the poll then: looking for them reads all that waits for the full ones.
    if (is_full && performance.now() - looked_at < POLL_MS) {
      wakeForRoom()
      return false
    }
    looked_at = performance.now()
    const texts = await claimTexts(app, rooms, own)
    if (texts.length === 0) {
      wakeForRoom()
      return false
    }
    const judged = (await read(app, system, (ctx) => lookUp(ctx, texts))).map((known) => ({
      ...known,
      outcome: judge(app, lines, known),
    }))
    for (const { text, outcome } of judged) if (outcome) track(text.id, finish({ text, gateway: null, outcome }))
    await handOver(judged.filter(({ outcome }) => outcome === null))
    wakeForRoom()
    return true
  }

  /** Written down and committed before any gateway is asked. */
  async function handOver(texts: readonly Known[]): Promise<void> {
    const chosen = texts.map(({ text, template }) => ({
      text,
      template,
      gateway: text.handed_to ?? lines.present(text.channel, text.address)[0]?.line.name ?? text.line!,
    }))
    const held = await writeHanded(app, chosen)
    fault('texts.handed')
    for (const one of chosen) if (held.has(one.text.id)) track(one.text.id, sendOne(one, one.gateway))
  }

  async function sendOne({ text, template }: Pick<Known, 'text' | 'template'>, first: string): Promise<void> {
    const due = toDue(text, template)
    const tried = new Set<string>()
    let gateway = first
    for (;;) {
      tried.add(gateway)
      const attempt = await ask(gateway, due)
      // Nothing was taken, so the next may have it. What may have gone never goes twice.
      const next =
        attempt.state === 'later' && attempt.away && !stopped && text.handed_to === null
          ? lines.present(text.channel, text.address).find(({ line }) => !tried.has(line.name))
          : undefined
      if (!next || !(await handsTo(text, next.line.name)))
        return finish({ text, gateway, outcome: attempt, template: due.options.template })
      gateway = next.line.name
    }
  }

  /** Where it cannot be written down that another gateway gets it, none does. */
  const handsTo = (text: ClaimedText, gateway: string): Promise<boolean> =>
    writeHanded(app, [{ text, gateway }]).then(
      (held) => held.has(text.id),
      () => false,
    )

  async function ask(name: string, due: DueText): Promise<TextAttempt> {
    const gateway = open.find(({ line }) => line.name === name)!.gateway
    lines.begin(name, due)
    const attempt = await sendSafely(app, gateway, due)
    fault('texts.after_send')
    lines.end(name, attempt)
    // There is room on the line now; what came of this one is written down meanwhile.
    poke()
    return attempt
  }

  function track(id: string, work: Promise<void>): void {
    underWay.set(
      id,
      work.finally(() => {
        underWay.delete(id)
        poke()
      }),
    )
  }

  async function finish(settled: Settled): Promise<void> {
    finished.push(settled)
    // What finishes while others are written down is written down next, together.
    while (finished.includes(settled)) {
      settling ??= settleFinished().finally(() => (settling = null))
      await settling
    }
    await settling
  }

  /** Until it succeeds: a text that was sent and not written down would wait for a report, and be sent again. */
  async function settleFinished(): Promise<void> {
    if (!stopped) await new Promise((resolve) => setTimeout(resolve, SETTLE_GATHER_MS))
    const batch = finished
    finished = []
    await settleAll(batch)
  }

  async function settleAll(batch: readonly Settled[]): Promise<void> {
    for (;;) {
      try {
        await write(app, system, (ctx) => settleTexts(ctx, batch))
        return
      } catch (error) {
        app.log.warn({ code: codeOf(error) }, 'the sender of texts could not write down what it sent')
        if (stopped) return
        // One of which nothing can be written down holds up no other.
        if (isOneItemsFault(error)) {
          if (batch.length === 1) return
          for (const one of batch) await settleAll([one])
          return
        }
        await new Promise((resolve) => setTimeout(resolve, SETTLE_AGAIN_MS))
      }
    }
  }

  /** A line of twenty a second has room again before the next poll. */
  function wakeForRoom(): void {
    const ms = lines.next_room_ms()
    if (ms === null || waking || stopped) return
    waking = setTimeout(() => {
      waking = undefined
      poke()
    }, ms)
    waking.unref()
  }

  const extending = setInterval(() => {
    if (underWay.size === 0) return
    extendTexts(app, [...underWay.keys()]).catch((error: unknown) =>
      app.log.warn({ code: codeOf(error) }, 'the sender of texts could not extend its leases'),
    )
  }, EXTEND_MS)
  extending.unref()

  return {
    sendDue,
    async tidy() {
      await giveBackTexts(app)
      await write(app, system, applyEarlyReceipts)
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
    stop() {
      stopped = true
      clearInterval(extending)
      clearTimeout(waking)
    },
  }
}

type Template = NonNullable<TextOptions['template']>

interface Known {
  text: ClaimedText
  answer: MayWrite
  /** What says that these words wait, where WhatsApp takes them no more; null where none was entered, or none is needed. */
  template: Template | null
}

/** Whether each may be written to now, and what goes instead where words may not. */
async function lookUp(ctx: Reading, texts: readonly ClaimedText[]): Promise<Known[]> {
  const answers = await mayWriteToAll(
    ctx,
    texts.map(({ channel, address, automatic, kind, options }) => {
      return { channel, address, automatic, kind, after_stop: options.after_stop }
    }),
  )
  const known = texts.map((text, index) => ({ text, answer: answers[index]!, template: null as Template | null }))
  const closed = known.filter(({ text, answer }) => answer.may && answer.needs_template && !text.options.template)
  if (closed.length === 0) return known
  const [templates, { short_name, name }] = await Promise.all([listTemplates(ctx), operator(ctx)])
  const given = { operator: short_name || name || say('id', 'app.name'), origin: ctx.app.settings.PANDU_ORIGIN }
  for (const one of closed) one.template = templateOf(templates, one.text, given)
  return known
}

/** Why a text is not handed over now; null: it is. */
function judge(
  app: App,
  lines: Lines,
  { text, answer, template }: { text: ClaimedText; answer: MayWrite; template: Template | null },
): TextOutcome | null {
  if (text.handed_to !== null) {
    // It may have gone. Whoever cannot tell it from a new one is not given it again: somebody decides.
    const again = text.unanswered === 1 ? lines.recognising(text.handed_to) : null
    if (!again) return { state: 'undecided' }
    if (again.is_away) return { state: 'later', error: 'gateway_away', away: true }
  }
  if (text.restricted) return { state: 'muted', error: 'restricted' }
  if (!isAddress(text)) return { state: 'refused', error: 'bad_address' }
  // What people wrote, and what somebody has to answer in time, waits; the limit may be raised at any moment.
  if (
    !answer.may &&
    answer.why === 'paid_limit' &&
    (!text.automatic || text.kind === 'offer' || text.options.after_stop)
  )
    return { state: 'limited', until: soonest(answer.until), why: 'paid_limit' }
  if (!answer.may)
    // An answer of a program that comes a day late helps nobody, and two programs would go on for ever.
    return answer.why === 'limited' && !text.automatic && answer.until
      ? { state: 'limited', until: answer.until }
      : { state: 'muted', error: answer.why }
  if (!lines.serves(text.channel, text.address))
    return { state: 'kept', error: answer.kept ? null : 'gateway_not_open' }
  const line = lines.present(text.channel, text.address)[0]?.line
  if (!line) return { state: 'later', error: 'gateway_away', away: true }
  if (keepsLink(app.settings, line, text.text)) return { state: 'kept', error: 'origin_is_local' }
  if (answer.needs_template && !text.options.template && !template) return { state: 'refused', error: 'window_closed' }
  if (text.text === '' && !text.options.template && text.attachments.length === 0)
    return { state: 'refused', error: 'empty' }
  if (text.channel === 'sms' && segment(text.text).parts.length > line.parts_max)
    return { state: 'refused', error: 'too_long' }
  return null
}

const PAID_LOOK_MS = 10 * 60_000
const soonest = (until: Date | null): Date =>
  new Date(Math.min(until?.getTime() ?? Infinity, Date.now() + PAID_LOOK_MS))

/** WhatsApp calls whoever shows no number by a name of its own. */
const isAddress = ({ channel, address }: ClaimedText) =>
  ({ sms: /^\+\d{3,15}$/, whatsapp: /^\S{3,100}$/, telegram: /^\d{1,20}$/ })[channel].test(address)

function toDue(
  { id, channel, address, text, language, options: given, attachments }: ClaimedText,
  template: Template | null,
): DueText {
  const { parts, coding } = channel === 'sms' ? segment(text) : { parts: [], coding: null }
  const options = template ? { ...given, template } : given
  return { outbox_id: id, channel, to: address, text, parts, coding, language, options, attachments }
}

/** A gateway never rejects; one that does is our own fault, and nobody knows how far it came. */
async function sendSafely(app: App, gateway: Gateway, due: DueText): Promise<TextAttempt> {
  try {
    return await gateway.send(due)
  } catch (error) {
    app.log.error({ gateway: gateway.name, code: codeOf(error) }, 'a gateway failed in our own hands')
    return { state: 'unknown', error: 'fault' }
  }
}

/**
 * That these texts are handed over, in one statement of its own: committed when it resolves. Answers those that are still this sender's; of
 * another, or of which a report came meanwhile, nothing is handed over.
 */
async function writeHanded(app: App, chosen: readonly { text: ClaimedText; gateway: string }[]): Promise<Set<string>> {
  if (chosen.length === 0) return new Set()
  const given = chosen.map(({ text, gateway }) => ({
    id: text.id,
    attempts: text.attempts,
    gateway,
    error: text.unanswered > 0 ? 'unanswered' : null,
  }))
  const { rows } = await sql<{ outbox_id: string }>`with given as (
      select g.* from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id uuid, attempts int, gateway text, error text)
      join outbox o on o.id = g.id where o.state = 'sending' and o.attempts = g.attempts and o.lease_until > now() order by o.id for update of o),
    -- Of an attempt before, which came to its end.
    gone as (delete from outbox_parts p using given where p.outbox_id = given.id and p.number > 1)
    insert into outbox_parts as p (outbox_id, number, gateway, handed_at, state, state_at, error)
    select id, 1, gateway, now(), 'handed', now(), error from given
    on conflict (outbox_id, number) do update set gateway = excluded.gateway, remote_id = null, handed_at = excluded.handed_at,
      accepted_at = null, state = 'handed', state_at = excluded.state_at, error = excluded.error
    returning outbox_id`.execute(app.worker)
  return new Set(rows.map(({ outbox_id }) => outbox_id))
}
