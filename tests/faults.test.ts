/**
 * The short form of `npm run faults`: one Pandu with an outside PostgreSQL is broken in every way, one after the other, and at the end held
 * to what it had promised all along. Only what needs another start of its own (full disks, a moved clock) has another Pandu.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPages, startPandu, type RunningPandu } from './e2e/start-pandu.ts'
import { cutWire, holdTickets, isRight, killPostgres, stopPostgres } from './faults/away.ts'
import { crowd, cutOff, doubleAtOnce, hugeThings, isServed, slowClients } from './faults/clients.ts'
import { jumpClock } from './faults/clock.ts'
import { disks, fillDisks, isRightWhenFull } from './faults/disks.ts'
import { killAtRandom, killHalfWay } from './faults/kills.ts'
import { openLedger, sendTheRest, type Ledger } from './faults/ledger.ts'
import { openOutside, type Outside } from './faults/outside.ts'
import { dyingDisk, isRightWhenDying, otherLocale } from './faults/starts.ts'
import { stopInTheMiddle } from './faults/stops.ts'
import { areAnswered, openStandInGateway, textsSent, type StandInGateway } from './faults/texts.ts'
import { judge } from './faults/verdict.ts'
import { apiToken, byApi, byForm, byMail, bySms } from './faults/ways.ts'
import { twoWorkers } from './faults/workers.ts'

const LONG = 240_000
/** What a busy machine may make of the ten seconds, and thirty for a stop, that `npm run faults` holds it to. */
const BACK_MAX_MS = 60_000
/** Between the requests of a sender: a handful is on its way at any moment, and not thousands are to be worked off afterwards. */
const PAUSE_MS = 50
const SOUND = {
  lost: 0,
  doubled: 0,
  unexpected: 0,
  contradicted: 0,
  put_aside: 0,
  untold: 0,
  told_twice: 0,
  faults: [],
}

