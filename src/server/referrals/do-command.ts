import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { say, type Key, type Values } from '../platform/words.ts'
import { day } from '#messages/moments.ts'
import { deskHours, proveByText } from '../desks/index.ts'
import { acceptOffer } from './accept-offer.ts'
import { UNDO_SECONDS, type Via } from './answering.ts'
import { asContact } from './as-contact.ts'
import { reply, takeBack, type Reply } from '../tickets/index.ts'
import { completeCase, undoCompletion } from './complete-case.ts'
import { declineOffer, declineReasons, type DeclineReason } from './decline-offer.ts'
import { isPauseCode, pauseCode } from './pause-code.ts'
import { findPaidByCode, givePaidAnswer, type GivenAnswer } from './paid/answer-paid.ts'
import { undoablePaid, undoPaid } from './paid/undo-paid.ts'
import { isPaid, type PaidCommand } from './find-provider-mails.ts'
import { pause, undoPause } from './pause.ts'
import type { Command, Heard } from './read-command.ts'
import { returnCase } from './return-case.ts'
import { returnedBy } from './returned-by.ts'
import { undoAnswer } from './undo-answer.ts'
import { unsentReply } from './unsent-reply.ts'

export interface Commanding {
  person_id: string
  desk_id: string
  language: Language
  via: Via
  /** What came with it; SELESAI and BALAS keep it on what they say. */
  attachments?: Reply['attachments']
}

/**
 * Does what a whole message commanded, in the name of a contact whom the caller has found, and answers the sentence that echoes it. The sentence of
 * TERIMA is null: the case itself is mailed. Refuses as the commands do, and `not_found` (offer.code) for a code that is not one of this desk.
 * `ctx` is the system's.
 */
export async function doCommand(ctx: Writing, command: Command, who: Commanding): Promise<string | null> {
  const { language, person_id, via } = who
  if (command.word === 'BATAL') return undoLast(ctx, who)
  if (command.word === 'LIBUR') return pauseDesks(ctx, command, who)
  if (command.word === 'SETUJU') {
    const organisation =
      via === 'sms' || via === 'whatsapp'
        ? await proveByText(ctx, { person_id, channel: via, code: command.code })
        : null
    return organisation === null
      ? say(language, `refusal.offer.code`)
      : say(language, 'sms.duty_proven', { organisation: organisation.slice(0, 60) })
  }
  if (isPaid(command)) return paidWork(ctx, command, who)
  const offer_id = await offerOf(ctx, command.code, who.desk_id)
  const whose = { offer_id, by: person_id, via }
  const files = who.attachments?.length ? { attachments: [...who.attachments] } : {}
  if (command.word === 'TERIMA') {
    await acceptOffer(ctx, whose)
    return null
  }
  if (command.word === 'SELESAI') {
    await completeCase(ctx, { ...whose, ...(command.words === null ? {} : { words: command.words }), ...files })
    return told(via, language, 'echo_complete', { code: command.code })
  }
  if (command.word === 'BALAS') {
    await asContact(ctx, { offer_id, by: person_id }, async (as, offer) => {
      if (offer.state !== 'accepted') refuse('conflict', `offer.was_${offer.state}`)
      await reply(as, {
        ticket_id: offer.ticket_id,
        text: command.words,
        ...files,
        take_back_seconds: UNDO_SECONDS,
        may_be_cut: true,
      })
    })
    return told(via, language, 'echo_reply', { code: command.code })
  }
  const why = { reason_code: reasonOf(command.reason), reason_words: command.reason }
  if (command.word === 'TOLAK') await declineOffer(ctx, { ...whose, ...why })
  else await returnCase(ctx, { ...whose, ...why, to: 'next' })
  return told(via, language, command.word === 'TOLAK' ? 'echo_decline' : 'echo_return', {
    code: command.code,
    reason: command.reason,
  })
}

