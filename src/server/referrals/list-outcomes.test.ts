import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { aTicket } from '../tickets/testing.ts'
import { listOutcomes, providerOutcomes } from './list-outcomes.ts'
import { aProvider } from './testing.ts'

const database = useDatabase()

test(
  'behind each figure stand its referrals, a page at a time, for the secretariat alone',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const head = await aStaff(ctx, { desk: await aDesk(ctx, { kind: 'secretariat' }) })
    const helper = await aProvider(ctx, { name: 'Yayasan Contoh Angka' })
    const other = await aProvider(ctx)
    await sql`insert into referral_policies (version, policy) values ('angka', '{}') on conflict do nothing`.execute(
      ctx.tx,
    )
    const ticket = await aTicket(ctx)
    const offer = async (state: string, desk: typeof helper, month: string, province: string) => {
      const id = newId()
      const at = new Date(`2027-${month}-10T03:00:00Z`)
      await sql`insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, topic_code, urgency, summary, opened_at, ended_at)
        values (${id}::uuid, ${ticket.id}::uuid, 'free', 'withdrawn', ${ticket.desk.id}::uuid, ${province}, ${province}, 'perkantoran', 'normal', 'contoh', ${at}, ${at})`.execute(
        ctx.tx,
      )
      await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, topic_code, state, summary, offered_at, due_at, answered_at, ended_at)
        values (${id}::uuid, ${id}::uuid, ${ticket.id}::uuid, 1, 'K7Q', ${desk.desk.id}::uuid, ${desk.organisation_id}::uuid, 'free', ${province}, 'perkantoran', ${state}, 'contoh', ${at},
          ${at}::timestamptz + interval '2 hours', ${at}, ${at})`.execute(ctx.tx)
      return id
    }
    const ids = []
    for (let count = 0; count < 52; count++) ids.push(await offer('declined', helper, '07', '33'))
    const expired = await offer('expired', helper, '08', '33')
    const finished = await offer('completed', other, '08', '31')
    await offer('declined', helper, '10', '33')

    const quarter = '2027-Q3'
    const seen = await as(head)
    expect(await providerOutcomes(seen, { quarter })).toEqual(
      expect.arrayContaining([
        {
          desk: { id: helper.desk.id, name: helper.desk.name },
          offers: 53,
          accepted: 0,
          completed: 0,
          declined: 52,
          expired: 1,
          returned: 0,
        },
        {
          desk: { id: other.desk.id, name: other.desk.name },
          offers: 1,
          accepted: 1,
          completed: 1,
          declined: 0,
          expired: 0,
          returned: 0,
        },
      ]),
    )
    const first = await listOutcomes(seen, { quarter, outcome: 'declined', desk: helper.desk.id })
    expect(first.items.length).toBe(50)
    const second = await listOutcomes(seen, { quarter, outcome: 'declined', desk: helper.desk.id, cursor: first.next! })
    expect(second.next).toBeNull()
    expect([...first.items, ...second.items].map(({ id }) => id).sort()).toEqual(ids.sort())
    const found = async (question: object) =>
      (await listOutcomes(seen, { quarter, ...question })).items.map(({ id }) => id)
    expect(await found({ outcome: 'expired' })).toEqual([expired])
    expect(await found({ outcome: 'accepted', province: '31' })).toEqual([finished])
    expect(await found({ outcome: 'offers', province: '31', topic: 'none' })).toEqual([])
    expect((await found({ desk: other.desk.id, topic: 'perkantoran' })).length).toBe(1)
    await expect(listOutcomes(seen, { quarter, cursor: 'x' })).rejects.toMatchObject({ key: 'cursor' })

    for (const read of [listOutcomes, providerOutcomes])
      await expect(read(await as(helper.staff), { quarter })).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)
