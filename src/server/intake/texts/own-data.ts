import type { Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import type { Conversation } from '../../channels/index.ts'
import type { DataWord } from './data-words.ts'
import type { Commanding, Done } from './do-act.ts'
import type { Known } from './look-up-texts.ts'

/**
 * Somebody asks about their own data by text, or sends the code back that went to their number. Nothing is done here: the sender of a text can be forged, so
 * a job sends a code to the number, or looks whether this is it (`privacy/data-by-text.ts`). A number that nobody here has is told so, like every stranger
 * within the limit of such answers. Records `data_code.wanted`, `data_code.returned`.
 */
export async function askOwnData(
  ctx: Writing,
  { speaker: { channel, address }, item_id, known }: Commanding,
  word: DataWord,
): Promise<Done> {
  if (known.names.length === 0) return { answer: { says: { key: 'sms.data_none' } }, ticket: null }
  const about = { item_id, channel }
  if (word.word === 'KODE') {
    await record(ctx, 'data_code.returned', { about, details: { address } })
    return { answer: null, ticket: null, conversation: {} }
  }
  await record(ctx, 'data_code.wanted', { about: { ...about, what: word.what }, details: { address } })
  return { answer: null, ticket: null, conversation: waitsForCode(ctx, known) }
}

/** A text with nothing but six figures is the code, from now on; but texts that wait for another answer go on waiting for that, and a BARU for its text. */
function waitsForCode(ctx: Writing, { conversation }: Known): Partial<Conversation> {
  const kind = conversation?.question?.kind
  if (kind === 'which_ticket') return {}
  if (kind === 'new') return { question: { kind, has_code: true } }
  return { question: { kind: 'data_code' }, asked_at: ctx.now }
}
