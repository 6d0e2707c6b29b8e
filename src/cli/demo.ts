import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillDemo } from '../demo/fill.ts'
import { refuseFilled } from '../demo/refuse-filled.ts'
import type { App } from '../server/platform/app.ts'
import { serve } from './start.ts'
import type { Verb } from './verb.ts'

export const demo: Verb = {
  usage: './pandu demo',
  serves: true,
  bare: true,
  about: `Start with example data for all 38 provinces, in a data folder of its own (./data-demo).
Everything in it is invented. The first time it takes about a minute to fill.
PANDU_DATA names another folder; a folder with real requests is refused.`,
  environment: (given) => ({ ...given, PANDU_DATA: given['PANDU_DATA'] ?? './data-demo' }),
  run: (call) => serve(call, 'start', { ready: prepareDemo }),
}

async function prepareDemo(app: App) {
  const accounts = join(app.settings.PANDU_DATA, 'demo-accounts.txt')
  if (!existsSync(accounts)) {
    await refuseFilled(app)
    await fillDemo(app, (line) => console.log(line))
  }
  console.log(
    `Sign in at ${app.settings.PANDU_ORIGIN}/sign-in with one of these (they stand in ${accounts}):\n${readFileSync(accounts, 'utf8')}`,
  )
}