describe('one Pandu, broken again and again', { timeout: LONG }, () => {
  let outside: Outside
  let pandu: RunningPandu
  let token: string
  let mails: Ledger
  let forms: Ledger
  let calls: Ledger
  let texts: Ledger
  let gateway: StandInGateway

  beforeAll(async () => {
    await buildPages()
    outside = await openOutside()
    gateway = await openStandInGateway()
    const env = {
      PANDU_LOG: 'error',
      PANDU_TRUSTED_PROXIES: '127.0.0.1',
      PANDU_SMS_GATEWAY: gateway.line,
      ...outside.env,
    }
    // Killed in the middle of its first migrations; the next start goes on where that one was.
    await expect(startPandu({ env: { ...env, PANDU_FAULT: 'migrate.before_commit:5' } })).rejects.toThrow(
      'did not start',
    )
    pandu = await startPandu({ env })
    token = await apiToken(pandu, outside.direct)
    mails = openLedger(byMail, PAUSE_MS)
    forms = openLedger(byForm, PAUSE_MS)
    calls = openLedger(byApi(token), PAUSE_MS)
    texts = openLedger(bySms, PAUSE_MS)
  }, LONG)
  afterAll(async () => {
    await pandu?.stop({ keep: false })
    await gateway?.end()
    await outside?.end()
  }, LONG)

  // intake/kill.test.ts, intake/texts/kill-texts.test.ts, channels/texts/kill.test.ts and api/once.test.ts kill at each named point; here it is the whole program, and PostgreSQL with it.
  test('kill -9 at random while all four ways are busy, and with mails and uploads half way', async () => {
    await killAtRandom(pandu, [mails, forms, calls, texts], { kills: 3, acknowledged: 0, senders: 2 })
    await killHalfWay(pandu, [mails, forms], 1)
    // From here on the gateway takes texts and never answers, and later it is away; what comes in is taken all the same.
    await gateway.set('half_open')
  })

  test('kill -9 of PostgreSQL under load, and a stop of it: 451, 503, the text is kept, and it comes back by itself', async () => {
    const { back_ms } = await killPostgres(pandu, [mails, forms, calls, texts], { times: 1, pid: outside.pid })
    expect(back_ms[0]).toBeLessThan(BACK_MAX_MS)
    await gateway.set('away')
    const heard = await stopPostgres(pandu, outside, [mails, forms, calls], 1)
    expect(isRight(heard, BACK_MAX_MS), JSON.stringify(heard)).toBe(true)
    await gateway.set('there')
  })

  test('a wire to PostgreSQL that swallows everything is given up; a lock on the tickets keeps no mail waiting', async () => {
    const heard = await cutWire(pandu, outside, [mails, forms, calls], { wire: 'dropped', away_seconds: 0 })
    expect(isRight(heard, BACK_MAX_MS), JSON.stringify(heard)).toBe(true)
    const { mail, pages, page_after } = await holdTickets(pandu, outside, { askers: 20, held_ms: 500 })
    expect({ mail: new Set(mail), page_after }).toEqual({ mail: new Set(['250']), page_after: 200 })
    expect(Object.keys(pages).filter((status) => status !== '303' && status !== '503')).toEqual([])
  })

  test('crowds, the slow, the huge, the cut and the doubled harm nobody else', async () => {
    const many = await crowd(pandu, 500)
    expect([many.during, many.after].map(isServed), JSON.stringify(many)).toEqual([true, true])
    expect(isServed((await slowClients(pandu, 60, 1)).served)).toBe(true)
    const huge = await hugeThings(pandu, { poured: 30_000_000 })
    expect(huge.mail).toMatchObject({ 26214400: '250', 26214401: '552', '1000000000': '552', poured: '552' })
    await cutOff(pandu, [mails, forms], 1)
    const doubled = await doubleAtOnce(pandu, [mails, forms, calls], 5)
    expect(doubled).toMatchObject({ mail: ['250'], form: [303] })
    expect(doubled.api.filter((status) => status !== 409)).toEqual([201])
  })

  // That one of them dies in a job stands in worker/beats.test.ts, where a worker is silent after three seconds instead of 45.
  test('two workers at the same jobs', async () => {
    await twoWorkers(pandu, outside, [mails], 1)
  })

  test('SIGTERM, twice, with 25 MB half way in a mail and in an upload: both are finished, exit 0', async () => {
    const stopped = await stopInTheMiddle(pandu, [mails, forms])
    expect(stopped).toMatchObject({ exit_code: 0, mail: expect.stringMatching(/^250/), upload: '303' })
    expect(stopped.stop_ms).toBeLessThan(BACK_MAX_MS)
  })

  test('a disk that fails to flush puts off what needs it; another language of the machine finds the same', async () => {
    const heard = await dyingDisk(pandu, [mails, forms, calls])
    expect(isRightWhenDying(heard), JSON.stringify(heard)).toBe(true)
    expect(await otherLocale(pandu, calls, [{ LC_ALL: 'C', TZ: 'Asia/Jayapura' }])).toEqual({
      'C Asia/Jayapura': 'the same',
    })
  })

  test('after all that: nothing acknowledged is lost or doubled, everybody was told once, verify is green, the sums are right', async () => {
    const ledgers = [mails, forms, calls, texts]
    for (const ledger of ledgers) await sendTheRest(pandu, ledger)
    const verdict = await judge(pandu, ledgers, { token, cluster: outside.cluster, env: outside.direct })
    expect(verdict).toMatchObject(SOUND)
    expect(verdict.acknowledged).toBeGreaterThan(20)
    const sent = await textsSent(pandu, gateway, { cluster: outside.cluster })
    expect(areAnswered(sent, texts), JSON.stringify({ ...sent, acknowledged: texts.acknowledged.size })).toBe(true)
  })
})

test(
  'full disks: mail is put off and forms are kept, a full log stops nothing, and it goes on by itself',
  { timeout: LONG },
  async (given) => {
    await buildPages()
    const seen = await fillDisks()
    if ('skipped' in seen) return given.skip(seen.skipped)
    for (const disk of disks)
      expect(isRightWhenFull(disk, seen.heard[disk], BACK_MAX_MS), `${disk}: ${JSON.stringify(seen.heard[disk])}`).toBe(
        true,
      )
    expect(seen.verdict).toMatchObject(SOUND)
  },
)

test('the clock jumps a day back while requests come in', { timeout: LONG }, async (given) => {
  const seen = await jumpClock(['-1d'], PAUSE_MS)
  if ('skipped' in seen) return given.skip(seen.skipped)
  expect(seen.verdict).toMatchObject(SOUND)
})
