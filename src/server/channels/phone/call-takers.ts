import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../../platform/context.ts'
import { mustAsPerson } from '../../platform/may.ts'

/** An open page of the desk says every 45 seconds that somebody is there; browsers slow hidden ones down to once a minute. */
const HERE_SECONDS = 150

export const TakeCalls = z.strictObject({
  on: z.boolean(),
  /** Of their own telephone, as the exchange names it; '' where it does not matter. */
  extension: z.string().trim().max(40).default(''),
})
export type TakeCalls = z.input<typeof TakeCalls>

export interface CallTaker {
  person: { id: string; name: string }
  extension: string
  since: Date
  /** Who of one of their desks said later that they sit at the same telephone: what is answered there is that one's. */
  taken_by: { id: string; name: string } | null
}

/**
 * Says that the actor takes calls from now on, with this extension, or no longer. A telephone that a colleague has is theirs from now on: nobody has to wait
 * until somebody who went home says so. Refuses
 * forbidden for whoever works at no desk.
 */
export async function takeCalls(ctx: Writing, input: TakeCalls): Promise<void> {
  const { on, extension } = TakeCalls.parse(input)
  mustAsPerson(ctx.actor, 'call.list')
  const me = ctx.actor.person_id
  if (!on) {
    await sql`delete from call_takers where person_id = ${me}::uuid`.execute(ctx.tx)
    return
  }
  await sql`insert into call_takers as t (person_id, extension, since, until)
    values (${me}::uuid, ${extension}, ${ctx.now}::timestamptz, ${until(ctx)}::timestamptz)
    on conflict (person_id) do update set extension = excluded.extension, until = excluded.until,
      since = case when t.until > ${ctx.now}::timestamptz and t.extension = excluded.extension then t.since else excluded.since end`.execute(
    ctx.tx,
  )
}

/** Whoever takes calls is still there; changes nothing for others. Answers whether they take calls. */
export async function stayForCalls(ctx: Writing): Promise<boolean> {
  mustAsPerson(ctx.actor, 'call.list')
  const { rows } = await sql`update call_takers set until = ${until(ctx)}::timestamptz
    where person_id = ${ctx.actor.person_id}::uuid and until > ${ctx.now}::timestamptz returning person_id`.execute(
    ctx.tx,
  )
  return rows.length > 0
}

const until = (ctx: Writing) => new Date(ctx.now.getTime() + HERE_SECONDS * 1000)

const TAKERS_MAX = 100

/** Who takes calls now, of whom the actor sees; longest first. */
export async function listCallTakers(ctx: Reading): Promise<CallTaker[]> {
  const { rows } =
    await sql<CallTaker>`select json_build_object('id', t.person_id, 'name', coalesce(p.name, '')) as person, t.extension, t.since,
      (select json_build_object('id', o.person_id, 'name', coalesce(w.name, '')) from call_takers o left join people w on w.id = o.person_id
        where t.extension <> '' and o.extension = t.extension and o.person_id <> t.person_id and o.until > ${ctx.now}::timestamptz
          and (o.since, t.person_id) > (t.since, o.person_id)
          and exists (select from desk_members a join desk_members b using (desk_id) where a.person_id = t.person_id and b.person_id = o.person_id)
        order by o.since desc, o.person_id limit 1) as taken_by
    from call_takers t left join people p on p.id = t.person_id where t.until > ${ctx.now}::timestamptz
    order by t.since, t.person_id limit ${TAKERS_MAX}`.execute(ctx.db)
  return rows
}
