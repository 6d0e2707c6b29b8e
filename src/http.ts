import { createServer, type ServerResponse } from 'node:http'
import { constants } from 'node:zlib'
import compression from 'compression'
import type { App } from './server/platform/app.ts'
import type { PageHandler } from './main.ts'
import { openApi } from './server/api/index.ts'

import { newId } from './server/platform/ids.ts'
import { markRoute, takePage, type MarkedRequest } from './server/platform/marked-request.ts'
import { openMetrics } from './server/platform/metrics.ts'
import type { LocalParts } from './server/reports/index.ts'
import { answerFollow } from './edge/answer-follow.ts'
import { answerShared } from './edge/answer-shared.ts'
import { openChannelsEdge } from './edge/channels/index.ts'
import { setEveryHeader } from './edge/every-header.ts'
import { openFilesEdge } from './edge/files.ts'
import { openHealth } from './edge/health.ts'
import { openProviderLogout } from './edge/provider-logout.ts'

// Brotli's own window of 4 MB costs three times as much to set up as a page costs to compress; 256 KB holds any of ours whole.
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 18 }

/** A request may take so long to end after the stop was asked for; what is left then is cut. */
const STOP_MS = 20_000
/** Asked every few seconds by machines: told in the log only to whoever looks for everything. */
const PROBES = new Set(['/healthz', '/readyz', '/metrics'])
/** What pages and their files understand; TRACE would show a program in a page what its cookies are. */
const PAGE_METHODS = new Set(['GET', 'HEAD', 'POST'])

/**
 * The HTTP server: health first, then what outside programs use (/api /channels /files), then pages. Each request gets an id, which its
 * answer carries (`X-Request-Id`), and one line in the log: never its path, query or sender.
 * @param local the parts that run in this process, for /readyz
 * @returns the port it listens on, and how to stop it: nothing in flight is cut for 20 s
 */
export async function listenHttp(
  app: App,
  pages: PageHandler,
  local: LocalParts = {},
): Promise<{ port: number; stop(): Promise<void> }> {
  const compress = compression({ threshold: 512, brotli: { params: BROTLI } })
  const origin = new URL(app.settings.PANDU_ORIGIN)
  const secure = origin.protocol === 'https:'
  const api = openApi(app)
  const metrics = openMetrics(app)
  let stopping = false
  const health = openHealth(app, metrics, local, () => stopping)
  const files = openFilesEdge(app)
  const logout = openProviderLogout(app)
  const channels = openChannelsEdge(app)
  const open = new Set<ServerResponse>()

  const answer = (request: MarkedRequest, response: ServerResponse) => {
    const path = request.url?.split('?', 1)[0] ?? '/'
    observe(request, response, path)
    setEveryHeader(response, secure)
    if (stopping) response.setHeader('connection', 'close')
    // A request of HTTP/0.9 has no headers by which anything could be told apart.
    if (request.method === 'TRACE' || request.httpVersionMajor < 1) return refuseMethod(response)
    if (health.answer(path, request, response)) return markRoute(request, path)
    if (files.answer(path, request, response)) return markRoute(request, '/files')
    if (logout.answer(path, request, response)) return markRoute(request, '/sign-in/with/[provider]/signed-out')
    if (channels.answer(path, request, response)) return
    if (answerShared(app, secure, request, response)) return
    if (path === '/api' || path.startsWith('/api/'))
      return compress(request as never, response as never, () => api(request, response))
    // Before a body is read for nothing; the API says by itself what each address takes.
    if (!PAGE_METHODS.has(request.method ?? '')) return refuseMethod(response)
    // SvelteKit builds its URLs from these two; what the client sent is overwritten.
    request.headers['x-pandu-proto'] = origin.protocol.slice(0, -1)
    request.headers['x-pandu-host'] = origin.host
    const bySvelteKit = () =>
      compress(request as never, response as never, () => {
        takePage(request, response)
        pages(request, response)
      })
    if (!answerFollow(app, secure, request, response, bySvelteKit)) bySvelteKit()
  }

  /** Watches one request from its first byte to the last of its answer. */
  function observe(request: MarkedRequest, response: ServerResponse, path: string) {
    const begun = performance.now()
    request.request_id = newId()
    response.setHeader('x-request-id', request.request_id)
    open.add(response)
    response.once('close', () => {
      open.delete(response)
      const ms = performance.now() - begun
      // A file of the pages' own, or a path that leads nowhere: neither has a pattern.
      const route = request.route ?? (path.startsWith('/_app/') ? '/_app/' : path.startsWith('/api') ? '/api' : 'none')
      const { method = '', request_id } = request
      const status = response.statusCode
      metrics.answered(method, route, status, ms / 1000)
      const line = {
        request_id,
        method,
        route,
        status,
        ms: Math.round(ms),
        ...(response.writableFinished ? {} : { cut: true }),
      }
      app.log[PROBES.has(path) ? 'debug' : 'info'](line, 'request')
      // Its connection is idle now, and nothing new shall come on it.
      if (stopping) setImmediate(() => server.closeIdleConnections())
    })
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
        // A stream of live news has no end of its own; the browser comes back to the next process by itself.
        for (const response of open)
          if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.end()
      })
    },
  }
}

function refuseMethod(response: ServerResponse): void {
  response
    .writeHead(405, { allow: [...PAGE_METHODS].join(', '), 'content-length': 0, 'cache-control': 'no-store' })
    .end()
}
