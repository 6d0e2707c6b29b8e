import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { heldAndFree } from '../channels/index.ts'
import { sendLinks } from './send-links.ts'

/** A run each minute takes at most this many batches of 50 addresses. */
const BATCHES_MAX = 20

/** Sends what was held back to the addresses that may get a mail again, each in one mail with all numbers and fresh links. */
export async function gatherHeld(app: App): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const addresses = await write(app, system, async (ctx) => {
      const held = await heldAndFree(ctx)
      await sendLinks(ctx, held)
      return held.size
    })
    if (addresses === 0) return
  }
}
