import { isLoopback } from '../../platform/is-loopback.ts'
import type { App } from '../../platform/app.ts'
import type { OpenedLine } from './read-gateways.ts'

/**
 * Whether a text must not leave because its link leads its reader nowhere: the address of this installation holds on this machine only. A text
 * without such a link goes; and so does every text where the gateway itself is on this machine, as mail does with both on it: whoever
 * tries things out sees what would be sent.
 */
export function keepsLink(
  settings: Pick<App['settings'], 'PANDU_ORIGIN'>,
  line: Pick<OpenedLine, 'url'>,
  text: string,
): boolean {
  const origin = new URL(settings.PANDU_ORIGIN)
  if (!isLoopback(origin.hostname) || !text.includes(origin.origin)) return false
  // A path stands for a file of this machine.
  return URL.canParse(line.url) && !isLoopback(new URL(line.url).hostname || 'localhost')
}
