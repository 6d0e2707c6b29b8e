import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { aStaff } from '../../desks/testing.ts'
import { seeOutboxRow } from '../list-outbox.ts'
import { segment } from '../sms/segments.ts'
import { seeSmsGateways, tryTexting } from './try-texting.ts'

const database = useDatabase({
  PANDU_SMS_GATEWAY: 'smpp://u:rahasia@smsc.contoh.test#name=satu&cost=210 gammu:files:/var/spool/gammu#name=dua',
})

test(
  'an administrator sees how each gateway is found now, without its password, and sends a text of one part to a number',
  database.story(async ({ as }) => {
    const scene = await as(system)
    const administrator = await aStaff(scene, { role: 'administrator' })
    const agent = await aStaff(scene)
    await sql`insert into gateway_states (process_id, name, kind, channel, connected, last_error, seen_at)
      values (${newId()}::uuid, 'satu', 'smpp', 'sms', true, null, now()), (${newId()}::uuid, 'satu', 'smpp', 'sms', false, 'ESME_RBINDFAIL', now()),
        (${newId()}::uuid, 'dua', 'gammu', 'sms', true, null, now() - interval '1 hour')`.execute(scene.tx)
    const ctx = await as(administrator)
    const seen = await seeSmsGateways(ctx)
    expect(seen).toMatchObject([
      { name: 'satu', cost: 210, state: { connected: false, last_error: 'ESME_RBINDFAIL' } },
      { name: 'dua', state: null },
    ])
    expect(JSON.stringify(seen)).not.toContain('rahasia')
    const id = await tryTexting(ctx, { number: '0812 3456 7890' })
    const row = await seeOutboxRow(ctx, id)
    expect(row).toMatchObject({ channel: 'sms', recipient: '+6281234567890', state: 'waiting', ticket: null })
    expect(segment(row.text).parts).toHaveLength(1)
    await expect(tryTexting(ctx, { number: 'bukan' })).rejects.toMatchObject({ faults: [{ path: 'number' }] })
    await expect(tryTexting(await as(agent), { number: '0812 3456 7890' })).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)
