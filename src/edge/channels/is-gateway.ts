import type { IncomingMessage } from 'node:http'
import type { App } from '../../server/platform/app.ts'
import { isIn } from '../../server/platform/client-address.ts'
import { sameBytes } from '../../server/platform/secrets.ts'

/**
 * Whether a program may hand over SMS and calls: its address is in `PANDU_GATEWAYS` (default: this machine) and it came without a forwarding
 * header, because behind a proxy everybody has the proxy's address; or it knows `PANDU_GATEWAY_KEY` (`?key=`).
 */
export function isGateway(app: Pick<App, 'settings'>, request: IncomingMessage, url: URL): boolean {
  const { PANDU_GATEWAYS, PANDU_GATEWAY_KEY } = app.settings
  const key = url.searchParams.get('key')
  if (key !== null)
    return PANDU_GATEWAY_KEY !== undefined && sameBytes(Buffer.from(key), Buffer.from(PANDU_GATEWAY_KEY))
  const forwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some(
    (name) => request.headers[name] !== undefined,
  )
  return !forwarded && isIn(PANDU_GATEWAYS, request.socket.remoteAddress ?? '')
}
