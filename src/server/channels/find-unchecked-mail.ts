import { sql } from 'kysely'
import { mustAdminister } from '../people/index.ts'
import type { Reading } from '../platform/context.ts'
import type { Settings } from '../../settings.ts'
import { isOneOf } from './email/index.ts'

/** Where mail comes in whose sender nobody can check unless it is signed, so that a forged one with a known number and address enters. */
export interface UncheckedMail {
  /** A mailbox is emptied, and no host is named whose findings are believed. */
  mailbox: boolean
  /** Hosts of a private network that handed mail in lately and are not named as ours, and how many mails. */
  hosts: { host: string; mails: number }[]
}

const HOSTS_MAX = 5

/** Of the newest mails of a week. Plain text, because the doctor asks it with a connection of its own. */
export const UNCHECKED_MAIL = `select remote as host, count(*)::int as mails from (
    select remote, authentication from intake_items where channel = 'email' and received_at > now() - interval '7 days'
    order by id desc limit 1000) newest
  where authentication is null and remote is not null group by remote order by mails desc, remote limit 50`

/**
 * What is to be told of mail that is not checked; pure. `seen` is what {@link UNCHECKED_MAIL} answered. Nothing, once
 * `PANDU_MAIL_AUTHSERV_ID` names who is believed: then a mail without findings proves nothing and is held.
 */
export function whatIsUnchecked(
  settings: Pick<Settings, 'PANDU_IMAP_URL' | 'PANDU_MAIL_AUTHSERV_ID' | 'PANDU_TRUSTED_PROXIES'>,
  seen: readonly { host: string; mails: number }[],
): UncheckedMail {
  if (settings.PANDU_MAIL_AUTHSERV_ID) return { mailbox: false, hosts: [] }
  const ours = ['127.0.0.0/8', '::1', ...settings.PANDU_TRUSTED_PROXIES]
  return {
    mailbox: settings.PANDU_IMAP_URL !== undefined,
    hosts: seen.filter(({ host }) => !isOneOf(ours, host)).slice(0, HOSTS_MAX),
  }
}

/** For the page of the settings; administrators only. */
export async function findUncheckedMail(ctx: Reading): Promise<UncheckedMail> {
  mustAdminister(ctx.actor)
  const { rows } = await sql.raw<{ host: string; mails: number }>(UNCHECKED_MAIL).execute(ctx.db)
  return whatIsUnchecked(ctx.app.settings, rows)
}
