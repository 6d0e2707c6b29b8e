import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { App } from './app.ts'

export interface Metrics {
  registry: Registry
  /** One request that was answered: `route` is a pattern, never a path. */
  answered(method: string, route: string, status: number, seconds: number): void
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What this process knows of itself: requests, pools, memory, how late its event loop is (prom-client's own figures). */
export function openMetrics(app: App): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'pandu_http_requests_total',
    help: 'Requests answered, by the pattern of their route.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'pandu_http_request_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const pools = new Gauge({
    name: 'pandu_pool_connections',
    help: 'Connections to PostgreSQL; "asking" are requests that wait for one.',
    labelNames: ['pool', 'state'] as const,
    collect() {
      for (const [pool, { totalCount, idleCount, waitingCount }] of [
        ['web', app.web_pool],
        ['worker', app.worker_pool],
      ] as const) {
        this.set({ pool, state: 'busy' }, totalCount - idleCount)
        this.set({ pool, state: 'idle' }, idleCount)
        this.set({ pool, state: 'asking' }, waitingCount)
      }
    },
    registers: [],
  })
  registry.registerMetric(pools)
  return {
    registry,
    answered(given, route, status, seconds) {
      // A method that nobody knows must not become a series of its own.
      const method = METHODS.has(given) ? given : 'OTHER'
      requests.inc({ method, route, status })
      durations.observe({ method, route }, seconds)
    },
  }
}
