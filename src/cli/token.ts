import { parseArgs } from 'node:util'
import { createToken, listTokens, revokeToken, scopes, type Scope } from '../server/people/index.ts'
import { read, system, write } from '../server/platform/context.ts'
import { Refusal } from '../server/platform/refusal.ts'
import { wrongUsage, type Call, type Verb } from './verb.ts'
import { withApp } from './with-app.ts'

const usage =
  './pandu token create [--account MAIL] [--scopes a,b|all] [--days 90] [--per-minute 60000] [--json] | revoke ID | list [--json]'

export const token: Verb = {
  usage,
  about: `Make, end or list the keys with which other programs use the API (docs/api.md).
create shows the token once: it is kept as a hash only. Without --account it acts for the service account "cli", which sees every
ticket; with it, it sees what that account sees. Without --scopes it may read and change nothing; --scopes all may do everything,
as an administrator. --per-minute is how many requests it may make; above that it hears 429. --json prints one line.
Scopes: ${scopes.join(' ')}`,
  run(call) {
    const [what, ...words] = call.words
    if (what === 'create') return create(call, words)
    if (what === 'revoke') return revoke(call, words)
    if (what === 'list') return list(call, words)
    return Promise.resolve(wrongUsage({ usage }, 'token needs create, revoke or list'))
  },
}

async function create(call: Call, words: string[]): Promise<number> {
  const given = readWords(words, 0, making)
  if (typeof given === 'string') return wrongUsage({ usage }, given)
  const wanted = given.values.scopes?.split(',').map((scope) => scope.trim())
  const unknown = wanted?.find((scope) => scope !== 'all' && !isScope(scope))
  if (unknown !== undefined)
    return wrongUsage({ usage }, `there is no scope "${unknown}"; the scopes are: all ${scopes.join(' ')}`)
  const days = Number(given.values.days ?? '90')
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    return wrongUsage({ usage }, '--days needs a number from 1 to 3650')
  const per_minute = Number(given.values['per-minute'] ?? '60000')
  if (!Number.isInteger(per_minute) || per_minute < 1 || per_minute > 1_000_000)
    return wrongUsage({ usage }, '--per-minute needs a number from 1 to 1000000')
  const { account } = given.values
  const created = await withApp(call, (app) =>
    write(app, system, (ctx) =>
      createToken(ctx, {
        ...(account === undefined ? {} : { account }),
        ...(wanted === undefined ? {} : { scopes: wanted.includes('all') ? 'all' : wanted.filter(isScope) }),
        days,
        per_minute,
      }),
    ).catch(orNull),
  )
  if (created === null) {
    console.error(`pandu: nobody with the address ${account} has an account; "./pandu user list" shows all`)
    return 1
  }
  if (given.values.json) console.log(JSON.stringify(created))
  else
    console.log(
      `${created.token}\nThis token is shown only now. It acts for ${created.account} until ${created.expires_at.toISOString()} with: ${created.scopes.join(' ')}\nIts id, for "./pandu token revoke": ${created.id}`,
    )
  return 0
}

async function revoke(call: Call, words: string[]): Promise<number> {
  const given = readWords(words, 1, {})
  if (typeof given === 'string') return wrongUsage({ usage }, given)
  const id = given.positionals[0]!
  const ended = await withApp(call, (app) =>
    write(app, system, (ctx) => revokeToken(ctx, { id }))
      .then(() => true)
      .catch(orNull),
  )
  if (ended === null) {
    console.error(`pandu: there is no token with the id ${id}; "./pandu token list" shows all`)
    return 1
  }
  console.log(given.values.json ? JSON.stringify({ id, revoked: true }) : 'This token opens nothing any more.')
  return 0
}

async function list(call: Call, words: string[]): Promise<number> {
  const given = readWords(words, 0, {})
  if (typeof given === 'string') return wrongUsage({ usage }, given)
  const tokens = await withApp(call, (app) => read(app, system, (ctx) => listTokens(ctx)))
  for (const one of tokens)
    console.log(
      given.values.json
        ? JSON.stringify(one)
        : `${one.id}\t${one.account}\t${one.revoked_at ? 'revoked' : `until ${one.expires_at.toISOString()}`}\t${one.scopes.join(',')}`,
    )
  return 0
}

const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text)

// Only create takes these: passed over, "list --scopes x" would look like an answer about x.
const making = {
  account: { type: 'string' },
  scopes: { type: 'string' },
  days: { type: 'string' },
  'per-minute': { type: 'string' },
} as const

/** The words behind the verb, or what is wrong with them. */
function readWords<Options extends Partial<typeof making>>(words: string[], positionals: number, options: Options) {
  try {
    const given = parseArgs({
      args: words,
      allowPositionals: true,
      options: { ...options, json: { type: 'boolean' } },
    })
    return given.positionals.length === positionals ? given : 'these words are too many or too few'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Not found is somebody's everyday mistake; anything else is thrown on. */
function orNull(thrown: unknown): null {
  if (thrown instanceof Refusal && thrown.kind === 'not_found') return null
  throw thrown
}
