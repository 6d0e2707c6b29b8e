import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { refer, type Referred } from './refer.ts'
import { replay } from './replay.ts'
import { aProvider, aRequest } from './testing.ts'

const database = useDatabase()

test(
  'years later the same question gives the same answer, whatever became of the candidates; a changed record shows what differs',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aRequest(setting)
    const one = await aProvider(setting)
    await aProvider(setting, { kind: 'partner' })
    const { referral_id } = (await refer(await as(agent), { ticket_id: ticket.id })) as Extract<
      Referred,
      { outcome: 'referred' }
    >
    const ctx = await as(system)
    await sql`update affiliations set ended_at = now() where desk_id = ${one.desk.id}::uuid`.execute(ctx.tx)
    expect(await replay(ctx, { referral_id })).toMatchObject([
      { number: 1, policy: '1', chosen_then: one.desk.id, same: true, differs: [] },
    ])
    await sql`set local role pandu_owner`.execute(ctx.tx)
    await sql`update referral_decisions set candidates = jsonb_set(candidates, '{0,accepting}', 'false') where referral_id = ${referral_id}::uuid`.execute(
      ctx.tx,
    )
    const [changed] = await replay(await as(system), { referral_id })
    expect(changed).toMatchObject({ same: false })
    expect(changed!.differs.length).toBeGreaterThan(0)
    await expect(replay(await as(system), { referral_id: ticket.id })).rejects.toMatchObject({ kind: 'not_found' })
  }),
)
