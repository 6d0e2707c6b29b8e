import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Language, Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import type { AccountMail } from './mails.ts'

/** A change of how somebody signs in, and to whom it is told. */
export interface WayChanged {
  person_id: string
  name_of_person: string
  email: string
  language: Language
  what: 'passkey_added' | 'passkey_removed' | 'provider_linked' | 'provider_unlinked'
  /** The passkey's name, or the provider's. */
  name: string
}

/** Whom to tell: the account's own address. Door sign_in. */
export async function ownerOf(
  ctx: Reading,
  person_id: string,
): Promise<Pick<WayChanged, 'person_id' | 'name_of_person' | 'email' | 'language'>> {
  const { rows } = await sql<{ person_id: string; name_of_person: string; email: string; language: Language }>`
    select p.id as person_id, p.name as name_of_person, u.email, p.language
    from accounts a join people p on p.id = a.person_id join auth.users u on u.id = a.auth_user_id
    where a.person_id = ${person_id}::uuid and a.disabled_at is null`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'account')
}

/** Tells the owner of an account that a way to sign in came or went, so that a change by somebody else does not go unnoticed. */
export function wayChangedMail(app: App, changed: WayChanged): AccountMail {
  const values = {
    site: new URL(app.settings.PANDU_ORIGIN).host,
    email: changed.email,
    // A name that somebody typed: it must not become a link in the mail.
    name: changed.name.replaceAll(/[^\p{L}\p{N} ()'-]/gu, ' ').trim(),
    link: `${app.settings.PANDU_ORIGIN}/desk/settings/own-account`,
  }
  return {
    channel: 'email',
    kind: 'sign_in',
    recipient: changed.email,
    recipient_name: changed.name_of_person,
    recipient_id: changed.person_id,
    subject: say(changed.language, 'mail.way_changed_subject', values),
    text: say(changed.language, `mail.${changed.what}_text`, values),
    language: changed.language,
    automatic: true,
  }
}
