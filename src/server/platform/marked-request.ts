import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * What the edge writes on a request for the line in the log and the figures: its id, and the pattern of the route that answered it
 * (`/follow/[token]`, `/api/v1/tickets/{number}`), never the path itself, which may hold a secret link.
 */
export interface MarkedRequest extends IncomingMessage {
  request_id?: string
  route?: string
  /** The finished bytes of its page; null while there are none. Absent where nobody takes them. */
  page?: Uint8Array | null
}

/** Called by whoever dispatched the request: SvelteKit's hooks, the API. */
export function markRoute(request: IncomingMessage | undefined, pattern: string | null): void {
  if (request && pattern !== null) (request as MarkedRequest).route = pattern
}

export const requestIdOf = (request: IncomingMessage | undefined): string | undefined =>
  (request as MarkedRequest | undefined)?.request_id

/**
 * SvelteKit answers with a stream, also where the page lies there whole: to open, race and read it takes longer than to send it. So its
 * answer says all but the bytes, and they go out with its end.
 */
export function takePage(request: MarkedRequest, response: ServerResponse): void {
  request.page = null
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse
  response.end = ((...given: unknown[]) =>
    given.length === 0 && request.page ? end(request.page) : end(...given)) as typeof response.end
}

/** Whether the page's bytes are taken from here; else they belong into the answer. */
export function leavePage(request: IncomingMessage | undefined, bytes: Uint8Array): boolean {
  if ((request as MarkedRequest | undefined)?.page !== null) return false
  ;(request as MarkedRequest).page = bytes
  return true
}
