import type { Call } from '../verb.ts'
import { fine, isLoopbackHost, reasonOf, wrong, type Finding } from './finding.ts'

/** Whether Pandu runs and is ready, and whether its address and its proxy fit together. */
export async function lookAtWeb({ settings }: Call): Promise<{ running: boolean; findings: Finding[] }> {
  const { running, finding } = await lookAtServer(settings)
  return { running, findings: [finding, ...lookAtOrigin(settings)] }
}

async function lookAtServer({ PANDU_HOST, PANDU_PORT }: Call['settings']) {
  const host =
    PANDU_HOST === '0.0.0.0'
      ? '127.0.0.1'
      : PANDU_HOST.includes(':')
        ? PANDU_HOST === '::'
          ? '[::1]'
          : `[${PANDU_HOST}]`
        : PANDU_HOST
  const here = `http://${host}:${PANDU_PORT}`
  try {
    const response = await fetch(`${here}/readyz`, { signal: AbortSignal.timeout(10_000) })
    const { ready, parts } = (await response.json()) as { ready: boolean; parts: Record<string, string> }
    const faulty = Object.entries(parts).filter(([, state]) => state !== 'ok')
    return {
      running: true,
      finding: ready
        ? fine('server', `runs on ${here}, and all its parts are ready`)
        : wrong(
            'server',
            `runs on ${here}; not ready: ${faulty.map(([part, state]) => `${part} (${state})`).join(', ')}`,
            'look into its log; it recovers by itself when what it waits for is back',
          ),
    }
  } catch (error) {
    const reason = error instanceof Error && error.cause ? reasonOf(error.cause) : reasonOf(error)
    return {
      running: false,
      finding: wrong(
        'server',
        `does not answer on ${here}: ${reason}`,
        'start it: npm start, or systemctl start pandu',
      ),
    }
  }
}

function lookAtOrigin({ PANDU_ORIGIN, PANDU_TRUSTED_PROXIES, PANDU_HOST }: Call['settings']): Finding[] {
  const origin = new URL(PANDU_ORIGIN)
  if (isLoopbackHost(origin.hostname))
    return [
      wrong(
        'address',
        `${PANDU_ORIGIN} can be opened on this machine only`,
        'for real use set PANDU_ORIGIN=https://… to the public address',
      ),
    ]
  if (origin.protocol !== 'https:')
    return [
      wrong(
        'address',
        `${PANDU_ORIGIN} is not encrypted: passwords could be read on the way`,
        'put a proxy with TLS before it and set PANDU_ORIGIN=https://… (docs/running.md)',
      ),
    ]
  if (PANDU_TRUSTED_PROXIES.length === 0)
    return [
      fine('address', PANDU_ORIGIN),
      wrong(
        'proxy',
        'none is named: everybody seems to come from the proxy, and limits hit all at once',
        `set PANDU_TRUSTED_PROXIES to its address, ${isLoopbackHost(PANDU_HOST) ? '127.0.0.1 when it runs here' : 'as Pandu sees it'}`,
      ),
    ]
  return [fine('address', PANDU_ORIGIN), fine('proxy', `${PANDU_TRUSTED_PROXIES.join(', ')} may say who asks`)]
}
