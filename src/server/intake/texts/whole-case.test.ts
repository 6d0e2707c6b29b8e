/** One request from its first word to its rating, by SMS on both sides: nobody in it but the agent ever sees a page. */
import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { system, write, type StaffActor, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { reactions, type ReactionTask } from '../../platform/reactions.ts'
import type { FactJob } from '../../platform/relay.ts'
import { useDatabase } from '../../platform/testing.ts'
import { prepare } from '../../desks/index.ts'
import { aStaff } from '../../desks/testing.ts'
import { aPerson } from '../../people/testing.ts'
import {
  askNextCandidates,
  followTickets,
  goOnReferring,
  hearAnswers,
  refer,
  sendOffers,
  settleGrantsOf,
  tellContacts,
  tellProvider,
  tellRequesters,
} from '../../referrals/index.ts'
import { aProvider, liveOffer } from '../../referrals/testing.ts'
import { triage } from '../../tickets/index.ts'
import { segment } from '../../channels/sms/segments.ts'
import { answersTo, itemOf, takeInTexts } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
beforeAll(async () => {
  await prepare(database.app())
})

const tasks: Partial<Record<ReactionTask, (app: App, jobs: FactJob[]) => Promise<unknown>>> = {
  'referrals.hear_answer': hearAnswers,
  'referrals.go_on': goOnReferring,
  'referrals.send_offer': sendOffers,
  'referrals.tell_contacts': tellContacts,
  'referrals.tell_provider': tellProvider,
  'referrals.tell_requester': tellRequesters,
  'referrals.settle_grants': settleGrantsOf,
  'referrals.next': askNextCandidates,
  'referrals.follow': followTickets,
}
/** What the relay and the worker would do. */
async function work(): Promise<void> {
  const { rows } = await sql<FactJob>`with taken as (delete from journal_pending returning fact_id)
    select f.id as fact_id, f.kind, f.ticket_id, f.about from taken join facts f on f.id = taken.fact_id order by f.id`.execute(
    database.app().worker,
  )
  for (const job of rows)
    for (const task of reactions[job.kind] as readonly ReactionTask[]) await tasks[task]?.(database.app(), [job])
  if (rows.length > 0) await work()
}

const REQUESTER = '+6281255000111'
const CONTACT = '+6281355000222'
const lastTo = async (number: string) => (await answersTo(database.app(), number)).at(-1)!
async function texts(from: string, text: string) {
  const [id] = await takeInTexts(database.app(), { from, text })
  await work()
  return itemOf(database.app(), id!)
}

test('asked, placed, offered, accepted, answered, solved, confirmed and rated by SMS alone; every automatic text is one segment', async () => {
  const app = database.app()
  const secretary = await asSystem(async (ctx) => {
    const provider = await aProvider(ctx, { regions: ['33.74'], name: 'Komunitas Contoh' })
    const contact = await aPerson(ctx, { name: 'Petugas Contoh', email: null, phone: CONTACT })
    await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at)
      select ${newId()}::uuid, ${provider.desk.id}::uuid, person_id, id, 'sms', 1, now() from contact_points where person_id = ${contact.id}::uuid`.execute(
      ctx.tx,
    )
    const staff: StaffActor = await aStaff(ctx, { role: 'administrator' })
    return { ...staff, sees_all: true }
  })

  const { ticket_id } = await texts(REQUESTER, 'berkas lama tidak mau terbuka di komputer kantor')
  const { rows } = await sql<{
    number: string
  }>`select number::text as number from tickets where id = ${ticket_id}::uuid`.execute(app.worker)
  const { number } = rows[0]!
  expect(await lastTo(REQUESTER)).toMatch(new RegExp(`^Tiket #${number} diterima.*kabupaten/kota dan provinsi mana`))
  expect(await texts(REQUESTER, 'semarang')).toMatchObject({ outcome: 'message', ticket_id })
  expect(await lastTo(REQUESTER)).toContain('1 Kab. Semarang, 2 Kota Semarang')
  expect(await texts(REQUESTER, '2')).toMatchObject({ outcome: 'message', ticket_id })
  const told = (await answersTo(app, REQUESTER)).length

  await write(app, secretary, (ctx) => triage(ctx, { ticket_id: ticket_id!, topic_code: 'perkantoran' }))
  expect(await write(app, secretary, (ctx) => refer(ctx, { ticket_id: ticket_id! }))).toMatchObject({
    state: 'offered',
  })
  await work()
  const { code } = (await asSystem((ctx) => liveOffer(ctx, ticket_id!)))!
  expect(await lastTo(CONTACT)).toContain(`TERIMA ${code} / TOLAK ${code} alasan`)
  expect(await lastTo(CONTACT)).not.toContain(REQUESTER)

  expect(await texts(CONTACT, `Terima ${code.toLowerCase()}`)).toMatchObject({ outcome: 'command' })
  expect(await lastTo(CONTACT)).toContain(`Pemohon: ${REQUESTER}`)
  expect(await lastTo(CONTACT)).toContain('berkas lama tidak mau terbuka')
  expect(await lastTo(REQUESTER)).toContain(`#${number} kini ditangani Komunitas Contoh`)
  expect(await texts(REQUESTER, 'berkasnya dari word 2003')).toMatchObject({ outcome: 'message', ticket_id })
  expect(await lastTo(CONTACT)).toContain('pesan baru: berkasnya dari word 2003')
  // A word that is no command stays with the case.
  await texts(CONTACT, 'baik nanti sore kami lihat')
  expect(await lastTo(REQUESTER)).not.toContain('nanti sore')
  expect(await lastTo(CONTACT)).toContain(`BALAS ${code}`)
  expect(await texts(CONTACT, `BALAS ${code} Coba buka dengan LibreOffice 24, lalu simpan ulang.`)).toMatchObject({
    outcome: 'command',
  })
  expect(await lastTo(REQUESTER)).toContain(`Coba buka dengan LibreOffice 24, lalu simpan ulang.\n#${number}`)

  // A slip of the thumb: what was given back, or said to be done, is theirs again.
  await texts(CONTACT, `KEMBALIKAN ${code} sedang penuh`)
  expect(await lastTo(CONTACT)).toContain('Balas BATAL')
  await texts(CONTACT, 'batal')
  expect((await answersTo(app, CONTACT)).slice(-2).join()).toContain(`Kasus ${code} kembali Anda pegang`)
  await texts(CONTACT, `SELESAI ${code} salah kasus`)
  await texts(CONTACT, 'BATAL')
  expect(await lastTo(CONTACT)).toContain(`Penyelesaian ${code} ditarik`)

  expect(await texts(CONTACT, `SELESAI ${code} berkas disimpan ulang dalam bentuk baru`)).toMatchObject({
    outcome: 'command',
  })
  expect(await lastTo(REQUESTER)).toContain(
    `berkas disimpan ulang dalam bentuk baru\n#${number}. Sudah teratasi? Balas SUDAH atau BELUM.`,
  )
  // The five minutes in which "selesai" is taken back are over.
  await sql`update messages set leaves_at = now() - interval '1 second', at = now() - interval '6 minutes' where ticket_id = ${ticket_id}::uuid and leaves_at > now()`.execute(
    app.worker,
  )
  expect(await texts(REQUESTER, 'sudah')).toMatchObject({ outcome: 'command', ticket_id })
  expect(await lastTo(REQUESTER)).toContain('NILAI 1')
  expect(await texts(REQUESTER, 'nilai 5')).toMatchObject({ outcome: 'command', ticket_id })

  const { rows: end } = await sql<{
    state: string
    region_code: string
    score: number
    referral: string
    offer: string
  }>`
    select t.state, t.region_code, r.score, f.state as referral, o.state as offer from tickets t left join ratings r on r.ticket_id = t.id
      join referrals f on f.ticket_id = t.id join offers o on o.ticket_id = t.id where t.id = ${ticket_id}::uuid`.execute(
    app.worker,
  )
  expect(end).toEqual([{ state: 'closed', region_code: '33.74', score: 5, referral: 'completed', offer: 'completed' }])
  const { rows: sent } = await sql<{ text: string }>`select text from outbox where automatic and channel = 'sms'
    and text not like 'Kasus%' and text not like '%pesan baru:%'`.execute(app.worker)
  expect(sent.length).toBeGreaterThan(told)
  expect(sent.map(({ text }) => [text, segment(text).parts.length])).toEqual(sent.map(({ text }) => [text, 1]))
})
