import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aStaff } from '../desks/testing.ts'
import { aDesk } from '../desks/testing.ts'
import { newId } from '../platform/ids.ts'
import { reply } from './reply.ts'
import { aTicket } from './testing.ts'
import { waysToAnswer } from './ways-to-answer.ts'

const database = useDatabase({ PANDU_SMS_GATEWAY: 'smpp://u:p@smsc.contoh.test#cost=210' })

const NUMBER = '+6281234567890'

/** As if the requester had come by a text. */
async function byText(ctx: Writing, ticket_id: string, channel: 'sms' | 'whatsapp'): Promise<void> {
  const id = newId()
  await sql`with point as (
      insert into contact_points (id, person_id, channel, address, normalised)
      select ${id}::uuid, person_id, 'phone', ${NUMBER}, ${NUMBER} from participants where ticket_id = ${ticket_id}::uuid and part = 'requester'
      returning id)
    update participants set channel = ${channel}, contact_point_id = (select id from point)
    where ticket_id = ${ticket_id}::uuid and part = 'requester'`.execute(ctx.tx)
}

test(
  'whoever came by SMS is answered by SMS: its parts and price are told, and what is too long is refused before it is sent',
  database.story(async ({ as }) => {
    const scene = await as(system)
    const desk = await aDesk(scene)
    const ticket = await aTicket(scene, { desk })
    await byText(scene, ticket.id, 'sms')
    const ctx = await as(await aStaff(scene, { desk }))
    const [way] = await waysToAnswer(ctx, ticket)
    expect(way).toMatchObject({
      part: 'requester',
      channel: 'sms',
      address: NUMBER,
      may: { may: true, parts_max: 4, cost: 210, files: false },
      below: expect.stringContaining(`#${ticket.number}`),
    })
    await expect(reply(ctx, { ticket_id: ticket.id, text: 'Coba nyalakan lagi. '.repeat(40) })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'text', key: 'fault.sms_too_long' }],
    })
    expect(await reply(ctx, { ticket_id: ticket.id, text: 'Coba nyalakan lagi.' })).toMatchObject({
      texts: 1,
      mails: 0,
    })
  }),
)

test(
  'whoever wrote by WhatsApp an hour ago may be written to for a day; who wrote STOP is not',
  database.story(async ({ as }) => {
    const scene = await as(system)
    const desk = await aDesk(scene)
    const ticket = await aTicket(scene, { desk })
    await byText(scene, ticket.id, 'whatsapp')
    await sql`insert into conversations (channel, address, last_in_at) values ('whatsapp', ${NUMBER}, now() - interval '1 hour')`.execute(
      scene.tx,
    )
    const staff = await aStaff(scene, { desk })
    const open = await waysToAnswer(await as(staff), ticket)
    expect(open).toMatchObject([{ channel: 'whatsapp', may: { may: true, needs_template: false, kept: true } }])
    const system_again = await as(system)
    await sql`update conversations set stopped_at = now()`.execute(system_again.tx)
    expect(await waysToAnswer(await as(staff), ticket)).toMatchObject([{ may: { may: false, why: 'stopped' } }])
  }),
)
