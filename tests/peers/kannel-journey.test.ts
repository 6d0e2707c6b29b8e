/** From a telephone to Pandu and back, through a real Kannel: a whole request by SMS, and Pandu killed in the middle of a crowd. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPages, freePorts, startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { verb } from '../faults/ways.ts'
import { findPrograms } from './debian.ts'
import { KANNEL, PASSWORD, startKannel, USER, type Kannel, type Network } from './kannel.ts'

const found = await findPrograms(KANNEL)
const reason = 'missing' in found ? found.missing : null

let pandu: RunningPandu
let kannel: Kannel
let network: Network
let token: string

beforeAll(async () => {
  if (reason) return
  await buildPages()
  const [sendsms_port] = await freePorts()
  const line = `kannel:http://${USER}:${PASSWORD}@127.0.0.1:${sendsms_port}/cgi-bin/sendsms#name=satu&from=1500&cost=210`
  pandu = await startPandu({ env: { PANDU_SMS_GATEWAY: line } })
  const door = `http://127.0.0.1:${pandu.port}/channels/sms/kannel/satu`
  const service = `post-url = "${door}?from=%p&to=%P&id=%I&time=%T&coding=%c&charset=%C&udh=%u"`
  kannel = await startKannel(found as { root: string }, { service, sendsms_port })
  network = await kannel.openNetwork()
  token = (JSON.parse(await verb(pandu, ['token', 'create', '--scopes', 'all', '--json'])) as { token: string }).token
}, 480_000)
afterAll(async () => {
  await kannel?.stop()
  await pandu?.stop()
}, 90_000)

const within = { timeout: 60_000, interval: 100 }
async function api<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${pandu.port}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${text}`)
  return JSON.parse(text) as T
}
/** What a telephone got, in order; a long text as one. */
const heardBy = (number: string) => network.out.filter(({ to }) => to === number).map(({ bytes }) => bytes.toString())
/** Writes to us and answers the next text that comes back. */
async function writes(number: string, text: string): Promise<string> {
  const before = heardBy(number).length
  network.write(number, '1500', text)
  return nextTo(number, before)
}
async function nextTo(number: string, before: number): Promise<string> {
  await expect.poll(() => heardBy(number).length, within).toBeGreaterThan(before)
  return heardBy(number)[before]!
}
type Row = { recipient: string; state: string }

test(
  'ask, acknowledged, answered, confirmed, rated: each step by SMS, each text reported',
  { timeout: 180_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const ani = '+6281200000001'
    const acknowledged = await writes(ani, 'Printer  kantor kami tidak mencetak sejak kemarin')
    const [, number] = /#(\d+)/.exec(acknowledged) ?? []
    expect(acknowledged.length).toBeLessThanOrEqual(160)
    expect(await api(`/tickets/${number}`)).toMatchObject({ channel: 'sms' })
    // Asked where it is, and understood without another text.
    network.write(ani, '1500', 'Kab Kudus, Jateng')
    await expect.poll(() => api(`/tickets/${number}`), within).toMatchObject({ region: '33.19' })

    let before = heardBy(ani).length
    await api(`/tickets/${number}/messages`, { text: 'Coba matikan printer, tunggu satu menit, lalu nyalakan lagi.' })
    expect(await nextTo(ani, before)).toMatch(/^Coba matikan printer, tunggu satu menit, lalu nyalakan lagi\..*#/s)

    before = heardBy(ani).length
    await api(`/tickets/${number}/resolution`, {
      problem: 'Printer tidak mencetak',
      steps: 'Dimatikan dan dinyalakan lagi',
    })
    await nextTo(ani, before)
    expect(await writes(ani, 'sudah')).toContain(`#${number}`)
    expect(await writes(ani, 'NILAI 5')).toMatch(/^Nilai 5 /)
    await expect.poll(() => api(`/tickets/${number}`), within).toMatchObject({ state: 'closed' })

    const sent = async () => (await api<{ items: Row[] }>('/outbox?limit=200')).items.filter(({ recipient }) => recipient === ani) // prettier-ignore
    await expect.poll(async () => (await sent()).filter(({ state }) => state !== 'delivered'), within).toEqual([])
    expect((await sent()).length).toBeGreaterThanOrEqual(5)
  },
)

test(
  'Pandu is killed while a crowd writes: everybody has one ticket, and nobody is told the same twice',
  { timeout: 240_000 },
  async ({ skip }) => {
    if (reason) return skip(reason)
    const crowd = Array.from({ length: 60 }, (_, turn) => `+62813${String(turn).padStart(8, '0')}`)
    const texts = async () => {
      const ledger = await api<{ items: { outcome: string | null; sender: { address: string }; channel: string }[] }>('/intake?limit=200') // prettier-ignore
      return ledger.items.filter(({ sender }) => crowd.includes(sender.address))
    }
    for (const [turn, number] of crowd.entries()) {
      network.write(number, '1500', `Lampu di ruang ${turn} mati`)
      // In the middle of reading, answering and sending.
      if (turn === 30) await expect.poll(() => network.out.some(({ to }) => crowd.includes(to)), { timeout: 60_000, interval: 1 }).toBe(true) // prettier-ignore
    }
    await pandu.kill()
    await pandu.restart()
    await expect.poll(async () => (await texts()).filter(({ outcome }) => outcome === 'ticket').map(({ sender }) => sender.address).sort(), within).toEqual(crowd) // prettier-ignore
    // What the sender that died had in hand waits for reports first (channels/texts/kill.test.ts); everybody else is answered again.
    expect(await writes('+6281200000002', 'Apakah ada orang?')).toMatch(/#\d+/)
    expect(crowd.filter((number) => heardBy(number).length > 1)).toEqual([])
    expect((await texts()).filter(({ outcome }) => outcome !== 'ticket' && outcome !== 'duplicate')).toEqual([])
  },
)
