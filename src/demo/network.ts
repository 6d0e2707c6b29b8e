/**
 * The network of the demo: invented members and partners, institutions with a desk of their own, and a history of requests that were
 * referred to them. Five provinces keep nobody, so that the grid shows what is missing.
 */
import { sql } from 'kysely'
import type { App } from '../server/platform/app.ts'
import { read, system, write, type StaffActor, type Writing } from '../server/platform/context.ts'
import { newId } from '../server/platform/ids.ts'
import { saveProvider } from '../server/desks/index.ts'
import { confirmOwnUnit, setCoverageTarget } from '../server/membership/index.ts'
import { addOrganisation, findOrMakePeople } from '../server/people/index.ts'
import { acceptOffer, declineOffer, refer } from '../server/referrals/index.ts'
import { familyNames, givenNames } from './cases.ts'

const DAY_MS = 86_400_000
/** Provinces of the demo with nobody at all. */
export const WITH_NOBODY = new Set(['91', '93', '95', '96', '82'])
/** Here stands a second member, so that the turn goes round. */
const WITH_TWO = new Set(['31', '32', '33', '35', '63', '73'])
/** Every fourth province has only a partner. */
const PARTNER_EVERY = 4

const KINDS = [
  { name: 'Komunitas Linux', kind: 'community' },
  { name: 'Yayasan Perangkat Lunak Bebas', kind: 'association' },
  { name: 'PT Sumber Terbuka', kind: 'company' },
  { name: 'Kampus Terbuka', kind: 'school' },
  { name: 'Kelompok Pengguna Linux', kind: 'community' },
] as const

const SKILLS = [
  ['linux-desktop', 'libreoffice', 'printing-scanning', 'hardware-driver', 'training', 'opensid'],
  ['linux-server', 'network', 'file-sharing-samba', 'backup', 'security', 'linux-desktop', 'hardware-driver'],
  ['libreoffice', 'migration-planning', 'training', 'licensing', 'procurement', 'community', 'linux-desktop'],
  ['web-cms', 'database', 'security', 'network', 'libreoffice', 'linux-desktop', 'nextcloud'],
] as const
const LANGUAGES: Record<string, string> = {
  '32': 'su',
  '33': 'jv',
  '34': 'jv',
  '35': 'jv',
  '51': 'ban',
  '63': 'bjn',
  '13': 'min',
  '73': 'bug',
}

interface ProvincePlace {
  code: string
  name: string
  time_zone: string
}
/** A request that waits with a desk of the demo, and who works there. */
export interface Waiting {
  ticket_id: string
  agent: StaffActor
  asked_at: Date
}

const HOURS = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: '08:30', closes: '16:30' }))
const nameOf = (seed: number) =>
  `${givenNames[seed % givenNames.length]} ${familyNames[(seed * 3) % familyNames.length]}`

/** Members, partners, own units and their target; then some of the waiting requests go their way. Answers how many were referred. */
export async function fillNetwork(
  app: App,
  provinces: readonly ProvincePlace[],
  waiting: readonly Waiting[],
): Promise<number> {
  for (const [index, province] of provinces.entries())
    if (!WITH_NOBODY.has(province.code))
      await write(app, system, async (ctx) => {
        await addProvider(ctx, province, index)
        if (WITH_TWO.has(province.code)) await addProvider(ctx, province, index + 40)
      })
  await write(app, system, addOwnUnits)
  await write(app, system, (ctx) =>
    setCoverageTarget(ctx, { provinces: 38, by_date: `${ctx.now.getUTCFullYear() + 1}-12-31` }),
  )
  let referred = 0
  for (const [position, one] of waiting.entries()) referred += await referOne(app, one, position)
  return referred
}

