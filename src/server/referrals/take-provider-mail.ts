import { sql } from 'kysely'
import { identify, system, type Writing } from '../platform/context.ts'
import { hits } from '../platform/limits.ts'
import { Refusal } from '../platform/refusal.ts'
import { say, type Key } from '../platform/words.ts'
import { messageId, queueMessages } from '../channels/index.ts'
import { newId } from '../platform/ids.ts'
import { note, noteQuestion, reply, type Reply } from '../tickets/index.ts'
import { asContact } from './as-contact.ts'
import { keepQuestion } from './ask-desk.ts'
import { askBack, doCommand } from './do-command.ts'
import type { Told } from './duty-now.ts'
import type { ProviderMail } from './find-provider-mails.ts'
import { providerMail } from './offer-mail.ts'
import type { Command } from './read-command.ts'

export interface TakenMail {
  entry: ProviderMail & { person_id: string }
  /** As it came; echoes go there. */
  sender: string
  subject: string
  mail_id: string | null
  /** What its sender wrote now, without quotation, signature and signed addresses; '' for a mail that is nothing but repeats. */
  text: string
  attachments: Reply['attachments']
  /** Why it cannot go out as an answer, as of agents' mails (intake/why-unsendable.ts). */
  unsendable: string | null
  /** A list or a host marked it as automatic: what it commands is done, and what is refused is told to nobody, so that no program is answered. */
  is_marked?: boolean
}

/** What became of it, for the ledger. */
export interface Taken {
  outcome: 'command' | 'message'
  reason: string | null
  message_id: string | null
}

/**
 * Does what a provider's mail says: a command, a question about an open offer, an answer to the requester, a note for colleagues. What is refused
 * changes nothing and is told to whoever wrote it. For the system, in the transaction that settles the mail.
 */
export async function takeProviderMail(ctx: Writing, mail: TakenMail): Promise<Taken> {
  await sql`savepoint provider_mail`.execute(ctx.tx)
  try {
    return await take(ctx, mail)
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    await sql`rollback to savepoint provider_mail`.execute(ctx.tx)
    await identify(ctx.tx, system)
    if (!mail.is_marked) await echo(ctx, mail, (language) => say(language, `refusal.${thrown.key}` as Key))
    return { outcome: 'command', reason: 'provider_refused', message_id: null }
  }
}

async function take(ctx: Writing, mail: TakenMail): Promise<Taken> {
  const { heard, kind, offer, desk_id, person_id } = mail.entry
  // What is kept with the words goes to the requester: as much as with any answer.
  const is_too_much = heard.kind === 'command' && mail.unsendable === 'agent_too_long' && takesFiles(heard.command)
  if (heard.kind === 'command' && !is_too_much) {
    const { language } = await writer(ctx, mail)
    const { attachments } = mail
    const said = await doCommand(ctx, heard.command, { person_id, desk_id, language, via: 'email', attachments })
    if (said !== null) await echo(ctx, mail, () => said)
    return { outcome: 'command', reason: null, message_id: null }
  }
  if (heard.kind === 'asked') {
    await echo(ctx, mail, (language) => askBack(heard, language, offer?.code ?? null))
    return { outcome: 'command', reason: 'provider_asked', message_id: null }
  }
  if (mail.unsendable !== null) {
    const key = `mail.offer_unsent_${mail.unsendable.replace('agent_', '')}` as Key
    await echo(ctx, mail, (language) => say(language, key))
    return { outcome: 'command', reason: 'provider_refused', message_id: null }
  }
  // What was meant for colleagues is nobody else's, also when the case is theirs no more.
  if (kind === 'note' && offer?.state !== 'accepted') {
    await echo(ctx, mail, (language) => say(language, 'mail.offer_unsent_note'))
    return { outcome: 'command', reason: 'provider_note', message_id: null }
  }
  if (kind === 'offer' || offer?.state !== 'accepted') return question(ctx, mail)
  return inTheirName(ctx, mail)
}

