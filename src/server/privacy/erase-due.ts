import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { read, system } from '../platform/context.ts'
import { codeOf } from '../platform/database.ts'
import { Refusal } from '../platform/refusal.ts'
import { isBeingSent } from '../channels/index.ts'
import { erasePerson, erasePutOff, type Erased } from './erase-person.ts'
import { putOffNowDue } from './put-off.ts'

const A_ROUND_MAX = 20
/** Their last mail is waited for, but not for ever: a host that is away must not keep somebody's data here. */
const ANSWER_HOURS_MAX = 24

/**
 * Forgets those about whom it was decided and whose last mail has left (or could not for a day). A legal hold that was placed meanwhile
 * stops it. Whose erasure was put off in what people under a hold wrote is forgotten there, too, once those holds have ended. Answers who was forgotten now; whoever calls forgets them in the folders above.
 */
export async function eraseDue(app: App): Promise<Erased[]> {
  const due = await read(app, system, async (ctx) => {
    const { rows } = await sql<{
      person_id: string
    }>`select e.person_id from erasures e left join outbox o on o.id = e.answer_id
      where e.erased_at is null and not exists (select from legal_holds h where h.person_id = e.person_id and h.lifted_at is null)
        and (o.id is null or o.state not in ('waiting', 'sending')
          or e.decided_at < ${ctx.now}::timestamptz - make_interval(hours => ${ANSWER_HOURS_MAX}::int))
      order by e.decided_at, e.person_id limit ${A_ROUND_MAX}::int`.execute(ctx.db)
    const busy = await Promise.all(rows.map((row) => isBeingSent(ctx, row)))
    return rows.filter((_, index) => !busy[index])
  })
  const erased: Erased[] = []
  for (const { person_id } of due) {
    const one = await erasePerson(app, person_id).catch((thrown: unknown) => {
      // An account was opened again meanwhile: the others must not wait for that.
      if (!(thrown instanceof Refusal)) throw thrown
      app.log.warn({ person_id, key: thrown.key, code: codeOf(thrown) }, 'somebody could not be forgotten')
      return null
    })
    if (one) erased.push(one)
  }
  for (const person_id of await putOffNowDue(app)) {
    const one = await erasePutOff(app, person_id)
    if (one) erased.push(one)
  }
  return erased
}
