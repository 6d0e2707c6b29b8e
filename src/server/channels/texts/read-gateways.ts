/**
 * Which gateways there are, as far as the settings say it: everybody who asks what a text may be long or cost needs no open connection.
 * The grammar of the lines stands beside the settings (src/gateway-lines.ts).
 */
import { readGatewayLines, type OpenedLine } from '../../../gateway-lines.ts'
import type { App } from '../../platform/app.ts'
import type { TextChannel } from './adapter.ts'

export { GatewayLineFault, readGatewayLines, type OpenedLine } from '../../../gateway-lines.ts'

/** All SMS lines of the settings, in their order. */
export const smsLines = (settings: Pick<App['settings'], 'PANDU_SMS_GATEWAY'>): OpenedLine[] =>
  settings.PANDU_SMS_GATEWAY ? readGatewayLines(settings.PANDU_SMS_GATEWAY) : []

/** By which channel a line's texts go. */
export const channelOf = ({ kind }: Pick<OpenedLine, 'kind'>): TextChannel =>
  kind === 'whatsapp' || kind === 'telegram' ? kind : 'sms'

/**
 * Those of the lines that serve a number, the best first: whose prefix is the longest, and of equal ones in the order of the settings. A line
 * without prefix serves everybody.
 */
export function linesServing<Line extends Pick<OpenedLine, 'prefixes'>>(
  lines: readonly Line[],
  address: string,
): Line[] {
  return lines
    .map((line) => ({ line, length: matchOf(line, address) }))
    .filter(({ length }) => length >= 0)
    .sort((a, b) => b.length - a.length)
    .map(({ line }) => line)
}

/** How much of the number the line names; -1: it does not serve it. */
function matchOf({ prefixes }: Pick<OpenedLine, 'prefixes'>, address: string): number {
  if (prefixes.length === 0) return 0
  return Math.max(-1, ...prefixes.filter((prefix) => address.startsWith(prefix)).map((prefix) => prefix.length))
}
