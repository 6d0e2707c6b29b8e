import { moment } from '#messages/moments.ts'
import type { App } from '../platform/app.ts'
import { say, type Values } from '../platform/words.ts'
import type { PasswordChanged } from './change-password.ts'
import type { Invitation } from './invite-staff.ts'
import { nameDevice } from './name-device.ts'
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

/** The mail with the link for signing in without a password. */
export const signInLinkMail = (app: App, wanted: ResetLink): AccountMail => compose(app, wanted, 'sign_in_link')

/** What is told to the owner of an account after it was done; each kind has its own words, `mail.KIND_subject` and `mail.KIND_text`. */
const noticeKinds = [
  'new_device',
  'password_reset',
  'factor_set_up',
  'factor_removed',
  'factor_reset',
  'recovery_code_used',
  'recovery_codes_made',
] as const

export interface AccountNotice extends PasswordChanged {
  /** The fact: `account.` and one of the kinds above. */
  kind: string
  at: Date
  client: string | null
  user_agent: string | null
  codes_left: number | null
}

/** The mail that says what was just done to the way its reader signs in. */
export function noticeMail(app: App, notice: AccountNotice): AccountMail {
  const kind = noticeKinds.find((one) => notice.kind === `account.${one}`)
  if (!kind) throw new Error(`nobody is told of ${notice.kind}`)
  const { language } = notice
  const { browser, system } = nameDevice(notice.user_agent)
  const device =
    browser && system
      ? say(language, 'settings.own_session_device', { browser, system })
      : (browser ?? system ?? say(language, 'settings.own_session_unknown'))
  return compose(app, { ...notice, link: `${app.settings.PANDU_ORIGIN}/reset` }, kind, {
    when: moment(notice.at, 'Asia/Jakarta', language),
    device,
    client: notice.client ?? '–',
    codes_left: notice.codes_left ?? 0,
  })
}

function compose(
  app: App,
  to: PasswordChanged & { link: string },
  which: 'reset' | 'invitation' | 'password_changed' | 'sign_in_link' | (typeof noticeKinds)[number],
  more: Values = {},
): AccountMail {
  const values = { site: new URL(app.settings.PANDU_ORIGIN).host, email: to.email, link: to.link, ...more }
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
