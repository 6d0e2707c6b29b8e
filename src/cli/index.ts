import type { Log } from '../server/platform/log.ts'
import type { Settings, SettingName, SettingSource } from '../settings.ts'
import { backup } from './backup.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { journalHead } from './journal-head.ts'
import { migrateOnly } from './migrate.ts'
import { restore } from './restore.ts'
import { simulateNetwork } from './simulate.ts'
import { start, web, worker } from './start.ts'
import { token } from './token.ts'
import { user } from './user.ts'
import { verify } from './verify.ts'

export interface Call {
  words: string[]
  settings: Settings
  sources: Record<SettingName, SettingSource>
  log: Log
}

export interface Verb {
  usage: string
  /** The first line stands in the overview. */
  about: string
  /** It listens and runs until it is stopped, and logs to stdout. The stdout of every other verb is its answer; it logs to stderr. */
  serves?: true
  /** It knows no words of its own: any that follow are wrong usage. */
  bare?: true
  /** Settings that the verb itself decides, such as the demo's data folder. */
  environment?(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv
  /** @returns the exit code */
  run(call: Call): Promise<number>
}

/** Wrong words: exit 2, with the usage. */
export function wrongUsage(verb: Pick<Verb, 'usage'>, why: string): number {
  console.error(`pandu: ${why}\nusage: ${verb.usage}`)
  return 2
}

export const verbs: Record<string, Verb> = {
  start,
  web,
  worker,
  migrate: migrateOnly,
  demo,
  user,
  token,
  backup,
  restore,
  verify,
  'journal-head': journalHead,
  doctor,
  simulate: simulateNetwork,
}
