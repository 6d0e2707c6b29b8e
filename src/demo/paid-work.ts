/** One request of the demo is about paid work: what is needed is written down, and everybody who does such work nearby was asked. */
import { sql } from 'kysely'
import type { App } from '../server/platform/app.ts'
import { read, system, write } from '../server/platform/context.ts'
import { Refusal } from '../server/platform/refusal.ts'
import { askProviders, openNeed } from '../server/referrals/index.ts'
import { triage } from '../server/tickets/index.ts'
import type { Waiting } from './network.ts'

const DAY_MS = 86_400_000

/** The first of these requests for which somebody does paid work. Answers whether there was one. */
export async function fillPaidWork(app: App, requests: readonly Waiting[]): Promise<boolean> {
  for (const request of requests) if (await ask(app, request)) return true
  return false
}

async function ask(app: App, { ticket_id, agent }: Waiting): Promise<boolean> {
  try {
    await write(app, agent, async (ctx) => {
      await triage(ctx, { ticket_id, kind: 'paid' })
      await openNeed(ctx, {
        ticket_id,
        scope:
          'Pindahkan lima belas komputer kantor ke Linux, pasang LibreOffice dan pencetak, lalu latih petugas satu hari (contoh).',
        work_place: 'Kantor pemohon (contoh)',
        wanted_by: new Date(ctx.now.getTime() + 60 * DAY_MS).toISOString().slice(0, 10),
        wait_days: 14,
      })
    })
  } catch (thrown) {
    // Nobody there does paid work of that kind: the next request.
    if (thrown instanceof Refusal) return false
    throw thrown
  }
  const requester = await read(app, system, async (ctx) => {
    const { rows } = await sql<{
      id: string
    }>`select requester_id as id from tickets where id = ${ticket_id}::uuid`.execute(ctx.db)
    return rows[0]!.id
  })
  await write(app, { kind: 'requester', person_id: requester, ticket_id }, (ctx) =>
    askProviders(ctx, { ticket_id, answer_ids: null }),
  )
  return true
}
