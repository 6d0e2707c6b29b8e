import { setTimeout as pause } from 'node:timers/promises'
import { startPandu, type PageHandler, type Pandu, type Part } from '../main.ts'
import { enter } from '../server/platform/context.ts'
import { codeOf, isDatabaseAway } from '../server/platform/database.ts'
import { makeSetupLink } from '../server/people/index.ts'
import type { App } from '../server/platform/app.ts'
import type { Call, Verb } from './verb.ts'

export const start: Verb = {
  usage: './pandu start',
  serves: true,
  bare: true,
  about: `Start everything in one process and print the address.
The first time it also prints a one-time link with which you become the administrator.
Ctrl-C or SIGTERM stops cleanly: nothing in flight is cut, exit 0.`,
  run: (call) => serve(call, 'start'),
}
export const web: Verb = {
  usage: './pandu web',
  serves: true,
  bare: true,
  about: `Start only HTTP and SMTP: one of several machines behind a load balancer.
All machines need the same DATABASE_URL and PANDU_SECRET.`,
  run: (call) => serve(call, 'web'),
}
export const worker: Verb = {
  usage: './pandu worker',
  serves: true,
  bare: true,
  about: `Start only the relay, the jobs and the reading of mail: one of several machines.
All machines need the same DATABASE_URL and PANDU_SECRET.`,
  run: (call) => serve(call, 'worker'),
}

/** The pages that `vite build` made. The adapter reads these names from the environment when it is imported. */
export async function builtPages(): Promise<PageHandler> {
  process.env['PROTOCOL_HEADER'] = 'x-pandu-proto'
  process.env['HOST_HEADER'] = 'x-pandu-host'
  // The hook reads every body itself, with its own limit (src/edge/read-body.ts), and what was typed outlives it.
  process.env['BODY_SIZE_LIMIT'] = 'Infinity'
  const built = new URL('../../build/handler.js', import.meta.url)
  const { handler } = (await import(built.href)) as { handler: PageHandler }
  return handler
}

/** Service managers kill after 30 s or more; we are gone before. */
const STOP_MS_MAX = 28_000
const LINK_AGAIN_MS = 1_000

export interface Serving {
  pages?: () => Promise<PageHandler>
  /** After everything runs and before the address is printed; the demo fills itself here. */
  ready?: (app: App) => Promise<void>
}

export async function serve(call: Call, part: Part, { pages = builtPages, ready }: Serving = {}): Promise<number> {
  // The signal may come at any moment of the start, so it is listened to before.
  const ended = Promise.withResolvers<number>()
  let pandu: Pandu | null = null
  let asked = false
  const end = (code: number) => {
    if (asked) return
    asked = true
    if (!pandu) return ended.resolve(code)
    // Whatever hangs: what was acknowledged is committed, the rest was promised to nobody and comes again.
    setTimeout(() => {
      call.log.warn('the stop takes too long; what is left is dropped')
      ended.resolve(code)
    }, STOP_MS_MAX).unref()
    pandu.stop().then(
      () => ended.resolve(code),
      (error: unknown) => {
        call.log.fatal(describe(error), 'the stop failed')
        ended.resolve(1)
      },
    )
  }
  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))
  const die = (error: unknown) => {
    call.log.fatal(describe(error), 'a bug ended the process')
    end(1)
  }
  process.on('uncaughtException', die)
  // The job runner forgets a promise or two when PostgreSQL is killed under it. It is started again (worker/), so nobody dies of that.
  process.on('unhandledRejection', (reason) => {
    if (isDatabaseAway(reason)) call.log.warn(describe(reason), 'a promise failed with the database')
    else die(reason)
  })
  const started = await startPandu({
    part,
    settings: call.settings,
    sources: call.sources,
    log: call.log,
    pages,
    onGivenUp: (reason) => {
      console.error(`pandu: ${reason}`)
      end(1)
    },
  }).catch((error: unknown) => {
    throw clearer(error, call)
  })
  pandu = started
  if (asked) await started.stop()
  else {
    try {
      await ready?.(started.app)
      await Promise.race([greet(started, call, () => asked), ended.promise])
    } catch (error) {
      // Nothing may be left running that nobody knows of: the folder's lock would be held for ever.
      await started.stop()
      throw error
    }
  }
  return ended.promise.then((code) => process.exit(code))
}

// Class, code and place; the message may hold a person's words.
const describe = (error: unknown) =>
  error instanceof Error
    ? {
        name: error.name,
        code: codeOf(error),
        at: error.stack
          ?.split('\n')
          .filter((line) => line.trim().startsWith('at '))
          .slice(0, 8),
      }
    : { name: typeof error }

async function greet({ app, smtp_port }: Pandu, { settings }: Call, isEnding: () => boolean) {
  console.log(`Pandu is ready: ${settings.PANDU_ORIGIN}`)
  if (smtp_port !== null)
    console.log(`Mail comes in on ${settings.PANDU_SMTP_HOST}:${smtp_port} for @${settings.PANDU_MAIL_DOMAIN}`)
  const link = await setupLink(app, isEnding)
  if (link) console.log(`\nBecome the administrator with this link (once, within 24 hours):\n  ${link}\n`)
}

/** A database that goes away just now is waited for: everything else of us does so too, and it would be absurd to end for want of a greeting. */
async function setupLink(app: App, isEnding: () => boolean): Promise<string | null> {
  for (;;)
    try {
      return await enter(app, 'sign_in', (ctx) => makeSetupLink(ctx))
    } catch (error) {
      if (isEnding()) return null
      if (!isDatabaseAway(error)) throw error
      await pause(LINK_AGAIN_MS)
    }
}

/** A taken port or a refused address is somebody's everyday mistake: one line with the setting and the remedy. */
function clearer(error: unknown, call: Call): unknown {
  const { settings } = call
  const { code, port, address } = error as { code?: string; port?: number; address?: string }
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error
  if (address !== undefined && address === settings.PANDU_LMTP_PORT)
    return new CannotListen(`PANDU_LMTP_PORT: ${address} cannot be opened (${code}); choose another path, or a port`)
  const setting =
    (['PANDU_SMTP_PORT', 'PANDU_LMTP_PORT'] as const).find((name) => settings[name] === port) ?? 'PANDU_PORT'
  const why = {
    EADDRINUSE: 'is used by another program',
    EACCES: 'may not be opened by this user',
    EADDRNOTAVAIL: 'cannot be opened at this address',
  }[code]
  const another = (port ?? 8080) < 65_535 ? (port ?? 8080) + 1 : 8080
  return new CannotListen(
    `${setting}: port ${port ?? ''} ${why}; choose another, for example ${setting}=${another}${addressToo(call, setting, port)}, or stop the other program`,
  )
}
// Without PANDU_ORIGIN the address follows the port; one that was written down and names it does not.
const addressToo = ({ settings, sources }: Call, setting: string, port: number | undefined) =>
  setting === 'PANDU_PORT' && sources.PANDU_ORIGIN !== 'default' && settings.PANDU_ORIGIN.endsWith(`:${port}`)
    ? ' (and the same port in PANDU_ORIGIN)'
    : ''
class CannotListen extends Error {}