/** The same in one segment where it goes out as a text. */
const told = (via: Via, language: Language, name: string, values?: Values): string =>
  say(language, `${via === 'sms' || via === 'whatsapp' ? 'sms' : 'mail'}.offer_${name}` as Key, values)

/** What stands behind the code. */
const behind = {
  TOLAK: 'mail.offer_reason_word',
  KEMBALIKAN: 'mail.offer_reason_word',
  BALAS: 'mail.offer_reply_word',
} as const

/** "Maksud Anda TERIMA 7K3?": nothing was done; what was nearly said, as it would have to be written. */
export function askBack(
  heard: Extract<Heard, { kind: 'asked' }>,
  language: Language,
  code: string | null,
  via: Via = 'email',
): string {
  const known = heard.code ?? code
  if (heard.word === 'LIBUR') return told(via, language, 'ask_pause', { days: String(heard.days ?? 'n') })
  if (heard.word === 'BATAL') return told(via, language, 'ask_back', { means: 'BATAL' })
  if (known === null) return told(via, language, 'ask_code', { word: heard.word ?? 'TERIMA' })
  if (heard.word === null) return told(via, language, 'ask_which', { code: known })
  const reason = heard.word in behind ? ` ${say(language, behind[heard.word as keyof typeof behind])}` : ''
  return told(via, language, 'ask_back', { means: `${heard.word} ${known}${reason}` })
}

/** An answer to an invitation to paid work; somebody who means the offer with that code is asked back. */
async function paidWork(
  ctx: Writing,
  command: PaidCommand,
  { person_id, desk_id, via, language }: Commanding,
): Promise<string> {
  const { word, code } = command
  const paid = await findPaidByCode(ctx, { code, person_id })
  if (paid === null) {
    await offerOf(ctx, code, desk_id)
    const means = word === 'BERMINAT' ? 'TERIMA' : word === 'TIDAK' ? 'TOLAK' : null
    return askBack({ kind: 'asked', word: means, code, days: null }, language, code, via)
  }
  const by = via === 'sms' || via === 'whatsapp' ? via : 'email'
  await givePaidAnswer(ctx, { ...paid, person_id }, by, paidAnswerOf(command))
  const answered = { BERMINAT: 'echo_interested', TIDAK: 'echo_not_interested', TANYA: 'echo_asked' } as const
  return say(language, `${by === 'email' ? 'mail' : 'sms'}.paid_${answered[word]}`, { code })
}

const paidAnswerOf = (command: PaidCommand): GivenAnswer => {
  if (command.word === 'TANYA') return { answer: 'question', question: command.words }
  // Their mail or text said that this line says so.
  return command.word === 'BERMINAT' ? { answer: 'interested', no_party: true } : { answer: 'not_interested' }
}

