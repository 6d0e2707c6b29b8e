/** From a telephone to Pandu and back without Kannel: by a line to an operator (SMPP) and by a modem (Gammu), side by side; and Pandu killed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPages, freePorts, startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { verb } from '../faults/ways.ts'
import { findPrograms } from './debian.ts'
import { GAMMU, startGammu, type Gammu } from './gammu.ts'
import { startSmsc, type Smsc } from './smsc.ts'

const found = await findPrograms(GAMMU)
const no_gammu = 'missing' in found ? found.missing : null

let pandu: RunningPandu
let smsc: Smsc
let gammu: Gammu | undefined
let token: string

beforeAll(async () => {
  await buildPages()
  const [port] = await freePorts()
  smsc = await startSmsc(port)
  await smsc.rules({ receipts: 'after' })
  if (!('missing' in found)) gammu = await startGammu(found, 'sqlite')
  const lines = [
    `smpp://pandu:rahasia%3A1@127.0.0.1:${port}?enquire=2#name=operator&from=1500&prefix=+62811`,
    ...(gammu ? [`${gammu.line}#name=modem&prefix=+62812`] : []),
  ]
  pandu = await startPandu({ env: { PANDU_SMS_GATEWAY: lines.join(' ') } })
  token = (JSON.parse(await verb(pandu, ['token', 'create', '--scopes', 'all', '--json'])) as { token: string }).token
}, 480_000)
afterAll(async () => {
  await pandu?.stop()
  await gammu?.stop()
  await smsc?.kill()
}, 90_000)

const within = { timeout: 90_000, interval: 100 }
async function api<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${pandu.port}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${text}`)
  return JSON.parse(text) as T
}

interface Way {
  write(from: string, text: string): Promise<unknown>
  /** What a telephone got, in order, part by part. */
  heardBy(number: string): Promise<string[]>
}
let written = 0
const ways: Record<'operator' | 'modem', Way> = {
  operator: {
    write: (from, text) =>
      smsc.bring(++written, {
        source_addr: from.slice(1),
        source_addr_ton: 1,
        destination_addr: '1500',
        short_message: { hex: Buffer.from(text, 'latin1').toString('hex') },
      }),
    async heardBy(number) {
      const { log } = await smsc.tell()
      return log.flatMap(({ what, to, text }) =>
        what === 'submit_sm' && `+${String(to)}` === number ? [String(text)] : [],
      )
    },
  },
  modem: {
    write: (from, text) => gammu!.receive(from, text),
    heardBy: async (number) =>
      gammu!
        .query<{ text: string }>(
          `select "TextDecoded" as text from sentitems where "DestinationNumber" = ? order by "ID", "SequencePosition"`,
          number,
        )
        .map(({ text }) => text),
  },
}
type Row = { recipient: string; state: string }

test.for(['operator', 'modem'] as const)(
  'ask, acknowledged, answered, confirmed, rated: by the %s',
  { timeout: 300_000 },
  async (name, { skip }) => {
    if (name === 'modem' && no_gammu) return skip(no_gammu)
    const way = ways[name]
    const ani = name === 'modem' ? '+6281200000001' : '+6281100000001'
    const hears = async (pattern: RegExp): Promise<string> => {
      let text: string | undefined
      await expect
        .poll(async () => (text = (await way.heardBy(ani)).find((one) => pattern.test(one))) !== undefined, within)
        .toBe(true)
      return text!
    }
    await way.write(ani, 'Printer kantor kami tidak mencetak sejak kemarin')
    const [, number] = /#(\d+)/.exec(await hears(/#\d/))!
    await way.write(ani, 'Kab Kudus, Jateng')
    await expect.poll(() => api(`/tickets/${number}`), within).toMatchObject({ channel: 'sms', region: '33.19' })
    await api(`/tickets/${number}/messages`, { text: 'Coba matikan printer, tunggu satu menit, lalu nyalakan lagi.' })
    await hears(/^Coba matikan printer/)
    const before = (await way.heardBy(ani)).length
    await api(`/tickets/${number}/resolution`, { problem: 'Printer tidak mencetak', steps: 'Dinyalakan lagi' })
    await expect.poll(async () => (await way.heardBy(ani)).length, within).toBeGreaterThan(before)
    await way.write(ani, 'sudah')
    await way.write(ani, 'NILAI 5')
    await hears(/^Nilai 5 /)
    await expect.poll(() => api(`/tickets/${number}`), within).toMatchObject({ state: 'closed' })
    if (name === 'modem') gammu!.query(`update sentitems set "Status" = 'DeliveryOK'`)
    const states = async () => (await api<{ items: Row[] }>('/outbox?limit=200')).items.filter(({ recipient }) => recipient === ani) // prettier-ignore
    await expect.poll(async () => (await states()).filter(({ state }) => state !== 'delivered'), within).toEqual([])
    expect((await states()).length).toBeGreaterThanOrEqual(4)
  },
)

test(
  'Pandu is killed while a crowd writes: everybody has one ticket, and nobody is told the same twice',
  { timeout: 300_000 },
  async () => {
    const crowd = Array.from({ length: 40 }, (_, turn) => `+62811900${String(turn).padStart(5, '0')}`)
    for (const [turn, number] of crowd.entries()) {
      await ways.operator.write(number, `Lampu di ruang ${turn} mati`)
      if (turn !== 25) continue
      await expect.poll(async () => (await ways.operator.heardBy(crowd[0]!)).length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0) // prettier-ignore
      await pandu.kill()
    }
    await pandu.restart()
    const items = async () =>
      (
        await api<{ items: { outcome: string | null; sender: { address: string } }[] }>('/intake?limit=200')
      ).items.filter(({ sender }) => crowd.includes(sender.address))
    // The line is free again half a minute after it was killed.
    await expect.poll(async () => (await smsc.tell()).unanswered, within).toEqual([])
    await expect
      .poll(
        async () =>
          (await items())
            .filter(({ outcome }) => outcome === 'ticket')
            .map(({ sender }) => sender.address)
            .sort(),
        within,
      ) // prettier-ignore
      .toEqual(crowd)
    await expect
      .poll(
        async () => (await items()).filter(({ outcome }) => !/^(ticket|duplicate|report)$/.test(outcome ?? '')),
        within,
      )
      .toEqual([])
    const told = await Promise.all(crowd.map((number) => ways.operator.heardBy(number)))
    // Whoever was being answered when it died may wait for a report first; nobody gets it twice.
    expect(told.filter((texts) => texts.length > 0).length).toBeGreaterThan(20)
    expect(told.filter((texts) => texts.length > 1)).toEqual([])
  },
)
