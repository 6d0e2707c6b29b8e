import type { IncomingMessage } from 'node:http'

/**
 * What the edge writes on a request for the line in the log and the figures: its id, and the pattern of the route that answered it
 * (`/follow/[token]`, `/api/v1/tickets/{number}`), never the path itself, which may hold a secret link.
 */
export interface MarkedRequest extends IncomingMessage {
  request_id?: string
  route?: string
}

/** Called by whoever dispatched the request: SvelteKit's hooks, the API. */
export function markRoute(request: IncomingMessage | undefined, pattern: string | null): void {
  if (request && pattern !== null) (request as MarkedRequest).route = pattern
}

export const requestIdOf = (request: IncomingMessage | undefined): string | undefined =>
  (request as MarkedRequest | undefined)?.request_id
