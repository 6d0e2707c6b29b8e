import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../server/platform/app.ts'
import { read, system, write, type Actor, type StaffActor, type Writing } from '../server/platform/context.ts'
import { addDesk, changeDesk, changeOperator, listDesks } from '../server/desks/index.ts'
import {
  acceptInvitation,
  addOrganisation,
  findOrMakePeople,
  inviteStaff,
  makeSetupLink,
  recordConsents,
  setUp,
} from '../server/people/index.ts'
import { listProvinces, listRegencies } from '../server/regions/index.ts'
import {
  claim,
  confirm,
  note,
  openTickets,
  rate,
  receiveMessages,
  reply,
  resolve,
  triage,
  type OpenedTicket,
} from '../server/tickets/index.ts'
import { fillNetwork, WITH_NOBODY, type Waiting } from './network.ts'
import { fillPaidWork } from './paid-work.ts'
import { cases, familyNames, givenNames, officeKinds, ratingWords, thanks } from './cases.ts'

const TICKETS_A_PROVINCE = 7
const DAY_MS = 86_400_000

/** A number that is always the same for the same place in the demo: two demos look alike, and a fault can be found again. */
const pick = <T>(list: readonly T[], n: number): T => list[((n * 2_654_435_761) >>> 7) % list.length]!

interface Place {
  province: { code: string; name: string; time_zone: string }
  regency: { code: string; name: string }
  desk_id: string
  agent: StaffActor
}

/**
 * Fills an empty Pandu with examples for all 38 provinces, by the same commands that people use, so that every rule holds for them:
 * desks with agents, offices, requests in every state with their history over three weeks. Everything is invented and marked "contoh".
 * @returns the sign-in of the example administrator and agent
 */
export async function fillDemo(app: App, say: (line: string) => void): Promise<{ email: string; password: string }[]> {
  const accounts = await makeAccounts(app)
  const secretariat = await describeOperator(app, accounts.people)
  const provinces = await read(app, system, (ctx) => listProvinces(ctx))
  let made = 0
  const waiting: Waiting[] = []
  const answered: Waiting[] = []
  for (const [index, province] of provinces.entries()) {
    const place = await makePlace(app, province, index, secretariat)
    const tickets = await makeTickets(app, place, index)
    made += tickets.made
    waiting.push(...tickets.waiting)
    answered.push(...tickets.answered)
    say(`Filling the demo: ${index + 1} of ${provinces.length} provinces, ${made} requests`)
  }
  const referred = await fillNetwork(app, provinces, waiting)
  say(`Filling the demo: members, partners and own desks, ${referred} requests referred`)
  if (await fillPaidWork(app, answered)) say('Filling the demo: one request about paid work, its providers asked')
  const text = accounts.sign_ins.map(({ email, password }) => `${email}\t${password}`).join('\n')
  writeFileSync(join(app.settings.PANDU_DATA, 'demo-accounts.txt'), text + '\n', { mode: 0o600 })
  return accounts.sign_ins
}

async function makeAccounts(app: App) {
  const password = () => randomBytes(12).toString('base64url')
  const [administrator, agent] = [
    { email: 'administrator@contoh.id', password: password() },
    { email: 'petugas@contoh.id', password: password() },
  ]
  const people = await write(app, system, async (ctx) => {
    const link = await makeSetupLink(ctx)
    const first = await setUp(ctx, { token: tokenOf(link ?? ''), name: 'Administrator Contoh', ...administrator })
    const invited = await inviteStaff(ctx, { email: agent.email, name: 'Petugas Contoh' })
    const second = await acceptInvitation(ctx, { token: tokenOf(invited.link), password: agent.password })
    return [first.person_id, second.person_id]
  })
  return { sign_ins: [administrator, agent], people }
}

const tokenOf = (link: string) => link.split('/').at(-1) ?? ''

async function describeOperator(app: App, people: string[]): Promise<string> {
  return write(app, system, async (ctx) => {
    const desk = (await listDesks(ctx)).find((one) => one.kind === 'secretariat')
    if (!desk) throw new Error('the secretariat desk is made at the start')
    await changeDesk(ctx, {
      desk_id: desk.id,
      members: people.map((person_id, i) => ({ person_id, role: i === 0 ? 'coordinator' : 'agent' })),
    })
    await changeOperator(ctx, {
      name: 'Helpdesk FOSS Contoh',
      short_name: 'Helpdesk Contoh',
      address: 'Jalan Contoh No. 1, Jakarta (alamat contoh)',
      phone: '(021) 0000 0000',
      email: `helpdesk@${app.settings.PANDU_MAIL_DOMAIN}`,
      hours: 'Senin–Jumat 08.00–16.00 WIB',
    })
    return desk.id
  })
}

async function makePlace(app: App, province: Place['province'], index: number, secretariat: string): Promise<Place> {
  const regencies = await read(app, system, (ctx) => listRegencies(ctx, province.code))
  const regency = pick(regencies, index + 3)
  return write(app, system, async (ctx) => {
    const covered = !WITH_NOBODY.has(province.code)
    const name = `${pick(givenNames, index)} ${pick(familyNames, index)}`
    const [person] = await findOrMakePeople(ctx, [
      { name, channel: 'email', address: `meja.${province.code}@contoh.id` },
    ])
    const desk_id = covered
      ? await addDesk(ctx, {
          name: `Meja ${province.name} (contoh)`,
          kind: 'province',
          organisation_id: null,
          mail_local_part: `meja${province.code}`,
          time_zone: province.time_zone as 'Asia/Jakarta',
          accepting: true,
          regions: [province.code],
          competences: [],
          hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: '08:00', closes: '16:00' })),
          members: [{ person_id: person!.id, role: 'coordinator' }],
        })
      : secretariat
    const agent: StaffActor = {
      kind: 'staff',
      person_id: person!.id,
      name,
      language: 'id',
      roles: [],
      sees_all: !covered,
      desks: [
        {
          id: desk_id,
          name: '',
          kind: covered ? 'province' : 'secretariat',
          role: 'coordinator',
          time_zone: province.time_zone,
        },
      ],
    }
    return { province, regency, desk_id, agent }
  })
}

