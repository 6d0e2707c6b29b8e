import { isIP } from 'node:net'
import type { App } from '../../platform/app.ts'
import type { OpenedLine } from '../texts/read-gateways.ts'

/**
 * Where a gateway reaches us with its reports: what the settings say (`reports=` behind `#`), else on the same machine our own port, else the
 * address on which we listen, else the public one. There a proxy may stand in front, so the key goes along.
 * @returns `key`: '' or `&key=…`, for the end of an address that has a query
 */
export function reportsOrigin(
  settings: Pick<App['settings'], 'PANDU_HOST' | 'PANDU_PORT' | 'PANDU_ORIGIN' | 'PANDU_GATEWAY_KEY'>,
  line: Pick<OpenedLine, 'url' | 'reports'>,
): { origin: string; key: string } {
  const { PANDU_HOST: host, PANDU_PORT: port, PANDU_ORIGIN, PANDU_GATEWAY_KEY } = settings
  const key = PANDU_GATEWAY_KEY === undefined ? '' : `&key=${encodeURIComponent(PANDU_GATEWAY_KEY)}`
  if (line.reports !== undefined) return { origin: line.reports, key }
  const everywhere = host === '0.0.0.0' || host === '::'
  if (URL.canParse(line.url) && isLoopback(new URL(line.url).hostname) && (everywhere || isLoopback(host)))
    return { origin: `http://${everywhere ? '127.0.0.1' : bracketed(host)}:${port}`, key }
  if (isIP(host) !== 0 && !everywhere && !isLoopback(host)) return { origin: `http://${bracketed(host)}:${port}`, key }
  return { origin: PANDU_ORIGIN, key }
}

const isLoopback = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host)
const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
