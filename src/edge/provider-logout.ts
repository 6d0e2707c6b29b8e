import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../server/platform/app.ts'
import { clientAddress } from '../server/platform/client-address.ts'
import { codeOf } from '../server/platform/database.ts'
import { Refusal, statusOf } from '../server/platform/refusal.ts'
import { signOutByProvider } from '../server/people/index.ts'

const BODY_BYTES_MAX = 32 * 1024
const PATH = /^\/sign-in\/with\/([0-9a-f-]{36})\/signed-out$/

export interface ProviderLogout {
  /** Answers a provider that says that somebody signed out there; false when the path is another. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean
}

/**
 * Where an identity provider, not a browser, says that a session ended there (OpenID Connect Back-Channel Logout 1.0). Before the pages,
 * because its POST has no form of ours; what it says counts by its signature alone. 200 when it was believed, whether or not anybody was
 * signed in here; 400 with `invalid_request` when not (2.8); 503 while Pandu cannot ask or keep it, so that the provider tries again.
 */
export function openProviderLogout(app: App): ProviderLogout {
  async function hear(provider_id: string, request: IncomingMessage, response: ServerResponse) {
    const body = await bodyOf(request)
    const logout_token = body && new URLSearchParams(body).getAll('logout_token')
    if (logout_token?.length !== 1 || !logout_token[0]) return send(response, 400)
    const client = clientAddress(
      request.socket.remoteAddress ?? '',
      String(request.headers['x-forwarded-for'] ?? '') || null,
      app.settings.PANDU_TRUSTED_PROXIES,
    )
    await signOutByProvider(app, { provider_id, logout_token: logout_token[0], client })
    send(response, 200)
  }
  return {
    answer(path, request, response) {
      const provider_id = PATH.exec(path)?.[1]
      if (provider_id === undefined) return false
      if (request.method !== 'POST') {
        response.setHeader('allow', 'POST')
        send(response, 405)
      } else if (!app.available()) send(response, 503)
      else
        hear(provider_id, request, response).catch((error: unknown) => {
          if (error instanceof Refusal) return send(response, error.kind === 'invalid' ? 400 : statusOf[error.kind])
          app.log.error({ code: codeOf(error) }, 'what a sign-in provider said could not be kept')
          if (!response.headersSent) send(response, 503)
        })
      return true
    },
  }
}

/** The form that was posted; null when it is none, or larger than any logout token. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number) {
  const body =
    status === 200 ? '' : JSON.stringify({ error: status === 400 ? 'invalid_request' : 'temporarily_unavailable' })
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body)
}
