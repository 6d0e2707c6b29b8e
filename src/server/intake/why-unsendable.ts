import { withoutMarkers, type Mail } from '../channels/index.ts'
import { REPLY_FILES_MAX, REPLY_LENGTH_MAX } from '../tickets/index.ts'

/** Why what an agent wrote by mail cannot leave as their answer. */
export type Unsendable = 'agent_empty' | 'agent_too_long' | 'agent_sealed'

/** What was said in words that we cannot read, or only in part. */
const NOT_READ = new Set<Mail['remarks'][number]>([
  'sealed_smime',
  'sealed_pgp',
  'wrapped_smime',
  'partial',
  'winmail',
  'text_cut',
  'attachments_cut',
])

/**
 * Whether an agent's mail must stay here instead of going out as their answer, and why; null where it may. Nothing but the quotation would
 * show the requester the desk's own notice; what is sealed or cut would say less than the agent wrote. The limits are those of the page.
 */
export function whyUnsendable(mail: Mail): Unsendable | null {
  if (
    mail.remarks.includes('text_cut') ||
    mail.text.length > REPLY_LENGTH_MAX ||
    mail.attachments.length > REPLY_FILES_MAX
  )
    return 'agent_too_long'
  if (mail.remarks.some((remark) => NOT_READ.has(remark))) return 'agent_sealed'
  // A picture inside the text is a signature's more often than an answer.
  const brings = mail.invitations.length > 0 || mail.attachments.some(({ inline }) => !inline)
  return (mail.only_repeats || withoutMarkers(mail.text) === '') && !brings ? 'agent_empty' : null
}