async function addProvider(ctx: Writing, province: ProvincePlace, seed: number): Promise<void> {
  const about = KINDS[seed % KINDS.length]!
  const standing = seed < 40 && seed % PARTNER_EVERY === 3 ? 'partner' : 'member'
  const name = `${about.name} ${province.name} (contoh)`
  const { id: organisation_id } = await addOrganisation(ctx, { name, kind: about.kind, region_code: province.code })
  const people = await findOrMakePeople(
    ctx,
    [seed, seed + 7].map((n, position) => ({
      name: nameOf(n),
      channel: 'email' as const,
      address: `piket${position + 1}.${province.code}.${seed}@contoh.id`,
    })),
  )
  const until = new Date(ctx.now.getTime() + (200 + seed * 5) * DAY_MS)
  const desk_id = await saveProvider(ctx, {
    organisation_id,
    name,
    time_zone: province.time_zone,
    about: `${about.name} di ${province.name} yang membantu kantor, sekolah dan desa memakai perangkat lunak bebas. Lembaga ini contoh.`,
    website: seed % 2 === 0 ? `https://${province.code}-${seed}.contoh.id` : null,
    regions: [province.code],
    serves_neighbours: seed % 3 === 0,
    serves_nation: seed % 11 === 0,
    kinds: seed % 5 === 2 ? ['free', 'paid'] : ['free'],
    languages: [
      'id',
      ...(LANGUAGES[province.code] ? [LANGUAGES[province.code]!] : []),
      ...(seed % 6 === 0 ? ['en'] : []),
    ],
    capacity_per_week: 2 + (seed % 5) * 2,
    hours: HOURS,
    competences: SKILLS[seed % SKILLS.length]!.map((code, n) => ({
      code,
      level: 1 + ((seed + n) % 3),
      valid_until: n % 2 === 0 ? until : null,
    })),
    contacts: people.map((person) => ({
      person_id: person.id,
      contact_point_id: person.contact_point_id!,
      channel: 'email',
      hours: null,
    })),
    coordinator_id: people[0]!.id,
  })
  await sql`update duty_contacts set proven_at = since where desk_id = ${desk_id}::uuid`.execute(ctx.tx)
  const since = new Date(ctx.now.getTime() - (60 + seed * 11) * DAY_MS)
  await sql`insert into affiliations (id, organisation_id, desk_id, kind, starts_at, ends_at)
    values (${newId()}::uuid, ${organisation_id}::uuid, ${desk_id}::uuid, ${standing}, ${since}::timestamptz, ${until}::timestamptz)`.execute(
    ctx.tx,
  )
  // The second member of a province helps there and represents nobody.
  if (seed < 40)
    await sql`insert into representations (id, organisation_id, province_code, kind, since)
      values (${newId()}::uuid, ${organisation_id}::uuid, ${province.code}, ${standing}, ${since}::timestamptz)`.execute(
      ctx.tx,
    )
  if (seed % 13 === 5)
    await sql`update desks set paused_until = ${new Date(ctx.now.getTime() + 9 * DAY_MS)}::timestamptz where id = ${desk_id}::uuid`.execute(
      ctx.tx,
    )
}

const OWN_UNITS = 3

/** The IT units of three regencies, each for the offices that the demo has there. */
async function addOwnUnits(ctx: Writing): Promise<void> {
  const { rows } = await sql<{ code: string; name: string; time_zone: string; offices: string[] }>`
    select r.code, r.name, r.time_zone, array_agg(o.name order by o.name, o.id) as offices
    from organisations o join regions r on r.code = o.region_code and r.level = 'regency'
    where o.kind in ('regional_office', 'village') and left(r.code, 2) in ('33', '63', '73')
    group by r.code, r.name, r.time_zone order by r.code limit ${OWN_UNITS}::int`.execute(ctx.db)
  for (const [seed, regency] of rows.entries()) {
    const { id } = await addOrganisation(ctx, {
      name: `Pemerintah ${regency.name} (contoh)`,
      kind: 'regional_office',
      region_code: regency.code,
    })
    const [person] = await findOrMakePeople(ctx, [
      { name: nameOf(seed + 90), channel: 'email', address: `diskominfo.${regency.code}@contoh.id` },
    ])
    await confirmOwnUnit(ctx, {
      organisation_id: id,
      name: `Diskominfo ${regency.name} (contoh)`.slice(0, 120),
      time_zone: regency.time_zone,
      hours: HOURS,
      // Not the first holder of what comes: in the demo that is the desk of the province.
      regions: [],
      members: [{ person_id: person!.id, role: 'coordinator' }],
      mail_local_part: null,
      offices: regency.offices,
    })
  }
}

const EVERY = 6

/** One in six still waits for an answer, one was declined (the next is asked by itself), the others were accepted. */
async function referOne(app: App, { ticket_id, agent, asked_at }: Waiting, position: number): Promise<number> {
  const is_open = position % EVERY === 0
  const at = (share: number) => (ctx: Writing) =>
    is_open ? ctx : { ...ctx, now: new Date(asked_at.getTime() + (ctx.now.getTime() - asked_at.getTime()) * share) }
  const result = await write(app, agent, (ctx) => refer(at(0.9)(ctx), { ticket_id }))
  if (result.outcome !== 'referred' || result.state !== 'offered') return 0
  const offer = await read(app, system, async (ctx) => {
    const { rows } = await sql<{ id: string; person_id: string }>`select o.id, u.person_id from offers o
      join duty_contacts u on u.desk_id = o.desk_id and u.ended_at is null
      where o.referral_id = ${result.referral_id}::uuid and o.state = 'open' order by u.position limit 1`.execute(
      ctx.db,
    )
    return rows[0]
  })
  if (!offer || is_open) return 1
  const answer = { offer_id: offer.id, via: 'email' as const, by: offer.person_id }
  await write(app, system, async (ctx) =>
    position % EVERY === 1
      ? declineOffer(at(0.93)(ctx), { ...answer, reason_code: 'capacity' })
      : acceptOffer(at(0.93)(ctx), answer),
  )
  return 1
}
