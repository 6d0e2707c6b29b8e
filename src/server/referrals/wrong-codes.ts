import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { limitCatalog, limitInForce } from '../platform/limit-catalog.ts'
import { hitsOfEach } from '../platform/limits.ts'

interface Whose {
  person_id: string
  desk_id: string
  via: 'sms' | 'whatsapp'
}

const NAME = 'text.wrong_codes'
/** All contacts of one provider together: whoever forges several of their numbers tries the same codes. */
const OF_DESK_TIMES = 4
/** So many times as many: then right codes rest too, else whoever forges thousands of texts finds one at last (decision 37 reckons it). */
const SHUT_TIMES = { number: 10, desk: 20 }

/** Both counts as they stand after so many more wrong ones. */
async function counted(ctx: Writing, { person_id, desk_id, via }: Whose, lot: number) {
  const { window_seconds } = limitCatalog[NAME]
  const most = await limitInForce(ctx, NAME)
  const [number, desk] = await hitsOfEach(ctx, [
    { limit: { name: NAME, whom: `${via} ${person_id}`, window_seconds }, lot },
    { limit: { name: NAME, whom: `desk ${desk_id}`, window_seconds }, lot },
  ])
  return { number: number!, desk: desk!, most }
}

/**
 * How it stands with codes from this number. locked: wrong ones are not told to be wrong any more, and a right one is done all the same, because whoever forges
 * a few texts an hour would else keep a provider from its offers. shut: nothing with a code is done until the hour is over.
 */
export async function howCodesStand(ctx: Writing, whose: Whose): Promise<'open' | 'locked' | 'shut'> {
  const { number, desk, most } = await counted(ctx, whose, 0)
  if (number >= most * SHUT_TIMES.number || desk >= most * SHUT_TIMES.desk) return 'shut'
  return number >= most || desk >= most * OF_DESK_TIMES ? 'locked' : 'open'
}

/** One more wrong code. When that was the last that may be tried, `codes.locked` is recorded, and the secretariat is told. Answers whether it was. */
export async function noteWrongCode(ctx: Writing, whose: Whose): Promise<boolean> {
  const { number, desk, most } = await counted(ctx, whose, 1)
  const is_last = number === most || desk === most * OF_DESK_TIMES
  if (is_last)
    await record(ctx, 'codes.locked', {
      about: {
        desk_id: whose.desk_id,
        person_id: whose.person_id,
        via: whose.via,
        of: number === most ? 'number' : 'desk',
      },
    })
  return is_last
}
