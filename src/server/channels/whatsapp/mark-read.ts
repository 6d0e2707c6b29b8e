import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import type { FactJob } from '../../platform/relay.ts'
import { callApi, NoAnswer } from './call-api.ts'
import { whatsappSettings } from './settings.ts'

/** Meta keeps no more of it. */
const DAYS_MAX = 30
const TEXTS_MAX = 100
/** What was told once is not told again while this process lives; telling it twice would harm nobody. */
const REMEMBERED_MAX = 10_000

const told = new WeakMap<App['settings'], Set<string>>()

/**
 * Whoever wrote by WhatsApp sees that somebody at the desk opened their ticket: the newest message of each is marked as read, and with it those
 * before. A courtesy: where WhatsApp does not answer, the next look tells it.
 */
export async function markRead(app: App, jobs: readonly FactJob[]): Promise<void> {
  const settings = whatsappSettings(app.settings)
  if (!settings) return
  const ticket_ids = [...new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))]
  const { rows } = await sql<{
    message_id: string
  }>`select distinct on (ticket_id, envelope_from) message_id from intake_items
    where ticket_id = any (${ticket_ids}::uuid[]) and channel = 'whatsapp' and outcome in ('ticket', 'message') and message_id is not null
      and id >= uuid_floor(now() - make_interval(days => ${DAYS_MAX}::int))
    order by ticket_id, envelope_from, id desc limit ${TEXTS_MAX}`.execute(app.worker)
  const known = told.get(app.settings) ?? new Set<string>()
  told.set(app.settings, known)
  for (const { message_id } of rows.filter((row) => !known.has(row.message_id))) {
    const body = JSON.stringify({ messaging_product: 'whatsapp', status: 'read', message_id })
    const answer = await callApi(settings, `/${settings.number_id}/messages`, { body, type: 'application/json' }).catch(
      (error: unknown) => {
        if (error instanceof NoAnswer) return null
        throw error
      },
    )
    if (answer === null) return
    known.add(message_id)
    if (known.size > REMEMBERED_MAX) known.delete(known.values().next().value!)
  }
}
