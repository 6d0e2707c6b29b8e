import type { ReceivedRequest } from '../../server/channels/index.ts'
import { bodyBytes, type ChannelRequest } from './index.ts'

/** The largest text has 255 parts of 153 letters; written as %06%2A it is thrice as long. */
const BODY_BYTES_MAX = 256 * 1024

/** Reads a gateway's request to its end. @throws BodyTooLarge */
export async function receiveRequest({ request }: Pick<ChannelRequest, 'request'>): Promise<ReceivedRequest> {
  // A request that announces no body has none: most of a gateway's are such, and reading none costs as much as reading some.
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const body =
    length === undefined && encoding === undefined ? Buffer.alloc(0) : await bodyBytes(request, BODY_BYTES_MAX)
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.headers,
    body,
    remote: request.socket.remoteAddress,
  }
}
