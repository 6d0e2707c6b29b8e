/** Why a mail counts as written by a program: recorded, and never answered automatically (RFC 3834). */
export type AutomaticReason = 'loop' | 'auto_submitted' | 'report' | 'auto_reply' | 'precedence' | 'list' | 'suppressed'

/** Every automatic mail of any Pandu carries `X-Loop: pandu@<mail domain>`, so two of them do not answer each other. */
export const LOOP_FIELD = 'X-Loop'
export const loopMark = (domain: string) => `pandu@${domain}`

const AUTO_REPLY_FIELDS = ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply']

/**
 * Whether the header says that no human sent this. `fields` maps lower-case names to their values in order, `content_type`
 * is the lower-case type without parameters. `Auto-Submitted: no` says the opposite and is believed (RFC 3834 5).
 * The null return path is in the envelope, not in the header: the caller adds it.
 */
export function automaticReason(
  fields: ReadonlyMap<string, readonly string[]>,
  content_type: string,
): AutomaticReason | null {
  const words = (name: string) =>
    (fields.get(name) ?? []).map((value) => value.split(/[;,(]/, 1)[0]!.trim().toLowerCase())
  if (words('x-loop').some((value) => value.startsWith('pandu@'))) return 'loop'
  if (words('auto-submitted').some((value) => value !== '' && value !== 'no')) return 'auto_submitted'
  if (content_type === 'multipart/report' || content_type === 'message/delivery-status') return 'report'
  if (AUTO_REPLY_FIELDS.some((name) => words(name).some((value) => value !== 'no'))) return 'auto_reply'
  if (words('precedence').some((value) => ['bulk', 'junk', 'list', 'auto_reply'].includes(value))) return 'precedence'
  if ([...fields.keys()].some((name) => name.startsWith('list-'))) return 'list'
  if (words('x-auto-response-suppress').some((value) => value !== '' && value !== 'none')) return 'suppressed'
  return null
}
