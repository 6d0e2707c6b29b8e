import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import compression from 'compression'
import type { App } from './server/platform/app.ts'
import type { PageHandler } from './main.ts'

const STOP_MS = 25_000

/**
 * The HTTP server: health first, then pages. What outside programs use (/api /channels /files /metrics) goes to Hono, before SvelteKit.
 * @returns the port it listens on, and how to stop it: nothing in flight is cut for 25 s
 */
export async function listenHttp(app: App, pages: PageHandler): Promise<{ port: number; stop(): Promise<void> }> {
  const compress = compression({ threshold: 512 })
  const origin = new URL(app.settings.PANDU_ORIGIN)
  let stopping = false

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split('?', 1)[0] ?? '/'
    if (stopping) response.setHeader('connection', 'close')
    if (path === '/healthz') return plain(response, 200, 'ok')
    if (path === '/readyz')
      return plain(response, app.available() && !stopping ? 200 : 503, app.available() ? 'ready' : 'no database')
    // SvelteKit builds its URLs from these two; what the client sent is overwritten.
    request.headers['x-pandu-proto'] = origin.protocol.slice(0, -1)
    request.headers['x-pandu-host'] = origin.host
    compress(request as never, response as never, () => pages(request, response))
  }
  const server = createServer(
    { headersTimeout: 20_000, requestTimeout: 900_000, keepAliveTimeout: 30_000, maxHeaderSize: 32_768 },
    answer,
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(app.settings.PANDU_PORT, app.settings.PANDU_HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : app.settings.PANDU_PORT,
    stop: () => {
      stopping = true
      return new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), STOP_MS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      })
    },
  }
}

function plain(response: ServerResponse, status: number, text: string) {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(text + '\n')
}
