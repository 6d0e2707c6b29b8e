import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { rowAddress, type RowAddress } from '../channels/index.ts'

/** offer: answers the offer · case: what is written there goes to the requester · note: to colleagues only. */
export type AddressKind = 'offer' | 'case' | 'note'
export const letters = { offer: 'o', case: 'k', note: 'n' } as const satisfies Record<AddressKind, RowAddress['letter']>

/**
 * The address of one person for one offer or its case; the same each time. It names a row, and only who it was made for, or a colleague, is
 * heard there (find-provider-mails.ts).
 */
export async function providerAddress(
  ctx: Writing,
  { kind, offer_id, person_id }: { kind: AddressKind; offer_id: string; person_id: string },
): Promise<{ id: string; address: string }> {
  const { rows } = await sql<{ id: string }>`with made as (
      insert into provider_addresses (id, kind, offer_id, person_id, made_at)
      values (${newId()}::uuid, ${kind}, ${offer_id}::uuid, ${person_id}::uuid, ${ctx.now}::timestamptz)
      on conflict (offer_id, person_id, kind) do nothing returning id)
    select id from made union all
    select id from provider_addresses where offer_id = ${offer_id}::uuid and person_id = ${person_id}::uuid and kind = ${kind} limit 1`.execute(
    ctx.tx,
  )
  const { id } = rows[0]!
  const { secrets, settings } = ctx.app
  return { id, address: rowAddress(secrets, settings.PANDU_REPLY_DOMAIN, { letter: letters[kind], id }) }
}
