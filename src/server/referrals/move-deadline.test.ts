import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { acceptOffer } from './accept-offer.ts'
import { moveDeadline } from './move-deadline.ts'
import { refer } from './refer.ts'
import { aProvider, aRequest, liveOffer } from './testing.ts'

const database = useDatabase()

test(
  'whoever works the ticket gives an open offer more or less time; its reminder moves with it; nobody else does, nor after the answer',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const asked = await aProvider(setting)
    const stranger = (await aRequest(setting)).agent
    const now = new Date('2026-03-02T03:00:00Z')
    await refer(await as(agent, now), { ticket_id: ticket.id })
    const offer = async () => {
      const { rows } = await sql<{ id: string; due_at: Date; remind_at: Date }>`select id, due_at, remind_at from offers
        where ticket_id = ${ticket.id}::uuid`.execute((await as(system)).db)
      return rows[0]!
    }
    const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
    // Monday, 10.00 in Jakarta.
    const first = await offer()
    await moveDeadline(await as(agent, now), { ticket_id: ticket.id, minutes: 30 })
    expect(await offer()).toMatchObject({ due_at: at(30), remind_at: at(15) })
    await moveDeadline(await as(agent, now), { ticket_id: ticket.id, minutes: 1_000 })
    const later = await offer()
    expect(later.due_at > first.due_at && later.remind_at > first.remind_at).toBe(true)
    for (const [actor, kind] of [
      [stranger, 'not_found'],
      [asked.staff, 'not_found'],
    ] as const)
      await expect(moveDeadline(await as(actor, now), { ticket_id: ticket.id, minutes: 60 })).rejects.toMatchObject({
        kind,
      })
    // By itself the database says the same.
    const { rows } = await sql<{
      state: string | null
    }>`select move_deadline_as_actor(${later.id}::uuid, now(), now()) as state`.execute((await as(asked.staff)).tx)
    expect(rows).toEqual([{ state: null }])
    expect((await facts(ticket.id)).filter((kind) => kind === 'offer.deadline_moved')).toHaveLength(2)
    const { id } = (await liveOffer(await as(system), ticket.id))!
    await acceptOffer(await as(asked.staff, now), { offer_id: id, via: 'web' })
    const late = moveDeadline(await as(agent, now), { ticket_id: ticket.id, minutes: 60 })
    await expect(late).rejects.toMatchObject({ kind: 'conflict', key: 'referral.none' })
  }),
)
