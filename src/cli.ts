/** The command line. Each verb parses its own words; exit 0 done, 1 failed, 2 wrong usage. */
import { SettingFault, readSettings } from './settings.ts'
import { openLog } from './server/platform/log.ts'
import { verbs } from './cli/index.ts'
import { wrongUsage } from './cli/verb.ts'

async function main(words: string[]): Promise<number> {
  const [name = '', ...rest] = words
  if (name === '' || name === '--help' || name === 'help') {
    console.log(await usage())
    return name === '' ? 2 : 0
  }
  const verb = await verbs[name]?.()
  if (!verb) {
    console.error(`pandu: there is no verb "${name}".\n\n${await usage()}`)
    return 2
  }
  if (rest.includes('--help')) {
    console.log(`${verb.usage}\n\n${verb.about}`)
    return 0
  }
  if (verb.bare && rest.length > 0) return wrongUsage(verb, `${name} knows no ${rest[0]}`)
  const { settings, sources } = readSettings(verb.environment?.(process.env) ?? process.env)
  return verb.run({ words: rest, settings, sources, log: openLog(settings, verb.serves ? undefined : process.stderr) })
}

async function usage(): Promise<string> {
  const all = await Promise.all(Object.values(verbs).map((load) => load()))
  const lines = all.map((verb) => `  ${verb.usage.replace('./pandu ', '').padEnd(34)} ${verb.about.split('\n')[0]}`)
  return `usage: ./pandu VERB [--help]\n\n${lines.join('\n')}`
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    // Faults of settings, data folder and ports are told in one line; anything else is a bug and shows where it is.
    console.error(isFault(error) ? `pandu: ${error.message}` : error)
    process.exitCode = 1
  },
)

function isFault(error: unknown): error is Error {
  return error instanceof SettingFault || (error instanceof Error && error.constructor !== Error && !('code' in error))
}
