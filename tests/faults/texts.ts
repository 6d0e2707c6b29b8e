/**
 * Texts under faults: SMS come in as Kannel brings them (ways.ts: bySms) and go out to a gateway that stands here for Kannel's `sendsms`: it
 * counts what it got, reports each text as delivered until that report is taken, and can be away, or take texts and never answer.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { withRunningApp } from '../../bench/site.ts'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { sendAll, type Ledger } from './ledger.ts'
import { untilSettled } from './verdict.ts'

const REPORT_AGAIN_MS = 200
const PATIENCE_MS = 120_000
const STRANGERS_ANSWERED = 1_000_000
/** What is with the gateway for so long, which answers at once, was handed over by a process that is dead. */
const DEAD_MS = 3_000

export interface StandInGateway {
  /** For PANDU_SMS_GATEWAY. */
  line: string
  /** Its mark (ours, one for each row of the outbox) → how often it got that text. */
  got: Map<string, number>
  /** How often it was asked while half open. */
  swallowed: number
  set(state: 'there' | 'away' | 'half_open'): Promise<void>
  end(): Promise<void>
}

export async function openStandInGateway(): Promise<StandInGateway> {
  let ended = false
  let half_open = false
  const held = new Set<ServerResponse>()
  const got = new Map<string, number>()
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://gateway.contoh').searchParams
    const report_url = asked.get('dlr-url') ?? ''
    const mark = new URL(report_url).searchParams.get('of') ?? ''
    if (half_open) {
      gateway.swallowed += 1
      return void held.add(response)
    }
    got.set(mark, (got.get(mark) ?? 0) + 1)
    response.writeHead(202).end('0: Accepted for delivery')
    void report(report_url.replace('%d', '1').replace('%T', '').replace('%F', '').replace('%A', ''))
  })
  /** As Kannel does: again, until it is taken. */
  async function report(url: string): Promise<void> {
    while (!ended) {
      const answer = await fetch(url).catch(() => null)
      await answer?.arrayBuffer()
      if (answer?.status === 200) return
      await pause(REPORT_AGAIN_MS)
    }
  }
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const shut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const gateway: StandInGateway = {
    line: `kannel:http://pandu:rahasia@127.0.0.1:${port}/cgi-bin/sendsms#name=kannel&from=1500`,
    got,
    swallowed: 0,
    async set(state) {
      half_open = state === 'half_open'
      if (!half_open) for (const response of held) response.destroy()
      held.clear()
      if (state === 'away') await shut()
      else if (!server.listening) await listen(port)
    },
    async end() {
      ended = true
      for (const response of held) response.destroy()
      await shut()
    },
  }
  return gateway
}

/** Each text is from a number that nobody knows, and all of them are to be answered: a day has answers for 5,000 such. */
export async function answerAllStrangers(pandu: Pick<RunningPandu, 'data'>): Promise<void> {
  const client = new pg.Client((await reachRunningPostgres(pandu.data)).connection('owner'))
  await client.connect()
  await client.query(
    `insert into set_limits (name, most, set_by) values ('text.strangers', $1, gen_random_uuid()), ('text.paid_day', $1, gen_random_uuid())`,
    [STRANGERS_ANSWERED],
  )
  await client.end()
}

/** So many texts while the gateway is gone: each is taken and entered all the same; then it is back. */
export async function withoutGateway(
  pandu: RunningPandu,
  ledger: Ledger,
  gateway: StandInGateway,
  state: 'away' | 'half_open',
  texts: number,
): Promise<{ taken_meanwhile: number; swallowed: number }> {
  await gateway.set(state)
  const before = ledger.acknowledged.size
  await sendAll(pandu, ledger, 2, () => ledger.acknowledged.size >= before + texts)
  const taken_meanwhile = ledger.acknowledged.size - before
  await withRunningApp(pandu.data, async (app) => {
    await untilSettled(app)
    const deadline = Date.now() + PATIENCE_MS
    const tried = () =>
      sql`select from outbox where channel = 'sms' and (attempts > 0 or last_error is not null) limit 1`.execute(
        app.worker,
      )
    while (state === 'half_open' ? gateway.swallowed === 0 : (await tried()).rows.length === 0) {
      if (Date.now() > deadline) throw new Error('no answer was tried while the gateway was gone')
      await pause(100)
    }
  })
  await gateway.set('there')
  return { taken_meanwhile, swallowed: gateway.swallowed }
}

export interface TextsSent {
  /** Answers that Pandu wanted to send, one to each acknowledged text, and what became of them. */
  answers: number
  delivered: number
  /** Texts that a recipient got twice. */
  got_twice: number
  /** Of which nobody knew whether they went: somebody sent them again by hand, as the outbox asks them to. */
  sent_by_hand: number
  /** What became of those that were not delivered. */
  otherwise: { id: string; state: string; last_error: string | null }[]
}

/**
 * Waits until every answer has come to its end, and says what the gateway got. What Pandu is in doubt about is sent again as somebody at a desk
 * would: one that had gone after all counts as got twice. The minutes for which a text of which nobody knows whether it
 * went waits for its report are not waited for.
 */
export async function textsSent(
  pandu: Pick<RunningPandu, 'data'>,
  gateway: StandInGateway,
  where: { cluster?: string } = {},
): Promise<TextsSent> {
  return withRunningApp(where.cluster ?? pandu.data, async (app) => {
    const deadline = Date.now() + PATIENCE_MS
    const sending = new Map<string, number>()
    const by_hand = new Set<string>()
    for (;;) {
      const { rows } = await sql<{
        id: string
        state: string
        last_error: string | null
      }>`select id, state, last_error from outbox where channel = 'sms'`.execute(app.worker)
      const open = rows.filter(({ state }) => ['waiting', 'sending', 'sent'].includes(state))
      if (open.length === 0) {
        const delivered = rows.filter(({ state }) => state === 'delivered').length
        const got_twice = [...gateway.got.values()].filter((times) => times > 1).length
        const otherwise = rows.filter(({ state }) => state !== 'delivered')
        return { answers: rows.length, delivered, got_twice, sent_by_hand: by_hand.size, otherwise }
      }
      if (Date.now() > deadline) throw new Error(`${open.length} texts have come to no end: ${JSON.stringify(open[0])}`)
      for (const { id, state } of open)
        if (state !== 'sending') sending.delete(id)
        else if (!sending.has(id)) sending.set(id, Date.now())
      const dead = [...sending].filter(([, since]) => Date.now() - since > DEAD_MS).map(([id]) => id)
      await sql`update outbox set lease_until = now() - interval '1 second' where id = any (${dead}::uuid[]) and state = 'sending'`.execute(
        app.worker,
      )
      await pause(500)
      // Every report that was on its way has been taken by now, or the gateway never got the text.
      await sql`update outbox set next_attempt_at = now() where channel = 'sms' and state = 'waiting'
        and last_error = 'unanswered' and not (id = any (${dead}::uuid[]))`.execute(app.worker)
      const again = await sql<{
        id: string
      }>`update outbox set state = 'waiting', attempts = 0, last_error = null, next_attempt_at = now()
        where channel = 'sms' and state = 'waiting' and last_error = 'undecided' returning id`.execute(app.worker)
      for (const { id } of again.rows) by_hand.add(id)
    }
  })
}

/** Nothing that was acknowledged is without its answer, and nobody got one twice. */
export const areAnswered = ({ answers, delivered, got_twice }: TextsSent, ledger: Ledger): boolean =>
  answers >= ledger.acknowledged.size && delivered === answers && got_twice === 0