/** How many were made, which of them wait with the desk (these can be referred), and which were answered and wait for their requester. */
async function makeTickets(
  app: App,
  place: Place,
  index: number,
): Promise<{ made: number; waiting: Waiting[]; answered: Waiting[] }> {
  const opened = await write(app, system, (ctx) => askAll(ctx, place, index))
  for (const [position, ticket] of opened.entries())
    await workOn(app, place, ticket, index * TICKETS_A_PROVINCE + position)
  const { agent } = place
  const at = (stages: readonly number[]) =>
    opened
      .filter((_, position) => stages.includes((index * TICKETS_A_PROVINCE + position) % STEPS))
      .map(({ id, asked_at }) => ({ ticket_id: id, agent, asked_at }))
  return { made: opened.length, waiting: at([1, 3]), answered: at([2]) }
}

async function askAll(ctx: Writing, { province, regency, desk_id }: Place, index: number) {
  const seeds = Array.from({ length: TICKETS_A_PROVINCE }, (_, position) => index * TICKETS_A_PROVINCE + position)
  const offices = []
  for (const office of officeKinds.slice(0, 3 + (index % 4))) {
    const name = `${office.name} ${regency.name} (contoh)`
    offices.push(await addOrganisation(ctx, { name, kind: office.kind, region_code: regency.code }))
  }
  const people = await findOrMakePeople(
    ctx,
    seeds.map((seed) => ({
      name: `${pick(givenNames, seed)} ${pick(familyNames, seed + 5)}`,
      channel: 'email',
      address: `pemohon.${province.code}.${seed}@contoh.id`,
      language: 'id',
    })),
  )
  await recordConsents(
    ctx,
    people.map((person) => ({ person_id: person.id, purpose: 'request', text_version: 1, channel: 'web' })),
  )
  const tickets: Asked[] = []
  for (const [position, seed] of seeds.entries()) {
    const about = pick(cases, seed)
    const requester_id = people[position]!.id
    const asked_at = new Date(ctx.now.getTime() - daysAgo(seed) * DAY_MS)
    const [ticket] = await openTickets({ ...ctx, now: asked_at }, [
      {
        subject: about.subject,
        text: about.text,
        channel: pick(['web', 'email', 'phone', 'web'], seed),
        language: 'id',
        requester_id,
        organisation_id: offices[seed % offices.length]?.id ?? null,
        region_code: regency.code,
        desk_id,
      },
    ])
    tickets.push({ ...ticket!, requester_id, asked_at })
  }
  return tickets
}

/** A request of the demo, and when it was asked. */
type Asked = OpenedTicket & { requester_id: string; asked_at: Date }

const daysAgo = (seed: number) => 1 + ((seed * 7) % 21)
const STEPS = 7

/** Moves a request as far as its place in the demo says: new, claimed, waiting for the requester, answered, resolved, confirmed and rated. */
async function workOn(app: App, { agent }: Place, ticket: Asked, seed: number) {
  const about = pick(cases, seed)
  const stage = seed % STEPS
  const { id: ticket_id, requester_id } = ticket
  const requester = { kind: 'requester', person_id: requester_id, ticket_id } as const
  // The steps are spread over the time since the request was asked, one after the other, never in the future.
  const at = (step: number, actor: Actor, work: (ctx: Writing) => Promise<unknown>) =>
    write(app, actor, (ctx) => {
      const since = ctx.now.getTime() - ticket.asked_at.getTime()
      return work({ ...ctx, now: new Date(ticket.asked_at.getTime() + (since * step) / (STEPS + 1)) })
    })
  const says = (step: number, text: string) =>
    at(step, system, (ctx) =>
      receiveMessages(ctx, [{ ticket_id, author_id: requester_id, channel: 'email', reopen_within_days: 60, text }]),
    )

  if (stage === 0) return
  await at(1, agent, (ctx) =>
    triage(ctx, { ticket_id, topic_code: about.topic, urgency: about.urgency, kind: about.kind }),
  )
  await at(1, agent, (ctx) => claim(ctx, { ticket_id }))
  if (stage === 1) return
  if (seed % 3 === 0) await at(1, agent, (ctx) => note(ctx, { ticket_id, text: INTERNAL }))
  await at(2, agent, (ctx) => reply(ctx, { ticket_id, text: about.answer, at_once: true }))
  if (stage === 2) return
  await says(3, EXPLAINED)
  if (stage === 3) return
  const { problem, cause, steps } = about
  await at(4, agent, (ctx) => resolve(ctx, { ticket_id, problem, cause, steps, at_once: true }))
  if (stage === 4) return
  await at(6, requester, (ctx) => confirm(ctx, { ticket_id }))
  const words = stage === 6 ? pick(thanks, seed) : pick(ratingWords, seed)
  await at(6, requester, (ctx) => rate(ctx, { ticket_id, score: 3 + (seed % 3), words }))
}

const INTERNAL = 'Sudah dihubungi lewat telepon; menunggu foto stiker perangkat.'
const EXPLAINED =
  'Baik, keterangannya begini: kejadiannya sejak dua hari lalu dan hanya di komputer itu. Mohon langkah selanjutnya.'
