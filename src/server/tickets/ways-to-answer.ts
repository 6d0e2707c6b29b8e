import { listTemplates, mayWriteToAll, type MayWrite } from '../channels/index.ts'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { measure } from '../../sms/measure.ts'
import { findRecipients, type ReachChannel } from './find-recipients.ts'
import { plainText } from './plain-text.ts'
import { smsTail } from './sms-tail.ts'
import { followUrl } from './follow-link.ts'

/** How one who takes part is answered, and what may be written to them now. */
export interface WayToAnswer {
  person_id: string
  name: string
  part: 'requester' | 'participant'
  /** Null: nothing that we could send reaches them. */
  channel: ReachChannel | null
  address: string | null
  /** Null where nothing reaches them. */
  may: MayWrite | null
  /** What stands under the words of an SMS, and costs as they do. */
  below: string
  /** WhatsApp, where words may not be written now: whether a template says that something waits. */
  has_template: boolean
}

/** By which channel what is said on a ticket goes to each, how long, until when, at what cost: what the composer shows before it is sent. */
export async function waysToAnswer(ctx: Reading, ticket: { id: string; number: string }): Promise<WayToAnswer[]> {
  const recipients = await findRecipients(ctx, [ticket.id])
  const reached = recipients.filter(isReached)
  // Of mail alone nothing is to be said here; who is muted is said beside the form.
  if (reached.every(({ channel }) => channel === 'email'))
    return recipients.filter((one) => !isReached(one)).map(unreached)
  const answers = await mayWriteToAll(ctx, reached)
  const needed = answers.some((answer) => answer.may && answer.needs_template)
  const templates = needed ? await listTemplates(ctx) : []
  const has_template = templates.some(({ notice }) => notice === 'answer' || notice === 'notice')
  return recipients.map((one) => {
    if (!isReached(one)) return unreached(one)
    const { person_id, name, part, channel, address, language } = one
    const below = channel === 'sms' ? smsTail({ language, number: ticket.number, footer: 'ticket.mail.follow' }) : ''
    return { person_id, name, part, channel, address, may: answers[reached.indexOf(one)]!, below, has_template }
  })
}

type Recipient = Awaited<ReturnType<typeof findRecipients>>[number]
type Reached = Recipient & { channel: ReachChannel; address: string }
const isReached = (one: Recipient): one is Reached => one.channel !== null && one.address !== null
const unreached = ({ person_id, name, part }: Recipient): WayToAnswer => {
  return { person_id, name, part, channel: null, address: null, may: null, below: '', has_template: false }
}

/**
 * Refuses what somebody wrote where the requester gets it by SMS and it takes more parts than one text may have: it would be cut, and the
 * requester would pay attention to half an answer. Others who take part get what fits, and the link.
 */
export async function refuseTooLong(
  ctx: Reading,
  ticket: { id: string; number: string },
  { text, files }: { text: string; files: number },
): Promise<void> {
  const requesters = (await findRecipients(ctx, [ticket.id]))
    .filter(isReached)
    .filter(({ part, channel }) => part === 'requester' && channel === 'sms')
  if (requesters.length === 0) return
  const answers = await mayWriteToAll(ctx, requesters)
  // As long as a real one.
  const link = followUrl(ctx.app, 'x'.repeat(32))
  requesters.forEach(({ language }, index) => {
    const answer = answers[index]!
    if (!answer.may || answer.parts_max === null) return
    const below = smsTail({ language, number: ticket.number, footer: 'ticket.mail.follow', files, link })
    if (measure(plainText(text), { cost: null, below }).parts > answer.parts_max)
      refuse('invalid', 'form', [{ path: 'text', key: 'fault.sms_too_long' }])
  })
}
