import { isIP } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../server/platform/app.ts'
import type { Metrics } from '../server/platform/metrics.ts'
import { codeOf } from '../server/platform/database.ts'
import { tokenActor } from '../server/desks/index.ts'
import { addQueueMetrics, seeReadiness, type LocalParts, type Readiness } from '../server/reports/index.ts'

/** Anybody may ask; the database is asked twice a second at most. */
const FRESH_MS = 500
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

export interface Health {
  /** Answers /healthz, /readyz and /metrics; false when the path is none of them. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean
}

/** What a load balancer and a monitoring system ask. `/healthz`: the process lives. `/readyz`: a request would be taken care of. */
export function openHealth(app: App, metrics: Metrics, local: LocalParts, stopping: () => boolean): Health {
  const queues = addQueueMetrics(app, metrics.registry)
  let last: { at: number; readiness: Promise<Readiness> } | null = null
  const readiness = () => {
    if (!last || performance.now() - last.at > FRESH_MS)
      last = { at: performance.now(), readiness: seeReadiness(app, local) }
    return last.readiness
  }

  async function ready(response: ServerResponse) {
    const { ready: all, parts } = await readiness()
    const good = all && !stopping()
    send(
      response,
      good ? 200 : 503,
      'application/json',
      JSON.stringify({ ready: good, ...(stopping() ? { stopping: true } : {}), parts }),
    )
  }
  async function figures(request: IncomingMessage, response: ServerResponse) {
    if (!(await mayRead(app, request))) {
      response.setHeader('www-authenticate', 'Bearer realm="Pandu"')
      return send(response, 401, 'text/plain', 'a token with the scope "metrics" is needed')
    }
    // While the database is away its figures keep their last values, and this process's own are still told.
    if (app.available())
      await queues
        .ask()
        .catch((error: unknown) => app.log.warn({ code: codeOf(error) }, 'the queues could not be counted'))
    send(response, 200, metrics.registry.contentType, await metrics.registry.metrics())
  }
  return {
    answer(path, request, response) {
      const failed = (error: unknown) => {
        app.log.error({ code: codeOf(error), path }, 'a question of the monitoring failed')
        if (!response.headersSent) send(response, 500, 'text/plain', 'failed')
      }
      if (path === '/healthz') send(response, 200, 'text/plain', 'ok')
      else if (path === '/readyz') ready(response).catch(failed)
      else if (path === '/metrics') figures(request, response).catch(failed)
      else return false
      return true
    },
  }
}

/** This machine itself, not what a proxy on it passes on; or a token with the scope `metrics`. */
async function mayRead(app: App, request: IncomingMessage): Promise<boolean> {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token !== undefined) return app.available() && Boolean((await tokenActor(app, token))?.scopes.includes('metrics'))
  return isLoopback(request.socket.remoteAddress ?? '') && !FORWARDED.some((name) => name in request.headers)
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

function send(response: ServerResponse, status: number, type: string, text: string) {
  response
    .writeHead(status, {
      'content-type': type.includes('charset') ? type : `${type}; charset=utf-8`,
      'cache-control': 'no-store',
    })
    .end(text + '\n')
}