async function offerOf(ctx: Writing, code: string, desk_id: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from offers where code = ${code} and desk_id = ${desk_id}::uuid
    order by state in ('open', 'accepted') desc, id desc limit 1`.execute(ctx.db)
  return rows[0]?.id ?? refuse('not_found', 'offer.code')
}

/** Counted by its code where the words are exactly those of the list; never guessed from others. */
function reasonOf(words: string): DeclineReason {
  const plain = words
    .toLowerCase()
    .replace(/[.!,]+$/, '')
    .trim()
  return (
    declineReasons.find((reason) =>
      (['id', 'en'] as const).some((language) => say(language, `offer.reason_${reason}`).toLowerCase() === plain),
    ) ?? 'other'
  )
}

/** The sender of an SMS can be forged, so what is asked for by one is done when the code comes back that went to the real number. */
async function pauseDesks(
  ctx: Writing,
  { days, proof }: Extract<Command, { word: 'LIBUR' }>,
  { desk_id, person_id, via, language }: Commanding,
): Promise<string> {
  const whose = { person_id, desk_id, days }
  if (via === 'sms' && proof === null)
    return say(language, 'sms.offer_prove_pause', { days: String(days), code: pauseCode(ctx, whose) })
  if (proof !== null && !isPauseCode(ctx, whose, proof)) refuse('not_found', 'offer.code')
  const { until } = await pause(ctx, { desk_id, days, via, by: person_id })
  const { zone } = await deskHours(ctx, desk_id)
  // The last day on which nothing is offered, not the midnight after it.
  return told(via, language, 'echo_pause', { until: day(new Date(until!.getTime() - 1), zone, language) })
}

/** What this person did last by answering, giving back, completing or pausing, or answered to paid work, if its five minutes are not over. */
async function undoLast(ctx: Writing, { person_id, desk_id, via, language }: Commanding): Promise<string> {
  const { rows } = await sql<{
    offer_id: string | null
    code: string | null
    message_id: string | null
    state: string
    paid_id: string | null
  }>`
    select id as offer_id, code, null::uuid as message_id, state, coalesce(ended_at, answered_at) as at, null::uuid as paid_id from offers
      where case state when 'returned' then desk_id = ${desk_id}::uuid and ${returnedBy(sql`offers`, sql`${person_id}::uuid`)}
          else answered_by = ${person_id}::uuid end
        and undo_until > ${ctx.now}::timestamptz and state in ('accepted', 'declined', 'returned')
    union all select o.id, o.code, r.message_id, 'answered', r.resolved_at, null
      from offers o join resolutions r on r.ticket_id = o.ticket_id and r.reopened_at is null and r.resolved_by = ${person_id}::uuid
      join messages m on m.ticket_id = r.ticket_id and m.id = r.message_id and m.leaves_at > ${ctx.now}::timestamptz and m.taken_back_at is null
      where o.desk_id = ${desk_id}::uuid and o.state = 'accepted'
    union all select o.id, o.code, m.id, 'replied', m.at, null from offers o join messages m on ${unsentReply(ctx, sql`o`, sql`${person_id}::uuid`)}
      where o.desk_id = ${desk_id}::uuid and o.state = 'accepted'
    union all select null, null, null, 'paused', max(at), null from desk_pauses
      where person_id = ${person_id}::uuid and undo_until > ${ctx.now}::timestamptz and undone_at is null having count(*) > 0
    union all select null, a.code, null, 'paid', coalesce(a.answered_at, a.asked_at), a.id from paid_answers a
      where a.desk_id in (select d.desk_id from duty_contacts d where d.person_id = ${person_id}::uuid and d.ended_at is null and d.proven_at is not null
          union select m.desk_id from desk_members m where m.person_id = ${person_id}::uuid)
        and ${undoablePaid(ctx, sql`${person_id}::uuid`)}
    order by at desc, message_id nulls last, offer_id limit 1`.execute(ctx.db)
  const last = rows[0] ?? refuse('conflict', 'offer.nothing_to_undo')
  if (last.paid_id !== null) {
    await undoPaid(ctx, { answer_id: last.paid_id, person_id })
    return say(language, `${via === 'sms' || via === 'whatsapp' ? 'sms' : 'mail'}.paid_echo_undo`, {
      code: last.code ?? '',
    })
  }
  if (last.state === 'replied') {
    const { offer_id, message_id } = last
    await asContact(ctx, { offer_id: offer_id!, by: person_id }, (as, offer) =>
      takeBack(as, { ticket_id: offer.ticket_id, message_id: message_id! }),
    )
    return told(via, language, 'echo_undo_reply', { code: last.code! })
  }
  if (last.message_id !== null && last.offer_id !== null) {
    await undoCompletion(ctx, { offer_id: last.offer_id, message_id: last.message_id, by: person_id, via })
    return told(via, language, 'echo_undo_complete', { code: last.code! })
  }
  if (last.offer_id === null) {
    await undoPause(ctx, { by: person_id })
    return told(via, language, 'echo_undo_pause')
  }
  await undoAnswer(ctx, { offer_id: last.offer_id, by: person_id, via })
  return told(via, language, last.state === 'returned' ? 'echo_undo_return' : 'echo_undo', { code: last.code! })
}
