import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { say } from '../platform/words.ts'
import { day, moment, timeOfDay } from '#messages/moments.ts'
import { messageId, type queueMessages } from '../channels/index.ts'
import { operator } from '../desks/index.ts'
import type { Told } from './duty-now.ts'
import type { OfferRow } from './list-offers.ts'
import { makeOfferLinks, offerUrl } from './offer-links.ts'
import { providerAddress, type AddressKind } from './provider-address.ts'
import { aboutOf, providerText } from './provider-text.ts'

type NewMessage = Parameters<typeof queueMessages>[1][number]

/**
 * The offer as whoever is on duty is told: what is asked, where, how urgent, by when, and how to answer it by a link or one line; by SMS as much of it
 * as one segment holds. Nothing here names the requester: the Message-ID holds no number, the attachments are only counted. A reader of a mail
 * on a telephone sees code and deadline in the subject.
 */
export async function offerMessage(
  ctx: Writing,
  offer: OfferRow,
  to: Told,
  { again }: { again: boolean },
): Promise<NewMessage> {
  const { language } = to
  const links = await makeOfferLinks(ctx, { offer_id: offer.id, person_id: to.person_id })
  const { PANDU_ORIGIN } = ctx.app.settings
  const due = moment(offer.due_at, offer.desk.time_zone, language)
  const accept = offerUrl(PANDU_ORIGIN, links.accept, language)
  const values = {
    code: offer.code,
    organisation: offer.organisation?.name ?? offer.desk.name,
    topic: topicOf(offer, language),
    region: offer.region.name.replace(/^Kabupaten /, 'Kab. '),
    due,
    summary: offer.summary,
    accept,
    decline: offerUrl(PANDU_ORIGIN, links.decline, language),
    operator: (await operator(ctx)).name || say(language, 'app.name'),
  }
  const begins = [
    say(language, again ? 'mail.offer_remind' : 'mail.offer_asked', values),
    offer.summary,
    facts(offer, language),
  ].join('\n\n')
  if (to.channel !== 'email')
    return providerText(ctx, {
      offer,
      to,
      kind: 'offer',
      chat: `${begins}\n\n${say(language, 'sms.offer_answer_chat', values)}`,
      words: say(language, again ? 'sms.offer_remind' : 'sms.offer', values),
      tail: say(language, 'sms.offer_answer', values),
      link: accept,
    })
  const text = [begins, say(language, 'mail.offer_answer', values), say(language, 'mail.offer_footer', values)].join(
    '\n\n',
  )
  const subject = say(language, again ? 'mail.offer_remind_subject' : 'mail.offer_subject', {
    code: offer.code,
    topic: topicOf(offer, language),
    region: offer.region.name,
    due: `${day(offer.due_at, offer.desk.time_zone, language).replace(/ \d{4}$/, '')} ${timeOfDay(offer.due_at, offer.desk.time_zone, language)}`,
  })
  return providerMail(ctx, { offer, to, kind: 'offer', subject, text })
}

/** Topic, place, urgency, what was attached and by when, a line each. */
function facts(offer: OfferRow, language: Language): string {
  return [
    ['offer.topic', topicOf(offer, language)],
    ['offer.region', offer.region.name],
    ['offer.urgency', offer.urgency ? say(language, `urgency.${offer.urgency as 'normal'}`) : null],
    ['offer.kind', offer.kind === 'paid' ? say(language, 'offer.paid') : null],
    ['offer.files', offer.files.length > 0 ? filesInWords(offer.files, language) : null],
    ['offer.due', moment(offer.due_at, offer.desk.time_zone, language)],
  ]
    .flatMap(([key, value]) => (value === null ? [] : [`${say(language, key as 'offer.topic')}: ${value}`]))
    .join('\n')
}

export const topicOf = ({ topic }: Pick<OfferRow, 'topic'>, language: Language): string =>
  topic ? (language === 'id' ? topic.name_id : topic.name_en) : say(language, 'offer.no_topic')

const KINDS = [
  ['offer.file_picture', /^image\//],
  ['offer.file_pdf', /^application\/pdf$/],
  ['offer.file_sound', /^(?:audio|video)\//],
  ['offer.file_text', /^text\//],
] as const

/** "2 gambar (1,2 MB), 1 PDF (80 KB)": what there is and how much, never what it is called. */
export function filesInWords(files: readonly { type: string; size: number }[], language: Language): string {
  const kindOf = (type: string) => KINDS.find(([, pattern]) => pattern.test(type))?.[0] ?? 'offer.file_other'
  return [...Map.groupBy(files, ({ type }) => kindOf(type))]
    .map(([key, same]) => {
      const bytes = same.reduce((sum, { size }) => sum + size, 0)
      return `${say(language, key, { count: same.length })} (${inWords(bytes, language)})`
    })
    .join(', ')
}

function inWords(bytes: number, language: Language): string {
  const [amount, unit] = bytes < 1_000_000 ? [Math.max(1, Math.round(bytes / 1000)), 'KB'] : [bytes / 1_000_000, 'MB']
  return `${new Intl.NumberFormat(language === 'id' ? 'id-ID' : 'en-GB', { maximumFractionDigits: 1 }).format(Number(amount))} ${unit}`
}

/**
 * A mail to somebody of a provider. Its Reply-To is an address of their own; the outbox knows the ticket by its Message-ID, which names none, so that
 * an answer finds its way also from programs that ignore Reply-To.
 */
export async function providerMail(
  ctx: Writing,
  mail: {
    offer: Pick<OfferRow, 'id'>
    to: Told
    kind: AddressKind
    subject: string
    text: string
  } & Partial<Pick<NewMessage, 'in_reply_to'>>,
): Promise<NewMessage> {
  const { offer, to, kind, subject, text, ...rest } = mail
  const { address } = await providerAddress(ctx, { kind, offer_id: offer.id, person_id: to.person_id })
  const { secrets, settings } = ctx.app
  return {
    channel: 'email',
    kind: kind === 'offer' ? 'offer' : 'notice',
    recipient: to.address,
    recipient_name: to.name,
    recipient_id: to.person_id,
    subject,
    text,
    language: to.language,
    automatic: true,
    reply_to: address,
    mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: null, id: newId() }),
    ...(await aboutOf(ctx, offer.id)),
    ...rest,
  }
}
