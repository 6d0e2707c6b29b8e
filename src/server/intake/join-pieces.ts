import type { App } from '../platform/app.ts'
import {
  bytesOf,
  gatherPieces,
  joinMail,
  UNKNOWN_SENDER,
  Unreadable,
  type GatheredPiece,
  type Mail,
  type MailReader,
  type SenderCheck,
} from '../channels/index.ts'

/** A mail made whole from its pieces. */
export interface Joined {
  mail: Mail
  check: SenderCheck | null
  /** The items of all pieces. */
  pieces: string[]
}

/**
 * Reads a mail that was cut for sending once its last piece is there; null while one is missing. The whole is read in the same threads under the same limits
 * as any mail, and its sender is as doubtful as that of the most doubtful piece: who could put one piece in between could say anything. A whole that claims
 * to be a piece again is not joined further.
 */
export async function joinIfComplete(
  app: App,
  reader: MailReader,
  { item_id, check }: { item_id: string; check: SenderCheck | null },
): Promise<Joined | null> {
  const pieces = await gatherPieces(app, item_id)
  if (pieces.length === 0) return null
  const raws: Buffer[] = []
  for (const piece of pieces) raws.push(await bytesOf(app, piece))
  const mail = await reader.read(joinMail(raws))
  if (mail.from === null) throw new Unreadable('broken')
  return {
    mail: { ...mail, piece: null },
    check: mostDoubtful(pieces.map((piece) => checkOf(piece, item_id, check))),
    pieces: pieces.map((piece) => piece.item_id),
  }
}

const checkOf = (piece: GatheredPiece, own_id: string, own: SenderCheck | null): SenderCheck | null =>
  piece.item_id === own_id ? own : piece.settled ? piece.authentication : UNKNOWN_SENDER

function mostDoubtful(checks: readonly (SenderCheck | null)[]): SenderCheck | null {
  const known = checks.filter((check) => check !== null).toSorted((a, b) => doubt(b) - doubt(a))
  const worst = known[0] ?? null
  // Where nothing could be checked of one piece, nothing is proved of the whole.
  return worst && known.length < checks.length && doubt(worst) < UNPROVED ? { ...worst, dmarc: 'unknown' } : worst
}

const UNPROVED = 2
const doubt = ({ dmarc, spf, dkim }: SenderCheck): number => {
  if (dmarc === 'fail') return 4
  if (dmarc === 'none' && spf === 'fail' && dkim !== 'pass') return 3
  return dmarc === 'unknown' ? UNPROVED : dmarc === 'pass' ? 0 : 1
}
