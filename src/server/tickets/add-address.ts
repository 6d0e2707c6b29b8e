import { sql } from 'kysely'
import { z } from 'zod'
import { queueMessages } from '../channels/index.ts'
import { addContactPoints, normaliseAddress, type AddedContactPoint } from '../people/index.ts'
import type { Language, Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'

export const AddAddress = z.strictObject({
  person_id: z.uuid(),
  channel: z.enum(['email', 'phone']),
  address: z.string().max(320),
})
export type AddAddress = z.infer<typeof AddAddress>

/** An office has a few; whoever has more is told at the first ones. */
const TOLD_MAX = 10

/**
 * Writes down one more address of somebody, unconfirmed, and tells their mail addresses so far. It gets nothing of the tickets on which
 * they have a mail address (choose-address.ts changes that for one ticket); an address that is known already changes nothing and tells nobody. Staff only;
 * refuses not_found for whom they may not change, and invalid for an address that is none.
 */
export async function addAddress(ctx: Writing, input: AddAddress): Promise<void> {
  must(ctx.actor, 'person.change')
  if (!normaliseAddress(input.channel, input.address))
    refuse('invalid', 'address', [{ path: 'address', key: `fault.${input.channel}` }])
  // Locking asks the rule for changing, so a colleague's row, which one may read, is not found here.
  const { rows } = await sql<{ name: string; language: Language }>`select name, language from people
    where id = ${input.person_id}::uuid for update`.execute(ctx.tx)
  const person = rows[0] ?? refuse('not_found', 'person')
  const { rows: known } = await sql<{ address: string }>`select address from contact_points
    where person_id = ${input.person_id}::uuid and channel = 'email' order by created_at, id limit ${TOLD_MAX}::int`.execute(
    ctx.tx,
  )
  const [added] = await addContactPoints(ctx, [input])
  if (!added) return
  await reachByMail(ctx, added)
  await queueMessages(
    ctx,
    known.map(({ address }) => toNotice(ctx, { ...person, address }, added)),
  )
}

/**
 * Who called, came by or wrote a letter and now gives a mail address is reached there from now on, on the tickets that the actor works:
 * those on which no mail address stands yet, and which the actor could choose it for one by one. Not who wrote by SMS or a messenger: they
 * are answered where they wrote.
 */
async function reachByMail(ctx: Writing, { id, person_id, channel }: AddedContactPoint): Promise<void> {
  if (channel !== 'email' || ctx.actor.kind !== 'staff') return
  const { rows } = await sql<{
    ticket_id: string
  }>`update participants p set contact_point_id = ${id}::uuid, disowned_at = null from tickets t
    where p.person_id = ${person_id}::uuid and p.part in ('requester', 'participant') and t.id = p.ticket_id and t.state <> 'closed'
      and (${ctx.actor.sees_all}::boolean or t.holder_desk_id = any (${ctx.actor.desks.map((desk) => desk.id)}::uuid[]))
      and p.channel is null and not exists (select from contact_points c where c.id = p.contact_point_id and c.channel = 'email')
    returning p.ticket_id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ ticket_id }) => ({
      kind: 'ticket.address_chosen',
      ticket_id,
      about: { person_id, contact_point_id: id },
    })),
  )
}

function toNotice(
  ctx: Writing,
  { name, language, address }: { name: string; language: Language; address: string },
  added: AddedContactPoint,
): Parameters<typeof queueMessages>[1][number] {
  const site = new URL(ctx.app.settings.PANDU_ORIGIN).host
  return {
    channel: 'email',
    kind: 'notice',
    recipient: address,
    recipient_name: name,
    recipient_id: added.person_id,
    subject: say(language, 'mail.address_added_subject', { site }),
    text: say(language, 'mail.address_added_text', { site, address: added.address }),
    language,
    automatic: true,
  }
}