/** Never lost: it waits with the ticket for the desk that refers, and its writer hears that it does. */
async function question(ctx: Writing, mail: TakenMail): Promise<Taken> {
  const { entry, text, attachments } = mail
  const ticket_id = entry.ticket!.id
  const { message_id } = await noteQuestion(ctx, { ticket_id, author_id: entry.person_id, text, attachments })
  const { id: offer_id, code, state } = entry.offer!
  const { desk_id, person_id } = entry
  const waits = await keepQuestion(ctx, { offer_id, ticket_id, desk_id, person_id, via: 'email', text, message_id })
  const asked = state === 'open' ? 'question' : state === 'accepted' ? 'question_case' : 'question_over'
  const about = waits ? asked : 'question_many'
  await echo(ctx, mail, (language) => say(language, `mail.offer_echo_${about}`, { code }))
  return { outcome: 'message', reason: 'provider_question', message_id }
}

/** To the requester, or to colleagues, as whoever wrote it. */
async function inTheirName(ctx: Writing, { entry, text, attachments }: TakenMail): Promise<Taken> {
  const ticket_id = entry.ticket!.id
  const files = attachments ? { attachments: [...attachments] } : {}
  const { message_id } = await asContact(ctx, { offer_id: entry.offer!.id, by: entry.person_id }, (as) =>
    entry.kind === 'note'
      ? note(as, { ticket_id, text, ...files })
      : reply(as, { ticket_id, text, ...files, at_once: true, may_be_cut: true }),
  )
  return { outcome: 'message', reason: entry.kind === 'note' ? 'provider_note' : 'provider_reply', message_id }
}

const takesFiles = ({ word }: Command): boolean => word === 'SELESAI' || word === 'BALAS'

async function writer(ctx: Writing, { entry, sender }: TakenMail): Promise<Told> {
  const { rows } = await sql<
    Omit<Told, 'address' | 'channel'>
  >`select id as person_id, name, language from people where id = ${entry.person_id}::uuid`.execute(ctx.tx)
  return { ...rows[0]!, channel: 'email', address: sender }
}

/** A program that answers our answers ends here; what it wrote is done or kept all the same. */
const ECHOES_MAX = 60
const ECHOES_WINDOW_SECONDS = 3600

/** A short answer to what they wrote, below their own mail. */
async function echo(ctx: Writing, mail: TakenMail, sentence: (language: Told['language']) => string): Promise<void> {
  const to = await writer(ctx, mail)
  const { offer, kind } = mail.entry
  const limit = { name: 'provider_echo', whom: to.address.toLowerCase(), window_seconds: ECHOES_WINDOW_SECONDS }
  if ((await hits(ctx, limit)) > ECHOES_MAX) return
  const text = `${sentence(to.language)}\n\n-- \n${say(to.language, 'mail.offer_echo_footer')}`
  const subject = mail.subject || say(to.language, 'mail.offer_echo_subject')
  const answers = mail.mail_id ? { in_reply_to: mail.mail_id } : {}
  if (offer && kind !== 'desk') {
    await queueMessages(ctx, [await providerMail(ctx, { offer, to, kind, subject, text, ...answers })])
    return
  }
  const { secrets, settings } = ctx.app
  await queueMessages(ctx, [
    {
      channel: 'email',
      kind: 'notice',
      recipient: to.address,
      recipient_name: to.name,
      recipient_id: to.person_id,
      subject,
      text,
      language: to.language,
      automatic: true,
      mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: null, id: newId() }),
      ...answers,
    },
  ])
}

/** A mail that was passed on to a case: it is held, and its writer hears that the requester did not get it. */
export async function tellHeldForward(
  ctx: Writing,
  mail: Pick<TakenMail, 'sender' | 'subject' | 'mail_id'> & { entry: ProviderMail },
): Promise<void> {
  const { person_id } = mail.entry
  if (person_id === null) return
  const entry = { ...mail.entry, person_id }
  await echo(ctx, { ...mail, entry, text: '', attachments: [], unsendable: null }, (language) =>
    say(language, 'mail.offer_unsent_forward'),
  )
}
