import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { day } from '#messages/moments.ts'
import { deskHours } from '../desks/index.ts'
import { acceptOffer } from './accept-offer.ts'
import type { Via } from './answering.ts'
import { completeCase } from './complete-case.ts'
import { declineOffer, declineReasons, type DeclineReason } from './decline-offer.ts'
import { pause, undoPause } from './pause.ts'
import type { Command, Heard } from './read-command.ts'
import { returnCase } from './return-case.ts'
import { undoAnswer } from './undo-answer.ts'

export interface Commanding {
  person_id: string
  desk_id: string
  language: Language
  via: Via
}

/**
 * Does what a whole message commanded, in the name of a contact whom the caller has found, and answers the sentence that echoes it. The sentence of
 * TERIMA is null: the case itself is mailed. Refuses as the commands do, and `not_found` (offer.code) for a code that is not one of this desk.
 * `ctx` is the system's.
 */
export async function doCommand(ctx: Writing, command: Command, who: Commanding): Promise<string | null> {
  const { language, person_id, via } = who
  if (command.word === 'BATAL') return undoLast(ctx, who)
  if (command.word === 'LIBUR') return pauseDesks(ctx, command.days, who)
  const offer_id = await offerOf(ctx, command.code, who.desk_id)
  const whose = { offer_id, by: person_id, via }
  if (command.word === 'TERIMA') {
    await acceptOffer(ctx, whose)
    return null
  }
  if (command.word === 'SELESAI') {
    await completeCase(ctx, { ...whose, ...(command.words === null ? {} : { words: command.words }) })
    return say(language, 'mail.offer_echo_complete', { code: command.code })
  }
  const why = { reason_code: reasonOf(command.reason), reason_words: command.reason }
  if (command.word === 'TOLAK') await declineOffer(ctx, { ...whose, ...why })
  else await returnCase(ctx, { ...whose, ...why, to: 'next' })
  return say(language, command.word === 'TOLAK' ? 'mail.offer_echo_decline' : 'mail.offer_echo_return', {
    code: command.code,
    reason: command.reason,
  })
}

/** "Maksud Anda TERIMA 7K3?": nothing was done; what was nearly said, as it would have to be written. */
export function askBack(heard: Extract<Heard, { kind: 'asked' }>, language: Language, code: string | null): string {
  const known = heard.code ?? code
  if (heard.word === 'LIBUR') return say(language, 'mail.offer_ask_pause', { days: String(heard.days ?? 'n') })
  if (heard.word === 'BATAL') return say(language, 'mail.offer_ask_back', { means: 'BATAL' })
  if (known === null) return say(language, 'mail.offer_ask_code', { word: heard.word ?? 'TERIMA' })
  if (heard.word === null) return say(language, 'mail.offer_ask_which', { code: known })
  const reason =
    heard.word === 'TOLAK' || heard.word === 'KEMBALIKAN' ? ` ${say(language, 'mail.offer_reason_word')}` : ''
  return say(language, 'mail.offer_ask_back', { means: `${heard.word} ${known}${reason}` })
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

async function pauseDesks(
  ctx: Writing,
  days: number,
  { desk_id, person_id, via, language }: Commanding,
): Promise<string> {
  const { until } = await pause(ctx, { desk_id, days, via, by: person_id })
  const { zone } = await deskHours(ctx, desk_id)
  // The last day on which nothing is offered, not the midnight after it.
  return say(language, 'mail.offer_echo_pause', { until: day(new Date(until!.getTime() - 1), zone, language) })
}

/** What this person did last by answering or pausing, if its five minutes are not over. */
async function undoLast(ctx: Writing, { person_id, via, language }: Commanding): Promise<string> {
  const { rows } = await sql<{ offer_id: string | null; code: string | null }>`
    select id as offer_id, code, answered_at as at from offers
      where answered_by = ${person_id}::uuid and undo_until > ${ctx.now}::timestamptz and state in ('accepted', 'declined')
    union all select null, null, max(at) from desk_pauses
      where person_id = ${person_id}::uuid and undo_until > ${ctx.now}::timestamptz and undone_at is null having count(*) > 0
    order by at desc, offer_id limit 1`.execute(ctx.db)
  const last = rows[0] ?? refuse('conflict', 'offer.nothing_to_undo')
  if (last.offer_id === null) {
    await undoPause(ctx, { by: person_id })
    return say(language, 'mail.offer_echo_undo_pause')
  }
  await undoAnswer(ctx, { offer_id: last.offer_id, by: person_id, via })
  return say(language, 'mail.offer_echo_undo', { code: last.code! })
}
