import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Language, type Reading, type Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { giveCode } from './prove-by-text.ts'
import { endLinks, makeLink, openLink, proveAddress, useLink } from '../people/index.ts'

/** Somebody who is asked whether they read an address: `link` opens once, for seven days; to a telephone goes a code that they send back. */
export type AskedContact = {
  person_id: string
  name: string
  address: string
  language: Language
  organisation: string
} & ({ channel: 'email'; link: string } | { channel: 'sms' | 'whatsapp'; code: string })

const CONTACTS_MAX = 200

/**
 * Who of these desks was not asked yet whether they read their address, and those who shall be asked again: with a new link each, which ends the
 * one before. For the worker; marks them as asked, so that a second run asks nobody twice.
 */
export async function askContacts(
  ctx: Writing,
  { desk_ids, again_ids }: { desk_ids: readonly string[]; again_ids: readonly string[] },
): Promise<AskedContact[]> {
  const { rows } = await sql<
    Omit<AskedContact, 'link' | 'code' | 'channel'> & {
      channel: 'email' | 'sms' | 'whatsapp'
      normalised: string
      ids: string[]
    }
  >`with asked as (
      update duty_contacts set asked_at = ${ctx.now}::timestamptz where id in (
        select id from duty_contacts where desk_id = any (${[...desk_ids]}::uuid[]) and channel in ('email', 'sms', 'whatsapp')
          and ended_at is null and proven_at is null
          and (asked_at is null or (id = any (${[...again_ids]}::uuid[]) and asked_at < ${ctx.now}::timestamptz - interval '1 hour'))
        order by id limit ${CONTACTS_MAX}::int)
      returning id, person_id, contact_point_id, desk_id, channel)
    select p.id as person_id, p.name, p.language, a.channel, c.address, c.normalised, min(d.name) as organisation, array_agg(a.id order by a.id) as ids
    from asked a join people p on p.id = a.person_id and p.erased_at is null join contact_points c on c.id = a.contact_point_id
    join desks d on d.id = a.desk_id group by p.id, a.channel, c.address, c.normalised order by p.id, c.normalised, a.channel`.execute(
    ctx.tx,
  )
  const asked: AskedContact[] = []
  // A handful, and each link is its own.
  for (const { normalised, channel, ids, ...one } of rows) {
    if (channel !== 'email') {
      asked.push({ ...one, address: normalised, channel, code: await giveCode(ctx, ids) })
      continue
    }
    await endLinks(ctx, { purpose: 'duty', person_id: one.person_id })
    asked.push({
      ...one,
      channel,
      link: await makeLink(ctx, { purpose: 'duty', person_id: one.person_id, address: normalised }),
    })
  }
  return asked
}

/** What the page behind a link shows: for whom it asks, and which address. Refuses not_found `link`, too_many. */
export async function seeDutyLink(
  app: App,
  { token, client }: { token: string; client: string },
): Promise<{ name: string; address: string; organisations: string[] }> {
  const { person_id, address, name } = await openLink(app, { purpose: 'duty', token, client })
  return enter(app, 'link', async (ctx) => {
    const waiting = await contactsOf(ctx, { person_id: person_id!, address: address! })
    if (waiting.length === 0) refuse('not_found', 'link')
    return { name: name!, address: address!, organisations: [...new Set(waiting.map((one) => one.organisation))] }
  })
}

/**
 * Whoever opened the link says that they are on duty there (their address is proven, and counts), or that they are not (their duty ends). Uses the
 * link up. Refuses not_found `link`. Records `duty.proven` or `duty.refused` for each desk that named this address.
 */
export async function answerDutyLink(
  ctx: Writing,
  { token, is_mine }: { token: string; is_mine: boolean },
): Promise<void> {
  const { person_id, address } = await useLink(ctx, { purpose: 'duty', token })
  const waiting = await contactsOf(ctx, { person_id: person_id!, address: address! })
  if (waiting.length === 0) refuse('not_found', 'link')
  const ids = waiting.map(({ id }) => id)
  if (is_mine) {
    await proveAddress(ctx, { person_id: person_id!, email: address! })
    await sql`update duty_contacts set proven_at = coalesce(proven_at, ${ctx.now}::timestamptz) where id = any (${ids}::uuid[])`.execute(
      ctx.tx,
    )
  } else
    await sql`update duty_contacts set ended_at = ${ctx.now}::timestamptz where id = any (${ids}::uuid[])`.execute(
      ctx.tx,
    )
  await recordAll(
    ctx,
    waiting.map(({ id, desk_id }) => ({
      kind: is_mine ? ('duty.proven' as const) : ('duty.refused' as const),
      about: { desk_id, duty_contact_id: id, person_id, ...(is_mine ? { by: 'link' } : {}) },
    })),
  )
}

/** Of one person at one address, whoever has not answered for it yet. */
async function contactsOf(
  ctx: Reading,
  { person_id, address }: { person_id: string; address: string },
): Promise<{ id: string; desk_id: string; organisation: string }[]> {
  const { rows } = await sql<{
    id: string
    desk_id: string
    organisation: string
  }>`select u.id, u.desk_id, d.name as organisation
    from duty_contacts u join contact_points c on c.id = u.contact_point_id join desks d on d.id = u.desk_id and d.closed_at is null
    where u.person_id = ${person_id}::uuid and u.channel = 'email' and u.ended_at is null and u.proven_at is null and c.normalised = ${address}
    order by u.id limit ${CONTACTS_MAX}::int`.execute(ctx.db)
  return rows
}
