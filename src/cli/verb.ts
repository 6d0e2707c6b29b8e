/** What a verb of the command line is. Apart from the list of them (index.ts), so that no verb imports the list that names it. */
import type { Log } from '../server/platform/log.ts'
import type { Settings, SettingName, SettingSource } from '../settings.ts'

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
