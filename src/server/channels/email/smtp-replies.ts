import { codeOf } from '../../platform/database.ts'
import { Refusal } from '../../platform/refusal.ts'

/** Thrown by `take`: not now, please send it again later (451). */
export class Deferred extends Error {
  override name = 'Deferred'
}

/** Thrown by `take`: nobody knows whether the commit happened. We hang up without an answer, so that the peer sends it again. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown'
}

/** A negative answer with its code and its enhanced status (RFC 3463). */
export class SmtpReply extends Error {
  readonly responseCode: number
  constructor(responseCode: number, text: string) {
    super(text)
    this.responseCode = responseCode
  }
}

export const TAKEN = '2.0.0 OK'
export const NOT_NOW = new SmtpReply(451, '4.3.0 Not now, please try again later')
export const NO_ROOM = new SmtpReply(452, '4.3.1 Too many mails at once, please try again later')
export const DISK_FULL = new SmtpReply(452, '4.3.1 No room left, please try again later')
export const TOO_LARGE = new SmtpReply(552, '5.3.4 Message exceeds the maximum size')
export const FALSE_END = new SmtpReply(
  550,
  '5.6.0 A line of a single dot without CRLF around it is not taken (SMTP smuggling)',
)
export const NO_SUCH_NAME = new SmtpReply(550, '5.1.1 No such recipient here')
export const NO_RELAYING = new SmtpReply(550, '5.7.1 Relaying refused')

/** What the peer hears when a mail was not taken. Whatever we did not foresee is a reason to try again, never to bounce. */
export function replyFor(error: unknown): SmtpReply {
  if (error instanceof SmtpReply) return error
  if (/^(53100|ENOSPC|EDQUOT)$/.test(codeOf(error) ?? '')) return DISK_FULL
  return error instanceof Refusal && error.kind === 'too_large' ? TOO_LARGE : NOT_NOW
}

export const isExpected = (error: unknown) =>
  error instanceof Deferred || error instanceof SmtpReply || error instanceof Refusal
