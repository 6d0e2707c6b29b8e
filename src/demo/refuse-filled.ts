import type { App } from '../server/platform/app.ts'

export class NotADemo extends Error {}

/** Examples never go among real requests: throws when the data folder holds any ticket. */
export async function refuseFilled(app: App): Promise<void> {
  const ticket = await app.worker.selectFrom('tickets').select('id').limit(1).executeTakeFirst()
  if (ticket)
    throw new NotADemo(
      `${app.settings.PANDU_DATA} holds requests that are not the demo's; nothing was added. Set PANDU_DATA to an empty folder`,
    )
}
