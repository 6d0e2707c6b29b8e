import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { dropBlobs, removeBlobs } from '../platform/drop-blobs.ts'
import { forget } from '../platform/forget.ts'
import { forgetDetails } from '../platform/forget-details.ts'
import { record } from '../platform/journal.ts'
import { FORGOTTEN } from '../platform/redact.ts'
import { forgetPersonInChannels, removeKeptMails } from '../channels/index.ts'
import { forgetPersonAtDesks } from '../desks/index.ts'
import { forgetPersonInMembership } from '../membership/index.ts'
import { forgetPerson, mustBeForgettable, tracePerson, type PersonTraces } from '../people/index.ts'
import { forgetPersonInReferrals } from '../referrals/index.ts'
import { forgetPersonInTickets, indexThese } from '../tickets/index.ts'
import { blotOutside } from './blot-outside.ts'
import { namedWithoutKey } from './named-without-key.ts'
import { putOffForHolds, unsealPutOff } from './put-off.ts'
import { keysOf, listErasures, type ListedErasure } from './erasure-list.ts'

export interface Erased {
  person_id: string
  ticket_ids: string[]
}

/** Longer than a page may take: somebody may have thousands of mails in the ledger. */
const ERASE_SECONDS_MAX = 600

/**
 * Forgets one person everywhere, in one transaction, and then the files: rows by `forget…` of every folder that holds any, blobs that
 * nothing names any more, mails kept in the data folder. The journal keeps the fact `person.erased` with the id, which is a pseudonym by
 * then. Before anything is committed the person stands in `erasures.log`, so that a database of before forgets them again.
 * Whether it should be is decided before (decide-erasure.ts, erase-due.ts). Null for somebody who was erased already. Refuses conflict
 * `account.open` and `privacy.held`, but not after a restore.
 * @param listed given when it is done again after a restore: the line that asks for it
 */
export async function erasePerson(app: App, person_id: string, listed?: ListedErasure): Promise<Erased | null> {
  const done = await write(app, system, async (ctx) => {
    // Done again after a restore, the last administrator goes too: the start prints the link that makes the first one.
    await sql`select set_config('statement_timeout', ${`${ERASE_SECONDS_MAX}s`}, true), set_config('pandu.forgets_again', ${listed ? 'on' : ''}, true),
      pg_advisory_xact_lock(hashtext('erase ' || ${person_id}))`.execute(ctx.tx)
    const traces = await tracePerson(ctx, person_id)
    if (traces.erased_at) return null
    // Before the list: whoever stands there is forgotten at the next start, whatever becomes of this transaction. Done again after a restore,
    // nothing of before keeps them here: a hold that was lifted since, an account that was closed since.
    if (!listed) await mustBeForgettable(ctx, traces)
    const keys = listed?.keys ?? keysOf(ctx.app, traces)
    await listErasures(ctx.app.settings.PANDU_DATA, [{ at: listed?.at ?? ctx.now.toISOString(), person_id, keys }])
    return forgetEverywhere(ctx, traces, keys, listed !== undefined)
  })
  return done && afterwards(app, person_id, done)
}

/** Once more where it was put off for somebody under a legal hold, when that has ended: the same, by what was sealed. */
export async function erasePutOff(app: App, person_id: string): Promise<Erased | null> {
  const done = await write(app, system, async (ctx) => {
    await sql`select set_config('statement_timeout', ${`${ERASE_SECONDS_MAX}s`}, true),
      pg_advisory_xact_lock(hashtext('erase ' || ${person_id}))`.execute(ctx.tx)
    const traces = await unsealPutOff(ctx, person_id)
    if (traces) return forgetEverywhere(ctx, traces, keysOf(ctx.app, traces), true)
    // Sealed by a secret that is gone: nobody can look for them any more.
    ctx.app.log.error({ person_id }, 'what was put off for a legal hold cannot be forgotten: the secret has changed')
    await sql`update erasures set put_off = null, put_off_for = '{}' where person_id = ${person_id}::uuid`.execute(
      ctx.tx,
    )
    return null
  })
  return done && afterwards(app, person_id, done)
}

async function afterwards(
  app: App,
  person_id: string,
  done: Awaited<ReturnType<typeof forgetEverywhere>>,
): Promise<Erased> {
  // After the commit, because they cannot be rolled back; what a crash leaves here the next start or the sweep of blobs takes.
  await removeKeptMails(app, done.kept_mails)
  await removeBlobs(app, done.blobs)
  forget(app)
  return { person_id, ticket_ids: done.ticket_ids }
}

async function forgetEverywhere(ctx: Writing, traces: PersonTraces, keys: readonly string[], again: boolean) {
  const { person_id, ids, naming } = traces
  const tickets = await forgetPersonInTickets(ctx, traces)
  await forgetPersonInReferrals(ctx, traces, tickets.own_ids)
  const channels = await forgetPersonInChannels(ctx, traces, tickets)
  const details = await forgetDetails(ctx, { person_ids: ids, ticket_ids: tickets.own_ids, naming })
  await forgetRequests(ctx, traces)
  const applications = await forgetPersonInMembership(ctx, traces)
  await forgetPersonAtDesks(ctx, traces)
  await forgetPerson(ctx, traces)
  await indexThese(ctx, [...tickets.ids.filter((id) => !tickets.private_ids.includes(id)), ...tickets.elsewhere_ids])
  const candidates = [...tickets.sha256s, ...channels.sha256s, ...applications.sha256s]
  const blobs = await dropBlobs(ctx, candidates, await namedWithoutKey(ctx, candidates))
  const sums = {
    tickets: tickets.ids.length,
    messages: tickets.message_ids.length,
    items: channels.items,
    mails: channels.mails,
    blobs: blobs.length,
    details,
  }
  await sql`insert into erasures (person_id, reason, decided_at, erased_at, keys, sums)
    values (${person_id}::uuid, ${FORGOTTEN}, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz, ${[...keys]}::text[], ${JSON.stringify(sums)}::jsonb)
    on conflict (person_id) do update set erased_at = coalesce(erasures.erased_at, excluded.erased_at), keys = excluded.keys, sums = excluded.sums, reason = excluded.reason`.execute(
    ctx.tx,
  )
  const put_off = await putOffForHolds(ctx, traces, tickets.ids)
  await record(ctx, 'person.erased', { about: { person_id, again, put_off, ...sums } })
  return { kept_mails: channels.kept_mails, blobs, ticket_ids: tickets.ids }
}

/**
 * What they asked, and where it was answered: that they asked, and when, stays. And their addresses and numbers in the words of incidents, of
 * what others asked, and of decisions about others.
 */
async function forgetRequests(ctx: Writing, { person_id, addressed }: PersonTraces): Promise<void> {
  await blotOutside(ctx, addressed)
  await sql`update data_requests set address = null, words = '', reason = case when reason is not null then ${FORGOTTEN} end
    where person_id = ${person_id}::uuid`.execute(ctx.tx)
  await sql`delete from data_links l using contact_points c
    where c.person_id = ${person_id}::uuid and c.channel = l.channel and c.normalised = l.address`.execute(ctx.tx)
}
