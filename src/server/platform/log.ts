import { pino, type Logger } from 'pino'
import type { Settings } from '../../settings.ts'

export type Log = Logger

/**
 * JSON lines on stdout. Never a person's words, an address, a token or a link: log ids and codes.
 * `redact` is the second line of defence for objects that carry such fields by accident.
 */
export function openLog(settings: Pick<Settings, 'PANDU_LOG'>, destination?: pino.DestinationStream): Log {
  const options = {
    level: settings.PANDU_LOG,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', 'token', 'secret', 'link', 'text', 'subject', 'address', '*.password', '*.token', '*.secret'],
  }
  return pino(options, destination ?? openStdout())
}

/** Lines that nobody takes are kept up to here; those after them are lost, and written again is what comes when there is room. */
const KEPT_BYTES_MAX = 1_000_000

/** A log that nobody can write, on a full disk say, stops nothing: what happens to requests is more than what is told of it. */
function openStdout(): pino.DestinationStream {
  const stdout = pino.destination({ fd: 1, sync: true, maxLength: KEPT_BYTES_MAX })
  stdout.on('error', () => undefined)
  return stdout
}
