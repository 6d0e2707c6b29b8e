import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../server/platform/app.ts'
import { codeOf } from '../../server/platform/database.ts'
import { markRoute, type MarkedRequest } from '../../server/platform/marked-request.ts'
import { openKannelDoor } from './kannel.ts'
import { openPhoneDoor } from './phone.ts'
import { takeTelegram } from './telegram.ts'
import { openTemplateDoor } from './template.ts'
import { openWhatsappDoor } from './whatsapp.ts'

/** What a program asked of one of our addresses under `/channels/`. */
export interface ChannelRequest {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** The rest of the path behind the pattern's `*`; '' without one. */
  rest: string
}
/** Answers a program. Whoever throws says 503: then the gateway tries again, and nothing was acknowledged. */
export type ChannelDoor = (app: App, asked: ChannelRequest) => Promise<void>

/** Each address with its door; one that ends in `*` takes everything below. */
const doors: Record<string, ChannelDoor> = {
  '/channels/phone': openPhoneDoor,
  '/channels/telegram': takeTelegram,
  '/channels/whatsapp': openWhatsappDoor,
  '/channels/sms/kannel': openKannelDoor,
  '/channels/sms/kannel/*': openKannelDoor,
}

export interface ChannelsEdge {
  /** Answers what is asked under `/channels/`; false for everything else. */
  answer(path: string, request: MarkedRequest, response: ServerResponse): boolean
}

/**
 * Where gateways and exchanges hand over what came (docs/channels.md): before the pages, because their requests have no form of ours. What is
 * acknowledged here is committed.
 * @throws SettingFault where a file that describes a gateway is wrong
 */
export function openChannelsEdge(app: App): ChannelsEdge {
  const all = { ...doors, '/channels/sms/http/*': openTemplateDoor(app) }
  return {
    answer(path, request, response) {
      if (!path.startsWith('/channels/')) return false
      const found = findDoor(all, path)
      if (!found) {
        send(response, 404)
        return true
      }
      markRoute(request, found.pattern)
      if (!app.available()) {
        send(response, 503)
        return true
      }
      // The path and the query are the client's; the host in front of them only completes the URL.
      const url = new URL(request.url ?? '/', 'http://gateway.invalid')
      found.door(app, { request, response, url, rest: found.rest }).catch((error: unknown) => {
        app.log.error({ code: codeOf(error), route: found.pattern }, 'what a gateway brought could not be kept')
        if (!response.headersSent) send(response, 503)
        else response.destroy()
      })
      return true
    },
  }
}

function findDoor(all: typeof doors, path: string): { pattern: string; door: ChannelDoor; rest: string } | null {
  for (const [pattern, door] of Object.entries(all)) {
    if (pattern === path) return { pattern, door, rest: '' }
    if (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))
      return { pattern, door, rest: path.slice(pattern.length - 1) }
  }
  return null
}

/** Nothing but a status: some gateways send the body of an answer to the person who wrote. */
export function send(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, { 'content-type': 'text/plain', 'content-length': 0, 'cache-control': 'no-store', ...headers })
    .end()
}

export class BodyTooLarge extends Error {}

/** The bytes of the body as they came. @throws BodyTooLarge beyond `bytes_max` */
export async function bodyBytes(request: IncomingMessage, bytes_max: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bytes_max) throw new BodyTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
