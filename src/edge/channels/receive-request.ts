import type { ReceivedRequest } from '../../server/channels/index.ts'
import { bodyBytes, type ChannelRequest } from './index.ts'

/** The largest text has 255 parts of 153 letters; written as %06%2A it is thrice as long. */
const BODY_BYTES_MAX = 256 * 1024

/** Reads a gateway's request to its end. @throws BodyTooLarge */
export async function receiveRequest({ request }: Pick<ChannelRequest, 'request'>): Promise<ReceivedRequest> {
  const body = await bodyBytes(request, BODY_BYTES_MAX)
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.headers,
    body,
    remote: request.socket.remoteAddress,
  }
}
