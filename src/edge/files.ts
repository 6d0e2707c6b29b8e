import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { App } from '../server/platform/app.ts'
import { codeOf } from '../server/platform/database.ts'
import { sameBytes } from '../server/platform/secrets.ts'
import { fileHeaders } from './download.ts'

/** A link to a file opens at once or never: it is made when somebody presses the link on a page that they may see. */
const OPENS_SECONDS = 120

interface Named {
  name: string
  size: number
  sha256: string
}

/**
 * Where a file can be fetched for two minutes, by whoever was just seen to be allowed to: `/files/…`, at the address for files if one is
 * set. Signed, because that address gets no cookie; there it can harm nobody's session, whatever it contains.
 */
export function fileAddress(app: Pick<App, 'secrets' | 'settings'>, file: Named): string {
  const until = Math.floor(Date.now() / 1000) + OPENS_SECONDS
  const ticket = Buffer.from(JSON.stringify([until, file.sha256, file.size, file.name])).toString('base64url')
  return `${app.settings.PANDU_FILES_ORIGIN ?? ''}/files/${ticket}.${macOf(app, ticket)}`
}

/** The answer of a page's route to whoever may have the file. */
export const sendToFile = (app: Pick<App, 'secrets' | 'settings'>, file: Named): Response =>
  new Response(null, {
    status: 303,
    headers: {
      location: fileAddress(app, file),
      'cache-control': 'private, no-store',
      'referrer-policy': 'no-referrer',
    },
  })

const macOf = (app: Pick<App, 'secrets'>, ticket: string) => app.secrets.sign('file', ticket).toString('base64url')

export interface FilesEdge {
  /** Answers what is asked at `/files/` or at the address for files; false for everything else. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean
}

/**
 * Serves files for saving. With an address of its own for them, nothing but files is answered there, and no file anywhere else. A link that
 * is forged, changed or too old gets the same 404.
 */
export function openFilesEdge(app: App): FilesEdge {
  const own = app.settings.PANDU_FILES_ORIGIN ? new URL(app.settings.PANDU_FILES_ORIGIN).host : null

  function answer(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const there = own !== null && request.headers.host?.toLowerCase() === own
    const asked = path.startsWith('/files/')
    if (!asked && !there) return false
    const read = request.method === 'GET' || request.method === 'HEAD'
    const file = asked && read && (own === null || there) ? readTicket(app, path.slice('/files/'.length)) : null
    if (file) void send(file, request, response)
    else none(response)
    return true
  }

  async function send(file: Named, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const stream = await app.files.read(file.sha256)
      response.writeHead(200, fileHeaders(file))
      if (request.method === 'HEAD') return void (stream.destroy(), response.end())
      // A reader who goes away is no fault of ours; one of the disk cuts the answer, whose length says so.
      pipeline(
        stream,
        response,
        (error) => error && app.log.debug({ code: codeOf(error) }, 'a file was not sent to its end'),
      )
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') app.log.error({ code: codeOf(error) }, 'a file could not be read')
      none(response)
    }
  }
  return { answer }
}

function none(response: ServerResponse): void {
  response.writeHead(404, {
    'content-type': 'text/plain',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end('404\n')
}

function readTicket(app: App, text: string): Named | null {
  const [ticket = '', mac = '', ...rest] = text.split('.')
  if (rest.length > 0 || !sameBytes(mac, macOf(app, ticket))) return null
  const [until, sha256, size, name] = JSON.parse(Buffer.from(ticket, 'base64url').toString()) as [
    number,
    string,
    number,
    string,
  ]
  return until * 1000 > Date.now() ? { sha256, size, name } : null
}
