/** kill -9 at each step of a referral: what was not committed never was, what was committed goes on by itself, and somebody has the request. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, inject, test } from 'vitest'
import { system, write, type Actor, type Writing } from '../platform/context.ts'
import { bareEnvironment } from '../platform/testing-environment.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { acceptOffer } from './accept-offer.ts'
import { declineOffer } from './decline-offer.ts'
import { refer } from './refer.ts'
import { aProvider, aRequest, drainJobs, holderOf, liveOffer, type TestProvider } from './testing.ts'

const database = useDatabase()
const app = () => database.app()
const as = <T>(actor: Actor, work: (ctx: Writing) => Promise<T>) => write(app(), actor, work)
let providers: TestProvider[]
beforeAll(async () => {
  await prepare(app())
  const many = { capacity_per_week: 1000 }
  providers = await as(system, async (ctx) => [await aProvider(ctx, many), await aProvider(ctx, many)])
})

/** Resolves when the process has died in its step. */
async function dies(
  fault: string,
  actor: Actor,
  step: { step: string; ticket_id: string; offer_id: string },
): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./kill-child.ts', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...bareEnvironment(),
      PANDU_DATA: app().settings.PANDU_DATA,
      PANDU_LOG: 'silent',
      PANDU_FAULT: fault,
      TEST_DATABASE: JSON.stringify({
        socket: inject('postgres_socket'),
        port: inject('postgres_port'),
        database: app().worker_pool.options.database,
        step: JSON.stringify(step),
        actor: JSON.stringify(actor),
      }),
    },
  })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
}

type Kill = [step: string, fault: 'worker.before_work' | 'worker.after_work', state: string, afterwards: string]

// The referral as the killed one left it, and after what follows from the facts has run.
test.each<Kill>([
  ['refer', 'worker.before_work', 'none', 'none'],
  ['refer', 'worker.after_work', 'offered', 'offered'],
  ['accept', 'worker.before_work', 'offered', 'offered'],
  ['accept', 'worker.after_work', 'accepted', 'accepted'],
  ['decline', 'worker.before_work', 'offered', 'offered'],
  ['decline', 'worker.after_work', 'offered', 'offered'],
  ['next', 'worker.before_work', 'offered', 'offered'],
  ['expire', 'worker.before_work', 'offered', 'offered'],
  ['return', 'worker.before_work', 'accepted', 'accepted'],
  ['return', 'worker.after_work', 'offered', 'offered'],
  ['withdraw', 'worker.before_work', 'accepted', 'accepted'],
])('%s, killed at %s', async (step, fault, state, afterwards) => {
  const { ticket, agent } = await as(system, (ctx) => aRequest(ctx))
  const ticket_id = ticket.id
  if (step !== 'refer') await as(agent, (ctx) => refer(ctx, { ticket_id }))
  const offer = await as(system, (ctx) => liveOffer(ctx, ticket_id))
  const asked = providers.find(({ desk }) => desk.id === offer?.desk_id)?.staff
  if (step === 'return' || step === 'withdraw')
    await as(asked!, (ctx) => acceptOffer(ctx, { offer_id: offer!.id, via: 'web' }))
  if (step === 'next')
    await as(asked!, (ctx) => declineOffer(ctx, { offer_id: offer!.id, via: 'web', reason_code: 'capacity' }))
  const by: Actor = ['expire', 'next'].includes(step) ? system : ['refer', 'withdraw'].includes(step) ? agent : asked!
  await dies(fault, by, { step, ticket_id, offer_id: offer?.id ?? ticket_id })

  const check = async (expected: string) => {
    const [now, live] = [
      await as(system, (ctx) => holderOf(ctx, ticket_id)),
      await as(system, (ctx) => liveOffer(ctx, ticket_id)),
    ]
    expect(now.referral ?? 'none').toBe(expected)
    expect(now.desk_id).toBe(live?.state === 'accepted' ? live.desk_id : ticket.desk.id)
    expect(now.grants).toBe(live?.state === 'accepted' ? 1 : 0)
    return live
  }
  await check(state)
  await drainJobs(app())
  const live = await check(afterwards)
  // Nobody is forgotten: where it is referred, somebody is asked or has it.
  expect(live !== undefined).toBe(afterwards !== 'none')
  if (step === 'decline' && fault === 'worker.after_work') expect(live!.desk_id).not.toBe(offer!.desk_id)
})
