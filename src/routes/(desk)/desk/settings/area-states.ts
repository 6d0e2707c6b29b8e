import type { Reading } from '#server/platform/context.ts'
import { listLimits } from '#server/platform/set-limits.ts'
import { maySend, seeSmsGateways } from '#server/channels/index.ts'
import { listDesks } from '#server/desks/index.ts'
import { countAccounts, listTokens, suggestDuplicates } from '#server/people/index.ts'
import type { Key } from '#messages/format.ts'

const DAY_MS = 86_400_000
/** A token that ends within these days is told of, so that nobody's program stops by surprise. */
const ENDING_DAYS = 14

/** How each area of the settings stands, by its address, in one sentence each; only of those that this person may open. */
export async function areaStates(
  ctx: Reading,
  hrefs: readonly string[],
): Promise<Record<string, { word: Key; values: Record<string, string | number> }>> {
  const { settings } = ctx.app
  const asked: Record<string, () => Promise<{ word: Key; values: Record<string, string | number> }>> = {
    people: async () => ({ word: 'settings.people_counts', values: await countAccounts(ctx) }),
    desks: async () => ({ word: 'settings.state_desks', values: { n: (await listDesks(ctx)).length } }),
    channels: async () => ({
      word: 'settings.state_channels',
      values: {
        out: maySend(settings) ? 'sends' : 'kept',
        away: (await seeSmsGateways(ctx)).filter(({ state }) => !state || state.connected === false).length,
        into: settings.PANDU_SMTP_PORT !== 0 || settings.PANDU_IMAP_URL ? 'yes' : 'no',
      },
    }),
    tokens: async () => {
      const open = (await listTokens(ctx)).filter((one) => !one.revoked_at && one.expires_at > ctx.now)
      const ending = open.filter((one) => one.expires_at.getTime() < ctx.now.getTime() + ENDING_DAYS * DAY_MS)
      return { word: 'settings.state_tokens', values: { n: open.length, ending: ending.length, days: ENDING_DAYS } }
    },
    duplicates: async () => ({
      word: 'settings.state_duplicates',
      values: { n: (await suggestDuplicates(ctx)).length },
    }),
    limits: async () => ({
      word: 'settings.state_limits',
      values: { n: (await listLimits(ctx)).filter((one) => one.value !== one.original).length },
    }),
  }
  const states: Awaited<ReturnType<typeof areaStates>> = {}
  for (const href of hrefs) {
    const ask = asked[href.replace('/desk/settings/', '')]
    if (ask) states[href] = await ask()
  }
  return states
}
