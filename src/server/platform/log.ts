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
  return destination ? pino(options, destination) : pino(options)
}
