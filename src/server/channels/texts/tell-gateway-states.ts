import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import type { Reading } from '../../platform/context.ts'
import { codeOf } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { GatewayKind, TextChannel } from './adapter.ts'
import type { OpenGateway } from './gateways.ts'

const TELL_MS = 5_000
/** A process that was silent so long has ended. */
const SILENT_SECONDS = 30
const ERROR_LENGTH_MAX = 300

/** Writes down how this process finds its gateways, so that pages and the command line of others can show it. */
export function startTellingStates(app: App, open: readonly OpenGateway[]): { stop(): Promise<void> } {
  const process_id = newId()
  let telling: Promise<void> | null = null
  const tell = () => {
    if (!app.available()) return
    telling ??= tellStates(app, process_id, open)
      .catch((error: unknown) =>
        app.log.warn({ code: codeOf(error) }, 'the states of the gateways could not be written'),
      )
      .finally(() => (telling = null))
  }
  tell()
  const timer = setInterval(tell, TELL_MS)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await telling
      await sql`delete from gateway_states where process_id = ${process_id}::uuid`
        .execute(app.worker)
        // The database may have gone first; a silent process counts as ended anyway.
        .catch(() => undefined)
    },
  }
}

async function tellStates(app: App, process_id: string, open: readonly OpenGateway[]): Promise<void> {
  // Of a line that another process holds, that one tells.
  const here = open.filter(({ gateway }) => gateway.state().elsewhere !== true)
  const rows = here.map(({ gateway }) => {
    const { connected, since, last_error } = gateway.state()
    const { name, kind, channel } = gateway
    return { name, kind, channel, connected, since, last_error: last_error?.slice(0, ERROR_LENGTH_MAX) ?? null }
  })
  await sql`with ended as (
      delete from gateway_states where process_id <> ${process_id}::uuid and seen_at < now() - make_interval(secs => ${SILENT_SECONDS}::int))
    insert into gateway_states (process_id, name, kind, channel, connected, since, last_error, seen_at)
    select ${process_id}::uuid, name, kind, channel, connected, since, last_error, now() from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as g (name text, kind text, channel text, connected boolean, since timestamptz, last_error text)
    on conflict (process_id, name) do update set connected = excluded.connected, since = excluded.since, last_error = excluded.last_error,
      seen_at = excluded.seen_at`.execute(app.worker)
}

/** The channels for which other processes have lines and this one has none: what is due there is theirs to judge. */
export const channelsElsewhere = (own: readonly TextChannel[]) =>
  sql`select s.channel from gateway_states s
    where s.seen_at > now() - make_interval(secs => ${SILENT_SECONDS}::int) and s.channel <> all (${[...own]}::text[])`

export interface SeenGateway {
  name: string
  kind: GatewayKind
  channel: string
  connected: boolean | null
  since: Date | null
  last_error: string | null
}

/** How the gateways are found now, the worst answer first where several processes have one; empty while no process sends. */
export async function seeGateways(ctx: Reading): Promise<SeenGateway[]> {
  const { rows } =
    await sql<SeenGateway>`select distinct on (name) name, kind, channel, connected, since, last_error from gateway_states
    where seen_at > ${ctx.now}::timestamptz - make_interval(secs => ${SILENT_SECONDS}::int)
    order by name, connected nulls last, seen_at desc, process_id limit 100`.execute(ctx.db)
  return rows
}
