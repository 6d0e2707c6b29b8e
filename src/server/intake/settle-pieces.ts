import type { Writing } from '../platform/context.ts'
import { claimWholes, keepPieces, readAgain, settleAsPieces } from '../channels/index.ts'
import type { Decision } from './decide.ts'
import type { LookedUp } from './look-up.ts'

type Decided = LookedUp & { decision: Decision }

/**
 * Mails that were cut for sending, before anything else is settled: a piece waits (held, and seen) until all are there; the one that completes them
 * is read once more, as the whole; when that is settled the others point to it. Answers what is still to be settled, and how many are to be
 * read again.
 */
export async function settlePieces(
  ctx: Writing,
  decided: readonly Decided[],
): Promise<{ rest: Decided[]; again: number }> {
  const { rest, gone } = await settleWholes(ctx, decided)
  const states = new Map((await keepPieces(ctx, rest.flatMap(pieceOf))).map((state) => [state.item_id, state] as const))
  const all = [...states.values()]
  const completing = all.filter(({ state }) => state === 'completes').map(({ item_id }) => item_id)
  await readAgain(ctx, completing)
  await settleAsPieces(ctx, [
    ...gone,
    ...all.flatMap((one) => (one.state === 'repeats' ? [{ id: one.item_id, of: one.first_id }] : [])),
  ])
  return {
    again: completing.length,
    rest: rest.flatMap((read) => {
      const state = states.get(read.item.id)?.state
      if (state === 'completes' || state === 'repeats') return []
      if (state !== 'other' && state !== 'too_large') return read
      return { ...read, decision: { outcome: 'quarantined', reason: `partial_${state}` } }
    }),
  }
}

/** Wholes become something once: read twice at the same moment, the second is part of the first. */
async function settleWholes(ctx: Writing, decided: readonly Decided[]) {
  const wholes = decided.filter(({ pieces }) => pieces !== null)
  const owners = await claimWholes(
    ctx,
    wholes.map(({ item }) => item.id),
  )
  const second = wholes.filter(({ item }) => (owners.get(item.id) ?? item.id) !== item.id)
  const gone = [
    ...second.map(({ item }) => ({ id: item.id, of: owners.get(item.id)! })),
    ...wholes
      .filter((whole) => !second.includes(whole))
      .flatMap(({ item, pieces }) => pieces!.flatMap((id) => (id === item.id ? [] : [{ id, of: item.id }]))),
  ]
  return { rest: decided.filter((one) => !second.includes(one)), gone }
}

function pieceOf({ item, mail, known, attachments, decision }: Decided) {
  const [body] = attachments
  if (decision.outcome !== 'quarantined' || decision.reason !== 'partial' || !mail.piece || !known.sender || !body)
    return []
  const { id: partial_id, number, total } = mail.piece
  return [{ item_id: item.id, sender: known.sender.normalised, partial_id, number, total, body_sha256: body.sha256 }]
}
