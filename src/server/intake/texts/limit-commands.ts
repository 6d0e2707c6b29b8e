import type { Writing } from '../../platform/context.ts'
import { hits } from '../../platform/limits.ts'
import { answer, type Became, type Decided } from './became.ts'
import type { Act } from './decide-text.ts'
import { keyOf } from './look-up-texts.ts'
import type { PaidWord } from './paid-words.ts'

/** What a number may have done in an hour. Each is echoed, so that who forges a sender is seen; this bounds what the echoes cost. */
const COMMANDS_MAX = 60
const WINDOW_SECONDS = 3600

/** These only ask, and their answers are counted like any other (say.ts). */
const ASKING: ReadonlySet<Act['act']> = new Set(['status', 'link', 'files', 'search', 'help', 'new', 'data'])
export const changes = (act: Act): boolean => !ASKING.has(act.act) && !(act.act === 'paid' && onlyAsks(act.word))

/** Also what only brings the code with which it is done. */
const onlyAsks = (word: PaidWord): boolean =>
  word.word === 'LIHAT' || word.word === 'LIHAT PEKERJAAN' || ('code' in word && word.code === null)

/**
 * What becomes of a command beyond so many in an hour: nothing is done, and that is said once. Null for one that is to be done. STOP and BATAL always are: they
 * end what another did in somebody's name. Counts this one.
 */
export async function beyondCommands(ctx: Writing, one: Decided<'act' | 'provider'>): Promise<Became | null> {
  if (!isCounted(one.decision)) return null
  const count = await hits(ctx, { name: 'text_commands', whom: keyOf(one.speaker), window_seconds: WINDOW_SECONDS })
  if (count <= COMMANDS_MAX) return null
  return {
    settlement: { outcome: 'command', reason: 'too_many', ticket: null },
    answer: count === COMMANDS_MAX + 1 ? { ...answer(one, { key: 'sms.too_many_commands' }), is_echo: true } : null,
  }
}

function isCounted(decision: Decided<'act' | 'provider'>['decision']): boolean {
  if (decision.outcome === 'act')
    return changes(decision.act) && decision.act.act !== 'stop' && decision.act.act !== 'undo'
  const { heard } = decision.entry
  return heard.kind === 'command' && heard.command.word !== 'BATAL'
}
