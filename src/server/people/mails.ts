import type { App } from '../platform/app.ts'
import { say } from '../platform/words.ts'
import type { PasswordChanged } from './change-password.ts'
import type { Invitation } from './invite-staff.ts'
import type { ResetLink } from './reset-password.ts'

/** A mail as channels/queueMessages takes it: whoever calls queues it in the transaction that made the link. */
export interface AccountMail {
  channel: 'email'
  kind: 'sign_in'
  recipient: string
  recipient_name: string
  recipient_id: string
  subject: string
  text: string
  language: 'id' | 'en'
  automatic: true
}

/** The mail with the link for a new password. Nothing in it comes from whoever asked for it. */
export const resetMail = (app: App, reset: ResetLink): AccountMail => compose(app, reset, 'reset')

/** The mail that invites somebody to work here. */
export const invitationMail = (app: App, invitation: Invitation): AccountMail => compose(app, invitation, 'invitation')

/** Tells the owner that the password was changed, so that a change by somebody else does not go unnoticed. */
export const passwordChangedMail = (app: App, changed: PasswordChanged): AccountMail =>
  compose(app, { ...changed, link: `${app.settings.PANDU_ORIGIN}/reset` }, 'password_changed')

function compose(
  app: App,
  to: PasswordChanged & { link: string },
  which: 'reset' | 'invitation' | 'password_changed',
): AccountMail {
  const values = { site: new URL(app.settings.PANDU_ORIGIN).host, email: to.email, link: to.link }
  return {
    channel: 'email',
    kind: 'sign_in',
    recipient: to.email,
    recipient_name: to.name,
    recipient_id: to.person_id,
    subject: say(to.language, `mail.${which}_subject`, values),
    text: say(to.language, `mail.${which}_text`, values),
    language: to.language,
    automatic: true,
  }
}
